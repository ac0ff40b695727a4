"""What measures changed: by hand, by another implementation, and in worlds where it is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from satisfaction.core.comparisons import q_values
from satisfaction.improvement import effects

TREATED, OTHERS = [20, 10, 15, 15], [4, 8, 0, 4]


def sums(*groups: tuple[str, bool, Sequence[float]]) -> pd.DataFrame:
    """Add up changes as the build does."""
    rows = [
        {
            "action_id": action,
            "is_treated": side,
            "n_pairs": len(changes),
            "change_sum": float(np.sum(changes)),
            "change_squares": float(np.square(changes).sum()),
        }
        for action, side, changes in groups
    ]
    types = {"action_id": "string", "is_treated": "bool", "n_pairs": "int64"}
    types |= {"change_sum": "float64", "change_squares": "float64"}
    return pd.DataFrame(rows, columns=[*types]).astype(types)


def test_the_example_by_hand() -> None:
    """15 - 4 = 11; SE^2 = (50 / 3) / 4 + (32 / 3) / 4 = 41 / 6."""
    [row] = effects.net_effects(
        sums(("A", True, TREATED), ("A", False, OTHERS))
    ).itertuples()  # fmt: skip
    assert (row.paired_change, row.control_change, row.net_effect) == (15, 4, 11)
    assert row.net_effect_standard_error == pytest.approx(np.sqrt(41 / 6))
    # with the normal quantile, as it is often written
    normal = [11 + sign * 1.96 * row.net_effect_standard_error for sign in (-1, 1)]
    assert [round(end, 2) for end in normal] == [5.88, 16.12]
    # with Welch's, it is wider
    freedom = (41 / 6) ** 2 / ((25 / 6) ** 2 / 3 + (8 / 3) ** 2 / 3)
    half = stats.t.ppf(0.975, freedom) * np.sqrt(41 / 6)
    assert row.net_effect_low == pytest.approx(11 - half)
    assert row.net_effect_high == pytest.approx(11 + half)
    low: Any = row.net_effect_low
    assert 0 < low < 5.88


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_intervals_and_p_values_are_those_of_scipy(level: float) -> None:
    rng = np.random.default_rng(5)
    cases = {
        f"A{i:02d}": (rng.normal(4, 20, n).tolist(), rng.normal(1, 9, m).tolist())
        for i, (n, m) in enumerate([(2, 2), (2, 50), (3, 7), (40, 9), (100, 300)])
    }
    groups = [(name, side, x) for name, pair in cases.items() for side, x in enumerate(pair)]
    found = effects.net_effects(sums(*[(a, side == 0, x) for a, side, x in groups]), level)
    for row, (treated, others) in zip(found.itertuples(), cases.values(), strict=True):
        test = stats.ttest_ind(treated, others, equal_var=False)
        ends = test.confidence_interval(level)
        assert (row.n_treated, row.n_control) == (len(treated), len(others))
        assert row.p_value == pytest.approx(test.pvalue)
        assert (row.net_effect_low, row.net_effect_high) == pytest.approx([*ends])
        alone = stats.ttest_1samp(treated, 0).confidence_interval(level)
        assert (row.paired_change_low, row.paired_change_high) == pytest.approx([*alone])
    assert found["q_value"].to_numpy() == pytest.approx(q_values(found["p_value"].to_numpy()))


def test_what_cannot_be_said_is_not_said() -> None:
    found = effects.net_effects(
        sums(
            ("all", True, [5, 10, 15]),
            ("nobody", False, [5, 10]),
            ("one", True, [5]),
            ("one", False, [1, 2]),
            ("same", True, [25, 25, 25]),
            ("same", False, [0, 0, 0]),
        )
    ).set_index("action_id")
    assert found.loc["all", ["n_treated", "n_control", "paired_change"]].tolist() == [3, 0, 10]
    assert found["control_change"].isna().tolist() == [True, False, False, False]
    assert found["net_effect"].isna().tolist() == [True, True, False, False]
    assert found["net_effect_low"].isna().tolist() == [True, True, True, False]
    assert found["p_value"].isna().tolist() == [True, True, True, False]
    # nobody differs from anybody: as sure as it can be
    same = found.loc["same", ["net_effect_low", "net_effect", "net_effect_high", "p_value"]]
    assert same.tolist() == [25, 25, 25, 0]


def test_no_measure_is_no_row_with_types() -> None:
    none = effects.net_effects(sums())
    some = effects.net_effects(sums(("A", True, TREATED), ("A", False, OTHERS)))
    assert len(none) == 0
    assert none.dtypes.to_dict() == some.dtypes.to_dict()


def test_order_of_rows_does_not_matter() -> None:
    rows = sums(("B", True, TREATED), ("A", False, OTHERS), ("A", True, TREATED))
    pd.testing.assert_frame_equal(
        effects.net_effects(rows), effects.net_effects(rows.iloc[::-1].reset_index(drop=True))
    )


@pytest.mark.parametrize(("n", "m", "raised"), [(12, 40, 0.15), (30, 30, 0.0), (60, 15, 0.3)])
def test_intervals_hold_the_truth_as_often_as_they_say(n: int, m: int, raised: float) -> None:
    """Scores move by levels, 25 points each: up or down by themselves, and up by the measure."""
    rng, draws = np.random.default_rng(2025), 3000

    def changes(people: int, share: float) -> np.ndarray:
        up, down, more = (rng.random((draws, people)) < p for p in (0.3, 0.2, share))
        return 25.0 * (up.astype(int) - down + more)

    treated, others = changes(n, raised), changes(m, 0.0)
    both = [
        pd.DataFrame({
            "action_id": [f"{i:05d}" for i in range(draws)],
            "is_treated": side,
            "n_pairs": x.shape[1],
            "change_sum": x.sum(axis=1),
            "change_squares": (x**2).sum(axis=1),
        })
        for side, x in ((True, treated), (False, others))
    ]  # fmt: skip
    found = effects.net_effects(pd.concat(both))
    truth = 25 * raised
    held = (found["net_effect_low"] <= truth) & (truth <= found["net_effect_high"])
    assert 0.93 <= held.mean() <= 0.97
    alone = 25 * (0.3 + raised - 0.2)
    held = (found["paired_change_low"] <= alone) & (alone <= found["paired_change_high"])
    assert 0.93 <= held.mean() <= 0.97
