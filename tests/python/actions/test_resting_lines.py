"""Who was called for a line and said solved is not called for it again for a while."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from tests.python.actions.test_next_best_action import customers, fits, lines
from tests.python.conftest import Built
from tests.python.engine import Engine

RESULTS = """customer_id,line_id,done_on,outcome,due_on
A,grow,2025-06-20,solved,2025-06-20
A,settle_complaint,2025-06-30,SOLVED,2025-06-29
A,steady,2025-06-20,not_solved,
B,grow,2025-05-31,Solved,2025-06-02
C,grow,2025-06-20,not_reached,
C,grow,2025-06-01,solved,
C,grow,2025-06-02,solved,
"""


def resting(engine: Engine, **dbt_vars: object) -> dict[str, str]:
    assert engine.run("+int_resting_lines", as_of_date="2025-06-30", **dbt_vars) == []
    return dict(engine.rows("select customer_id, resting_lines from int_resting_lines"))


def test_a_line_that_solved_something_rests(engine: Engine) -> None:
    engine.lay({"customers.csv": "customer_id\nA\n", "next_action_results.csv": RESULTS})
    # 31 May is 30 days before 30 June: the line is free again
    assert resting(engine) == {"A": "|grow|settle_complaint|", "C": "|grow|"}
    assert resting(engine, solved_rest_days=31)["B"] == "|grow|"
    assert resting(engine, solved_rest_days=0) == {}


def test_the_next_line_that_fits_takes_its_place(demo: Built, tmp_path: Path) -> None:
    """Every third customer has its line resting, every ninth the next one, too."""
    book, rests, expected = lines(), [], {}
    for number, customer in enumerate(customers(demo)):
        who, fitting = customer["customer_id"], [r["line_id"] for r in book if fits(r, customer)]
        n_resting = (number % 3 == 0) + (number % 9 == 0)
        rests.append((who, f"|{'|'.join(fitting[:n_resting])}|" if n_resting else None))
        expected[who] = fitting[n_resting] if n_resting < len(fitting) else None
    node = demo.manifest()["nodes"]["model.dbt_satisfaction.int_customer_standing"]
    shutil.copy(demo.target / "satisfaction.duckdb", tmp_path / "satisfaction.duckdb")
    with duckdb.connect(str(tmp_path / "satisfaction.duckdb")) as con:
        con.execute("delete from int_resting_lines")
        con.executemany("insert into int_resting_lines values (?, ?)", rests)
        con.execute(f"create temp table found as {node['compiled_code']}")
        found = dict(con.execute("select customer_id, line_id from found").fetchall())
    assert found == expected
    assert len(set(expected.values())) > 3


def test_calls_are_counted_by_month_and_line(engine: Engine) -> None:
    results = """customer_id,line_id,done_on,outcome,due_on
A,grow,2025-05-05,solved,2025-05-05
B,grow,2025-05-06,SOLVED,2025-05-05
C,grow,2025-05-07,not_solved,
D,grow,2025-05-08,not_reached,2025-05-09
D,grow,2025-06-08,solved,
"""
    engine.lay({"customers.csv": "customer_id\nA\n", "next_action_results.csv": results})
    assert engine.run("+fct_next_action_results") == []
    columns = "n_done, n_solved, n_not_solved, n_not_reached, solved_share, n_with_due, n_in_time"
    assert engine.rows(
        f"select {columns}, in_time_share from fct_next_action_results order by month_start"
    ) == [(4, 2, 1, 1, 0.5, 3, 2, 2 / 3), (1, 1, 0, 0, 1.0, 0, 0, None)]


def test_the_last_result_stands_in_the_call_list(demo: Built) -> None:
    given = demo.build_rows(
        "select customer_id, done_on, line_id, outcome from stg_next_action_results"
    )
    last: dict[str, tuple[object, ...]] = {}
    for who, *result in sorted(given):
        last[who] = (result[1], result[0], result[2])
    found = demo.rows(
        "select customer_id, last_line_id, last_done_on, last_outcome from fct_next_best_action"
    )
    assert {who: tuple(row) for who, *row in found if row[1]} == last
    assert len(last) > 50
