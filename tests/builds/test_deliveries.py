"""A delivery of which nothing, or much less than of the last one, can be used stops the build."""

from __future__ import annotations

import yaml

from scripts import record
from tests.python.engine import Engine

CHECKED = ("+row_accounting", "+rejected_rows")
CUSTOMERS = "customer_id\n" + "".join(f"C{i}\n" for i in range(10))


def transactions(n_bad: int) -> str:
    """Write ten purchases, some with an amount that is no number."""
    rows = [f"T{i},C{i},2025-01-{i + 1:02},{'twelve' if i < n_bad else '12.50'}" for i in range(10)]
    return "transaction_id,customer_id,ordered_at,amount\n" + "\n".join(rows) + "\n"


def deliver(engine: Engine, case: str, n_bad: int | None, **dbt_vars: object) -> list[str]:
    """Build a case from a folder with so many bad purchases; return what a user reads.

    None leaves the purchases out.
    """
    files = {"customers.csv": CUSTOMERS}
    if n_bad is not None:
        files["transactions.csv"] = transactions(n_bad)
    engine.lay(files)
    return engine.check(*CHECKED, case_name=case, **dbt_vars)


def test_a_table_that_accepts_nothing_stops(engine: Engine) -> None:
    (said,) = deliver(engine, "nothing", 10)
    assert said.startswith(
        "transactions: none of 10 rows can be used. Refused: 10 not_a_number in amount, such as "
        "'twelve'.\nFix: correct the delivery"
    )


def test_a_table_that_accepts_far_less_than_the_last_time_stops(engine: Engine) -> None:
    assert deliver(engine, "less", 1) == []
    assert deliver(engine, "less", 5) == []  # 5 of 10 are more than half of 9 of 10
    assert deliver(engine, "less", 0) == []
    (said,) = deliver(engine, "less", 6)
    assert said.startswith(
        "transactions: 4 of 10 rows can be used (10 of 10 in the last good build). Refused: 6 "
        "not_a_number in amount"
    )
    (again,) = deliver(engine, "less", 6)  # what was stopped is no measure for the next
    assert again == said
    assert deliver(engine, "less", 6, min_accepted_of_last=0) == []
    assert deliver(engine, "less", 7) == []  # 3 of 10 after 4 of 10


def test_a_first_delivery_with_few_good_rows_passes(engine: Engine) -> None:
    assert deliver(engine, "first of two", 0) == []
    assert deliver(engine, "another", 9) == []


def test_a_table_that_holds_no_rows_any_more_stops(engine: Engine) -> None:
    def empty(**dbt_vars: object) -> list[str]:
        engine.lay({"customers.csv": CUSTOMERS, "transactions.csv": transactions(0).split("\n")[0]})
        return engine.check(*CHECKED, case_name="emptied", **dbt_vars)

    assert empty() == []  # nothing came before it
    assert deliver(engine, "emptied", 1) == []
    (said,) = empty()
    assert said == (
        "transactions: holds no rows, where 9 of 10 could be used in the last good build.\nFix: "
        "correct the delivery. Where it is right, build once with the var min_accepted_of_last: 0; "
        "where it is of another case than the last one, name the case by the var case_name."
    )
    assert empty() == [said]
    assert empty(min_accepted_of_last=0) == []
    assert empty() == []  # as in the last good build


def test_a_table_that_is_not_there_any_more_stops(engine: Engine) -> None:
    assert deliver(engine, "gone", None) == []  # it never was
    assert deliver(engine, "gone", 0) == []
    (said,) = deliver(engine, "gone", None)
    assert said.startswith("transactions: the table is not there, where 10 of 10 rows could be")
    assert deliver(engine, "gone", None, min_accepted_of_last=0) == []
    assert deliver(engine, "gone", None) == []


def test_folders_whose_names_differ_in_digits_are_of_one_case(engine: Engine) -> None:
    def of(folder: str, n_bad: int) -> list[str]:
        place = f"{folder}/transactions.csv"
        engine.lay({place: transactions(n_bad), f"{folder}/customers.csv": CUSTOMERS})
        return engine.check(*CHECKED, raw_dir=f"{engine.data}/{folder}")

    assert of("in/2026-05", 0) == []
    (said,) = of("in/2026-06", 6)
    assert "4 of 10 rows can be used (10 of 10 in the last good build)" in said
    assert of("june", 6) == []  # another case, of which nothing is known


def test_the_build_file_says_what_the_last_build_was_told(engine: Engine) -> None:
    project = {"nodes": {record.HOME: {"schema": engine.manifest.nodes[record.HOME].schema}}}
    build_file = engine.target / "satisfaction.duckdb"
    case = 'O\'Brien \\ $x\n"下" %'
    for told in ("group", "owner", "everyone"):
        assert deliver(engine, case, 0, published_for=told) == []
        assert record.published_for(build_file, project) == told
        said = yaml.safe_load(record.dbt_vars(build_file, project) or "")
        assert said == engine.vars | {"case_name": case, "published_for": told}
