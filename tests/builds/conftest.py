"""What tests of whole builds share with the others."""

import pytest

from tests.python.conftest import demo, engine, marts

__all__ = ["demo", "engine", "marts"]

#: files that take longest: whoever begins with them is not left alone with one at the end
LONGEST = [
    "test_bad_input",
    "test_incremental",
    "test_figures",
    "test_imports",
    "test_as_a_package",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the others as they come."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(LONGEST)))
