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
from satisfaction.survey import index
from tests.python.conftest import ROOT, Built
from tests.python.engine import Engine

CELLS = st.lists(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
    min_size=2,
    max_size=8,
)


def spread_of(population: Any, answered: Any) -> Spread:
    """Add up categories one by one, as the engine does in its sums."""
    sums = [0.0, 0.0, 0.0]
    for n, hits in zip(population, answered, strict=True):
        rate = hits / n
        variance = rate * (1 - rate) / (n - 1) if n > 1 else 0.0
        for place, value in enumerate((n * rate**2, n * variance, n**2 * variance)):
            sums[place] += value
    return Spread(float(sum(population)), float(sum(answered)), *sums)


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
    assert r_indicator(spread_of([10, 10], [10, 0])) == 0
    assert r_indicator(spread_of([10, 30], [5, 15])) == 1
    assert np.isnan(r_indicator(Spread(0, 0, 0, 0, 0)))
    assert np.isnan(r_indicator(spread_of([10, 30], [0, 0])))


@pytest.mark.parametrize(
    "rates", [[0.5] * 12, list(np.linspace(0.2, 0.8, 12))], ids=["equal", "rising"]
)
def test_chance_is_taken_out_of_the_r_indicator(rates: list[float]) -> None:
    """The squared spread is right on average: 12 categories of 25 customers, 4,000 waves."""
    population, generator = np.full(12, 25), np.random.default_rng(7)
    truth = np.mean((np.array(rates) - np.mean(rates)) ** 2)
    found = []
    for _ in range(4000):
        spread = spread_of(population, generator.binomial(population, rates))
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


FACTORS = [index.Factor(name, name, 1.0, 5.0, c) for name, c in (("care", 0.25), ("speed", 0.75))]


def standardised(respondents: pd.DataFrame, segments: pd.DataFrame) -> dict[str, Any]:
    """Standardise the index of one wave by its segment types, as the model does."""
    kinds = [str(kind) for kind in segments.segment_type.unique()]
    counts = pd.concat(
        respondents.groupby(kind, as_index=False)
        .agg(n_valid=(f"{factor.factor_id}_n", "sum"), value_sum=(f"{factor.factor_id}_sum", "sum"))
        .rename(columns={kind: "segment_value"})
        .assign(survey_id="w1", segment_type=kind, factor_id=factor.factor_id)
        for kind in kinds
        for factor in FACTORS
    )
    scales = pd.DataFrame(
        [(f.factor_id, f.value_min, f.value_max) for f in FACTORS],
        columns=["factor_id", "value_min", "value_max"],
    )
    weights = pd.DataFrame(
        [(f.factor_id, f.weight) for f in FACTORS], columns=["factor_id", "weight"]
    )
    with duckdb.connect() as con:
        frames = (respondents.assign(survey_id="w1"), segments.assign(survey_id="w1"), counts)
        given, cells, level_counts = (lazy(con.from_df(frame)) for frame in frames)
        standard = nonresponse.standard_weights(cells)
        pooled = nonresponse.weighted_counts(level_counts, standard)
        scores = index.factor_scores(pooled, lazy(con.from_df(scales)))
        indices = index.weighted_index(scores, lazy(con.from_df(weights)), keys=nonresponse.KEYS)
        sums = nonresponse.influence_sums(given, pooled, FACTORS, kinds)
        both = standard.join(sums, on=[*nonresponse.KEYS, "segment_value"], how="inner")
        found = nonresponse.standardised_index(small(indices.to_native()), small(both.to_native()))
    return {row.segment_type: row for row in found.itertuples()}


def answers(rng: np.random.Generator, segments: pd.Series, means: dict[str, float]) -> pd.DataFrame:
    """Draw levels from 1 to 5 around the mean of a segment; a fifth of the answers is missing."""
    n = len(segments)
    found = {}
    for factor in FACTORS:
        given = np.clip(np.round(segments.map(means) + rng.normal(0, 0.9, n)), 1, 5)
        asked = rng.random(n) > 0.2
        found[f"{factor.factor_id}_n"] = asked.astype("int64")
        found[f"{factor.factor_id}_sum"] = np.where(asked, given, 0.0)
    return pd.DataFrame(found)


