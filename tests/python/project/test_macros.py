"""Every macro says in the YAML beside it what it does and what it takes.

That types are known, and that no YAML names a macro which is not there, dbt itself looks at.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, nodes

from tests.python.conftest import ROOT

HEAD = re.compile(r"\{%-?\s*(macro|test)\s+(\w+)(\(.*?\))\s*-?%\}", re.S)
#: what adapter.dispatch chooses from, which nobody calls by name
OF_AN_ENGINE = ("default__", "duckdb__", "spark__")


def arguments(signature: str) -> list[str]:
    """Return the names of a signature, as Jinja reads it."""
    parsed = Environment().parse("{% macro it" + signature + " %}{% endmacro %}")
    (macro,) = parsed.find_all(nodes.Macro)
    return [argument.name for argument in macro.args]


def written() -> dict[str, tuple[Path, list[str]]]:
    """Return where each public macro stands, and its arguments; dbt calls a test test_<name>."""
    found = {}
    for path in sorted(ROOT.glob("macros/**/*.sql")):
        for kind, name, signature in HEAD.findall(path.read_text("utf-8")):
            if not name.startswith(OF_AN_ENGINE):
                found["test_" + name if kind == "test" else name] = path, arguments(signature)
    return found


def described() -> dict[str, tuple[Path, dict[str, Any]]]:
    """Return where each macro is described, and the description."""
    return {
        entry["name"]: (path, entry)
        for path in sorted(ROOT.glob("macros/**/*.yml"))
        for entry in yaml.safe_load(path.read_text("utf-8"))["macros"]
    }


def test_a_signature_is_read_with_its_defaults() -> None:
    assert arguments("(a, b=none, c=['x, y'], d='1 = 1')") == ["a", "b", "c", "d"]


def test_every_macro_is_described() -> None:
    """With the arguments of its signature, in their order, each with a type."""
    macros, descriptions = written(), described()
    assert len(macros) > 300
    assert sorted(macros) == sorted(descriptions)
    wrong = []
    for name, (_, signature) in macros.items():
        entry = descriptions[name][1]
        told = entry.get("arguments", [])
        if not entry.get("description"):
            wrong.append(f"{name}: no description")
        if [argument["name"] for argument in told] != signature:
            wrong.append(f"{name}: its arguments are {', '.join(signature) or 'none'}")
        wrong += [
            f"{name}.{argument['name']}: no type" for argument in told if not argument.get("type")
        ]
    assert wrong == []


def test_a_description_stands_beside_its_macro() -> None:
    """segments.sql has _segments.yml, or where that gets long more files, _segments_more.yml."""
    descriptions = described()
    for name, (path, _) in written().items():
        beside = descriptions[name][0]
        assert beside.parent == path.parent, name
        assert f"{beside.stem}_".startswith(f"_{path.stem}_"), name
