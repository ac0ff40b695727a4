"""Penalties and rewards: against HC3 on the rows, by hand, by properties, on the demo."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from satisfaction.drivers import penalty_reward
from tests.python.conftest import Built


def dummies(ratings, verdict):
    """Two columns per factor, from ratings -1 (low), 0 and 1 (high), and the verdict."""
    columns = {"one": np.ones(len(verdict))}
    for factor, rating in ratings.items():
        columns |= {f"{factor}_low": 1.0 * (rating == -1), f"{factor}_high": 1.0 * (rating == 1)}
    return pd.DataFrame(columns | {"verdict": verdict})


def products(rows, groups, weights=None):
    """The sums of int_penalty_reward_moments, by one loop."""
    columns = {"resample_group": groups}
    times = 1 if weights is None else weights
    for i, left in enumerate(rows.columns):
        for right in rows.columns[i:]:
            columns[f"{left}__{right}"] = (times * rows[left] * rows[right]).to_numpy()
        if weights is not None and left != "verdict":
            columns[f"n__{left}"] = rows[left].to_numpy()
    if weights is not None:
        columns["weight_squares"] = weights**2
    found = pd.DataFrame(columns).groupby("resample_group", as_index=False).sum()
    return found.assign(survey_id="w1", segment_type="total", segment_value="total")


def analysed(ratings, verdict, groups=None, weights=None):
    rows = dummies(ratings, verdict)
    sums = products(rows, np.arange(len(rows)) if groups is None else groups, weights)
    factors = pd.DataFrame({"factor_id": list(ratings), "factor_column": list(ratings)})
    return penalty_reward.penalties_and_rewards(sums, factors).set_index("factor_id")


def simulated(n=3000, seed=4):
    """Safety only displeases, a gift only pleases, speed does both, colour nothing."""
    rng = np.random.default_rng(seed)
    ratings = {name: rng.integers(-1, 2, n) for name in ("colour", "gift", "safety", "speed")}
    effects = {"gift": (0, 20), "safety": (-20, 0), "speed": (-10, 10), "colour": (0, 0)}
    verdict = 50 + rng.normal(0, 10, n)
    for name, (penalty, reward) in effects.items():
        verdict += penalty * (ratings[name] == -1) + reward * (ratings[name] == 1)
    return ratings, verdict


def test_each_kind_of_factor_is_told_from_the_others():
    found = analysed(*simulated(), np.arange(3000) % 200)
    assert found["category"].to_dict() == {
        "colour": "indifferent",
        "gift": "motivator",
        "safety": "hygiene",
        "speed": "performance",
    }
    assert found.loc["safety", "penalty"] == pytest.approx(-20, abs=2)
    assert found.loc["gift", "reward"] == pytest.approx(20, abs=2)
    assert found.loc["speed", "asymmetry"] == pytest.approx(0, abs=3)


def test_effects_and_errors_are_those_of_hc3_on_the_rows():
    """MacKinnon and White: residuals over 1 - leverage, squared, between the inverses."""
    ratings, verdict = simulated(200)
    found = analysed(ratings, verdict)
    rows = dummies(ratings, verdict)
    names = [name for name in rows.columns if name != "verdict"]
    design = rows[names].to_numpy()
    inverse = np.linalg.inv(design.T @ design)
    slopes = inverse @ design.T @ verdict
    left = verdict - design @ slopes
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    meat = (design.T * (left / (1 - leverage)) ** 2) @ design
    spread = inverse @ meat @ inverse
    width = 2 * stats.t.ppf(0.975, 200 - 9)
    for factor, row in found.iterrows():
        low, high = names.index(f"{factor}_low"), names.index(f"{factor}_high")
        assert row["penalty"] == pytest.approx(slopes[low])
        assert row["reward"] == pytest.approx(slopes[high])
        assert row["penalty_high"] - row["penalty_low"] == pytest.approx(
            width * np.sqrt(spread[low, low])
        )
        both = spread[low, low] + spread[high, high] + 2 * spread[low, high]
        assert row["asymmetry_high"] - row["asymmetry_low"] == pytest.approx(width * np.sqrt(both))
        assert row[["n_low", "n_high"]].to_list() == design[:, [low, high]].sum(axis=0).tolist()
        assert row["degrees_of_freedom"] == 191
    assert found["r_squared"].iloc[0] == pytest.approx(
        1 - left @ left / (rows["verdict"].var(ddof=0) * 200)
    )


def test_weighted_effects_and_errors_are_those_of_hc3_on_the_rows():
    """Weighted least squares, and the residuals of its sandwich over 1 - leverage."""
    ratings, verdict = simulated(300)
    weights = np.random.default_rng(8).choice([0.5, 1.0, 3.0], 300)
    found = analysed(ratings, verdict, weights=weights)
    rows = dummies(ratings, verdict)
    names = [name for name in rows.columns if name != "verdict"]
    design = rows[names].to_numpy()
    inverse = np.linalg.inv(design.T * weights @ design)
    slopes = inverse @ (design.T * weights) @ verdict
    left = verdict - design @ slopes
    leverage = weights * np.einsum("ij,jk,ik->i", design, inverse, design)
    meat = (design.T * (weights * left / (1 - leverage)) ** 2) @ design
    spread = inverse @ meat @ inverse
    n = weights.sum() ** 2 / (weights @ weights)
    width = 2 * stats.t.ppf(0.975, int(n) - 9)
    for factor, row in found.iterrows():
        low, high = names.index(f"{factor}_low"), names.index(f"{factor}_high")
        assert row["penalty"] == pytest.approx(slopes[low])
        assert row["reward_high"] - row["reward_low"] == pytest.approx(
            width * np.sqrt(spread[high, high])
        )
        assert row[["n_low", "n_high"]].to_list() == design[:, [low, high]].sum(axis=0).tolist()
        assert (row["n_respondents"], row["n_effective"]) == (300, pytest.approx(n))
    often = analysed(*simulated(300), weights=np.full(300, 2.0))
    pd.testing.assert_frame_equal(often, analysed(*simulated(300)))


def test_groups_of_respondents_give_nearly_the_same_errors():
    ratings, verdict = simulated(1000)
    alone = analysed(ratings, verdict)
    dealt = analysed(ratings, verdict, np.random.default_rng(3).integers(0, 200, 1000))
    for name in ("penalty", "reward"):
        assert dealt[name].to_list() == pytest.approx(alone[name].to_list())
        width = dealt[f"{name}_high"] - dealt[f"{name}_low"]
        of_alone = alone[f"{name}_high"] - alone[f"{name}_low"]
        assert (width / of_alone).to_list() == pytest.approx([1] * 4, abs=0.2)


def test_one_factor_by_hand():
    """Means of 40 (low), 60 and 65 (high): a penalty of 20 points, a reward of 5."""
    rating = np.repeat([-1, 0, 1], 4)
    verdict = np.repeat([40.0, 60.0, 65.0], 4) + np.tile([-1.0, 1.0], 6)
    row = analysed({"speed": rating}, verdict).loc["speed"]
    assert row[["penalty", "reward", "asymmetry"]].to_list() == pytest.approx([-20, 5, -15])
    # to leave one of four out moves a mean by 1/3: the square of an error of a mean is 4/9, and t
    # of nine degrees of freedom is 2.262
    assert row["reward_high"] == pytest.approx(5 + 2.262157 * np.sqrt(4 / 9 * 2))
    assert row["category"] == "performance"  # both are beyond chance, failing costs more
    assert row["asymmetry_high"] == pytest.approx(-15 + 2.262157 * np.sqrt(4 / 9 * 6))


def test_a_rating_that_one_gave_is_never_beyond_chance():
    """Without this respondent nobody tells what a low rating does."""
    rating = np.repeat([-1, 0, 1], (1, 10, 10))
    verdict = np.where(rating == -1, 0.0, 60.0) + np.tile([-1.0, 0.0, 1.0], 7)
    row = analysed({"speed": rating}, verdict).loc["speed"]
    assert row["penalty"] < -50 and row["penalty_high"] > 0


@pytest.mark.parametrize(
    ("n", "factors", "least", "most"),
    # 30 degrees of freedom for 24 dummies: HC3 errs on the side of caution
    [(31, 12, 0.93, 1), (55, 12, 0.93, 1), (60, 4, 0.93, 0.97), (150, 12, 0.93, 0.97)],
)
def test_intervals_hold_the_truth(n, factors, least, most):
    """Ratings that go together, and a verdict that varies more for who rated the second low."""
    rng = np.random.default_rng(n)
    held, named = [], []
    for _ in range(1200 // factors // 2):
        x = np.sqrt(0.4) * rng.normal(size=(n, 1)) + np.sqrt(0.6) * rng.normal(size=(n, factors))
        ratings = dict(
            zip("abcdefghijkl"[:factors], np.searchsorted([-0.9, 0.1], x).T - 1, strict=True)
        )
        spread = 10 * (1 + 0.6 * (ratings["b"] == -1))
        found = analysed(ratings, 60 + 8 * ratings["a"] + spread * rng.normal(size=n))
        truth = np.where(found.index == "a", 8.0, 0.0)
        held += list((found["reward_low"] <= truth) & (truth <= found["reward_high"]))
        held += list((found["penalty_low"] <= -truth) & (-truth <= found["penalty_high"]))
        named += list(found.drop(index="a", errors="ignore")["category"] != "indifferent")
    # two standard errors of a share over 1,200 intervals, a few of each survey
    assert least - 0.013 <= np.mean(held) <= most + 0.013
    assert np.mean(named) <= 0.05 + 0.026


def test_turning_the_scale_turns_penalties_into_rewards():
    ratings, verdict = simulated(400)
    found, turned = (
        analysed(values, outcome)
        for values, outcome in (
            (ratings, verdict),
            ({name: -rating for name, rating in ratings.items()}, 100 - verdict),
        )
    )
    assert turned["reward"].to_list() == pytest.approx((-found["penalty"]).to_list())
    assert turned["asymmetry"].to_list() == pytest.approx((-found["asymmetry"]).to_list())


@pytest.mark.parametrize("n", [0, 9])
def test_too_few_respondents_have_no_rows_and_no_error(n):
    ratings, verdict = simulated(3000)
    assert analysed({name: rating[:n] for name, rating in ratings.items()}, verdict[:n]).empty


def test_a_factor_that_nobody_rates_low_has_no_row_but_counts():
    ratings, verdict = simulated()
    ratings["gift"] = np.abs(ratings["gift"])
    found = analysed(ratings, verdict, np.arange(3000) % 200)
    assert list(found.index) == ["colour", "safety", "speed"]
    assert found["r_squared"].iloc[0] > 0.5


def test_demo_effects_follow_from_the_accepted_answers(demo: Built) -> None:
    """Least squares on the respondents of every wave."""
    answers = pd.DataFrame(
        demo.build_rows(
            "select a.survey_id, a.customer_id, a.factor_id, avg((l.value - 1) / 4.0), "
            "any_value(v.overall_level) "
            "from stg_answers as a join method_questions as q using (question_id) "
            "join int_scale_levels as l on q.scale_id = l.scale_id and a.level = l.level "
            "join int_verdicts as v using (survey_id, customer_id) "
            "where a.role = 'performance' and v.overall_level is not null group by all"
        ),
        columns=["survey_id", "customer_id", "factor_id", "score", "outcome"],
    )
    found = pd.DataFrame(
        demo.rows(
            "select survey_id, factor_id, penalty, reward from fct_penalty_reward "
            "where segment_type = 'total'"
        ),
        columns=["survey_id", "factor_id", "penalty", "reward"],
    ).set_index(["survey_id", "factor_id"])
    assert len(found) > 40
    for wave, rows in answers.groupby("survey_id"):
        wide = rows.pivot(index=["customer_id", "outcome"], columns="factor_id", values="score")
        factors = list(wide.columns)
        design = np.column_stack([np.ones(len(wide)), wide < 0.5, wide >= 0.75])
        verdict = (wide.index.get_level_values("outcome").to_numpy() - 1) * 25
        slopes = np.linalg.lstsq(design, verdict, rcond=None)[0]
        for i, factor in enumerate(factors):
            if (wave, factor) in found.index:
                expected = slopes[1 + i], slopes[1 + len(factors) + i]
                assert found.loc[(wave, factor)].to_list() == pytest.approx(expected, abs=1e-8)
