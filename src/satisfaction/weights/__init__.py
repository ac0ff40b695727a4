"""Weights of factors, and what other weights would say."""
