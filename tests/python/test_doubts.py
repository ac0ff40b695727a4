"""Doubts about the direction of a question: from 30 respondents on, with the column to set."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from scripts import doubts, summary

TABLES = """
create table dim_waves (survey_id varchar, wave_date date);
insert into dim_waves values ('w1', '2025-03-01'), ('w2', '2025-06-01');
create table dim_questions (question_id varchar, factor_id varchar, role varchar);
insert into dim_questions values ('q1', 'price', 'performance'), ('q2', 'speed', 'performance');
create table fct_instrument_quality (survey_id varchar, segment_type varchar, measure varchar,
    scope_type varchar, scope_id varchar, item_id varchar, value double, high double,
    n_items bigint, n_respondents bigint);
create table fct_drivers (survey_id varchar, segment_type varchar, factor_id varchar,
    method varchar, n_respondents bigint, estimate double, estimate_high double);
create table fct_survey_scores (survey_id varchar, segment_type varchar, question_id varchar,
    measure varchar, n_counted bigint, n_effective bigint);
"""


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as marts:
        marts.execute(TABLES)
        yield marts


def lines(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [line for query in doubts.QUERIES for line in summary.texts(con, query)]


@pytest.mark.parametrize(
    ("n", "high", "is_said"), [(30, -0.1, True), (29, -0.1, False), (30, 0.1, False)]
)
def test_a_question_against_the_others(
    con: duckdb.DuckDBPyConnection, n: int, high: float, is_said: bool
) -> None:
    con.execute(
        "insert into fct_instrument_quality values "
        f"('w1', 'total', 'item_total', 'factor', 'price', 'q1', -0.5, {high}, 3, {n})"
    )
    said = lines(con)
    assert len(said) == is_said
    assert all("q1: " in line and "set is_reversed: true" in line for line in said)


def test_a_question_is_named_once(con: duckdb.DuckDBPyConnection) -> None:
    for wave in ("w1", "w2"):
        con.execute(
            "insert into fct_instrument_quality values "
            f"('{wave}', 'total', 'item_total', 'factor', 'price', 'q1', -0.5, -0.2, 3, 40)"
        )
        con.execute(
            "insert into fct_drivers values "
            f"('{wave}', 'total', 'price', 'correlation', 40, -0.6, -0.2), "
            f"('{wave}', 'total', 'speed', 'correlation', 40, -0.6, -0.2)"
        )
    first, second = lines(con)
    assert "q1: " in first and "w2" in first
    assert "q2: " in second and "overall verdict -0.6" in second


@pytest.mark.parametrize(("zeros", "n", "is_said"), [(0, 30, True), (1, 30, False), (0, 29, False)])
def test_nobody_gave_a_zero(
    con: duckdb.DuckDBPyConnection, zeros: int, n: int, is_said: bool
) -> None:
    con.execute(
        f"insert into fct_survey_scores values ('w1', 'total', 'nps', 'bottom_box', {zeros}, {n})"
    )
    assert ["set first_level: 1" in line for line in lines(con)] == [True] * is_said