def test_respondents_count_as_their_customers_do() -> None:
    """Men 90, women 30: half and half is 60, whatever their numbers among respondents.

    Of region `west` nobody answered: a fifth of the customers is not covered. Two answers came
    from nowhere (`unknown`, no such customers): they keep their share of the answers.
    """
    columns = ["segment_type", "segment_value", "n_population", "n_respondents"]
    kinds = [("gender", "male", 100, 90), ("gender", "female", 100, 10)]
    kinds += [("region", "north", 120, 40), ("region", "south", 40, 58)]
    kinds += [("region", "unknown", 0, 2), ("region", "west", 40, 0)]
    segments = pd.DataFrame(kinds, columns=columns)
    rows = pd.DataFrame({"gender": ["male"] * 90 + ["female"] * 10})
    rows["region"] = ["north"] * 40 + ["south"] * 58 + ["unknown"] * 2
    for factor in FACTORS:
        rows[f"{factor.factor_id}_n"] = 1
        rows[f"{factor.factor_id}_sum"] = rows.gender.map({"male": 4.5, "female": 1.5})
    found = standardised(rows, segments)
    assert found["gender"].index_score == pytest.approx(60)
    assert found["gender"].uncovered_share == 0
    assert found["gender"].standard_error == pytest.approx(0, abs=1e-6)
    assert found["gender"].n_effective == pytest.approx(36)
    # 98 answers of known regions stand for 120 and 40 customers: 73.5 and 24.5
    south = (50 * 4.5 + 8 * 1.5) / 58
    by_hand = 100 * (73.5 * 4.5 + 24.5 * south + 2 * 1.5) / 100 / 5
    assert found["region"].index_score == pytest.approx(by_hand)
    assert found["region"].uncovered_share == pytest.approx(0.2)


def slow_error(respondents: pd.DataFrame, weights: pd.Series, kind: str) -> tuple[float, float]:
    """Index and standard error by matrices over respondents: regression on dummies, HC2."""
    w = weights.to_numpy()
    u, score = np.zeros(len(w)), 0.0
    for factor in FACTORS:
        s = respondents[f"{factor.factor_id}_sum"].to_numpy() / factor.value_max
        m = respondents[f"{factor.factor_id}_n"].to_numpy()
        mean = (w @ s) / (w @ m)
        score += factor.weight * mean
        u += factor.weight * (s - mean * m) / (w @ m)
    x = pd.get_dummies(respondents[kind]).to_numpy(np.float64)
    hat = x @ np.linalg.pinv(x.T @ x) @ x.T
    z = w * (u - hat @ u) / np.sqrt(1 - np.diag(hat))
    return 100 * score, 100 * float(np.sqrt(z @ z))


@pytest.mark.parametrize("seed", range(5))
def test_the_error_is_that_of_a_regression_over_respondents(seed: int) -> None:
    rng = np.random.default_rng(seed)
    population = pd.Series({"north": 300, "south": 150, "west": 50})
    regions = pd.Series(rng.choice(population.index, 80, p=[0.2, 0.5, 0.3]), name="region")
    rows = answers(rng, regions, {"north": 4.2, "south": 3.0, "west": 2.0}).assign(region=regions)
    n = regions.value_counts()
    segments = pd.DataFrame(
        {
            "segment_type": "region",
            "segment_value": n.index,
            "n_population": population[n.index].to_numpy(),
            "n_respondents": n.to_numpy(),
        }
    )
    found = standardised(rows, segments)["region"]
    weights = regions.map(population / n) / population.sum() * len(regions)
    score, error = slow_error(rows, weights, "region")
    assert found.index_score == pytest.approx(score)
    assert found.standard_error == pytest.approx(error)
    half = stats.t.ppf(0.975, (weights**2).sum() ** 2 / (weights**4).sum() - 1) * error
    assert (found.index_low, found.index_high) == pytest.approx((score - half, score + half))


def test_equal_rates_change_nothing() -> None:
    """Everyone weighs 1: the index and its degrees of freedom are those of the respondents."""
    error = nonresponse.calibrated_error([1, 1], [30, 20], [0.4, -0.4], [1.0, 2.0], [False, False])
    assert error.degrees_of_freedom == 49 and error.n_effective == 50
    assert error.standard_error == pytest.approx(np.sqrt(3.0 * 50 / 49))
    assert np.isnan(nonresponse.calibrated_error([1], [1], [0], [0], [True]).standard_error)


