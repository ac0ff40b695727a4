"""Drivers, priorities, weight scenarios: against the rows, by hand, by properties, on the demo."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from satisfaction.core import moments
from satisfaction.core.errors import SatisfactionError
from satisfaction.core.frames import lazy
from satisfaction.drivers import drivers, priorities
from satisfaction.weights import sensitivity, weights
from tests.python.conftest import Built, on_duckdb
from tests.python.core.test_moments import pair_sums
from tests.python.drivers.test_multiple_correlation import drawn
from tests.python.drivers.test_relative_importance import r_squared
from tests.python.weights.test_weights import TREE

NO_IMPORTANCE = pd.DataFrame(
    columns=[*moments.SEGMENT, "factor_id", "n_respondents", "n_valid", "weights"]
    + ["weight_squares", "value_min", "value_max", "value_sum", "square_sum"]
)
FACTORS = ["care", "price", "speed"]


def answers(n=300, seed=2):
    """The verdict and three factors, of which speed explains most and care nothing."""
    rng = np.random.default_rng(seed)
    x = np.clip(rng.normal([0.8, 0.6, 0.4], 0.2, (n, 3)) + rng.normal(0, 0.1, (n, 1)), 0, 1)
    y = 0.2 * x[:, 1] + 0.7 * x[:, 2] + rng.normal(0, 0.1, n)
    return pd.DataFrame(np.column_stack([y, x]), columns=["", *FACTORS])


def sums_of(rows, weights=None, **key):
    groups = np.random.default_rng(1).integers(0, 200, len(rows))
    key = {"survey_id": "w1", "segment_type": "total", "segment_value": "total"} | key
    return pair_sums(rows, groups, tuple(key.values()), weights)


def cell_of(rows, rng):
    """The sums of rows without gaps, factors first and the verdict last."""
    n, p = rows.shape
    groups = np.zeros((200, 4, p, p))
    dealt = rng.integers(0, 200, n)
    for k, (left, right) in enumerate([(0, 0), (1, 0), (2, 0), (1, 1)]):
        np.add.at(groups[:, k], dealt, rows[:, :, None] ** left * rows[:, None, :] ** right)
    counts = groups[:, 0].sum(axis=0)
    return moments.Cell(("w", "total", "total"), (*"abcdefghijkl"[: p - 1], ""), groups, counts)


def found_drivers(pairs, importance=NO_IMPORTANCE, n_draws=200):
    frame = drivers.drivers(lazy(pairs), importance, n_draws)
    return frame.set_index(["method", "factor_id"])


# Drivers --------------------------------------------------------------------------------


def test_drivers_are_those_of_the_rows():
    rows = answers()
    found = found_drivers(sums_of(rows))
    scaled = ((rows - rows.mean()) / rows.std()).to_numpy()
    slopes = np.linalg.lstsq(scaled[:, 1:], scaled[:, 0], rcond=None)[0]
    assert found.loc["regression", "estimate"].to_list() == pytest.approx(slopes)
    assert found.loc["correlation", "estimate"].to_list() == pytest.approx(
        rows.corr()[""].to_list()[1:]
    )
    fit = r_squared(rows.to_numpy(), [1, 2, 3])
    assert set(found["degrees_of_freedom"].dropna()) == {296}
    assert found["adjusted_r_squared"].to_list() == pytest.approx(
        [1 - (1 - fit) * 299 / 296] * len(found)
    )
    assert found["r_squared"].to_list() == pytest.approx([fit] * len(found))
    for method in ("relative_weight", "shapley"):
        own = found.loc[method]
        assert own["estimate"].sum() == pytest.approx(fit)
        assert own["share"].sum() == pytest.approx(1)
        assert own["driver_rank"].to_dict() == {"care": 3, "price": 2, "speed": 1}
    assert (found["n_respondents"] == 300).all()
    assert (found["estimate_low"] < found["estimate"] + 1e-12).all()
    assert (found["estimate_high"] > found["estimate"] - 1e-12).all()


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Forty samples of a known population: 95 % intervals of a slope hold it about 38 times."""
    held = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(400, 2))
        y = 0.5 * x[:, 0] + rng.normal(size=400) * np.sqrt(0.75)
        low, high = (
            drivers.explained([cell_of(np.column_stack([x, y]), rng)], 200, 0.95)
            .set_index(["method", "factor_id"])
            .loc[("regression", "a"), ["estimate_low", "estimate_high"]]
        )
        held += low < 0.5 < high
    assert 34 <= held <= 40


