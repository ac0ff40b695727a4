"""Survival: published remission times, a slow loop over relationships, and properties."""

from __future__ import annotations

from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from satisfaction.behaviour import survival

# one relationship: age from which it is watched, age at which that ends, whether it was lost then
Watched = tuple[int, int, bool]

# Freireich et al. (1963), weeks of remission under 6-MP; + is censored
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
REMISSION = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
# t: at risk, S, Greenwood's error, ends of the interval; as statistics packages print them
PUBLISHED = {
    6: (21, 0.8571, 0.0764, 0.6197, 0.9516),
    7: (17, 0.8067, 0.0869, 0.5631, 0.9228),
    10: (15, 0.7529, 0.0963, 0.5032, 0.8894),
    13: (12, 0.6902, 0.1068, 0.4316, 0.8491),
    16: (11, 0.6275, 0.1141, 0.3675, 0.8049),
    22: (7, 0.5378, 0.1282, 0.2678, 0.7468),
    23: (6, 0.4482, 0.1346, 0.1881, 0.6801),
}


def counts_of(people: list[Watched], segment: str = "total") -> pd.DataFrame:
    """Count entries and exits by age, ages at which nothing happens left out."""
    rows: dict[int, list[int]] = {}
    for first, last, is_lost in people:
        rows.setdefault(first, [0] * 5)[0] += 1
        rows.setdefault(last, [0] * 5)[1 if is_lost else 2] += 1
    return pd.DataFrame(
        [("kind", segment, age, *n) for age, n in rows.items()],
        columns=[*survival.SEGMENT, "age_months", *survival.COUNTS, "n_returned", "n_once"],
    )


def slow(people: list[Watched], confidence_level: float = 0.95) -> list[tuple[float, ...]]:
    """At risk, S, error, low, high at every age, asking every one at every age."""
    z = NormalDist().inv_cdf((1 + confidence_level) / 2)
    s, total, is_known, rows = 1.0, 0.0, True, []
    for t in range(max(last for _, last, _ in people) + 1):
        n = sum(1 for first, last, _ in people if first <= t <= last)
        d = sum(1 for _, last, is_lost in people if is_lost and last == t)
        is_known = is_known and (n > 0 or t == 0)
        if not is_known:
            rows.append((n, *[float("nan")] * 4))
            continue
        s *= 1 - d / n if n else 1
        total += d / (n * (n - d)) if n > d else 0
        low = high = float("nan")
        if 0 < s < 1:
            half = z * sqrt(total) / abs(log(s))
            low, high = exp(-exp(log(-log(s)) + half)), exp(-exp(log(-log(s)) - half))
        rows.append((n, s, s * sqrt(total) if s > 0 else float("nan"), low, high))
    return rows


FIGURES = ["n_at_risk", "survival", "standard_error", "low", "high"]


def test_published_remission_times() -> None:
    people = [(0, int(x.strip("+")), "+" not in x) for x in REMISSION.split()]
    curve = survival.relationship_survival(counts_of(people)).set_index("age_months")
    for week, figures in PUBLISHED.items():
        assert curve.loc[week, FIGURES].tolist() == pytest.approx(figures, abs=6e-5)
    assert len(curve) == 36
    # between the losses nothing changes
    assert curve["survival"].nunique() == 1 + len(PUBLISHED)
    # the median is 23 weeks, its interval begins at 13 and has no end
    medians = curve[["median_months", "median_low", "median_high"]].drop_duplicates()
    assert medians.to_numpy().tolist() == [[23, 13, pytest.approx(np.nan, nan_ok=True)]]
    # area under the curve to the end: steps of 6, 1, 3, 3, 3, 6, 1 and 12 weeks
    heights = [1, *(row[1] for row in PUBLISHED.values())]
    area = np.dot(heights, [6, 1, 3, 3, 3, 6, 1, 12])
    assert curve["mean_months"].iloc[-1] == pytest.approx(area, abs=2e-3)


def test_delayed_entry_by_hand() -> None:
    """Two new ones and one known before: it counts from age 3 on, not before."""
    people = [(0, 2, True), (0, 4, False), (3, 3, True)]
    found = survival.relationship_survival(counts_of(people))
    assert found["n_at_risk"].tolist() == [2, 2, 2, 2, 1]
    assert found["survival"].tolist() == [1, 1, 0.5, 0.25, 0.25]
    assert found["loss_rate"].tolist() == [0, 0, 0.5, 0.5, 0]
    assert found["mean_months"].tolist() == [0, 1, 2, 2.5, 2.75]
    assert found["median_months"].tolist() == [2] * 5


