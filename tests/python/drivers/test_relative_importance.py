"""Johnson's and Shapley's shares of R^2: published data sets, a slow count, properties."""

from itertools import permutations

import numpy as np
import pytest

from satisfaction.core.moments import correlations
from satisfaction.drivers import relative_importance as importance

# mpg, cyl, disp, hp, gear of 32 cars: Henderson and Velleman (1981), Building multiple regression
# models interactively, Biometrics 37, 391-411, from Motor Trend 1974 (data set mtcars of R).
MTCARS = np.array(
    """
    21.0 6 160.0 110 4 ; 21.0 6 160.0 110 4 ; 22.8 4 108.0  93 4 ; 21.4 6 258.0 110 3
    18.7 8 360.0 175 3 ; 18.1 6 225.0 105 3 ; 14.3 8 360.0 245 3 ; 24.4 4 146.7  62 4
    22.8 4 140.8  95 4 ; 19.2 6 167.6 123 4 ; 17.8 6 167.6 123 4 ; 16.4 8 275.8 180 3
    17.3 8 275.8 180 3 ; 15.2 8 275.8 180 3 ; 10.4 8 472.0 205 3 ; 10.4 8 460.0 215 3
    14.7 8 440.0 230 3 ; 32.4 4  78.7  66 4 ; 30.4 4  75.7  52 4 ; 33.9 4  71.1  65 4
    21.5 4 120.1  97 3 ; 15.5 8 318.0 150 3 ; 15.2 8 304.0 150 3 ; 13.3 8 350.0 245 3
    19.2 8 400.0 175 3 ; 27.3 4  79.0  66 4 ; 26.0 4 120.3  91 5 ; 30.4 4  95.1 113 5
    15.8 8 351.0 264 5 ; 19.7 6 145.0 175 5 ; 15.0 8 301.0 335 5 ; 21.4 4 121.0 109 4
    """.replace(";", " ").split(),
    dtype=float,
).reshape(32, 5)

# Fertility, agriculture, examination, education, catholic, infant mortality of 47 Swiss provinces
# about 1888: Mosteller and Tukey (1977), Data Analysis and Regression, 549-551 (swiss of R).
SWISS = np.array(
    """
    80.2 17.0 15 12  9.96 22.2 ; 83.1 45.1  6  9 84.84 22.2 ; 92.5 39.7  5  5 93.40 20.2
    85.8 36.5 12  7 33.77 20.3 ; 76.9 43.5 17 15  5.16 20.6 ; 76.1 35.3  9  7 90.57 26.6
    83.8 70.2 16  7 92.85 23.6 ; 92.4 67.8 14  8 97.16 24.9 ; 82.4 53.3 12  7 97.67 21.0
    82.9 45.2 16 13 91.38 24.4 ; 87.1 64.5 14  6 98.61 24.5 ; 64.1 62.0 21 12  8.52 16.5
    66.9 67.5 14  7  2.27 19.1 ; 68.9 60.7 19 12  4.43 22.7 ; 61.7 69.3 22  5  2.82 18.7
    68.3 72.6 18  2 24.20 21.2 ; 71.7 34.0 17  8  3.30 20.0 ; 55.7 19.4 26 28 12.11 20.2
    54.3 15.2 31 20  2.15 10.8 ; 65.1 73.0 19  9  2.84 20.0 ; 65.5 59.8 22 10  5.23 18.0
    65.0 55.1 14  3  4.52 22.4 ; 56.6 50.9 22 12 15.14 16.7 ; 57.4 54.1 20  6  4.20 15.3
    72.5 71.2 12  1  2.40 21.0 ; 74.2 58.1 14  8  5.23 23.8 ; 72.0 63.5  6  3  2.56 18.0
    60.5 60.8 16 10  7.72 16.3 ; 58.3 26.8 25 19 18.46 20.9 ; 65.4 49.5 15  8  6.10 22.5
    75.5 85.9  3  2 99.71 15.1 ; 69.3 84.9  7  6 99.68 19.8 ; 77.3 89.7  5  2 100.0 18.3
    70.5 78.2 12  6 98.96 19.4 ; 79.4 64.9  7  3 98.22 20.2 ; 65.0 75.9  9  9 99.06 17.8
    92.2 84.6  3  3 99.46 16.3 ; 79.3 63.1 13 13 96.83 18.1 ; 70.4 38.4 26 12  5.62 20.3
    65.7  7.7 29 11 13.79 20.5 ; 72.7 16.7 22 13 11.22 18.9 ; 64.4 17.6 35 32 16.92 23.0
    77.6 37.6 15  7  4.97 20.0 ; 67.6 18.7 25  7  8.65 19.5 ; 35.0  1.2 37 53 42.34 18.0
    44.7 46.6 16 29 50.43 18.2 ; 42.8 27.7 22 29 58.33 19.3
    """.replace(";", " ").split(),
    dtype=float,
).reshape(47, 6)

METHODS = [importance.relative_weights, importance.shapley_shares]


def correlated(rows):
    """Correlations between the predictors, and with the outcome in the first column."""
    r = np.corrcoef(rows.T)
    return r[1:, 1:], r[1:, 0]


def r_squared(rows, predictors):
    """Of a regression on the rows, by least squares."""
    design = np.column_stack([np.ones(len(rows)), rows[:, predictors]])
    left = rows[:, 0] - design @ np.linalg.lstsq(design, rows[:, 0], rcond=None)[0]
    return 1 - left @ left / ((rows[:, 0] - rows[:, 0].mean()) ** 2).sum()


def simulated(p=6, n=80, seed=5):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)) + rng.normal(size=(n, 1))
    return np.column_stack([x @ rng.normal(size=p) + rng.normal(size=n), x])