@pytest.mark.parametrize("levels", [False, True], ids=["normal", "five levels"])
@pytest.mark.parametrize(("n", "p", "r_squared"), [(36, 4, 0.4), (43, 12, 0.6), (100, 12, 0.6)])
def test_every_interval_holds_the_truth_where_it_is_reliable(n, p, r_squared, levels):
    """From min_respondents degrees of freedom on; Shapley's shares among them.

    Who is drawn twice tells a regression nothing new: with few degrees of freedom for its factors
    it errs on the side of caution.
    """
    rng = np.random.default_rng(n)
    r = np.corrcoef(drawn(rng, 400_000, p, r_squared, levels).T)
    truth = {m: split(r[:-1, :-1], r[:-1, -1]) for m, split in drivers.SPLITS.items()}
    held: dict[str, list[bool]] = {method: [] for method in drivers.SPLITS}
    for _ in range(1080 // p):
        cell = cell_of(drawn(rng, n, p, r_squared, levels), rng)
        found = drivers.explained([cell], 400, 0.95, 30).set_index("method")
        for method in drivers.SPLITS:
            own = found.loc[method]
            assert (own["degrees_of_freedom"].dropna() >= 30).all()
            held[method] += list(
                (own["estimate_low"] <= truth[method]) & (truth[method] <= own["estimate_high"])
            )
    for method, hits in held.items():
        # a sampling error of a percent, for the factors of a survey miss together
        most = 1 if method == "regression" and n < 4 * p else 0.97 + 0.015
        assert 0.93 - 0.015 <= np.mean(hits) <= most, (method, np.mean(hits))


def test_what_a_random_variable_gets_is_the_measure_of_a_share():
    """Speed and price explain something, care does not; of noise nothing is beyond chance."""
    found = found_drivers(sums_of(answers()))
    for method in ("relative_weight", "shapley"):
        own = found.loc[method]
        assert (own["estimate"] > own["chance_estimate"])[["price", "speed"]].all()
    assert found.drop(["relative_weight", "shapley"])["chance_estimate"].isna().all()
    rng = np.random.default_rng(60)
    of_noise = [cell_of(rng.normal(size=(60, 5)), rng) for _ in range(60)]
    found = drivers.explained(of_noise, 2, 0.95).set_index("method")
    for method in ("relative_weight", "shapley"):
        beyond = found.loc[method, "estimate"] > found.loc[method, "chance_estimate"]
        assert beyond.mean() == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 240))


def short_forms(n=120, seed=3):
    """Each is asked for two of three factors, which go together or against each other."""
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(np.nan, range(n), ["", *FACTORS])
    for k, (left, right, sign) in enumerate(
        [("care", "price", 1), ("price", "speed", 1), ("care", "speed", -1)]
    ):
        form = rows.index % 3 == k
        x = rng.normal(size=n)
        rows.loc[form, left] = x[form]
        rows.loc[form, right] = (sign * x + rng.normal(scale=0.5, size=n))[form]
    rows[""] = rows[FACTORS].mean(axis=1) + rng.normal(scale=0.5, size=n)
    return rows


def test_gaps_that_contradict_each_other_leave_the_correlations_as_observed():
    rows = short_forms()
    found = found_drivers(sums_of(rows))
    assert set(found.index.get_level_values("method")) == {"correlation"}
    assert found.loc["correlation", "estimate"].to_list() == pytest.approx(
        rows.corr()[""].to_list()[1:]
    )
    assert (found["status"] == "contradictory_gaps").all()
    assert found["estimate_low"].notna().all()
    assert found[["r_squared", "adjusted_r_squared", "vif"]].isna().all(axis=None)
    with pytest.raises(SatisfactionError, match="contradict each other"):
        sensitivity.pooled_weights(sums_of(rows))


