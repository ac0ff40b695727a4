"""Gamma-gamma: published figures, integration by brute force, amounts simulated from the model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma

from satisfaction.value import gamma_gamma
from satisfaction.value.gamma_gamma import Amounts
from tests.python.value.purchase_processes import CDNOW, cdnow_amounts, simulated_amounts

# of Fader and Hardie (2013), from the 946 customers of the CDNOW sample who bought again
PUBLISHED = np.array([6.25, 3.74, 15.44])


def test_published_estimates() -> None:
    assert CDNOW.loc[CDNOW["n_repeats"] > 0, "n_customers"].sum() == 946
    found = gamma_gamma.fit(cdnow_amounts())
    assert found.status == "estimated"
    # printed with two digits after the point, estimated from amounts in whole cents
    assert found.estimates == pytest.approx(PUBLISHED, abs=0.01)


def test_published_correlation() -> None:
    """Fader, Hardie and Lee (2005, RFM and CLV): 0.11 in this sample."""
    found = gamma_gamma.correlation(cdnow_amounts())
    assert found.value == pytest.approx(0.11, abs=5e-3)
    place, half = np.arctanh(found.value), 1.959964 / np.sqrt(946 - 3)
    assert (found.low, found.high) == pytest.approx(np.tanh([place - half, place + half]))


@pytest.mark.parametrize(("x", "mean"), [(1.0, 12.0), (2.0, 30.0), (7.0, 100.0)])
def test_against_integration_over_all_rates(x: float, mean: float) -> None:
    p, q, rate = PUBLISHED

    def over(of: object) -> float:
        return float(
            quad(
                lambda nu: (
                    of(nu)  # type: ignore[operator]
                    * gamma.pdf(mean, p * x, scale=1 / (nu * x))
                    * gamma.pdf(nu, q, scale=1 / rate)
                ),
                0,
                20,
                limit=200,
                points=[0.1, 0.3, 1],
            )[0]
        )

    one = Amounts(np.array([x]), np.array([mean]), np.ones(1))
    likelihood = over(lambda nu: 1.0)
    assert np.exp(gamma_gamma.log_likelihood(PUBLISHED, one)) == pytest.approx(likelihood)
    found = gamma_gamma.expected_amount(PUBLISHED, one.x, one.mean)
    assert found == pytest.approx([over(lambda nu: p / nu) / likelihood])


def test_expected_amounts() -> None:
    p, q, rate = PUBLISHED
    x, mean = np.array([0.0, 1.0, 1000.0]), np.array([np.nan, 100.0, 100.0])
    found = gamma_gamma.expected_amount(PUBLISHED, x, mean)
    assert found[0] == pytest.approx(p * rate / (q - 1))  # 35.2, the mean of all
    assert found[0] < found[1] < found[2] == pytest.approx(100, rel=0.01)
    unknown = gamma_gamma.expected_amount(np.array([2.0, 0.8, 5.0]), x, mean)
    assert np.isnan(unknown[0]) and unknown[1] == pytest.approx(2 * 105 / 1.8)


def test_parameters_are_recovered() -> None:
    true = (4.0, 3.0, 20.0)
    x = np.random.default_rng(1).integers(1, 8, 10_000).astype(float)
    found = gamma_gamma.fit(simulated_amounts(true, x, seed=2))
    assert np.abs((found.estimates - true) / found.standard_errors).max() < 2.5
    assert (found.standard_errors < 0.1 * found.estimates).all()


def test_gradient() -> None:
    score = gamma_gamma.Likelihood(cdnow_amounts())
    logs = np.log([2.0, 5.0, 30.0])
    slopes = [(score(logs + s)[0] - score(logs - s)[0]) / 2e-6 for s in 1e-6 * np.eye(3)]
    assert score(logs)[1] == pytest.approx(slopes, rel=1e-6)


def test_the_currency_moves_gamma_alone() -> None:
    found = [
        gamma_gamma.fit(Amounts(a.x, a.mean * factor, a.n))
        for a in [cdnow_amounts()]
        for factor in (1, 1000)
    ]
    assert found[1].estimates == pytest.approx(found[0].estimates * [1, 1, 1000], rel=1e-5)


def test_data_that_cannot_carry_the_model() -> None:
    nobody = Amounts(np.zeros(0), np.zeros(0), np.zeros(0))
    assert gamma_gamma.fit(nobody).status == "no_repeat_purchases"
    x = np.repeat([1.0, 2.0, 4.0, 8.0], 100)
    drawn = simulated_amounts((4.0, 3.0, 20.0), x, seed=3)
    rising = Amounts(x, drawn.mean * x, drawn.n)
    assert gamma_gamma.fit(rising, max_correlation=0.2).status == "value_frequency_correlated"
    assert gamma_gamma.fit(drawn, max_correlation=0.2).status == "estimated"
    assert gamma_gamma.fit(drawn, min_customers=401).status == "too_few_customers"
    wide = simulated_amounts((4.0, 0.6, 20.0), x, seed=4)
    assert gamma_gamma.fit(wide).status == "infinite_mean"
    same = Amounts(np.full(50, 2.0), np.full(50, 9.0), np.ones(50))
    assert np.isnan(gamma_gamma.correlation(same).value)
    assert gamma_gamma.fit(same).status == "boundary"
