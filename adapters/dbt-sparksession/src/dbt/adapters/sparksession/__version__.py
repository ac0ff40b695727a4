"""The version of the package."""

version = "1.11.0"
