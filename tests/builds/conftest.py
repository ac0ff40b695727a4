"""What tests of whole builds share with the others."""

from tests.python.conftest import demo, engine, marts

__all__ = ["demo", "engine", "marts"]
