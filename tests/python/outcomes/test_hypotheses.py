"""Claims of the folklore: published intervals, the score test turned round, and wrong claims."""

from __future__ import annotations

from math import exp, inf, log, sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from scipy.stats.contingency import relative_risk

from satisfaction.outcomes import hypotheses
from satisfaction.outcomes.hypotheses import mean_ratio_interval, share_ratio_interval
from tests.python.conftest import Built
from tests.python.method.test_method_checks import add, problems, put

Z = NormalDist().inv_cdf(0.975)


def sums(
    up: list[float], down: list[float], is_paired: bool = False, weight: float = 1
) -> pd.Series:
    """Sums over both sides; who is above the line counts weight times."""
    a, b, w = np.array(up, float), np.array(down, float), weight
    return pd.Series({
        "n_upper": len(a), "sum_upper": w * a.sum(), "square_upper": w * (a * a).sum(),
        "weights_upper": w * len(a), "weight_squares_upper": w * w * len(a),
        "n_lower": len(b), "sum_lower": b.sum(), "square_lower": (b * b).sum(),
        "weights_lower": len(b), "weight_squares_lower": len(b),
        "product": float(a @ b) if is_paired else 0.0,
    })  # fmt: skip


def claim(measure: str, low: float, high: float, row: pd.Series) -> str:
    frame = pd.DataFrame([{**row, "claim_id": "c", "measure": measure,
                           "claimed_low": low, "claimed_high": high}])  # fmt: skip
    return str(hypotheses.judge(frame)["verdict"].iloc[0])


def supported(low: float, high: float, row: pd.Series) -> bool | None:
    frame = pd.DataFrame([{**row, "claim_id": "c", "measure": "bought",
                           "claimed_low": low, "claimed_high": high}])  # fmt: skip
    found = hypotheses.judge(frame)["is_supported"].iloc[0]
    return None if pd.isna(found) else bool(found)


def test_koopman() -> None:
    """Koopman (1984): 36 of 40 against 16 of 80 is 4.5, 2.94 to 7.15."""
    assert share_ratio_interval(36, 40, 16, 80) == pytest.approx((2.94, 7.15), abs=5e-3)


@pytest.mark.parametrize(
    ("k", "n", "j", "m"), [(7, 34, 1, 34), (0, 20, 5, 30), (20, 20, 30, 30), (12, 12, 3, 9)]
)
def test_ends_are_where_the_score_test_turns(k: int, n: int, j: int, m: int) -> None:
    """The most likely shares are searched for on a grid, not solved for."""

    def score(ratio: float) -> float:
        lower = np.linspace(1e-9, min(1, 1 / ratio) - 1e-9, 400_001)
        upper = ratio * lower
        likely = k * np.log(upper) + (n - k) * np.log1p(-upper)
        likely += j * np.log(lower) + (m - j) * np.log1p(-lower)
        best = int(np.argmax(likely))
        p, q = upper[best], lower[best]
        return (k / n - ratio * j / m) / sqrt(p * (1 - p) / n + ratio**2 * q * (1 - q) / m)

    low, high = share_ratio_interval(k, n, j, m)
    assert score(high) == pytest.approx(-Z, abs=2e-3)
    if k:
        assert score(low) == pytest.approx(Z, abs=2e-3)
    assert low == 0 if k == 0 else low > 0
    assert low <= k / n / (j / m) <= high


def test_means_of_ones_and_zeros_have_the_interval_of_katz() -> None:
    row = sums([1] * 10 + [0] * 65, [1] * 12 + [0] * 213)
    expected = relative_risk(10, 75, 12, 225).confidence_interval()
    assert mean_ratio_interval(row) == pytest.approx((expected.low, expected.high))


def test_paired_costs() -> None:
    """The delta method says the same of the residuals x - R y."""
    rng = np.random.default_rng(4)
    won = rng.lognormal(6, 0.5, 200)
    kept = 0.3 * won * rng.lognormal(0, 0.4, 200)
    ratio = kept.mean() / won.mean()
    error = (kept - ratio * won).std() / sqrt(200) / kept.mean()
    low, high = mean_ratio_interval(sums(list(kept), list(won), is_paired=True))
    assert (log(low), log(high)) == pytest.approx((log(ratio) - Z * error, log(ratio) + Z * error))


@pytest.mark.parametrize("is_paired", [True, False])
def test_intervals_of_means_cover(is_paired: bool) -> None:
    rng = np.random.default_rng(8)
    covered = 0
    for _ in range(400):
        shared = rng.gamma(4, 1, 120)
        up = shared * rng.gamma(4, 0.5, 120) if is_paired else rng.gamma(4, 2, 120)
        down = 2 * shared if is_paired else rng.gamma(8, 1, 90)
        low, high = mean_ratio_interval(sums(list(up), list(down), is_paired))
        covered += low <= 1 <= high
    assert 0.92 <= covered / 400 <= 0.975