def test_few_respondents_have_estimates_and_no_intervals():
    pairs = sums_of(answers(40))
    few = drivers.drivers(lazy(pairs), NO_IMPORTANCE, 50, min_respondents=41)
    enough = drivers.drivers(lazy(pairs), NO_IMPORTANCE, 50, min_respondents=40)
    assert set(few["status"]) == {"too_few"} and set(enough["status"]) == {"estimated"}
    drawn = ["estimate_low", "estimate_high", "standard_error", "chance_estimate"]
    assert few[[*drawn, "quadrant_stability"]].isna().all(axis=None)
    assert set(few["quadrant"].dropna()) == {"unclear"}
    kept = ["method", "factor_id", "estimate", "share", "r_squared", "r_squared_low", "vif"]
    pd.testing.assert_frame_equal(few[kept], enough[kept])


def test_each_pair_is_correlated_over_those_who_have_both():
    rows = answers()
    rows.loc[rows.index % 3 == 0, "care"] = np.nan
    found = found_drivers(sums_of(rows))
    assert found.loc[("correlation", "care"), "estimate"] == pytest.approx(rows.corr()[""]["care"])
    assert found.loc[("correlation", "care"), "n_respondents"] == 200
    assert found.loc[("correlation", "speed"), "n_respondents"] == 300


def test_a_factor_that_cannot_explain_is_left_out():
    rows = answers().assign(care=0.5)  # all rate it alike
    rows.loc[4:, "price"] = np.nan  # as many answers as coefficients
    assert set(found_drivers(sums_of(rows)).loc["shapley"].index) == {"speed"}


def test_factors_that_say_the_same_have_no_regression_but_share_what_they_explain():
    rows = answers()
    found = found_drivers(sums_of(rows.assign(care=rows["speed"])))
    assert "regression" not in found.index
    assert found["vif"].isna().all()
    assert found.loc[("shapley", "care"), "estimate"] == pytest.approx(
        found.loc[("shapley", "speed"), "estimate"]
    )


@pytest.mark.parametrize(
    "rows",
    [answers(4), answers().assign(**{"": 0.5}), answers().drop(columns="").assign(**{"": np.nan})],
)
def test_a_verdict_that_nothing_explains_gives_no_rows_and_no_error(rows):
    pairs = sums_of(rows)
    assert found_drivers(pairs).empty
    assert sensitivity.pooled_weights(pairs).empty


def test_nothing_asked_gives_typed_frames_without_rows():
    pairs = sums_of(answers()).iloc[:0]
    found = drivers.drivers(lazy(pairs), NO_IMPORTANCE, 50)
    assert (len(found), found["estimate"].dtype) == (0, np.float64)
    assert found["quadrant"].dtype == "string"


def test_stated_importance_by_hand():
    """Levels 1 to 5: answers 5, 4, 3 are 1, 0.75 and 0.5 of the way."""
    importance = pd.DataFrame(
        [
            ("w", "total", "total", "a", 3, 3, 3, 3, 1, 5, 12, 50),
            ("w", "total", "total", "b", 1, 1, 1, 1, 1, 5, 2, 4),
        ],
        columns=NO_IMPORTANCE.columns,
    )
    found = drivers.stated_importance(importance).set_index("factor_id")
    assert found["estimate"].to_dict() == {"a": 0.75, "b": 0.25}
    assert found["share"].to_dict() == {"a": 0.75, "b": 0.25}
    assert found.loc["a", "standard_error"] == pytest.approx(0.25 / np.sqrt(3))
    assert found.loc["a", "estimate_high"] == 1.0  # 0.75 + 4.303 * 0.144, cut at the scale's end
    assert found.loc["a", "estimate_low"] == pytest.approx(0.75 - 4.302653 * 0.25 / np.sqrt(3))
    assert np.isnan(found.loc["b", "standard_error"])


