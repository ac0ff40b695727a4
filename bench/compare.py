"""Compare a contender's results with the pipeline's, row for row, before its time counts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

TOLERANCE = 1e-9
KEYS = {
    "segments": ("survey_id", "segment_type", "segment_value"),
    "factors": ("survey_id", "segment_type", "segment_value", "factor_id"),
}
COUNTS = {
    "segments": ("n_respondents",),
    "factors": ("n_respondents", "n_valid", "n_missing", *(f"n_level_{j}" for j in range(1, 6))),
}
# an interval is the standard error times a quantile that few engines have: it is not compared
FLOATS = {
    "segments": ("satisfaction_index", "satisfaction_index_0_100", "standard_error"),
    "factors": ("factor_score",),
}
# a factor without a valid answer is a row of the mart, and none of the contenders
MARTS = {
    "segments": "select {columns} from {mart}fct_segment_satisfaction",
    "factors": "select {columns} from {mart}fct_segment_factor_satisfaction where n_valid > 0",
}

# what the hand-written script of the loyalty branch leaves, and the rows that each mart has of it
LOYALTY_KEYS = ("month_start", "customer_id")
LOYALTY_MARTS = {"fct_loyalty_ladder": "where has_behaviour", "fct_customer_loyalty": ""}


class DifferenceError(Exception):
    """A contender's rows are not the pipeline's."""


def export_marts(database: Path, folder: Path, without: Sequence[str] = ()) -> None:
    """Write what is compared from a build file into a folder, without some segment types."""
    with duckdb.connect(str(database), read_only=True) as connection:
        for table, query in MARTS.items():
            columns = ", ".join((*KEYS[table], *COUNTS[table], *FLOATS[table]))
            path = str(folder / f"{table}.parquet").replace("'", "''")
            rows = f"from ({query.format(columns=columns, mart='')})"
            if without:
                rows += f" where segment_type not in {tuple(without)}"
            connection.execute(f"copy ({rows}) to '{path}'")


def compare(reference: Path, other: Path, contender: str) -> int:
    """Compare segments.parquet and factors.parquet of two folders; return the rows compared.

    Keys and counts must be equal, floats within 1e-9 (relative above 1), null only where null.

    Raises
    ------
    DifferenceError
        If there is no result, or any row differs.
    """
    compared = 0
    for table in KEYS:
        left, right = reference / f"{table}.parquet", other / f"{table}.parquet"
        if not right.is_file():
            raise DifferenceError(f"{contender}: left no {right.name} in {other}.")
        compared += _compare_table(table, left, right, contender)
    return compared


def _compare_table(table: str, left: Path, right: Path, contender: str) -> int:
    keys = ", ".join(KEYS[table])
    same = [f"l.{name} is not distinct from r.{name}" for name in COUNTS[table]]
    same += [
        f"coalesce(abs(l.{name} - r.{name}) <= {TOLERANCE} * greatest(1, abs(l.{name})), "
        f"l.{name} is null and r.{name} is null)"
        for name in FLOATS[table]
    ]
    query = f"""
        with l as (select *, 1 as here from read_parquet($left)),
        r as (select *, 1 as here from read_parquet($right))
        select coalesce(l.here + r.here, 0) = 2 and {" and ".join(same)} as is_same, {keys}, l, r
        from l full join r using ({keys})"""
    with duckdb.connect() as connection:
        connection.execute(
            f"create table pairs as {query}", {"left": str(left), "right": str(right)}
        )
        total, different = connection.execute(
            "select count(*), count(*) filter (where is_same is not true) from pairs"
        ).fetchall()[0]
        rows = connection.execute("from pairs where is_same is not true limit 3").fetchall()
    if different or not total:
        shown = "\n  ".join(str(row[1:]) for row in rows)
        raise DifferenceError(
            f"{contender}: {different} of {total} rows of {table} differ from the pipeline's:\n"
            f"  {shown}"
        )
    return int(total)


def compare_loyalty(build_file: Path, months: Path, contender: str) -> int:
    """Compare a contender's months of loyalty with the marts of a build file; return the rows.

    Every column that both have counts: keys, levels and classes must be equal, floats within 1e-9
    (relative above 1), null only where null.

    Raises
    ------
    DifferenceError
        If there is no result, or any row differs.
    """
    if not months.is_file():
        raise DifferenceError(f"{contender}: left no {months.name} in {months.parent}.")
    compared = 0
    with duckdb.connect() as link:
        link.execute("attach '{}' as built (read_only)".format(str(build_file).replace("'", "''")))
        for mart, condition in LOYALTY_MARTS.items():
            theirs = link.execute("describe from read_parquet($m)", {"m": str(months)}).fetchall()
            types = dict(row[:2] for row in link.execute(f"describe built.main.{mart}").fetchall())
            shared = [row[0] for row in theirs if row[0] in types and row[0] not in LOYALTY_KEYS]
            pairs = f"""(select * from built.main.{mart}) as l
                full join (select * from read_parquet($m) {condition}) as r
                on {" and ".join(f"l.{key} = r.{key}" for key in LOYALTY_KEYS)}"""
            same = " and ".join(
                ["l.month_start is not null", "r.month_start is not null"]
                + [_is_same(name, types[name]) for name in shared]
            )
            total, different = link.execute(
                f"select count(*), count(*) filter (where not ({same})) from {pairs}",
                {"m": str(months)},
            ).fetchall()[0]
            if different or not total:
                rows = link.execute(
                    f"select l, r from {pairs} where not ({same}) limit 3", {"m": str(months)}
                ).fetchall()
                shown = "\n  ".join(map(str, rows))
                raise DifferenceError(
                    f"{contender}: {different} of {total} rows of {mart} differ from the "
                    f"pipeline's:\n  {shown}"
                )
            compared += total
    return compared


def _is_same(name: str, kind: str) -> str:
    """Return the condition that a column of l is that of r."""
    equal = f"l.{name} is not distinct from r.{name}"
    if kind != "DOUBLE":
        return equal
    near = f"abs(l.{name} - r.{name}) <= {TOLERANCE} * greatest(1, abs(l.{name}))"
    return f"({equal} or coalesce({near}, false))"


def compare_all_columns(left: Path, right: Path) -> int:
    """Compare two tables in all columns of the first; texts, but those of earlier waves, are keys.

    Raises
    ------
    DifferenceError
        If any row differs by more than 1e-9, or there is none.
    """
    with duckdb.connect() as link:
        columns = link.execute("describe from read_parquet($l)", {"l": str(left)}).fetchall()
        names = [row[0] for row in columns]
        keys = [row[0] for row in columns if row[1] == "VARCHAR" and "previous" not in row[0]]
        floats = {row[0] for row in columns if row[1] == "DOUBLE"}
        same = [f"l.{keys[0]} is not null and r.{keys[0]} is not null"]
        for name in names:
            near = f"coalesce(abs(l.{name} - r.{name}) <= {TOLERANCE}, false)"
            equal = f"l.{name} is not distinct from r.{name}"
            same.append(f"({equal} or {near})" if name in floats else f"({equal})")
        total, different = link.execute(
            f"""select count(*), count(*) filter (where not ({" and ".join(same)}))
            from read_parquet($l) as l
            full join read_parquet($r) as r on {" and ".join(f"l.{k} = r.{k}" for k in keys)}""",
            {"l": str(left), "r": str(right)},
        ).fetchall()[0]
    if different or not total:
        raise DifferenceError(f"{right}: {different} of {total} rows differ from {left.parent}.")
    return int(total)
