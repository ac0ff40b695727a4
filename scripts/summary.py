"""Print what the published marts say, on one screen: the end of `make build`."""

from __future__ import annotations

import contextlib
import os
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

Rows = list[tuple[Any, ...]]

WAVES = """
select w.wave_date, w.survey_id, s.n_respondents, round(s.satisfaction_index, 1),
    round(s.index_low, 1) || ' – ' || round(s.index_high, 1),
    case when s.index_change > 0 then '+' else '' end || round(s.index_change, 1),
    round(s.change_low, 1) || ' – ' || round(s.change_high, 1),
    case when s.is_reliable then '' else 'few answers: not reliable' end
from fct_segment_satisfaction as s join dim_waves as w using (survey_id)
where s.segment_type = 'total' order by w.wave_date, w.survey_id
"""
UNRELIABLE = """
select count(*) filter (where not is_reliable), count(*)
from fct_segment_satisfaction where segment_type <> 'total'
"""
LOYALTY = """
select month_start, n_customers, round(loyalty_index, 1), round(100 * loyal_share, 1),
    n_level_5, n_level_4, n_level_3, n_level_2, n_level_1
from fct_segment_loyalty where segment_type = 'total' order by month_start desc limit 1
"""
AHP = """
select model, count(*), max(cr), count(*) filter (where status = 'review')
from fct_ahp_consistency group by model order by model
"""
REFUSED = """
select table_name, reason, count(*), count(distinct column_name),
    min(column_name || coalesce(' = ' || left(replace(offending_value, chr(10), ' '), 24), ''))
from rejected_rows group by all order by table_name, count(*) desc, reason
"""
ROWS = """
select table_name, raw_rows, accepted_rows, rejected_rows,
    coalesce(nullif(cast(ignored_columns as varchar), '[]'), '')
from row_accounting where raw_rows > 0 order by table_name
"""


def width(text: str) -> int:
    """Return the width of a text on a terminal: wide (Chinese) characters take two columns."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(bool(unicodedata.combining(letter)) for letter in text)


def cell(value: Any) -> str:
    """Show one value: numbers with thousands separated, nothing for null."""
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else str(value)


def table(head: Sequence[str], rows: Rows) -> str:
    """Lay rows out in aligned columns; a column of numbers is aligned to the right."""
    texts = [list(head), *([cell(value) for value in row] for row in rows)]
    widths = [max(width(row[i]) for row in texts) for i in range(len(head))]
    right = [all(isinstance(row[i], int | float | None) for row in rows) for i in range(len(head))]
    lines = []
    for row in texts:
        gaps = [" " * (widths[i] - width(value)) for i, value in enumerate(row)]
        cells = [gaps[i] + x if right[i] else x + gaps[i] for i, x in enumerate(row)]
        lines.append(("  " + "  ".join(cells)).rstrip())
    return "\n".join(lines)


def find(con: duckdb.DuckDBPyConnection, sql: str) -> Rows:
    """Return the rows of a query; none where the case has no such mart."""
    try:
        return con.execute(sql).fetchall()
    except duckdb.CatalogException:
        return []


def level_names(con: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """Return the labels of the loyalty levels from the mart that holds them."""
    sql = "select distinct level, level_label_zh || ' ' || level_label_en from fct_loyalty_ladder"
    try:
        return dict(find(con, sql))
    except duckdb.BinderException:
        return {}


def satisfaction(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the headline index of every wave."""
    waves = find(con, WAVES)
    if not waves:
        return ["Satisfaction: no survey in this case."]
    head = ["wave", "survey", "respondents", "index", "95 %", "change", "95 %", ""]
    few, cells = find(con, UNRELIABLE)[0]
    note = [f"  {few} of {cells} segment cells rest on few answers: is_reliable is false"] * (
        few > 0
    )
    return ["Satisfaction index (20–100 on five levels)", table(head, waves), *note]


def loyalty(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the loyalty index and the distribution of levels of the newest month."""
    months = find(con, LOYALTY)
    if not months:
        return ["Loyalty: no transactions or subscriptions in this case."]
    month, customers, index, share, *counts = months[0]
    names = level_names(con)
    rows = [
        (f"level {level} {names.get(level, '')}", n, round(100 * n / max(customers, 1), 1))
        for level, n in zip(range(5, 0, -1), counts, strict=True)
    ]
    says = f"Loyalty in {month:%Y-%m}: index {cell(index)}, loyal {cell(share)} % of {customers:,}"
    return [says, table(["", "customers", "%"], rows)]


def ahp(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return one line per AHP model: consistent, or to be reviewed."""
    return [
        f"AHP {model}: {n} judgement matrices, greatest CR {cr or 0:.3f}, "
        + (f"{review} to review (fct_ahp_review)" if review else "all consistent")
        for model, n, cr, review in find(con, AHP)
    ]


def refused(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the refused rows by table and reason, and columns that nothing reads."""
    rows = find(con, ROWS)
    total, bad = sum(row[1] for row in rows), sum(row[3] for row in rows)
    lines = [f"Rows: {total:,} read, {bad:,} refused (rejected_rows says each and why)"]
    if bad:
        head = ["table", "reason", "rows", "for example"]
        lines.append(table(head, [(r[0], r[1], r[2], r[4]) for r in find(con, REFUSED)]))
    return lines + [f"  not read: {row[0]} columns {row[4]}" for row in rows if row[4]]


def show(path: Path) -> None:
    """Print the summary of a published DuckDB file."""
    with contextlib.closing(duckdb.connect(str(path), read_only=True)) as con:
        customers = find(con, "select count(*) from dim_customers")
        dated = "select table_name from information_schema.columns where column_name = 'as_of_date'"
        days = [find(con, f'select max(as_of_date) from "{row[0]}"') for row in find(con, dated)]
        newest = max((day[0][0] for day in days if day[0][0]), default=None)
        as_of = f" as of {newest}" if newest else ""
        head = [f"{customers[0][0]:,} customers{as_of}"] if customers else []
        parts = [head, satisfaction(con), loyalty(con), ahp(con), refused(con)]
    print("\n" + "\n\n".join("\n".join(part) for part in parts if part))
    folder = os.path.relpath(path.parent)
    print(f"\nPublished: {folder}/marts.duckdb and {folder}/marts/*.parquet")


if __name__ == "__main__":
    from_here = Path(__file__).resolve().parents[1] / "target" / "marts.duckdb"
    show(Path(sys.argv[1]) if len(sys.argv) > 1 else from_here)
