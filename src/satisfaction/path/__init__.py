"""The path model of the national indices."""
