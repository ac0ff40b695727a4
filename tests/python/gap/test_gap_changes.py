"""Changes of gaps: paired tests, loops over respondents, and simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from satisfaction.core.frames import small
from satisfaction.gap.gap_analysis import ITEM
from satisfaction.gap.gap_changes import CHANGES, gap_changes
from satisfaction.gap.weighted_gaps import with_changes
from tests.python.conftest import on_duckdb

ASKED = [("factor", "speed"), ("delivered_value", "delivered_value")]
ASKED += [("value_component", name) for name in ("product", "money", "time")]
WAVES = pd.DataFrame(
    [(wave, *item, before) for wave, before in (("w1", None), ("w2", "w1")) for item in ASKED],
    columns=["survey_id", "item_type", "item_id", "previous_survey_id"],
).astype("string")
Gaps = dict[str, float]


def of_waves(
    before: Gaps, now: Gaps, value: str = "total", item: tuple[str, str] = ("factor", "speed")
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Rows of gaps and of pairs, from the gap of each respondent of both waves."""
    gaps, pairs = [], []
    key = {"segment_type": "t", "segment_value": value, "item_type": item[0], "item_id": item[1]}
    for wave, given in (("w1", before), ("w2", now)):
        values = np.array([*given.values()])
        n = len(values)
        error = values.std(ddof=1) / np.sqrt(n) if n > 1 else np.nan
        half = stats.t.ppf(0.975, n - 1) * error if n > 1 else np.nan
        row = {"survey_id": wave} | key | {"n_respondents": n, "gap": values.mean()}
        row |= {"standard_error": error, "gap_low": row["gap"] - half}  # type: ignore[operator]
        gaps.append(row | {"gap_high": values.mean() + half})
    both = sorted(before.keys() & now.keys())
    if both:
        first, second = (np.array([wave[who] for who in both]) for wave in (before, now))
        sums = {"now_sum": second.sum(), "before_sum": first.sum(), "n_pairs": len(both)}
        pairs.append({"survey_id": "w2"} | key | sums | {"products": (first * second).sum()})
    return gaps, pairs


NO_PAIRS = pd.DataFrame(columns=[*ITEM, "n_pairs", "now_sum", "before_sum", "products"])
NO_PAIRS = NO_PAIRS.astype(
    dict.fromkeys(ITEM, "string") | dict.fromkeys(NO_PAIRS.columns[5:], float)
)


def changed(*cells: tuple[list[dict[str, object]], list[dict[str, object]]]) -> pd.DataFrame:
    """Run the real function; nan is null, as an engine has it."""
    gaps = pd.DataFrame([row for rows, _ in cells for row in rows])
    gaps = gaps.astype(dict.fromkeys(ITEM, "string")).astype(
        dict.fromkeys(["standard_error", "gap_low", "gap_high"], "Float64")
    )
    pairs = pd.DataFrame([row for _, rows in cells for row in rows])
    pairs = pairs.astype(dict.fromkeys(ITEM, "string")) if len(pairs) else NO_PAIRS
    found = gap_changes(on_duckdb(gaps), on_duckdb(pairs), on_duckdb(WAVES))
    return small(found.to_native()).set_index(["survey_id", "segment_value", "item_id"])


def panel(seed: int, n: int, share: float, shift: float = 5.0) -> tuple[Gaps, Gaps]:
    """Two waves of n respondents, a share of whom is in both and alike in both."""
    rng = np.random.default_rng(seed)
    mood, n_both = rng.normal(-10, 25, 2 * n), round(share * n)
    first = {f"c{i}": mood[i] + rng.normal(0, 15) for i in range(n)}
    later = [*range(n_both), *range(n, 2 * n - n_both)]
    return first, {f"c{i}": mood[i] + shift + rng.normal(0, 15) for i in later}


def test_a_panel_of_the_same_has_the_interval_of_its_differences() -> None:
    before, now = panel(1, 60, 1.0)
    found = changed(of_waves(before, now)).loc[("w2", "total", "speed")]
    paired = stats.ttest_rel(list(now.values()), [before[who] for who in now])
    low, high = paired.confidence_interval(0.95)
    assert found["gap_change"] == pytest.approx(
        paired.statistic * np.sqrt(paired_variance(before, now))
    )
    assert (found["change_low"], found["change_high"]) == pytest.approx((low, high))


def paired_variance(before: Gaps, now: Gaps) -> float:
    differences = np.array([now[who] - before[who] for who in now])
    return float(differences.var(ddof=1) / len(differences))


def test_others_add_up_their_errors() -> None:
    before, now = panel(2, 40, 0.0)
    found = changed(of_waves(before, now)).loc[("w2", "total", "speed")]
    halves = [
        stats.t.ppf(0.975, 39) * np.std(list(wave.values()), ddof=1) / np.sqrt(40)
        for wave in (before, now)
    ]
    assert found["change_high"] - found["gap_change"] == pytest.approx(np.hypot(*halves))
    assert found["change_correlation"] == 0
    assert found["previous_gap"] == pytest.approx(np.mean(list(before.values())))


