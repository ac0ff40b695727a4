"""A delivery of which nothing, or much less than of the last one, can be used stops the build."""

from __future__ import annotations

from scripts import record
from tests.python.engine import Engine

CHECKED = ("+row_accounting", "+rejected_rows")
CUSTOMERS = "customer_id\n" + "".join(f"C{i}\n" for i in range(10))


def transactions(n_bad: int) -> str:
    """Write ten purchases, some with an amount that is no number."""
    rows = [f"T{i},C{i},2025-01-{i + 1:02},{'twelve' if i < n_bad else '12.50'}" for i in range(10)]
    return "transaction_id,customer_id,ordered_at,amount\n" + "\n".join(rows) + "\n"


def deliver(engine: Engine, n_bad: int, **dbt_vars: object) -> list[str]:
    """Build from a folder with so many bad purchases; return what a user reads."""
    engine.lay({"customers.csv": CUSTOMERS, "transactions.csv": transactions(n_bad)})
    return engine.check(*CHECKED, **dbt_vars)


def test_a_table_that_accepts_nothing_stops(engine: Engine) -> None:
    (said,) = deliver(engine, 10)
    assert said.startswith(
        "transactions: none of 10 rows can be used. Refused: 10 not_a_number in amount, such as "
        "'twelve'.\nFix: correct the delivery"
    )


def test_a_table_that_accepts_far_less_than_the_last_time_stops(engine: Engine) -> None:
    assert deliver(engine, 1) == []
    assert deliver(engine, 5) == []  # 5 of 10 are more than half of 9 of 10
    assert deliver(engine, 0) == []
    (said,) = deliver(engine, 6)
    assert said.startswith(
        "transactions: 4 of 10 rows can be used (10 of 10 in the last good build). Refused: 6 "
        "not_a_number in amount"
    )
    (again,) = deliver(engine, 6)  # what was stopped is no measure for the next
    assert again == said
    assert deliver(engine, 6, min_accepted_of_last=0) == []
    assert deliver(engine, 7) == []  # 3 of 10 after 4 of 10


def test_a_first_delivery_with_few_good_rows_passes(engine: Engine) -> None:
    engine.lay({"customers.csv": CUSTOMERS, "transactions.csv": transactions(9)})
    assert engine.check(*CHECKED, raw_dir=f"{engine.data}/.") == []  # another case


def test_for_whom_the_marts_are_is_what_the_last_build_was_told(engine: Engine) -> None:
    project = {"nodes": {record.HOME: {"schema": engine.manifest.nodes[record.HOME].schema}}}
    for told in ("group", "owner", "everyone"):
        assert deliver(engine, 0, published_for=told) == []
        assert record.published_for(engine.target / "satisfaction.duckdb", project) == told
