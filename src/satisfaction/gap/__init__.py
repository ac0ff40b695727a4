"""Expectation, performance, cost, delivered value."""