def test_verdicts() -> None:
    wide = sums([1] * 30 + [0] * 10, [1] * 5 + [0] * 35)  # 6, about 2.8 to 14
    assert claim("bought", 6, 6, wide) == "agrees"
    assert claim("bought", 20, 30, wide) == "refuted_lower"
    assert claim("bought", 1, 2, wide) == "refuted_higher"
    # the range is met by an end of the interval
    assert claim("bought", 1, 3, wide) == "agrees"
    assert claim("bought", 6, 6, sums([1], [])) == "no_data"
    assert claim("bought", 6, 6, sums([1, 1, 0], [0, 0])) == "not_evaluable"
    # “at least twice” is never refuted by more, and the data bear it out: 4.5, 2.94 to 7.15
    rate = sums([1] * 36 + [0] * 4, [1] * 16 + [0] * 64)
    assert claim("bought", 2, np.nan, rate) == claim("bought", np.nan, 3, rate) == "agrees"
    assert claim("bought", 8, np.nan, rate) == "refuted_lower"
    assert claim("bought", np.nan, 2, rate) == "refuted_higher"
    ends = ((2, np.nan), (2, 8), (3, np.nan), (np.nan, 8))
    found = [supported(low, high, rate) for low, high in ends]
    assert found == [True, True, False, True]
    assert supported(2, np.nan, sums([1], [])) is None
    # all bought on both sides: that is far from six times as many
    assert claim("bought", 6, 6, sums([1] * 20, [1] * 40)) == "refuted_lower"
    assert claim("purchases", 2, 2, sums([3] * 20, [3] * 40)) == "not_evaluable"
    assert claim("purchases", 2, 2, sums([0] * 20, [3, 4, 5])) == "not_evaluable"
    assert claim("cost_ratio", 0.2, 0.25, sums([20, 30, 25], [90, 100, 130], True)) == "agrees"


def test_weights_count_within_a_side() -> None:
    """Half of those above bought, and they count three times; alike weights change nothing."""
    up, down = [1.0] * 20 + [0.0] * 20, [1.0] * 16 + [0.0] * 64
    sides = [sums(up, down), sums(up, down, weight=3)]
    frame = pd.DataFrame(sides).assign(claim_id=["a", "b"], measure="bought")
    frame = frame.assign(claimed_low=2.0, claimed_high=2.0)
    plain, alike = (row.drop("claim_id").to_list() for _, row in hypotheses.judge(frame).iterrows())
    assert plain == alike
    # 20 of weight 3 and 20 of weight 1: 80^2 / 200 = 32, three quarters of whom bought
    weights = {"sum_upper": 60, "square_upper": 60, "weights_upper": 80}
    frame = frame.iloc[:1].assign(**weights, weight_squares_upper=200)
    (found,) = hypotheses.judge(frame).itertuples()
    assert (found.n_upper, found.n_effective, found.mean_upper) == (40, 32, 0.75)
    assert (found.estimate_low, found.estimate_high) == share_ratio_interval(24, 32, 16, 80)


def test_demo_claims(demo: Built) -> None:
    """Costs once more, from the profiles as they were accepted."""
    costs: dict[str, dict[str, float]] = {"retention_cost": {}, "acquisition_cost": {}}
    for customer, attribute, value in demo.build_rows(
        "select customer_id, attribute, value from stg_customer_profiles "
        "where attribute in ('retention_cost', 'acquisition_cost')"
    ):
        costs[attribute][customer] = float(value)
    both = sorted(costs["retention_cost"].keys() & costs["acquisition_cost"].keys())
    kept, won = ([costs[name][c] for c in both] for name in costs)
    (row,) = demo.rows(
        "select n_upper, n_lower, estimate, estimate_low, verdict from fct_hypotheses "
        "where measure = 'cost_ratio'"
    )
    low, _ = mean_ratio_interval(sums(kept, won, is_paired=True))
    assert row[:4] == pytest.approx((len(both), len(both), sum(kept) / sum(won), low))
    assert row[4] == "agrees"


CLAIM = {"claim_id": "new", "measure": "kept", "upper_from": "5", "upper_to": "5",
         "lower_from": "4", "lower_to": "4", "claimed_low": "2", "claimed_high": "2",
         "enabled": "true"}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "column", "phrase"),
    [
        ({"measure": "keptt"}, "measure", "Did you mean 'kept'?"),
        ({"lower_to": None}, "lower_to", "not a level from 1 to 5"),
        ({"upper_to": "6"}, "upper_to", "not a level from 1 to 5"),
        (
            {"lower_from": "4", "lower_to": "3"},
            "lower_from",
            "lower_from 4 is above the lower_to 3",
        ),
        ({"lower_to": "5"}, "upper_from", "same levels are above and below"),
        ({"claimed_low": "0"}, "claimed_low", "0 is not above 0"),
        ({"claimed_low": None, "claimed_high": "-1"}, "claimed_high", "-1 is not above 0"),
        ({"claimed_low": None, "claimed_high": None}, "claimed_low", "both ends of its range are"),
        ({"claimed_low": "3"}, "claimed_low", "claimed_low 3 is above the claimed_high 2"),
        ({"claimed_high": "six"}, "claimed_high", "a finite number"),
        ({"enabled": None}, "enabled", "missing"),
    ],
)
def test_a_wrong_claim_is_said(changed: dict[str, str | None], column: str, phrase: str) -> None:
    found = problems(add("hypotheses", **{**CLAIM, **changed}))
    assert found[["table_name", "column_name"]].to_numpy().tolist() == [["hypotheses", column]]
    assert phrase in found["problem"].iloc[0] + " " + found["fix"].iloc[0]


def test_right_claims_pass() -> None:
    assert problems(add("hypotheses", **CLAIM)).empty
    # level 4 stands on both sides, its satisfied verdicts above the line and the others below it
    sides = {"upper_is_satisfied": "true", "upper_from": "4", "lower_is_satisfied": "false"}
    assert problems(add("hypotheses", **{**CLAIM, **sides})).empty
    assert problems(put("hypotheses", "enabled", "false", claim_id="twice_as_often")).empty
    assert problems(add("hypotheses", **{**CLAIM, "claimed_high": None})).empty


def test_intervals_shrink_to_the_ratio() -> None:
    last = inf
    for n in (20, 200, 2000):
        low, high = share_ratio_interval(0.6 * n, n, 0.3 * n, n)
        assert low < 2 < high and high - low < last
        last = high - low
    assert exp(log(2)) == pytest.approx(2, abs=last)
