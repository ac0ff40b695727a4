"""Scores and indices of a survey."""