def test_relative_weights_of_a_published_data_set():
    """The README of the R package rwa shows these shares of R^2 for mpg on cyl, disp, hp, gear."""
    found = importance.relative_weights(*correlated(MTCARS))
    assert found == pytest.approx([0.2284797, 0.2221469, 0.2321744, 0.0963886], abs=5e-8)
    assert found.sum() == pytest.approx(0.7791896, abs=5e-8)


def test_shapley_shares_of_a_published_data_set():
    """Groemping (2006), Relative importance for linear regression in R: the package relaimpo,
    Journal of Statistical Software 17 (1), shows these LMG shares for fertility."""
    found = importance.shapley_shares(*correlated(SWISS))
    shown = [0.05709122, 0.17117303, 0.26013468, 0.10557015, 0.11276592]
    assert found == pytest.approx(shown, abs=5e-9)
    assert found.sum() == pytest.approx(0.7067, abs=5e-5)


def test_shapley_shares_are_the_mean_gain_over_all_orders():
    rows = simulated(4)
    gains = np.zeros(4)
    for order in permutations(range(1, 5)):
        for place, predictor in enumerate(order):
            before = r_squared(rows, list(order[:place])) if place else 0.0
            gains[predictor - 1] += r_squared(rows, list(order[: place + 1])) - before
    assert importance.shapley_shares(*correlated(rows)) == pytest.approx(gains / 24, abs=1e-10)


@pytest.mark.parametrize("split", METHODS)
@pytest.mark.parametrize("rows", [MTCARS, SWISS, simulated(9)])
def test_shares_sum_to_r_squared(split, rows):
    everything = list(range(1, rows.shape[1]))
    found = split(*correlated(rows))
    assert found.sum() == pytest.approx(r_squared(rows, everything), abs=1e-10)
    assert (found >= 0).all()


@pytest.mark.parametrize("split", METHODS)
def test_shares_of_uncorrelated_predictors_are_squared_correlations(split):
    assert split(np.eye(3), np.array([0.6, -0.5, 0.1])) == pytest.approx([0.36, 0.25, 0.01])


@pytest.mark.parametrize("split", METHODS)
def test_two_equal_predictors_share_what_they_explain(split):
    r = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert split(r, np.array([0.6, 0.6, 0.3])) == pytest.approx([0.18, 0.18, 0.09])


@pytest.mark.parametrize("split", METHODS)
def test_order_sign_and_scale_of_predictors_do_not_matter(split):
    rows, order = simulated(), np.array([3, 0, 5, 1, 4, 2])
    shares = split(*correlated(rows))
    turned = np.column_stack([-rows[:, 0] * 7, rows[:, 1:][:, order] * [1, -2, 3, 4, -5, 6]])
    assert split(*correlated(turned)) == pytest.approx(shares[order], abs=1e-12)


@pytest.mark.parametrize("split", [*METHODS, importance.regression])
def test_a_stack_is_split_like_each_of_its_matrices(split, monkeypatch):
    monkeypatch.setattr(importance, "CHUNK", 2**8)  # several chunks
    stack = [correlated(simulated(seed=seed)) for seed in range(7)]
    between, outcome = (np.stack(parts) for parts in zip(*stack, strict=True))
    found = split(between, outcome)
    for i, pair in enumerate(stack):
        assert found[..., i, :] == pytest.approx(split(*pair), abs=1e-12)


def test_regression_is_least_squares_on_standardised_rows_with_its_inflation():
    rows = simulated(4)
    scaled = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    slopes = importance.regression(*correlated(rows))
    assert slopes == pytest.approx(np.linalg.lstsq(scaled[:, 1:], scaled[:, 0], rcond=None)[0])
    others = [r_squared(np.roll(rows[:, 1:], -i, axis=1), [1, 2, 3]) for i in range(4)]
    inflation = importance.inflation(correlated(rows)[0])
    assert inflation == pytest.approx([1 / (1 - fit) for fit in others])


def test_predictors_that_determine_each_other_have_no_regression():
    r = np.array([[1.0, 1.0], [1.0, 1.0]])
    assert np.isnan(importance.regression(r, np.array([0.5, 0.5]))).all()
    assert np.isnan(importance.inflation(r)).all()


def test_correlations_of_sums_feed_the_split():
    rows = SWISS - SWISS.mean(axis=0)
    ones = np.ones_like(rows)
    sums = np.stack([ones.T @ ones, rows.T @ ones, (rows**2).T @ ones, rows.T @ rows])
    r = correlations(sums)
    assert importance.shapley_shares(r[1:, 1:], r[1:, 0]).sum() == pytest.approx(0.7067, abs=5e-5)


@pytest.mark.parametrize("chunk", [2**5, 2**18])
def test_the_share_of_another_predictor_is_the_last_of_all(chunk, monkeypatch):
    monkeypatch.setattr(importance, "CHUNK", chunk)
    between, outcome = correlated(simulated(5))
    between[0] = between[1]  # one that another determines, as a predictor and as the other
    between[:, 0] = between[:, 1]
    others = np.vstack([np.random.default_rng(3).normal(0, 0.1, (20, 5)), between[:1]])
    found = importance.shapley_share_of_another(between, outcome, others, np.full(21, 0.2))
    for other, share in zip(others, found, strict=True):
        r = np.eye(6)
        r[:-1, :-1], r[-1, :-1], r[:-1, -1] = between, other, other
        expected = importance.shapley_shares(r, np.append(outcome, 0.2))[-1]
        assert share == pytest.approx(expected, abs=1e-12)
