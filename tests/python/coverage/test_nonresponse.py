"""Who answered: the tests and the R-indicator, and the index as the customers are made up."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from satisfaction.core.frames import lazy, small
from satisfaction.coverage import nonresponse
from satisfaction.coverage.nonresponse import Spread, equal_rates, r_indicator
from tests.python.conftest import Built

CELLS = st.lists(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
    min_size=2,
    max_size=8,
)


@given(CELLS)
def test_the_test_is_that_of_a_table_of_two_rows(cells: list[tuple[int, int]]) -> None:
    """Answered and not answered by category, as scipy tests such a table."""
    population, answered = np.array(cells).T
    found = equal_rates(population, answered)
    if answered.sum() in (0, population.sum()):
        assert np.isnan(found.p_value)
        return
    table = [answered, population - answered]
    chi_square, p_value, freedom, _ = stats.chi2_contingency(table, correction=False)
    assert found[:3] == pytest.approx((chi_square, freedom, p_value))
    assert found.cramers_v == pytest.approx(np.sqrt(chi_square / population.sum()))


def test_two_halves_of_whom_all_and_none_answer_are_no_likeness() -> None:
    assert r_indicator(Spread.of([10, 10], [10, 0])) == 0
    assert r_indicator(Spread.of([10, 30], [5, 15])) == 1
    assert np.isnan(r_indicator(Spread(0, 0, 0, 0, 0)))


@pytest.mark.parametrize(
    "rates", [[0.5] * 12, list(np.linspace(0.2, 0.8, 12))], ids=["equal", "rising"]
)
def test_chance_is_taken_out_of_the_r_indicator(rates: list[float]) -> None:
    """The squared spread is right on average: 12 categories of 25 customers, 4,000 waves."""
    population, generator = np.full(12, 25), np.random.default_rng(7)
    truth = np.mean((np.array(rates) - np.mean(rates)) ** 2)
    found = []
    for _ in range(4000):
        spread = Spread.of(population, generator.binomial(population, rates))
        n = spread.n_population
        raw = spread.squares / n - (spread.n_answered / n) ** 2
        corrected = raw - spread.chance / n + spread.chance_of_mean / n**2
        shown = r_indicator(spread)
        assert shown == pytest.approx(1 - 2 * np.sqrt(max(corrected, 0)))
        found.append((raw, corrected))
    raw, corrected = np.array(found).T
    error = corrected.std() / np.sqrt(len(found))
    assert corrected.mean() == pytest.approx(truth, abs=3 * error)
    assert raw.mean() > truth + 10 * error  # without the correction it would not be


def standardised(counts: pd.DataFrame, segments: pd.DataFrame) -> dict[tuple[str, str], Any]:
    scales = pd.DataFrame(
        {"factor_id": ["care", "speed"], "value_min": [1.0, 1.0], "value_max": [5.0, 5.0]}
    )
    weights = pd.DataFrame({"factor_id": ["care", "speed"], "weight": [0.25, 0.75]})
    with duckdb.connect() as con:
        frames = [lazy(con.from_df(frame)) for frame in (counts, segments, scales, weights)]
        rows = small(nonresponse.standardised_index(*frames).to_native())
    return {(row.survey_id, row.segment_type): row for row in rows.itertuples()}


def test_respondents_count_as_their_customers_do() -> None:
    """Men 90, women 30: half and half is 60, whatever their numbers among respondents.

    Of region `west` nobody answered: a fifth of the customers is not covered. Two answers came
    from nowhere (`unknown`, no such customers): they keep their share of the answers.
    """
    kinds = [
        ("gender", "male", 100, 90, 4.5),
        ("gender", "female", 100, 10, 1.5),
        ("region", "north", 120, 40, 5.0),
        ("region", "south", 40, 58, 2.0),
        ("region", "unknown", 0, 2, 1.0),
        ("region", "west", 40, 0, None),
    ]
    columns = ["segment_type", "segment_value", "n_population", "n_respondents", "mean"]
    segments = pd.DataFrame(kinds, columns=columns).assign(survey_id="w1")
    counts = segments[segments.n_respondents > 0].merge(
        pd.DataFrame({"factor_id": ["care", "speed"]}), how="cross"
    )
    counts = counts.assign(n_valid=counts.n_respondents)
    counts["value_sum"] = counts["mean"] * counts["n_valid"]
    found = standardised(
        counts.drop(columns=["mean", "n_population", "n_respondents"]),
        segments.drop(columns="mean"),
    )
    assert found["w1", "gender"].index_score == pytest.approx(60)
    assert found["w1", "gender"].uncovered_share == 0
    # 98 answers of known regions stand for 120 and 40 customers: 73.5 and 24.5
    by_hand = 100 * (73.5 * 5.0 + 24.5 * 2.0 + 2 * 1.0) / 100 / 5
    assert found["w1", "region"].index_score == pytest.approx(by_hand)
    assert found["w1", "region"].uncovered_share == pytest.approx(0.2)


def test_the_demo_counts_every_customer_once(demo: Built) -> None:
    rows = demo.rows("""
        select survey_id, segment_type, sum(n_population), sum(n_answered), sum(n_respondents),
            sum(n_outside), sum(population_share), sum(respondent_share), sum(n_invited),
            sum(n_invited_answered)
        from fct_survey_coverage group by all order by all""")
    totals = {survey: rest for survey, kind, *rest in rows if kind == "total"}
    assert len(rows) == 5 * len(totals) == 20
    for survey, _, *sums in rows:
        assert sums == pytest.approx(totals[survey])
    waves = demo.rows("select survey_id, n_respondents, n_invited from dim_waves")
    assert [(survey, sums[2], sums[6]) for survey, sums in sorted(totals.items())] == sorted(waves)


def test_the_demo_asks_those_who_were_active_before_the_wave(demo: Built) -> None:
    """Looked up one by one, in the mart of months."""
    active = {
        (customer, month)
        for customer, month in demo.rows(
            "select customer_id, month_start from fct_customer_behaviour where is_active"
        )
    }
    people = demo.build_rows(
        "select survey_id, customer_id, is_customer, is_invited, has_answered from int_wave_people"
    )
    starts = dict(demo.build_rows("select survey_id, starts_on from int_waves"))
    seen = 0
    for survey, customer, is_customer, *_ in people:
        day = starts[survey].replace(day=1)
        before = day.replace(year=day.year - (day.month == 1), month=(day.month + 10) % 12 + 1)
        assert ((customer, before) in active) == is_customer
        seen += is_customer
    assert seen > 1000
    assert sum(answered for *_, answered in people) == len(
        demo.build_rows("select 1 from int_respondent_answers")
    )


@settings(max_examples=30, deadline=None)
@given(CELLS)
def test_equal_counts_make_a_test_of_each_kind(cells: list[tuple[int, int]]) -> None:
    """One row per kind; the q-value of a single test is its p-value."""
    frame = pd.DataFrame(cells, columns=["n_population", "n_answered"])
    frame = frame.assign(survey_id="w1", segment_type="region")
    frame["segment_value"] = frame.index.astype("string")
    (row,) = nonresponse.nonresponse(frame).itertuples()
    assert (row.n_population, row.n_answered) == tuple(frame[["n_population", "n_answered"]].sum())
    assert row.n_segments == len(cells)
    assert row.q_value == pytest.approx(row.p_value, nan_ok=True)
