"""Print what the published marts say, on one screen: the end of `make build`."""

from __future__ import annotations

import contextlib
import os
import sys
import unicodedata
from pathlib import Path
from typing import Any

import duckdb

Connection = duckdb.DuckDBPyConnection
Rows = list[tuple[Any, ...]]

WAVES = """select w.wave_date as "wave", survey_id as "survey", s.n_respondents as "respondents",
    round(satisfaction_index, 1) as "index",
    round(index_low, 1) || ' – ' || round(index_high, 1) as "95 %",
    case when index_change > 0 then '+' else '' end || round(index_change, 1) as "change",
    round(change_low, 1) || ' – ' || round(change_high, 1) as "95 %",
    case when is_reliable then '' else 'few answers: not reliable' end as " "
from fct_segment_satisfaction as s join dim_waves as w using (survey_id)
where segment_type = 'total' order by w.wave_date, survey_id"""
FEW = """select count(*) filter (where not is_reliable), count(*)
from fct_segment_satisfaction where segment_type <> 'total'"""
LOYALTY = """select month_start, n_customers, round(loyalty_index, 1), round(100 * loyal_share, 1)
from fct_segment_loyalty where segment_type = 'total' order by month_start desc limit 1"""
LEVELS = """with newest as (
    select * from fct_segment_loyalty where segment_type = 'total' order by month_start desc limit 1
), levels as (
    unpivot newest on columns('n_level_[0-9]') into name level_name value customers
), labels as (
    select distinct 'n_level_' || ladder_level as level_name, label_zh || ' ' || label_en as label
    from fct_loyalty_ladder
)
select coalesce(level_name[-1] || ' ' || label, level_name[-1]) as "level", customers,
    round(100 * customers / nullif(sum(customers) over (), 0), 1) as "%"
from levels left join labels using (level_name) order by level_name desc"""
AHP = """select model, coalesce(max(cr), 0), count(*), count(*) filter (where status = 'review')
from fct_ahp_consistency group by model order by model"""
ROWS = """select printf('%,d', sum(raw_rows)::bigint), printf('%,d', sum(rejected_rows)::bigint)
from row_accounting having sum(raw_rows) > 0"""
REFUSED = """select table_name as "table", reason, count(*) as "rows",
    min(column_name || coalesce(' = ' || left(replace(offending_value, chr(10), ' '), 24), ''))
        as "for example"
from rejected_rows group by table_name, reason order by table_name, count(*) desc, reason"""
IGNORED = """select '  not read: columns ' || ignored_columns::varchar || ' of ' || table_name
from row_accounting where coalesce(ignored_columns::varchar, '') not in ('', '[]') order by 1"""


def width(text: str) -> int:
    """Return the width of a text on a terminal: wide (Chinese) characters take two columns."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


def find(con: Connection, sql: str) -> Rows:
    """Return the rows of a query; none where the case has no such mart."""
    try:
        return con.execute(sql).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):
        return []


def table(con: Connection, sql: str) -> list[str]:
    """Return the rows of a query as lines of aligned columns, numbers to the right."""
    rows = find(con, sql)
    if not rows:
        return []
    head = tuple(column[0] for column in con.description or [])
    shown = [
        "–" if x is None else f"{x:,}" if isinstance(x, int) else str(x) for r in rows for x in r
    ]
    texts = [head, *zip(*[iter(shown)] * len(head), strict=True)]
    widths = [max(map(width, column)) for column in zip(*texts, strict=True)]
    right = [all(isinstance(x, int | float | None) for x in c) for c in zip(*rows, strict=True)]
    lines = []
    for row in texts:
        gaps = [" " * (widths[i] - width(value)) for i, value in enumerate(row)]
        cells = [gaps[i] + x if right[i] else x + gaps[i] for i, x in enumerate(row)]
        lines.append("  " + "  ".join(cells).rstrip())
    return lines


def satisfaction(con: Connection) -> list[str]:
    """Return the headline index of every wave."""
    waves = table(con, WAVES)
    if not waves:
        return ["Satisfaction: no survey in this case."]
    few, cells = find(con, FEW)[0]
    note = f"  {few:,} of {cells:,} segment cells rest on few answers (is_reliable is false)"
    return ["Satisfaction index", *waves, *([note] if few else [])]


def loyalty(con: Connection) -> list[str]:
    """Return the loyalty index and the distribution of levels of the newest month."""
    months = find(con, LOYALTY)
    if not months or not months[0][1]:
        return ["Loyalty: no transactions or subscriptions in this case."]
    month, customers, index, share = ("–" if x is None else x for x in months[0])
    head = f"Loyalty in {month:%Y-%m}: index {index}, {share} % of {customers:,} customers loyal"
    return [head, *table(con, LEVELS)]


def show(path: Path) -> None:
    """Print the summary of a published DuckDB file."""
    with contextlib.closing(duckdb.connect(str(path), read_only=True)) as con:
        dated = find(con, "select table_name from duckdb_columns() where column_name='as_of_date'")
        days = [find(con, f'select max(as_of_date) from "{row[0]}"')[0][0] for row in dated]
        as_of = f" as of {max(filter(None, days))}" if any(days) else ""
        customers = [
            f"{n:,} customers{as_of}" for (n,) in find(con, "select count(*) from dim_customers")
        ]
        rows = [f"Rows: {n} read, {bad} refused" for n, bad in find(con, ROWS)]
        ignored = [row[0] for row in find(con, IGNORED)]
        ahp = [
            f"AHP {model}: greatest CR {cr:.3f} of {n:,} matrices, "
            + (f"{bad} to review (fct_ahp_review)" if bad else "all consistent")
            for model, cr, n, bad in find(con, AHP)
        ]
        refused = [*rows, *table(con, REFUSED), *ignored]
        parts = [customers, satisfaction(con), loyalty(con), ahp, refused]
    folder = min(os.path.relpath(path.parent), str(path.parent.absolute()), key=len)
    parts.append([f"Published: {folder}/marts.duckdb and {folder}/marts/*.parquet"])
    print("\n" + "\n\n".join("\n".join(part) for part in parts if part))


if __name__ == "__main__":
    target = Path(__file__).resolve().parents[1] / "target"
    show(Path(sys.argv[1]) if len(sys.argv) > 1 else target / "marts.duckdb")
