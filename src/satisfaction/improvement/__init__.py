"""Measures that were taken, and what came of them."""
