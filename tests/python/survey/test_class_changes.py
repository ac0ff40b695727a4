"""Factors and classes in two waves: by hand, slow loops, matrices, the index, and simulation."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from satisfaction.core.comparisons import q_values
from satisfaction.core.frames import small
from satisfaction.survey import class_changes, index, taxonomies
from satisfaction.survey.taxonomies import FactorClass
from tests.python.conftest import Built, on_duckdb
from tests.python.survey import test_design as by_design
from tests.python.survey.test_design import alone, raked
from tests.python.survey.test_design import two_waves as two_waves
from tests.python.survey.test_index import (
    REPETITIONS,
    SIM_SCALES,
    SIM_WEIGHTS,
    WEIGHTS,
    count_rows,
    covers,
    everyone,
    factors,
    of_wave,
    respondent_rows,
    segments,
    simulated,
    slow_change_error,
    slow_error,
    slow_index,
    slow_influences,
    survey,
)

ORDER = {"w1": None, "w2": "w1", "w3": "w2"}
PLACE = ["survey_id", "segment_value", "class_id"]


def scored(rows: pd.DataFrame, kinds: list[str], found: Any, weighted: bool = False) -> Any:
    """Run the real functions as py_factor_sums and py_factor_satisfaction do."""
    order = pd.DataFrame(list(ORDER.items()), columns=["survey_id", "previous_survey_id"])
    waves = on_duckdb(order.astype("string"))
    sums = class_changes.sums(
        on_duckdb(rows.assign(version="v")), on_duckdb(rows), waves, found, kinds, weighted
    )
    kept = on_duckdb(small(sums.to_native()).drop(columns="version"))
    changed = class_changes.scored(kept, kinds, found, waves, 0.95, weighted)
    return changed.set_index(PLACE)


def of_answers(answers: Any, found: Any, members: pd.DataFrame | None = None) -> Any:
    counts = count_rows(answers)
    who = everyone(counts) if members is None else members
    rows = respondent_rows(counts).merge(who, on=list(index.WAVE_CUSTOMER))
    return scored(rows, [n for n in who if n not in index.WAVE_CUSTOMER], found)


def own(weights: dict[str, float] = WEIGHTS) -> list[FactorClass]:
    return taxonomies.own_classes(factors(weights=weights))


# Equal weights ----------------------------------------------------------------------------------


def test_a_panel_by_hand() -> None:
    """Deviations 1.5, -.5, .5, -1.5 and 1, 0, -1, 0; three answer both: 3 of products."""
    levels = {
        "w1": {"an": 5, "bo": 3, "cy": 4, "di": 2},
        "w2": {"an": 5, "bo": 4, "di": 3, "ed": 4},
    }
    answers = [(w, k, "a", x) for w, given in levels.items() for k, x in given.items()]
    found = of_answers(answers, own())
    first, second = found.loc[("w1", "total", "a")], found.loc[("w2", "total", "a")]
    assert first["score"] == pytest.approx(70)
    assert first["standard_error"] == pytest.approx(20 * math.sqrt(5 / 3) / 2)
    assert first["score_high"] == pytest.approx(70 + 3.182446 * first["standard_error"])
    assert pd.isna(first["previous_survey_id"]) and pd.isna(first["score_change"])
    assert (second["previous_survey_id"], second["previous_score"]) == ("w1", pytest.approx(70))
    assert second["score_change"] == pytest.approx(10)
    # 400 (5 / 12 + 2 / 12 - 2 * 3 / 12)
    assert second["change_standard_error"] == pytest.approx(math.sqrt(400 / 12))
    assert second["change_low"] == pytest.approx(10 - 3.182446 * math.sqrt(400 / 12))
    assert second["change_p_value"] == pytest.approx(2 * stats.t.sf(math.sqrt(3), 3))


@pytest.mark.parametrize("times", [None, {"a": 2, "b": 3}])
@pytest.mark.parametrize("stay", [0.6, 1.0])
def test_factors_and_classes_equal_the_slow_computation(times: Any, stay: float) -> None:
    answers = survey(40, seed=3, waves=("w1", "w2"), missing=0.3, times=times, stay=stay)
    weighted = factors()
    both = FactorClass(4, "own", "ac", (weighted[0], weighted[2]))
    half = replace(weighted[1], weight=weighted[1].weight / 2)
    shared = FactorClass(5, "own", "bc", (half, weighted[2]), (0.5, 1.0))
    found = of_answers(answers, [*own(), both, shared])
    for name in ("a", "b", "c", "ac", "bc"):
        weights = {f: WEIGHTS[f] * (0.5 if (name, f) == ("bc", "b") else 1) for f in name}
        u, v = (slow_influences(of_wave(answers, wave), weights) for wave in ("w1", "w2"))
        first, second = (found.loc[(wave, "total", name)] for wave in ("w1", "w2"))
        assert (first["n_respondents"], second["n_respondents"]) == (len(u), len(v))
        scores = [slow_index(of_wave(answers, wave), weights) for wave in ("w1", "w2")]
        assert [first["score"], second["score"]] == pytest.approx(scores)
        assert second["previous_score"] == pytest.approx(scores[0])
        assert second["score_change"] == pytest.approx(scores[1] - scores[0])
        assert second["standard_error"] == pytest.approx(slow_error(v))
        error = slow_change_error(u, v)
        assert second["change_standard_error"] == pytest.approx(error)
        freedom = min(first["freedom"], second["freedom"])
        if len(name) == 1:
            assert freedom == min(len(u), len(v)) - 1
        ratio = abs(scores[1] - scores[0]) / error
        assert second["change_p_value"] == pytest.approx(2 * stats.t.sf(ratio, freedom))
        width = stats.t.ppf(0.975, freedom) * error
        assert second["change_high"] == pytest.approx(second["score_change"] + width)


def test_a_class_of_all_factors_changes_as_the_index() -> None:
    answers = survey(50, seed=9, waves=("w1", "w2"), stay=0.7)
    whole = FactorClass(1, "own", "all", tuple(factors()))
    found = of_answers(answers, [whole]).loc[("w2", "total", "all")]
    expected = segments(count_rows(answers), previous={"w1": None, "w2": "w1"}).iloc[1]
    for mine, theirs in [
        ("previous_score", "previous_index"),
        ("score_change", "index_change"),
        ("change_standard_error", "change_standard_error"),
        ("freedom", "freedom"),
    ]:
        assert found[mine] == pytest.approx(expected[theirs], rel=1e-9), mine
    assert found["change_low"] == pytest.approx(expected["change_low"], abs=1e-4)


def test_who_moved_or_skipped_a_wave_is_in_no_pair() -> None:
    answers = survey(40, seed=24, waves=("w1", "w2", "w3"), stay=0.7)
    members = everyone(count_rows(answers)).drop(columns="total")
    number = members["customer_id"].str[1:].astype(int)
    moved = (members["survey_id"] == "w2") & (number < 10)
    members = members.assign(gender__x__region=np.where((number < 20) ^ moved, "n", "s"))
    found = of_answers(answers, own(), members)
    assert set(found["segment_type"]) == {"gender x region"}
    for wave, value in [("w2", "n"), ("w2", "s"), ("w3", "n"), ("w3", "s")]:
        u = []
        for one in (ORDER[wave], wave):
            there = members[(members["survey_id"] == one) & (members["gender__x__region"] == value)]
            keep = set(there["customer_id"])
            rows = [row for row in of_wave(answers, one) if row[0] in keep]
            u.append(slow_influences(rows, {"b": 1.0}))
        error = found.loc[(wave, value, "b"), "change_standard_error"]
        assert error == pytest.approx(slow_change_error(*u))


def test_no_change_without_a_score_before_and_no_interval_from_one_respondent() -> None:
    answers = [("w1", "k", "a", 3), ("w2", "k", "a", 4), ("w2", "l", "a", 5), ("w2", "l", "b", 2)]
    found = of_answers(answers, own())
    assert list(found.index) == [("w1", "total", "a"), ("w2", "total", "a"), ("w2", "total", "b")]
    named = ["previous_score", "score_change", "change_low", "change_p_value"]
    assert found.loc[("w2", "total", "b"), named].isna().all()
    row = found.loc[("w2", "total", "a")]
    assert row["score_change"] == pytest.approx(30)
    assert row[["change_standard_error", "change_low", "change_p_value"]].isna().all()


def test_nobody_who_changed_is_no_change_and_all_who_did_are_one() -> None:
    same = [(w, f"k{i}", "a", 1 + i % 5) for w in ("w1", "w2") for i in range(30)]
    row = of_answers(same, own()).loc[("w2", "total", "a")]
    assert (row["score_change"], row["change_standard_error"], row["change_p_value"]) == (0, 0, 1)
    moved = [("w1", f"k{i}", "a", 3) for i in range(30)] + [
        ("w2", f"k{i}", "a", 4) for i in range(30)
    ]
    row = of_answers(moved, own()).loc[("w2", "total", "a")]
    assert row["change_standard_error"] == pytest.approx(0) and row["change_p_value"] == 0


def test_without_factors_or_answers_there_are_typed_columns() -> None:
    empty = of_answers(survey(5, seed=1), []).reset_index()
    types = taxonomies.CLASS_SCORE | class_changes.CHANGES
    assert empty.empty and set(empty.columns) == set(types)
    assert {name: str(empty[name].dtype) for name in types} == types


def test_the_order_of_rows_does_not_change_a_bit() -> None:
    answers = survey(60, seed=4, waves=("w1", "w2"), times={"a": 2})
    shuffled = [answers[i] for i in np.random.default_rng(1).permutation(len(answers))]
    one, other = (of_answers(rows, own()) for rows in (answers, shuffled))
    pd.testing.assert_frame_equal(one, other, check_exact=True)


# Weighted respondents ---------------------------------------------------------------------------

KINDS = by_design.KINDS
FOUND = taxonomies.own_classes(by_design.WEIGHTED)


def linear(rows: pd.DataFrame, factor: str, value: str) -> tuple[float, Any]:
    """Score of a factor and w u of every respondent of a wave, one by one."""
    inside = np.ones(len(rows)) if value == "total" else (rows["region"] == value).to_numpy(float)
    n, s = (rows[f"{factor}_{end}"].to_numpy(float) * inside for end in ("n", "sum"))
    w = rows["weight"].to_numpy()
    mean = (w * s).sum() / (w * n).sum()
    return 20 * mean, 20 * (s - mean * n) / (w * n).sum()


def test_given_weights_change_as_matrices_over_respondents_say(two_waves: Any) -> None:
    """One stratum without margins: variances and covariance are those of the design."""
    _, rows = two_waves
    weight = np.random.default_rng(3).uniform(0.3, 3, len(rows))
    weighted = alone(rows.assign(stratum=""), weight)
    found = scored(weighted, KINDS, FOUND, weighted=True)
    for value in ("total", "north"):
        z, factor = {}, {}
        for wave in ("w1", "w2"):
            of = weighted[weighted["survey_id"] == wave]
            score, u = linear(of, "speed", value)
            row = found.loc[(wave, value, "speed")]
            there = (of["speed_n"] > 0) & ((of["region"] == value) | (value == "total"))
            n, w = there.sum(), of.loc[there, "weight"]
            factor[wave] = n / (n - 1)
            z[wave] = pd.Series(of["weight"].to_numpy() * u, index=of["customer_id"])
            assert row["score"] == pytest.approx(score)
            assert row["standard_error"] ** 2 == pytest.approx(factor[wave] * (z[wave] ** 2).sum())
            assert row["n_effective"] == pytest.approx(w.sum() ** 2 / (w**2).sum())
            spread = (w**2).sum() ** 2 / (w**4).sum()
            assert row["freedom"] == math.floor(spread) - 1
        both = z["w1"].index.intersection(z["w2"].index)
        scale = math.sqrt(factor["w1"] * factor["w2"])
        covariance = scale * (z["w1"][both] * z["w2"][both]).sum()
        row, before = (found.loc[(wave, value, "speed")] for wave in ("w2", "w1"))
        variance = row["standard_error"] ** 2 + before["standard_error"] ** 2 - 2 * covariance
        assert abs(covariance) > 0.01 * variance
        assert row["change_standard_error"] ** 2 == pytest.approx(variance)
        half = stats.t.ppf(0.975, min(row["freedom"], before["freedom"])) * math.sqrt(variance)
        assert row["change_low"] == pytest.approx(row["score_change"] - half)


@pytest.mark.parametrize("strata", [True, False])
def test_raked_changes_are_those_of_matrices_over_respondents(two_waves: Any, strata: bool) -> None:
    """With HC2, residuals of who is outside of the segment too; all factors are the index."""
    people, rows = two_waves
    by = ["gender", "region"]
    weighted = raked(rows if strata else rows.assign(stratum=""), people, by)
    whole = FactorClass(4, "own", "all", tuple(by_design.WEIGHTED))
    half = replace(by_design.WEIGHTED[0], weight=0.25)
    shared = FactorClass(5, "own", "shared", (half, by_design.WEIGHTED[1]), (0.5, 1.0))
    found = scored(weighted, KINDS, [FOUND[0], whole, shared], weighted=True)
    parts = {"speed": {"speed": 1.0}, "shared": {"speed": 0.25 / 0.55, "care": 0.3 / 0.55}}
    places = [("total", "total"), ("region", "north")]
    for (kind, value), (name, factor) in itertools.product(places, parts.items()):
        z, inflation = {}, {}
        for wave in ("w1", "w2"):
            of = weighted[weighted["survey_id"] == wave]
            score, z[wave] = by_design.slow(of, kind, value, by, factor)
            if strata:
                in_stratum = z[wave].groupby(of["stratum"].to_numpy())
                n = in_stratum.transform("size")
                z[wave] = np.sqrt(n / (n - 1)) * (z[wave] - in_stratum.transform("mean"))
            row = found.loc[(wave, value, name)]
            n = row["n_respondents"]
            inflation[wave] = np.sqrt(n / (n - 1) / (len(of) / (len(of) - 1)))
            assert row["score"] == pytest.approx(score)
            variance = inflation[wave] ** 2 * (z[wave] ** 2).sum()
            assert row["standard_error"] ** 2 == pytest.approx(variance)
        both = z["w1"].index.intersection(z["w2"].index)
        covariance = np.prod(list(inflation.values())) * (z["w1"][both] * z["w2"][both]).sum()
        variance = sum((inflation[w] ** 2 * (z[w] ** 2).sum()) for w in z) - 2 * covariance
        row = found.loc[("w2", value, name)]
        assert row["change_standard_error"] ** 2 == pytest.approx(variance, rel=1e-9)
    expected = by_design.indexed(weighted, KINDS, {"w1": None, "w2": "w1"})
    for place in expected.index:
        name = "change_standard_error"
        mine, theirs = found.loc[(*place, "all"), name], expected.loc[place, name]
        assert mine == pytest.approx(theirs, rel=1e-9, nan_ok=True)


def test_a_weight_of_three_is_a_row_written_three_times(two_waves: Any) -> None:
    _, rows = two_waves
    rows = rows.assign(stratum="", times=np.random.default_rng(5).integers(1, 4, len(rows)))
    found = scored(alone(rows, rows["times"]), KINDS, FOUND, weighted=True)
    copies = rows.loc[rows.index.repeat(rows["times"])].reset_index(drop=True)
    copies["customer_id"] += copies.groupby(["survey_id", "customer_id"]).cumcount().astype(str)
    written = scored(copies, KINDS, FOUND).reindex(found.index)
    for column in ("score", "previous_score", "score_change"):
        np.testing.assert_allclose(found[column], written[column], err_msg=column)
    assert (found["standard_error"] > written["standard_error"]).all()


def test_equal_weights_are_no_weights(two_waves: Any) -> None:
    _, rows = two_waves
    rows = alone(rows.assign(stratum=""), np.full(len(rows), 3.0))
    found, plain = scored(rows, KINDS, FOUND, weighted=True), scored(rows, KINDS, FOUND)
    for column in plain.columns.drop(["segment_type", "taxonomy", "previous_survey_id"]):
        one, other = (frame.sort_index()[column].astype(float) for frame in (found, plain))
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9, err_msg=column)


# Simulated surveys: each repetition is a segment ------------------------------------------------


@pytest.fixture(scope="module")
def drawn() -> Any:
    """Two waves of a panel in which nothing changes; 20 % of the answers are missing."""
    counts, members = simulated(np.random.default_rng(41), 60, waves=(0.0, 0.0))
    rows = respondent_rows(counts, SIM_SCALES).merge(members, on=list(index.WAVE_CUSTOMER))
    found = taxonomies.own_classes(factors(SIM_SCALES, SIM_WEIGHTS))
    return scored(rows.assign(repetition=rows["repetition"].astype(str)), ["repetition"], found)


def test_intervals_of_scores_and_changes_cover_the_truth_as_often_as_they_say(drawn: Any) -> None:
    for factor in "abc":
        first, second = (drawn.xs((wave, factor), level=(0, 2)) for wave in ("w1", "w2"))
        assert len(first) == len(second) == REPETITIONS
        # the truth is the mean of so many surveys, but for a hundredth of a point or two
        assert 0.93 <= covers(first, "score_low", "score_high", first["score"].mean()) <= 0.97
        assert 0.93 <= covers(second, "change_low", "change_high", 0.0) <= 0.97
        assert second["change_standard_error"].mean() == pytest.approx(
            second["score_change"].std(), rel=0.05
        )


def test_few_changes_are_found_where_nothing_changed(drawn: Any) -> None:
    p = drawn.xs("w2")["change_p_value"].unstack("class_id").to_numpy()
    assert p.shape == (REPETITIONS, 4)
    false = np.mean([(q_values(family) <= 0.05).any() for family in p])
    assert false <= 0.05
    assert np.mean((p <= 0.05).any(axis=1)) > 0.1  # without q-values


# The demo ---------------------------------------------------------------------------------------


def test_demo_errors_follow_from_the_answers(demo: Built) -> None:
    """Each question alone asks for its factor: a score is a mean, its error s / sqrt(n)."""
    values: dict[tuple[str, str], list[float]] = {}
    for wave, factor, value in demo.build_rows(
        "select a.survey_id, a.factor_id, 20 * l.value from stg_answers as a "
        "join method_questions as q on a.question_id = q.question_id "
        "join int_scale_levels as l on q.scale_id = l.scale_id and a.level = l.level "
        "where a.role = 'performance'"
    ):
        values.setdefault((wave, factor), []).append(value)
    found = demo.rows(
        "select survey_id, factor_id, factor_score, standard_error, previous_survey_id, "
        "previous_score, score_change, n_effective "
        "from fct_segment_factor_satisfaction where segment_type = 'total'"
    )
    assert len(found) == len(values) == 48
    for wave, factor, score, error, before, previous, change, n in found:
        of = values[wave, factor]
        assert n == len(of)
        assert score == pytest.approx(np.mean(of))
        assert error == pytest.approx(np.std(of, ddof=1) / math.sqrt(n))
        if before:
            assert previous == pytest.approx(np.mean(values[before, factor]))
            assert change == pytest.approx(score - previous)


def test_demo_flags_go_by_q_values_of_a_segment(demo: Built) -> None:
    keys, name = ["survey_id", "segment_type", "segment_value"], "factor_id"
    columns = [*keys, name, "previous_survey_id", "score_change", "change_p_value"]
    columns += ["change_q_value", "change_flag", "is_reliable"]
    rows = pd.DataFrame(
        demo.rows(f"select {', '.join(columns)} from fct_segment_factor_satisfaction"),
        columns=columns,
    )
    reliable = {tuple(row) for row in rows.loc[rows["is_reliable"], [*keys, name]].to_numpy()}
    place = rows[[*keys, name]].assign(survey_id=rows["previous_survey_id"]).to_numpy()
    before = np.array([tuple(row) in reliable for row in place])
    tested = rows["is_reliable"].to_numpy(bool) & before & rows["change_p_value"].notna()
    assert 100 < tested.sum() < len(rows)
    assert rows.loc[~tested, ["change_q_value", "change_flag"]].isna().all().all()
    for _, of in rows[tested].groupby(keys):
        q = q_values(of["change_p_value"].astype(float))
        np.testing.assert_allclose(of["change_q_value"].astype(float), q, rtol=1e-9)
        words = np.where(of["score_change"].astype(float) > 0, "up", "down")
        assert of["change_flag"].tolist() == np.where(q > 0.05, "unclear", words).tolist()
    assert {"up", "down", "unclear"} == set(rows.loc[tested, "change_flag"])
