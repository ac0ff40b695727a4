"""What tests of the uses of the marts share with the others."""

from tests.python.conftest import demo, engine, marts

__all__ = ["demo", "engine", "marts"]
