"""R² without its bias: printed tables, published figures, and how often the interval holds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from satisfaction.drivers import multiple_correlation as found

CUTS = np.array([-1.9, -1.3, -0.5, 0.6])  # five levels, skewed towards the best
REPETITIONS = 600


def test_adjusted_by_hand() -> None:
    """R² = .5, 21 respondents, 5 predictors: 1 - .5 · 20 / 15 = 1/3."""
    assert found.adjusted(0.5, 21, 5) == pytest.approx(1 / 3)
    assert found.adjusted(0.2, 21, 5) == 0  # 1 - .8 · 4/3 is below 0
    assert np.isnan(found.adjusted(0.5, 6, 5))


def test_one_predictor_has_nearly_the_interval_of_fishers_z() -> None:
    """r = .6 of 100: z = .693 ± 1.96 / √97, so r from .457 to .712."""
    low, high = found.interval(0.36, 100, 1)
    assert (low**0.5, high**0.5) == pytest.approx((0.457, 0.712), abs=0.01)


def test_no_effect_is_held_as_the_f_test_says() -> None:
    for n, p, share in ((40, 12, 0.97), (40, 12, 0.98), (100, 3, 0.97), (100, 3, 0.98)):
        f = stats.f.ppf(share, p, n - p - 1)
        r_squared = f * p / (f * p + n - p - 1)
        assert (found.interval(r_squared, n, p)[0] == 0) == (share < 0.975)


def test_the_ends_of_r_squared() -> None:
    assert found.interval(1.0, 40, 3) == (1, 1)
    assert found.interval(0.0, 40, 3) == (0, 0)
    assert np.isnan(found.interval(0.5, 4, 3)).all()
    widths = [np.diff(found.interval(0.5, 60, 5, level))[0] for level in (0.8, 0.95, 0.99)]
    assert widths == sorted(widths)


def population(p: int, r_squared: float) -> tuple[np.ndarray, np.ndarray]:
    """Predictors that correlate .4, and slopes that fall from the first to the last."""
    between = np.where(np.eye(p) == 1, 1.0, 0.4)
    slopes = np.linspace(1, 0.2, p)
    return np.linalg.cholesky(between), slopes * np.sqrt(r_squared / (slopes @ between @ slopes))


def drawn(rng: np.random.Generator, n: int, p: int, r_squared: float, levels: bool) -> np.ndarray:
    root, slopes = population(p, r_squared)
    x = rng.normal(size=(n, p)) @ root.T
    y = x @ slopes + rng.normal(size=n) * np.sqrt(1 - r_squared)
    rows = np.column_stack([x, y])
    return np.searchsorted(CUTS, rows).astype(float) if levels else rows


def explained(r: np.ndarray) -> float:
    return float(r[-1, :-1] @ np.linalg.solve(r[:-1, :-1], r[:-1, -1]))


@pytest.mark.parametrize("levels", [False, True], ids=["normal", "five levels"])
@pytest.mark.parametrize(
    ("n", "p", "r_squared"),
    # the first three are not reliable by n - p - 1
    [(18, 12, 0.6), (40, 12, 0.6), (40, 12, 0.0), (43, 12, 0.6), (60, 12, 0.6), (100, 12, 0.6)]
    + [(230, 12, 0.6), (100, 12, 0.0), (36, 5, 0.6), (40, 1, 0.3)],
)
def test_the_interval_holds_the_truth(n: int, p: int, r_squared: float, levels: bool) -> None:
    rng = np.random.default_rng(n + p)
    truth = r_squared
    if levels and r_squared:
        truth = explained(np.corrcoef(drawn(rng, 200_000, p, r_squared, levels).T))
    held = []
    adjusted = []
    for _ in range(REPETITIONS):
        fit = explained(np.corrcoef(drawn(rng, n, p, r_squared, levels).T))
        low, high = found.interval(fit, n, p)
        held.append(low <= truth <= high)
        adjusted.append(found.adjusted(fit, n, p))
    # a sampling error of 600 surveys: .018; at 0 only the upper side can miss
    assert 0.93 - 0.018 <= np.mean(held) <= 0.97 + 0.018
    if r_squared:
        assert np.mean(adjusted) == pytest.approx(truth, abs=0.035)