@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_some_of_them_are_what_a_loop_finds(share: float) -> None:
    before, now = panel(3, 50, share)
    found = changed(of_waves(before, now)).loc[("w2", "total", "speed")]
    n, mean, earlier = 50, np.mean(list(now.values())), np.mean(list(before.values()))
    covariance = 0.0
    for who, gap in now.items():
        if who in before:
            covariance += (gap - mean) * (before[who] - earlier) / (n * (n - 1))
    variances = [np.var(list(wave.values()), ddof=1) / n for wave in (before, now)]
    error = np.sqrt(sum(variances) - 2 * covariance)
    half = stats.t.ppf(0.975, n - 1) * error
    assert found["change_low"] == pytest.approx(mean - earlier - half)
    assert found["change_high"] == pytest.approx(mean - earlier + half)


def test_the_same_gaps_have_not_changed() -> None:
    before, _ = panel(4, 30, 1.0)
    found = changed(of_waves(before, before)).loc[("w2", "total", "speed")]
    assert found[list(CHANGES[1:])].tolist() == pytest.approx([0, 0, 0], abs=1e-5)
    constant = dict.fromkeys(before, 25.0)
    found = changed(of_waves(constant, constant)).loc[("w2", "total", "speed")]
    assert found[list(CHANGES)].tolist() == [25, 0, 0, 0]


def test_the_first_wave_and_one_respondent() -> None:
    before, now = {"a": 5.0}, {"a": 10.0, "b": 20.0, "c": 0.0}
    found = changed(of_waves(before, now))
    assert found.loc[("w1", "total", "speed"), list(CHANGES)].isna().all()
    row = found.loc[("w2", "total", "speed")]
    assert (row["previous_gap"], row["gap_change"]) == (5, 5)
    assert pd.isna(row["change_low"])
    assert pd.isna(row["change_high"])


@pytest.mark.parametrize(
    ("before", "now", "is_alike"),
    [
        (["product", "money"], ["product", "money"], True),
        (["product"], ["product", "money"], False),
        (["product", "money", "time"], ["product", "money"], False),
        (["product", "time"], ["product", "money"], False),
    ],
)
def test_delivered_value_is_compared_where_it_has_the_same_components(
    before: list[str], now: list[str], is_alike: bool
) -> None:
    gaps = panel(5, 20, 0.5)
    cells = [of_waves(*gaps, item=("delivered_value", "delivered_value"))]
    for name in {*before, *now}:
        rows, pairs = of_waves(*gaps, item=("value_component", name))
        asked = {"w1": before, "w2": now}
        kept = [row for row in rows if name in asked[str(row["survey_id"])]]
        cells.append((kept, pairs if len(kept) == 2 else []))
    found = changed(*cells).loc[("w2", "total", "delivered_value")]
    assert found[list(CHANGES)].notna().all() == is_alike
    assert found[list(CHANGES)].isna().all() != is_alike


def test_weighted_changes_have_the_correlation_that_is_given() -> None:
    before, now = panel(6, 50, 0.7)
    plain = changed(of_waves(before, now)).reset_index()
    plain = plain.astype(dict.fromkeys(["gap_low", "gap_high", "standard_error"], "float64"))
    weighted = plain.drop(columns=[*CHANGES, "change_correlation"]).assign(n_effective=50.0)
    given = plain[[*ITEM]].assign(r=plain["change_correlation"])
    equal = with_changes(weighted, plain, WAVES, given)
    for name in CHANGES:
        np.testing.assert_allclose(equal[name].astype(float), plain[name].astype(float))
    wider = weighted.assign(
        gap=weighted["gap"] + [3.0, -2.0],
        gap_low=weighted["gap"] + [3.0, -2.0] - [10.0, 8.0],
        gap_high=weighted["gap"] + [3.0, -2.0] + [10.0, 8.0],
    )
    row = with_changes(wider, plain, WAVES, given).set_index("survey_id").loc["w2"]
    r = plain.set_index("survey_id").loc["w2", "change_correlation"]
    assert row["gap_change"] == pytest.approx(wider["gap"][1] - wider["gap"][0])
    half = np.sqrt(100 + 64 - 160 * r)
    assert row["change_high"] - row["gap_change"] == pytest.approx(half)
    # where the plain gap has no wave before, the weighted one has none
    silent = with_changes(wider, plain.assign(previous_gap=np.nan), WAVES, given)
    assert silent[list(CHANGES)].isna().all(axis=None)


def test_intervals_hold_the_change_in_half_a_panel() -> None:
    """Six hundred segments of sixty, half of whom are in both waves."""
    cells = [of_waves(*panel(100 + i, 60, 0.5), value=f"s{i}") for i in range(600)]
    found = changed(*cells).loc["w2"]
    held = ((found["change_low"] <= 5) & (found["change_high"] >= 5)).mean()
    # of 600 that each hold it with 95 %, 93 to 97 % do
    assert 0.93 <= held <= 0.97
    apart = changed(*((rows, []) for rows, _ in cells)).loc["w2"]
    width, wider = ((f["change_high"] - f["change_low"]).mean() for f in (found, apart))
    assert width < 0.9 * wider
