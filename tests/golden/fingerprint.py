"""A fingerprint of marts, a line per column: demo_fingerprint.csv, which CI compares.

Texts, dates, counts and flags have an exact digest over key and value. Floats have a mean, a mean
weighted by the row's key (rows that swap their values move it) and the greatest size: another
processor's last digits change nothing, a changed figure does.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from scripts.catalogue import quote
from scripts.publish import text
from tests.shared import BUILD_LOG

STORED = Path(__file__).resolve().parent / "demo_fingerprint.csv"
COLUMNS = ("table_name", "column_name", "n_rows", "n_values", "digest",
           "mean", "weighted_mean", "greatest")  # fmt: skip
FIGURES = ("mean", "weighted_mean", "greatest")
TOLERANCE = 1e-6
"""Share of the greatest size by which a mean may move."""
REWRITE = "make golden-fingerprint"

Lines = dict[tuple[str, str], dict[str, str]]


def of(marts: Path, grains: Mapping[str, tuple[str, ...]]) -> Lines:
    """Return the fingerprint of a published file: a line per table and column."""
    lines: Lines = {}
    with duckdb.connect() as con:
        con.execute(f"attach {text(str(marts))} as marts (read_only)")
        tables: dict[str, dict[str, str]] = {}
        for table, column, kind in con.execute(
            "select table_name, column_name, data_type from duckdb_columns() "
            f"where database_name = 'marts' and table_name != '{BUILD_LOG}' order by all"
        ).fetchall():
            tables.setdefault(table, {})[column] = kind
        for table, columns in tables.items():
            for line in _lines(con, table, columns, grains.get(table, ())):
                lines[line["table_name"], line["column_name"]] = line
    return lines


def _lines(
    con: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], grain: tuple[str, ...]
) -> Iterable[dict[str, str]]:
    floats = {name for name, kind in columns.items() if kind in ("DOUBLE", "FLOAT")}
    keys = grain or tuple(name for name in columns if name not in floats)
    key = " || ' | ' || ".join(f"coalesce({quote(name)}::varchar, '?')" for name in keys)
    chosen, names = ["count(*)"], list(columns)
    for name in names:
        value = quote(name)
        if name in floats:
            value = f"case when isfinite({value}) then {value} end"
            means = f"avg({value}), avg({value} * weight_of_row), max(abs({value}))"
            chosen.append(f"[count({value}), {means}]")
        else:
            both = f"key_of_row || ' = ' || coalesce({value}::varchar, '?')"
            chosen.append(f"[count({value})::varchar, sum(md5_number_lower({both}))::varchar]")
    weight = "(md5_number_lower(key_of_row) % 1000)::double / 1000"
    total, *found = con.execute(
        f"with keyed as (select *, {key} as key_of_row from marts.main.{quote(table)}), "
        f"weighted as (select *, {weight} as weight_of_row from keyed) "
        f"select {', '.join(chosen)} from weighted"
    ).fetchall()[0]
    for name, (n_values, *figures) in zip(names, found, strict=True):
        line = dict.fromkeys(COLUMNS, "")
        line |= {"table_name": table, "column_name": name}
        line |= {"n_rows": str(total), "n_values": str(int(n_values))}
        if name in floats:
            said = ["" if figure is None else f"{figure:.9g}" for figure in figures]
            line |= dict(zip(FIGURES, said, strict=True))
        else:
            line["digest"] = f"{int(figures[0] or 0) % 2**48:012x}"
        yield line


def read(path: Path = STORED) -> Lines:
    """Read a stored fingerprint; one that is not there has no lines."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["table_name"], row["column_name"]): row for row in csv.DictReader(file)}


def write(lines: Lines, path: Path = STORED) -> None:
    """Store a fingerprint; figures that are the same but for their last digits stay as written."""
    before = read(path)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for place, line in sorted(lines.items()):
            kept = before.get(place)
            writer.writerow(kept if kept and is_same(kept, line) else line)


def is_same(stored: Mapping[str, str], found: Mapping[str, str]) -> bool:
    """Tell whether two lines say the same, figures within the tolerance."""
    exact = [name for name in COLUMNS if name not in FIGURES]
    if any(stored[name] != found[name] for name in exact):
        return False
    size = max((float(line["greatest"] or 0) for line in (stored, found)), default=0.0)
    return all(
        stored[name] == found[name]
        or (
            bool(stored[name] and found[name])
            and math.isclose(float(stored[name]), float(found[name]), abs_tol=TOLERANCE * size)
        )
        for name in FIGURES
    )


def changes(stored: Lines, found: Lines) -> list[str]:
    """Say which lines are not as stored, one line each."""
    said = []
    for place in sorted(stored.keys() | found.keys()):
        name = ".".join(place)
        if place not in found:
            said.append(f"{name}: is gone")
        elif place not in stored:
            said.append(f"{name}: is new")
        elif not is_same(stored[place], found[place]):
            parts = [
                f"{column} {stored[place][column]} → {found[place][column]}"
                for column in COLUMNS
                if stored[place][column] != found[place][column]
            ]
            said.append(f"{name}: {', '.join(parts)}")
    return said