def test_what_lies_behind_a_gap_is_not_known() -> None:
    people = [(0, 1, True), (0, 2, False), (5, 7, True), (5, 8, False)]
    found = survival.relationship_survival(counts_of(people))
    assert found["n_at_risk"].tolist() == [2, 2, 1, 0, 0, 2, 2, 2, 1]
    assert found["survival"].tolist()[:3] == [1, 0.5, 0.5]
    assert found.loc[3:, "survival"].isna().all()
    # how many are lost of those at risk is known all the same
    assert found["loss_rate"].tolist()[5:] == [0, 0, 0.5, 0]
    assert found["loss_rate"].isna().sum() == 2


def drawn(rng: np.random.Generator) -> list[Watched]:
    """Relationships of which some are watched late, and some lost."""
    n = int(rng.integers(1, 25))
    firsts = rng.choice([0, 0, 0, 1, 4, 7], n)
    lasts = firsts + rng.integers(0, 12, n)
    lost = rng.random(n) < rng.choice([0, 0.3, 0.7, 1])
    lost &= lasts > 0
    return list(zip(firsts.tolist(), lasts.tolist(), lost.tolist(), strict=True))


@pytest.mark.parametrize("confidence_level", [0.8, 0.99])
def test_as_by_the_slow_loop(confidence_level: float) -> None:
    rng = np.random.default_rng(round(100 * confidence_level))
    groups = {f"{draw}": drawn(rng) for draw in range(150)}
    every = pd.concat([counts_of(people, name) for name, people in groups.items()])
    found = survival.relationship_survival(every, confidence_level)
    # the order in which they are counted makes no difference
    mixed = every.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(found, survival.relationship_survival(mixed, confidence_level))
    by_group = found.set_index("segment_value")[FIGURES].astype(float)
    for name, people in groups.items():
        figures = by_group.loc[[name]].to_numpy()
        np.testing.assert_allclose(figures, slow(people, confidence_level), rtol=1e-9, atol=1e-9)
        s = figures[~np.isnan(figures[:, 1]), 1]
        assert (np.diff(s) <= 0).all()
        inside = figures[~np.isnan(figures[:, 3])]
        assert (np.diff(inside[:, [3, 1, 4]], axis=1) >= 0).all()


