"""What the YAML of the shipped method tables says of their columns: the one list of them."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import yaml

_HERE = Path(__file__).resolve()
#: the folder of the checkout, else the copy that the installed package has
_PLACES = (_HERE.parents[3] / "seeds" / "method", _HERE.parents[1] / "method")


class Shape(NamedTuple):
    """What a method table must look like; every column that is not named here is free text.

    Attributes
    ----------
    key, required : tuple of str
        Columns whose values tell rows apart, and others that every row must fill in.
    may_be_blank : tuple of str
        Parts of the key that may be blank.
    integers, numbers, booleans : tuple of str
        Columns by their type.
    options : mapping of str to tuple of str
        The codes that a column may hold.
    is_unique : bool
        Whether no two rows may share a key.
    """

    key: tuple[str, ...]
    required: tuple[str, ...] = ()
    may_be_blank: tuple[str, ...] = ()
    integers: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    booleans: tuple[str, ...] = ()
    options: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    is_unique: bool = True


def folder() -> Path:
    """Return the folder of the shipped method tables, in it one per topic."""
    return next(place for place in _PLACES if place.is_dir())


@cache
def shapes() -> Mapping[str, Shape]:
    """Return the shape of every method table by its name, read from ``seeds/method/*/_*.yml``."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = {}
    for path in sorted(folder().glob("*/_*.yml")):
        for seed in yaml.load(path.read_text("utf-8"), Loader=loader)["seeds"]:
            meta = seed.get("config", {}).get("meta", {})
            name = seed["name"].removeprefix("seed_")
            found[name] = _shape(seed["columns"], meta.get("is_unique", True))
    return MappingProxyType(found)


def options(table: str, column: str) -> tuple[str, ...]:
    """Return the codes that a column of a method table may hold."""
    return shapes()[table].options[column]


def _flat(codes: list[Any]) -> Iterator[str]:
    """Yield codes of a list in which another one, shared by several columns, may stand."""
    for code in codes:
        yield from _flat(code) if isinstance(code, list) else (code,)


def _shape(columns: list[dict[str, Any]], is_unique: bool) -> Shape:
    metas = {column["name"]: column.get("config", {}).get("meta", {}) for column in columns}
    types = {column["name"]: column["data_type"] for column in columns}

    def saying(word: str) -> tuple[str, ...]:
        return tuple(name for name, meta in metas.items() if meta.get(word))

    def of_type(data_type: str) -> tuple[str, ...]:
        return tuple(name for name, found in types.items() if found == data_type)

    return Shape(
        key=saying("key"),
        required=saying("required"),
        may_be_blank=saying("may_be_blank"),
        integers=of_type("integer"),
        numbers=of_type("double"),
        booleans=of_type("boolean"),
        options={name: tuple(_flat(metas[name]["options"])) for name in saying("options")},
        is_unique=is_unique,
    )