def test_a_weight_of_k_is_as_if_k_had_answered():
    rows, weights = answers(), np.random.default_rng(9).integers(1, 6, 300)
    found = found_drivers(sums_of(rows, weights))
    often = found_drivers(sums_of(rows.loc[rows.index.repeat(weights)].reset_index(drop=True)))
    same = ["estimate", "share", "r_squared", "vif", "driver_rank", "performance"]
    pd.testing.assert_frame_equal(found[same], often[same])
    n = weights.sum() ** 2 / (weights @ weights)
    assert found["n_effective"].to_numpy() == pytest.approx(n)
    assert set(found["n_respondents"]) == {300}
    assert set(found["degrees_of_freedom"].dropna()) == {int(n) - 4}
    wider = found["r_squared_high"] - found["r_squared_low"]
    assert (wider > often["r_squared_high"] - often["r_squared_low"]).all()


def test_weighted_stated_importance_by_hand():
    """Answers 5 and 1, of which the first counts three times: three quarters of the way."""
    sums = {"n_respondents": 2, "n_valid": 2, "weights": 4.0, "weight_squares": 10.0}
    sums |= {"value_min": 1, "value_max": 5, "value_sum": 16.0, "square_sum": 76.0}
    key = dict(zip(moments.SEGMENT, ("w", "total", "total"), strict=True))
    (row,) = drivers.stated_importance(pd.DataFrame([key | sums | {"factor_id": "a"}])).itertuples()
    assert (row.estimate, row.n_effective) == (0.75, 1.6)
    # the spread of 3/4 and 1/4 is 3/16, with 1.6 respondents half of it once more
    assert row.standard_error == pytest.approx(np.sqrt(3 / 16 * 1.6 / 0.6 / 1.6))


# Importance x performance ---------------------------------------------------------------


def test_the_map_stands_beside_relative_weights():
    rows = answers()
    found = found_drivers(sums_of(rows))
    assert found.drop("relative_weight")[["performance", "quadrant"]].isna().all(axis=None)
    places = found.loc["relative_weight"]
    assert places["performance"].to_dict() == pytest.approx((100 * rows[FACTORS].mean()).to_dict())
    assert places["performance_cut"].to_list() == pytest.approx(
        [100 * rows[FACTORS].mean().mean()] * 3
    )
    # care is rated best and explains nothing, speed is rated worst and explains most
    assert places["quadrant"]["care"] == "possible_overkill"
    assert (places["quadrant"] == "unclear").eq(places["quadrant_stability"] < 0.8).all()
    assert places["quadrant"]["speed"] == "fix_first"
    assert places["quadrant_stability"]["speed"] == 1.0


def test_stability_counts_the_draws_that_agree():
    drawn = np.array([[0.6, 0.4], [0.7, 0.3], [0.4, 0.6], [0.6, 0.4]])
    scores = np.array([40.0, 70.0])
    places, others = (priorities.quadrants(x, scores) for x in (drawn[0], drawn))
    assert list(priorities.stability(places, others)) == [0.75, 0.75]
    assert np.isnan(priorities.stability(places, others[:0])).all()


def test_segments_worked_on_together_are_as_if_alone(monkeypatch):
    pairs = pd.concat([sums_of(answers(seed=seed), survey_id=f"w{seed}") for seed in range(5)])
    together = drivers.drivers(lazy(pairs), NO_IMPORTANCE, 60)
    monkeypatch.setattr(drivers, "TOGETHER", 1)
    pd.testing.assert_frame_equal(together, drivers.drivers(lazy(pairs), NO_IMPORTANCE, 60))


