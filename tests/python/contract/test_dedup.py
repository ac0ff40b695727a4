"""Repeated keys: the fast path of base_table keeps what a window over all rows would.

The reference below ranks every accepted row of a key in Python, and knows nothing of hashes, of
rows that pass by, or of native types.
"""

from __future__ import annotations

import csv
import io
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from tests.python.engine import Engine

Row = dict[str, str | None]

# per table: its columns, how many of the first ones are the key, and the column of the event's time
TABLES = {
    "transactions": (
        [
            "transaction_id",
            "line_id",
            "customer_id",
            "product_id",
            "ordered_at",
            "amount",
            "status",
        ],
        2,
        "ordered_at",
    ),
    "competitor_shares": (
        ["customer_id", "service_line", "observed_on", "competitor", "share"],
        3,
        "observed_on",
    ),
    "customers": (["customer_id", "valid_from", "customer_name", "region"], 2, None),
}
BAD = {"amount": "-1", "share": "1.5", "valid_from": "1850-01-01"}
NATIVE = {
    "ordered_at": "timestamp",
    "observed_on": "date",
    "valid_from": "date",
    "amount": "double",
    "share": "double",
}


def draw(column: str, chance: random.Random) -> str | None:
    """Draw a value from so few that keys, times and whole rows repeat."""
    if column in BAD and chance.random() < 0.03:
        return BAD[column]
    if column in ("ordered_at", "observed_on", "valid_from"):
        day = f"2025-0{chance.randint(1, 3)}-0{chance.randint(1, 3)}"
        blank = column == "valid_from" and chance.random() < 0.5
        return None if blank else day + (" 10:00:00" if column == "ordered_at" else "")
    if column in ("amount", "share"):
        return chance.choice(["0.25", "0.5", "1"])
    if column == "status":
        return chance.choice([None, "completed", "returned"])
    if column == "line_id":
        return chance.choice(["1", "2"])
    few = 400 if column == "transaction_id" else 25
    blank = chance.random() < 0.02
    return None if blank else f"{column[0]}{chance.randrange(few)}"


def draw_rows(table: str, seed: int) -> list[Row]:
    """Draw rows, then send some again: unchanged, later, and in conflict."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    columns, n_keys, _ = TABLES[table]
    rows: list[Row] = [{name: draw(name, chance) for name in columns} for _ in range(600)]
    for row in chance.sample(rows, 150):
        again = dict(row)
        for name in chance.sample(columns[n_keys:], chance.randint(0, len(columns) - n_keys)):
            again[name] = draw(name, chance)
        rows += [again] * chance.randint(1, 2)
    chance.shuffle(rows)
    return rows


def is_refused(table: str, row: Row) -> bool:
    """Say whether a row fails a check of its own."""
    needed = {"transactions": ["transaction_id", "customer_id"], "customers": ["customer_id"]}
    missing = any(not row[name] for name in needed.get(table, ["customer_id", "service_line"]))
    return missing or any(row.get(name) == bad for name, bad in BAD.items())


def rank(table: str, rows: Sequence[Row]) -> Counter[tuple[str | None, ...]]:
    """Count the rows by content and verdict: kept, superseded or refused."""
    columns, n_keys, event = TABLES[table]
    verdicts: Counter[tuple[str | None, ...]] = Counter()
    versions: dict[tuple[str | None, ...], list[tuple[str | None, ...]]] = defaultdict(list)
    for row in rows:
        values = tuple(row[name] for name in columns)
        if is_refused(table, row):
            verdicts[(*values, "refused")] += 1
        else:
            versions[values[:n_keys]].append(values)
    for same in versions.values():
        # later first, then by content, a text before none
        same.sort(
            key=lambda v: (
                v[columns.index(event)] or "" if event else "",
                [value or "" for value in v[n_keys:]],
            ),
            reverse=True,
        )
        for number, values in enumerate(same):
            verdicts[(*values, "superseded" if number else "kept")] += 1
    return verdicts


def as_csv(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """Write rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_parquet(text: str, columns: Sequence[str], path: Path) -> bytes:
    """Turn CSV into Parquet whose times and figures have types of their own."""
    (path / "rows.csv").write_text(text, "utf-8")
    types = ", ".join(
        f"cast({name} as {NATIVE.get(name, 'varchar')}) as {name}" for name in columns
    )
    duckdb.execute(
        f"copy (select {types} from read_csv('{path}/rows.csv', all_varchar = true)) "
        f"to '{path}/rows.parquet' (format parquet, row_group_size 2048)"
    )
    return (path / "rows.parquet").read_bytes()


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_fast_path_keeps_what_a_window_over_all_rows_keeps(
    engine: Engine, tmp_path: Path, form: str, seed: int
) -> None:
    drawn = {table: draw_rows(table, seed) for table in TABLES}
    files: dict[str, str | bytes] = {}
    for table, rows in drawn.items():
        text = as_csv(TABLES[table][0], rows)
        files[f"{table}.{form}"] = (
            text if form == "csv" else as_parquet(text, TABLES[table][0], tmp_path)
        )
    engine.lay(files)
    assert not engine.run("base_refused_transactions", *(f"base_{table}" for table in TABLES))
    for table, rows in drawn.items():
        columns = TABLES[table][0]
        texts = ", ".join(
            f"case when reject_reason is null or reject_reason = 'superseded' "
            f"then {as_text(name)} else json_extract_string(row_json, '{name}') end"
            for name in columns
        )
        verdict = (
            "case when reject_reason is null then 'kept' "
            "when reject_reason = 'superseded' then reject_reason else 'refused' end"
        )
        found = Counter(
            normal(row) for row in engine.rows(f"select {texts}, {verdict} from base_{table}")
        )
        expected = rank(table, rows)
        assert {verdict for *_, verdict in expected} == {"kept", "superseded", "refused"}
        assert found == Counter({normal(row): n for row, n in expected.items()}), table


def as_text(name: str) -> str:
    """Write a typed value as it was drawn."""
    return f"regexp_replace(cast({name} as varchar), '[.]0$', '')"


def normal(row: Sequence[str | None]) -> tuple[str | None, ...]:
    """Leave out the midnight that a refused row's time may be written with."""
    return tuple(value.removesuffix(" 00:00:00") if value else None for value in row)


def test_only_repeated_keys_and_refused_rows_are_ranked(engine: Engine) -> None:
    head = "transaction_id,customer_id,ordered_at,amount\n"
    plain = "".join(f"t{n},c,2025-01-01,1\n" for n in range(50))
    engine.lay({"transactions.csv": f"{head}{plain}t7,c,2025-01-02,2\nt99,c,2025-01-01,x\n"})
    assert not engine.run("base_refused_transactions", "base_transactions")
    refused = (
        "select transaction_id, amount, reject_reason from base_refused_transactions order by all"
    )
    assert engine.rows(refused) == [
        ("t7", 1.0, "superseded"),
        ("t7", 2.0, None),
        ("t99", None, "not_a_number"),
    ]
    accepted = "select count(*), sum(amount) from base_transactions where reject_reason is null"
    assert engine.rows(accepted) == [(50, 51.0)]
