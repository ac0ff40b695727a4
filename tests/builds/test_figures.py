"""The smallest inputs that once gave a wrong figure: each must give the right one, or stop.

A folder of tests/cases/figures is a case as `make build DATA=folder` takes it, and an expected.yml:

    about: what the case is about
    stops: [texts that the message of the first build holds]    # absent where it builds
    fix: {vars: {name: value}, <table>: [{where: {column: value}, set: {column: value}}]}
    rows: [{sql: a query of the build file, is: [[its], [rows]]}]

Where there is a `fix`, it is what the message asks for, and the rows are those of the build after.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from tests.python.engine import Engine
from tests.shared import ROOT

CASES = sorted((ROOT / "tests" / "cases" / "figures").iterdir())


def models(rows: list[dict[str, Any]]) -> list[str]:
    """Return the models that the queries read, with what they are made of."""
    named = {name for row in rows for name in re.findall(r"(?:from|join) (\w+)", row["sql"])}
    return [f"+{name}" for name in sorted(named)]


def fixed(files: dict[str, bytes], folder: Path, changes: dict[str, Any]) -> dict[str, bytes]:
    """Change cells of tables, as the message of the build asks."""
    result = dict(files)
    for table, edits in changes.items():
        rows = pd.read_csv(folder / f"{table}.csv", dtype="str", keep_default_na=False)
        for edit in edits:
            there = pd.Series(True, rows.index)
            for column, value in edit.get("where", {}).items():
                there &= rows[column] == str(value)
            assert there.any(), f"{folder.name}: no row of {table} is {edit['where']}"
            for column, value in edit["set"].items():
                if column not in rows:
                    rows[column] = ""
                rows.loc[there, column] = str(value)
        result[f"{table}.csv"] = rows.to_csv(index=False).encode()
    return result


def same(found: list[tuple[Any, ...]], right: list[list[Any]]) -> bool:
    """Hold rows against the right ones, figures to nine digits."""
    return [list(row) for row in found] == [
        [pytest.approx(value, rel=1e-9) if isinstance(value, float) else value for value in row]
        for row in right
    ]


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_case_gives_the_right_figure(engine: Engine, folder: Path) -> None:
    expected = yaml.safe_load((folder / "expected.yml").read_text("utf-8"))
    files = {path.name: path.read_bytes() for path in folder.glob("*.csv")}
    path = folder / "vars.yml"
    dbt_vars = yaml.safe_load(path.read_text("utf-8")) if path.is_file() else {}
    asked = models(expected["rows"])
    engine.lay(files)
    said = "\n".join(engine.run(*asked, **dbt_vars))
    for text in expected.get("stops", []):
        assert text in said, said
    fix = expected.get("fix", {})
    if fix:
        dbt_vars = dbt_vars | fix.pop("vars", {})
        engine.lay(fixed(files, folder, fix))
        said = "\n".join(engine.run(*asked, **dbt_vars))
    assert not said, said
    for row in expected["rows"]:
        found = engine.rows(row["sql"])
        assert same(found, row["is"]), f"{row['sql']}\n{found}"