@pytest.mark.parametrize(
    ("importance", "performance", "quadrant"),
    [
        ((0.6, 0.4), (40, 60), ("fix_first", "possible_overkill")),
        ((0.6, 0.4), (60, 40), ("keep_up", "low_priority")),
        ((0.5, 0.5), (50, 50), ("keep_up", "keep_up")),  # what lies on a cut is above it
    ],
)
def test_quadrants(importance, performance, quadrant):
    places = priorities.quadrants(np.array(importance), np.array(performance, dtype=float))
    assert tuple(priorities.QUADRANTS[place] for place in places) == quadrant


# Weights --------------------------------------------------------------------------------


def scenarios(judgements, importance, pairs):
    experts = pd.DataFrame({"expert_id": ["ann", "bo"], "weight": [0.5, 0.5]})
    scores = pd.DataFrame(
        {"factor_id": ["care", "care", "price", "price", "speed", "speed"]}
        | {"score": [0.2, 1.0, 0.6, 0.6, 0.4, 0.8]}
    )
    found = sensitivity.weight_scenarios(
        TREE[TREE["model"] == "satisfaction"],
        experts,
        pd.DataFrame(
            judgements,
            columns=["model", "expert_id", "parent_id", "left_id", "right_id", "judgement"],
        ),
        importance,
        pairs,
        on_duckdb(scores),
    )
    return {key: dict(zip(rows["factor_id"], rows["weight"], strict=True))
            for key, rows in found.groupby(["scenario_type", "scenario_id"])}  # fmt: skip


def test_every_source_and_every_expert_gives_weights():
    judgements = [
        ("satisfaction", "ann", "goal", "service", "price", "3"),
        ("satisfaction", "ann", "service", "speed", "care", "1"),
        ("satisfaction", "bo", "goal", "service", "price", "1/3"),
        ("satisfaction", "bo", "service", "speed", "care", "1"),
    ]
    importance = pd.DataFrame({"factor_id": FACTORS, "mean_importance": [0.2, 0.2, 0.4]})
    found = scenarios(judgements, importance, sums_of(answers()))
    assert set(found) == {("source", name) for name in weights.SOURCES} | {
        ("expert", "ann"),
        ("expert", "bo"),
    }
    for own in found.values():
        assert sum(own.values()) == pytest.approx(1)
    assert found["expert", "ann"] == pytest.approx({"care": 0.375, "price": 0.25, "speed": 0.375})
    assert found["expert", "bo"] == pytest.approx({"care": 0.125, "price": 0.75, "speed": 0.125})
    # 3 and 1/3 average to 1
    assert found["source", "ahp"] == pytest.approx({"care": 0.25, "price": 0.5, "speed": 0.25})
    assert found["source", "importance"] == pytest.approx(
        {"care": 0.25, "price": 0.25, "speed": 0.5}
    )
    assert found["source", "entropy"]["price"] == 0


def test_a_source_without_data_has_no_weights_and_is_no_error():
    found = scenarios(
        [],
        NO_IMPORTANCE.reindex(columns=["factor_id", "mean_importance"]),
        sums_of(answers()).iloc[:0],
    )
    assert set(found) == {("source", "entropy"), ("source", "equal")}


def test_weights_of_waves_are_derived_from_all_of_them_together():
    first, second = answers(seed=1), answers(seed=9)
    pairs = pd.concat([sums_of(first, survey_id="w1"), sums_of(second, survey_id="w2")])
    together = sums_of(pd.concat([first, second], ignore_index=True))
    assert sensitivity.pooled_weights(pairs)["weight"].to_list() == pytest.approx(
        sensitivity.pooled_weights(together)["weight"].to_list()
    )


# The demo -------------------------------------------------------------------------------