def test_intervals_hold_the_index_of_the_customers() -> None:
    """Men answer nine times as often and are content: 300 answers, 1,000 surveys."""
    rng, truth, held, naive = np.random.default_rng(11), {"male": 4.0, "female": 2.4}, 0, 0
    grid = np.array([[rng.normal(mean, 0.9, 400_000)] for mean in truth.values()])
    goal = 100 * np.clip(np.round(grid), 1, 5).mean() / 5
    for _ in range(1000):
        n = rng.binomial(300, 0.9)
        gender = pd.Series(["male"] * n + ["female"] * (300 - n))
        rows = answers(rng, gender, truth)
        count = np.array([n, 300 - n])
        w = np.where(gender == "male", 150 / n, 150 / (300 - n))
        u, score = np.zeros(300), 0.0
        for factor in FACTORS:
            s, m = rows[f"{factor.factor_id}_sum"].to_numpy() / 5, rows[f"{factor.factor_id}_n"]
            mean = (w @ s) / (w @ m)
            score += factor.weight * mean
            u += factor.weight * (s - mean * m.to_numpy()) / (w @ m)
        parts = [u[gender == name] for name in truth]
        sums, squares = [part.sum() for part in parts], [(part**2).sum() for part in parts]
        error = nonresponse.calibrated_error(150 / count, count, sums, squares, [True, True])
        t = stats.t.ppf(0.975, error.degrees_of_freedom)
        held += abs(100 * score - goal) <= 100 * t * error.standard_error
        plain = sum(
            f.weight * rows[f"{f.factor_id}_sum"].sum() / rows[f"{f.factor_id}_n"].sum()
            for f in FACTORS
        )
        naive += abs(20 * plain - goal) <= 6
    assert 0.93 <= held / 1000 <= 0.97
    assert naive == 0


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


def demo_cells(demo: Built) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """Count the demo's customers and answers by segment type, and of `total` by all crossed."""
    types = ["customer_type", "region", "gender", "age"]
    rows = demo.build_rows(
        "select p.survey_id, p.has_answered, customer_type, region, gender, "
        "date_part('year', age(p.wave_date, birth_date)) "
        "from int_wave_people as p left join int_declared_customers as c "
        "on p.customer_id = c.customer_id and p.wave_date >= valid_from and p.wave_date < valid_to "
        "where is_customer"
    )
    people = pd.DataFrame(rows, columns=["survey_id", "has_answered", *types])
    people["age_band"] = np.digitize(people.pop("age").fillna(-1), [0, 25, 35, 45, 55, 65])
    types[-1] = "age_band"
    people = people.fillna("unknown")
    found = {}
    for survey, of_wave in people.groupby("survey_id"):
        for kind, columns in [*((kind, [kind]) for kind in types), ("total", types)]:
            cells = of_wave.groupby(columns).has_answered.agg(["size", "sum"])
            if kind == "total":
                few = cells["size"] < 5
                cells = pd.concat([cells[~few], cells[few].sum().to_frame().T])
            found[str(survey), kind] = [(int(n), int(hits)) for n, hits in cells.to_numpy()]
    return found


def test_the_engine_adds_up_the_spread_of_the_demo(demo: Built) -> None:
    told = {
        (survey, kind): rest
        for survey, kind, *rest in demo.build_rows(
            "select distinct survey_id, segment_type, n_rated, squares, chance, chance_of_mean "
            "from int_coverage_counts"
        )
    }
    counted = demo_cells(demo)
    assert told.keys() == counted.keys() and len(told) == 20
    for key, cells in counted.items():
        n_rated, *sums = told[key]
        assert n_rated == len(cells), key
        assert sums == pytest.approx(list(spread_of(*zip(*cells, strict=True)))[2:]), key


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
    spread = spread_of(*zip(*cells, strict=True))
    sums = dict(zip(Spread._fields[2:], spread[2:], strict=True))
    frame = frame.assign(n_rated=len(cells), **sums)
    (row,) = nonresponse.nonresponse(frame).itertuples()
    assert (row.n_population, row.n_answered) == tuple(frame[["n_population", "n_answered"]].sum())
    assert row.n_segments == len(cells)
    assert row.q_value == pytest.approx(row.p_value, nan_ok=True)
    assert row.r_indicator == pytest.approx(r_indicator(spread), nan_ok=True)


def test_a_list_of_respondents_is_no_list_of_customers(engine: Engine) -> None:
    """All twelve of the table answered: nothing is known of others, and no error is 0 for that."""
    folder = ROOT / "examples" / "cafeteria"
    engine.lay({path.name: path.read_bytes() for path in folder.glob("*.csv")})
    models = ["+fct_survey_coverage", "+fct_segment_satisfaction"]
    assert not engine.run(*models, segment_by=["gender"], default_survey_id="survey")
    (row,) = engine.rows(
        "select n_population, n_answered, coverage_rate, margin_of_error, index_high - "
        "satisfaction_index from fct_survey_coverage join fct_segment_satisfaction "
        "using (survey_id, segment_type, segment_value) where segment_type = 'total'"
    )
    assert row[:3] == (12, 12, 1)
    assert row[3] == pytest.approx(row[4]) and row[3] > 1
