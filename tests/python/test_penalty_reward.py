"""Penalties and rewards: against least squares on the rows, by hand, by properties, on the demo."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from satisfaction import penalty_reward
from tests.python.conftest import Built
from tests.python.test_moments import pair_sums


def dummies(ratings, verdict):
    """Two columns per factor, from ratings -1 (low), 0 and 1 (high), and the verdict."""
    columns = {"": verdict}
    for name, rating in ratings.items():
        columns |= {f"low {name}": 1.0 * (rating == -1), f"high {name}": 1.0 * (rating == 1)}
    return pd.DataFrame(columns)


def analysed(rows):
    sums = pair_sums(rows, np.zeros(len(rows)))
    return penalty_reward.penalties_and_rewards(sums).set_index("factor_id")


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
    found = analysed(dummies(*simulated()))
    assert found["category"].to_dict() == {
        "colour": "indifferent",
        "gift": "motivator",
        "safety": "hygiene",
        "speed": "performance",
    }
    assert found.loc["safety", "penalty"] == pytest.approx(-20, abs=2)
    assert found.loc["gift", "reward"] == pytest.approx(20, abs=2)
    assert found.loc["speed", "asymmetry"] == pytest.approx(0, abs=3)


def test_effects_and_errors_are_those_of_least_squares_on_the_rows():
    rows = dummies(*simulated(200))
    found = analysed(rows)
    names = [name for name in rows.columns if name]
    design = np.column_stack([np.ones(len(rows)), rows[names]])
    slopes, squares = np.linalg.lstsq(design, rows[""], rcond=None)[:2]
    variance = squares[0] / (len(rows) - design.shape[1])
    spread = variance * np.linalg.inv(design.T @ design)
    for factor, row in found.iterrows():
        low, high = names.index(f"low {factor}") + 1, names.index(f"high {factor}") + 1
        assert row["penalty"] == pytest.approx(slopes[low])
        assert row["reward"] == pytest.approx(slopes[high])
        width = 2 * 1.959963984540054
        assert row["penalty_high"] - row["penalty_low"] == pytest.approx(
            width * np.sqrt(spread[low, low])
        )
        both = spread[low, low] + spread[high, high] + 2 * spread[low, high]
        assert row["asymmetry_high"] - row["asymmetry_low"] == pytest.approx(width * np.sqrt(both))
        assert (
            row[["n_low", "n_high"]].to_list()
            == rows[[names[low - 1], names[high - 1]]].sum().to_list()
        )
    left = rows[""] - design @ slopes
    assert found["r_squared"].iloc[0] == pytest.approx(
        1 - left @ left / (rows[""].var(ddof=0) * 200)
    )


def test_one_factor_by_hand():
    """Means of 40 (low), 60 and 65 (high): a penalty of 20 points, a reward of 5."""
    rating = np.repeat([-1, 0, 1], 4)
    verdict = np.repeat([40.0, 60.0, 65.0], 4) + np.tile([-1.0, 1.0], 6)
    row = analysed(dummies({"speed": rating}, verdict)).loc["speed"]
    assert row[["penalty", "reward", "asymmetry"]].to_list() == pytest.approx([-20, 5, -15])
    # residual variance 12 / 9, so the error of a difference of two means of four is 0.816
    assert row["reward_high"] == pytest.approx(5 + 1.959963984540054 * np.sqrt(12 / 9 / 2))
    assert row["category"] == "performance"  # both are beyond chance, failing costs more
    assert row["asymmetry_high"] == pytest.approx(-15 + 1.959963984540054 * np.sqrt(12 / 9 * 1.5))


def test_turning_the_scale_turns_penalties_into_rewards():
    ratings, verdict = simulated(400)
    found, turned = (
        analysed(dummies(values, outcome))
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
    rows = dummies(ratings, verdict).iloc[:n]
    assert analysed(rows).empty


def test_a_factor_that_nobody_rates_low_has_no_row_but_counts():
    ratings, verdict = simulated()
    ratings["gift"] = np.abs(ratings["gift"])
    found = analysed(dummies(ratings, verdict))
    assert list(found.index) == ["colour", "safety", "speed"]
    assert found["r_squared"].iloc[0] > 0.5


def test_demo_effects_follow_from_the_accepted_answers(demo: Built) -> None:
    """Least squares on the respondents of every wave."""
    answers = pd.DataFrame(
        demo.build_rows(
            "select a.survey_id, a.customer_id, a.factor_id, avg((l.value - 1) / 4.0), "
            "any_value(v.outcome) "
            "from stg_survey_answers as a join method_questions as q using (question_id) "
            "join int_scale_levels as l on q.scale_id = l.scale_id and a.level = l.level "
            "join int_overall_verdicts as v using (survey_id, customer_id) "
            "where a.role = 'performance' and v.outcome is not null group by all"
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