def test_demo_drivers_follow_from_the_accepted_answers(demo: Built) -> None:
    """Respondents as rows, correlated by pandas, in the total and in every region."""
    scores = pd.DataFrame(
        demo.build_rows(
            "select a.survey_id, a.customer_id, s.region, a.factor_id, avg((l.value - 1) / 4.0) "
            "from stg_answers as a join method_questions as q using (question_id) "
            "join int_scale_levels as l on q.scale_id = l.scale_id and a.level = l.level "
            "join int_respondent_segments as s using (survey_id, customer_id) "
            "where a.role = 'performance' group by all"
        ),
        columns=["survey_id", "customer_id", "region", "factor_id", "score"],
    )
    rows = scores.pivot(
        index=["survey_id", "customer_id", "region"], columns="factor_id", values="score"
    ).reset_index()
    verdicts = demo.build_rows(
        "select survey_id, customer_id, overall_level::double from int_verdicts"
    )
    outcomes = pd.DataFrame(verdicts, columns=["survey_id", "customer_id", "outcome"])
    rows = rows.merge(outcomes.dropna(), on=["survey_id", "customer_id"])
    factors = sorted(scores["factor_id"].unique())
    found: dict[tuple, dict[tuple, float]] = {}
    for *cell, method, factor, estimate in demo.rows(
        "select survey_id, segment_type, segment_value, method, factor_id, estimate "
        "from fct_drivers where segment_type in ('total', 'region')"
    ):
        found.setdefault(tuple(cell), {})[method, factor] = estimate
    assert len(found) >= 20
    for (wave, kind, segment), estimates in found.items():
        own = rows[(rows["survey_id"] == wave) & (rows["region"].eq(segment) | (kind == "total"))]
        r = own[[*factors, "outcome"]].corr()
        explained = [factor for factor in factors if ("correlation", factor) in estimates]
        for factor in explained:
            expected = r["outcome"][factor]
            assert estimates["correlation", factor] == pytest.approx(expected, abs=1e-9)
        if len(own) < 100:
            continue
        slopes = np.linalg.solve(r.loc[factors, factors], r.loc[factors, "outcome"])
        fit = slopes @ r.loc[factors, "outcome"]
        assert [estimates["regression", factor] for factor in factors] == pytest.approx(slopes)
        for method in ("relative_weight", "shapley"):
            parts = [estimates[method, factor] for factor in factors]
            assert sum(parts) == pytest.approx(fit)


def test_demo_gains_and_scenarios_follow_from_the_factor_scores(demo: Built) -> None:
    """By one loop over the cells: the best reliable segment, and weighted means."""
    scores = demo.rows(
        "select survey_id, segment_type, segment_value, factor_id, factor_score, weight, "
        "is_reliable from fct_segment_factor_satisfaction where not is_absent"
    )
    gains = demo.rows(
        "select survey_id, segment_type, segment_value, factor_id, index_gain from fct_priorities"
    )
    assert len(gains) > 100
    own = {tuple(row[:4]): row for row in scores}
    for wave, kind, segment, factor, gain in gains:
        levels = [
            row[4]
            for row in scores
            if (row[0], row[3], row[6]) == (wave, factor, True)
            and row[2] != "unknown"
            and kind in ("total", row[1])
        ]
        row = own[wave, kind, segment, factor]
        expected_gain = row[5] * max(max(levels) - row[4], 0) if levels else None
        assert gain == pytest.approx(expected_gain, abs=1e-9)
    weight = {
        tuple(row[:3]): row[3]
        for row in demo.build_rows(
            "select scenario_type, scenario_id, factor_id, weight from py_weight_scenarios"
        )
    }
    expected: dict[tuple, list[float]] = {}
    for kind, name in {key[:2] for key in weight}:
        for wave, segment_type, segment, factor, score, _, _ in scores:
            sums = expected.setdefault((wave, segment_type, segment, kind, name), [0.0, 0.0])
            sums[0] += weight[kind, name, factor] * score
            sums[1] += weight[kind, name, factor]
    found = demo.rows(
        "select survey_id, segment_type, segment_value, scenario_type, scenario_id, "
        "scenario_index, index_difference from fct_weight_sensitivity"
    )
    assert {tuple(row[:5]): row[5] for row in found} == pytest.approx(
        {key: top / bottom for key, (top, bottom) in expected.items()}
    )
    assert {row[4] for row in found} >= {"ahp", "importance", "derived", "entropy", "equal"}
    assert max(abs(row[6]) for row in found if row[4] == "ahp") < 1e-8
