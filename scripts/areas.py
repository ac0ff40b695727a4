"""Which areas a case has: those that its raw tables and questions give something to.

What each area is and needs: docs/areas.md.
"""

from __future__ import annotations

import contextlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from scripts.cases import LOADER, ROOT, read_yaml, shipped_method, tables_of

ANSWERS = {"survey_answers", "survey_wide"}
#: areas of a survey whatever it asks, and areas of behaviour
OF_ANSWERS = ["weights", "survey", "taxonomies", "drivers", "sensitivity", "quality"]
OF_BEHAVIOUR = ["weights", "behaviour", "value", "ladder", "loyalty", "tiers", "service", "actions"]
OF_BOTH = ["outcomes"]
#: what answers give where it is known whose they could have been, or where these are weighted
OF_CUSTOMERS = ["coverage"]
#: a raw table and the area that it brings: where there are answers, and where there is behaviour
OF_MEASURES, OF_RESULTS = ("actions", "improvement"), ("next_action_results", "follow_up")
#: roles of questions that the area gap compares
COMPARED = {"expectation", "importance", "cost"}


@cache
def every() -> list[str]:
    """Return all areas, in the order of dbt_project.yml."""
    return list(read_yaml(ROOT / "dbt_project.yml")["vars"]["areas"])


def tables_of_behaviour() -> set[str]:
    """Return the raw tables that behaviour reads, from the input contract."""
    sources = read_yaml(ROOT / "models" / "base" / "_raw_behaviour.yml")["sources"]
    return {table["name"] for source in sources for table in source["tables"]}


def questions_of(path: Path) -> list[tuple[str, str]] | None:
    """Return question_id and role of a questions table; None where it cannot be read.

    The gate of the build says what is wrong with it.
    """
    source = str(path / "*.parquet" if path.is_dir() else path).replace("'", "''")
    reader = "read_csv('{}', all_varchar = true)" if path.suffix == ".csv" else "'{}'"
    with contextlib.suppress(duckdb.Error), duckdb.connect() as con:
        return con.execute(
            f"select trim(question_id), trim(role) from {reader.format(source)}"
        ).fetchall()
    return None


def asked_areas(method: dict[str, Path]) -> list[str]:
    """Return the areas that only some questionnaires have: gap, comments and path.

    The shipped questionnaire has them all.
    """
    if "questions" not in method or (asked := questions_of(method["questions"])) is None:
        return ["gap", "comments", "path"]
    items, roles = path_questions(method), {role for _, role in asked}
    found = (["gap"] if roles & COMPARED else []) + (["comments"] if "comment" in roles else [])
    return found + (["path"] if items <= {question for question, _ in asked} else [])


def path_questions(method: dict[str, Path]) -> set[str]:
    """Return the questions of the path model: of a case that brings its own, none is needed."""
    if "path_items" in method:
        return set()
    text = shipped_method()["path_items"].read_text("utf-8")
    return {line.split(",")[0] for line in text.splitlines()[1:]}


def derived(dbt_vars: dict[str, Any]) -> list[str] | None:
    """Return the areas that the tables of a folder give something to; None of any other source."""
    if dbt_vars.get("raw_mode") != "files" or not dbt_vars.get("raw_dir"):
        return None
    with contextlib.suppress(OSError):
        tables = tables_of(Path(dbt_vars["raw_dir"]).iterdir())
        method = tables_of(Path(dbt_vars.get("method_dir") or dbt_vars["raw_dir"]).iterdir())
        has_answers = bool(tables.keys() & ANSWERS)
        has_behaviour = bool(tables.keys() & tables_of_behaviour())
        found = OF_ANSWERS + asked_areas(method) if has_answers else []
        is_weighted = dbt_vars.get("weighting", "none") != "none"
        has_customers = "customers" in tables or has_behaviour or is_weighted
        found = found + (OF_CUSTOMERS if has_answers and has_customers else [])
        found = found + (OF_BEHAVIOUR if has_behaviour else [])
        found = found + (OF_BOTH if has_answers and has_behaviour else [])
        for (table, area), is_asked in (OF_MEASURES, has_answers), (OF_RESULTS, has_behaviour):
            found = found + ([area] if is_asked and table in tables else [])
        return [area for area in every() if area in found] or None
    return None


def case_of(dbt_vars: dict[str, Any]) -> str:
    """Name the case that vars mean: its place without digits, as macros/core/record.sql has it."""
    place = str(dbt_vars.get("raw_dir") or dbt_vars.get("raw_schema") or dbt_vars.get("raw_mode"))
    return str(dbt_vars.get("case_name") or re.sub("[0-9]+", "0", place))


def built_before(build_file: Path, dbt_vars: dict[str, Any]) -> list[str]:
    """Return the areas of the last build of the same case; none where there was none."""
    if not build_file.is_file():
        return []
    with contextlib.suppress(duckdb.Error), duckdb.connect(str(build_file), read_only=True) as con:
        for (schema,) in con.execute(
            "select table_schema from information_schema.tables where table_name = 'build_vars'"
        ).fetchall():
            for (text,) in con.execute(
                f'select vars from "{schema}".build_vars order by happened_at desc'
            ).fetchall():
                last = yaml.load(text, LOADER) or {}
                if case_of(last) == case_of(dbt_vars):
                    return list(last.get("areas") or every())
    return []


def with_areas(dbt_vars: dict[str, Any], build_file: Path) -> dict[str, Any]:
    """Return the vars of a case with its areas, and say which are off.

    The var `areas` says it itself. Else they are what the case brings now, and what its last build
    had: an area never goes because a delivery lacks a table, which the build then says.

    Parameters
    ----------
    dbt_vars
        Vars of the case.
    build_file
        The build file, which may not be there yet.

    Returns
    -------
    dict
        The vars; with `areas`, but for a case whose tables cannot be looked at.
    """
    before = built_before(build_file, dbt_vars)
    chosen = dbt_vars.get("areas")
    if chosen is None:
        chosen = derived(dbt_vars)
        if chosen is None:
            return dbt_vars
        chosen = [area for area in every() if area in {*chosen, *before}]
    if isinstance(chosen, list):
        if off := [area for area in every() if area not in chosen]:
            print(f"areas: {', '.join(map(str, chosen))} (off: {', '.join(off)})", flush=True)
        if gone := [area for area in before if area not in chosen]:
            says = "is no area of this build, and was one of the last: its marts are not published"
            print(f"note: {', '.join(gone)} {says}.", flush=True)
    return dbt_vars | {"areas": chosen}