def test_without_censoring_it_is_the_share_that_is_left() -> None:
    rng = np.random.default_rng(3)
    for _ in range(10):
        ages = [int(age) for age in rng.integers(1, 20, rng.integers(1, 30))]
        found = survival.relationship_survival(counts_of([(0, age, True) for age in ages]))
        n = len(ages)
        left = np.array([sum(age > t for age in ages) / n for t in found["age_months"]])
        np.testing.assert_allclose(found["survival"], left, atol=1e-12)
        # then Greenwood's error is the binomial one
        binomial = np.where(left > 0, np.sqrt(left * (1 - left) / n), np.nan)
        np.testing.assert_allclose(found["standard_error"], binomial, atol=1e-12)
        # mean months to the end: nobody outlives it
        assert found["mean_months"].iloc[-1] == pytest.approx(sum(ages) / n)
        assert found["median_months"].iloc[0] == sorted(ages)[(n - 1) // 2]


def test_nobody_lost_and_nobody_there() -> None:
    kept = survival.relationship_survival(counts_of([(0, 5, False), (0, 9, False)]))
    assert (kept["survival"] == 1).all()
    assert (kept["standard_error"] == 0).all()
    assert kept[["low", "high", "median_months"]].isna().all(axis=None)
    # everybody is watched late: of the ages before nothing is known
    late = survival.relationship_survival(counts_of([(30, 40, True)]))
    assert late["survival"].dropna().tolist() == [1]
    assert len(late) == 41
    none = survival.relationship_survival(counts_of([]).astype({"age_months": "int64"}))
    assert none.empty
    assert list(none) == list(survival.COLUMNS)


def test_segments_are_estimated_one_by_one() -> None:
    north, south = [(0, 3, True), (0, 5, False)], [(0, 9, False), (2, 4, True)]
    both = pd.concat([counts_of(north, "north"), counts_of(south, "south")])
    found = survival.relationship_survival(both).set_index("segment_value")
    for segment, people in (("north", north), ("south", south)):
        np.testing.assert_allclose(
            found.loc[segment, FIGURES].astype(float).to_numpy(), slow(people)
        )


def test_published_log_rank_test() -> None:
    """The same trial against placebo: chi-squared 16.79 of one degree of freedom."""
    groups = {
        "6-MP": [(0, int(x.strip("+")), "+" not in x) for x in REMISSION.split()],
        "placebo": [(0, int(x), True) for x in PLACEBO.split()],
    }
    found = survival.relationship_survival(
        pd.concat([counts_of(people, name) for name, people in groups.items()])
    )
    [p] = found["log_rank_p"].unique()
    assert NormalDist().inv_cdf(1 - p / 2) ** 2 == pytest.approx(16.79, abs=0.005)


def slow_log_rank(groups: list[list[Watched]]) -> float:
    """Return the statistic of two groups, asking every one at every age."""
    excess = variance = 0.0
    for t in range(1 + max(last for people in groups for _, last, _ in people)):
        n = [sum(first <= t <= last for first, last, _ in people) for people in groups]
        d = [sum(gone and last == t for _, last, gone in people) for people in groups]
        if sum(n) > 1:
            excess += d[0] - sum(d) * n[0] / sum(n)
            variance += sum(d) * (sum(n) - sum(d)) * n[0] * n[1] / (sum(n) ** 2 * (sum(n) - 1))
    return excess**2 / variance if variance > 1e-12 else float("nan")


def test_log_rank_as_by_the_slow_loop() -> None:
    rng = np.random.default_rng(11)
    for _ in range(150):
        pair = [drawn(rng), drawn(rng)]
        counts = pd.concat([counts_of(people, f"{i}") for i, people in enumerate(pair)])
        [p] = survival.relationship_survival(counts)["log_rank_p"].unique()
        wanted = slow_log_rank(pair)
        if np.isnan(wanted):
            assert np.isnan(p)
        else:
            assert 1 - p == pytest.approx(2 * NormalDist().cdf(sqrt(wanted)) - 1, abs=1e-9)


def test_groups_alike_are_rarely_told_apart() -> None:
    """Of 400 draws of four groups with one monthly loss of 10 %, some 5 % have p below 0.05."""
    rng = np.random.default_rng(13)
    below = 0
    for _ in range(400):
        frames = []
        for group in range(4):
            ages, until = rng.geometric(0.1, 60), rng.integers(1, 25, 60)
            people = [(0, int(min(a, u)), bool(a <= u)) for a, u in zip(ages, until, strict=True)]
            frames.append(counts_of(people, f"{group}"))
        below += survival.relationship_survival(pd.concat(frames))["log_rank_p"].iloc[0] < 0.05
    assert 0.025 <= below / 400 <= 0.085


def test_one_group_is_compared_with_none() -> None:
    found = survival.relationship_survival(counts_of([(0, 3, True), (0, 5, False)]))
    assert found["log_rank_p"].isna().all()


def test_who_came_back_of_those_who_were_lost() -> None:
    """Of three that were lost one came back; nobody of a segment that lost nobody."""
    some = counts_of([(0, 2, True), (0, 2, True), (0, 4, True), (0, 5, False)], "some")
    some.loc[some["age_months"] == 2, "n_returned"] = 1
    none = counts_of([(0, 5, False)], "none")
    found = survival.relationship_survival(pd.concat([some, none])).set_index("segment_value")
    assert found.loc["some", "returned_share"].unique() == pytest.approx([1 / 3])
    assert found.loc["none", "returned_share"].isna().all()


def test_the_interval_covers_the_truth() -> None:
    """Of 1000 groups of 80, each with a monthly loss of 10 %, censored and entered at random."""
    rng = np.random.default_rng(7)
    frames = []
    for draw in range(1000):
        lost = rng.geometric(0.1, 400)
        first = np.where(rng.random(400) < 0.5, 0, rng.integers(1, 10, 400))
        seen = np.flatnonzero(lost >= first)[:80]
        until = first[seen] + rng.integers(1, 20, 80)
        people = [
            (int(f), int(min(age, u)), bool(age <= u))
            for f, age, u in zip(first[seen], lost[seen], until, strict=True)
        ]
        frames.append(counts_of(people, f"{draw}"))
    found = survival.relationship_survival(pd.concat(frames))
    at = found[found["age_months"] == 8]
    truth = 0.9**8
    assert 0.93 <= ((at["low"] <= truth) & (truth <= at["high"])).mean() <= 0.97
    assert at["survival"].mean() == pytest.approx(truth, abs=0.01)
