"""BG/NBD: published figures, integration by brute force, and customers simulated from the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import betaln, expit, hyp2f1, logit
from scipy.stats import gamma

from satisfaction.value import bg_nbd
from satisfaction.value.bg_nbd import Purchases
from satisfaction.value.likelihood import STATUS, FloatArray
from tests.python.value.purchase_processes import cdnow_purchases, simulated_purchases

# of Fader, Hardie and Lee (2005), table 2 and the example after equation 10
PUBLISHED = np.array([0.243, 4.414, 0.793, 2.426])


def some(*rows: tuple[float, float, float]) -> Purchases:
    return Purchases(*np.array(rows).T, np.ones(len(rows)))


CUSTOMERS = [(2, 30.43, 38.86), (0, 0.0, 38.86), (1, 38.0, 38.0), (5, 3.5, 20.0), (0, 0.0, 0.0)]


def test_published_estimates() -> None:
    found = bg_nbd.fit(cdnow_purchases())
    assert found.status == "estimated"
    assert found.estimates == pytest.approx(PUBLISHED, abs=5e-4)
    assert found.log_likelihood == pytest.approx(-9582.43, abs=5e-3)
    likelihood = bg_nbd.log_likelihood(found.estimates, cdnow_purchases())
    assert likelihood == pytest.approx(found.log_likelihood, rel=1e-12)


def test_published_expectation() -> None:
    found = bg_nbd.expected_purchases(PUBLISHED, some((2, 30.43, 38.86)), 39)
    assert found == pytest.approx([1.226], abs=5e-4)


@pytest.mark.parametrize("customer", CUSTOMERS)
def test_against_integration_over_all_rates_and_probabilities(
    customer: tuple[float, float, float],
) -> None:
    """Every figure is a mean over what a customer may be like, weighted by what was seen."""
    r, alpha, a, b = PUBLISHED
    x, last, age = customer
    t, discount = 39.0, 0.01

    # over their logarithm and logit, where both densities vanish at the ends of the grid
    rate = np.exp(np.arange(-150, 6, 0.1))[:, None]
    place = np.arange(-60, 60, 0.1)
    p, stay = expit(place), expit(-place)
    weight = gamma.pdf(rate, r, scale=1 / alpha) * rate * np.exp(-betaln(a, b)) * p**a * stay**b

    def mean(of: FloatArray) -> float:
        return float((of * weight).sum() * 0.1**2)

    there = stay**x * rate**x * np.exp(-rate * age)
    left = p * stay ** (x - 1) * rate**x * np.exp(-rate * last) if x else 0.0
    hazard = rate * p + discount
    buys = there * rate * -np.expm1(-hazard * t) / hazard
    returns = there * -np.expm1(-rate * t)
    of_all = mean(there + left)
    summary = some(customer)
    none = np.zeros((4, 4))
    found = [
        np.exp(bg_nbd.log_likelihood(PUBLISHED, summary)),
        bg_nbd.probability_alive(PUBLISHED, summary)[0],
        bg_nbd.expected_purchases(PUBLISHED, summary, t, discount)[0],
        bg_nbd.repeat_probability(PUBLISHED, none, summary, t).value[0],
    ]
    expected = [of_all, *(mean(of) / of_all for of in (there, buys, returns))]
    assert found == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("customer", CUSTOMERS)
@pytest.mark.parametrize("t", [1.0, 52.0, 500.0])
def test_against_the_published_closed_form(customer: tuple[float, float, float], t: float) -> None:
    r, alpha, a, b = PUBLISHED
    x, last, age = customer
    odds = a / (b + x - 1) * ((alpha + age) / (alpha + last)) ** (r + x) if x else 0.0
    power = ((alpha + age) / (alpha + age + t)) ** (r + x)
    power *= hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t))
    expected = (a + b + x - 1) / (a - 1) * (1 - power) / (1 + odds)
    found = bg_nbd.expected_purchases(PUBLISHED, some(customer), t)
    assert found == pytest.approx([expected], rel=1e-7)


def test_where_the_closed_form_breaks_down() -> None:
    """At a = 1 it divides by zero; of x = 3000 it raises to the power of 3000."""
    often = some((3000, 99.0, 100.0))
    year = bg_nbd.expected_purchases(np.array([1.0, 1.0, 1.0, 4.0]), often, 50)
    around = [
        bg_nbd.expected_purchases(np.array([1.0, 1.0, 1 + e, 4.0]), often, 50)
        for e in (-1e-6, 1e-6)
    ]
    assert year == pytest.approx(np.mean(around), rel=1e-9)
    assert 0 < year[0] < 50 * 3001 / 101


def test_parameters_are_recovered() -> None:
    true = (0.5, 8.0, 0.8, 2.5)
    found = bg_nbd.fit(simulated_purchases(true, 20_000, 104, seed=1))
    assert found.status == "estimated"
    assert np.abs((found.estimates - true) / found.standard_errors).max() < 2.5
    assert (found.standard_errors < 0.2 * found.estimates).all()


def test_errors_cover_the_truth() -> None:
    """Of a hundred estimates 95 should lie within 1.96 standard errors, give or take."""
    true = (0.8, 6.0, 0.9, 2.0)
    fits = [bg_nbd.fit(simulated_purchases(true, 3000, 104, seed)) for seed in range(2, 27)]
    distances = np.array(
        [np.log(f.estimates / true) / np.sqrt(np.diag(f.log_covariance)) for f in fits]
    )
    assert 88 <= (np.abs(distances) < 1.96).sum() <= 100


def test_gradient() -> None:
    score = bg_nbd.Likelihood(cdnow_purchases())
    logs = np.log([0.4, 6.0, 1.2, 1.7])
    steps = 1e-6 * np.eye(4)
    slopes = [(score(logs + s)[0] - score(logs - s)[0]) / 2e-6 for s in steps]
    assert score(logs)[1] == pytest.approx(slopes, rel=1e-6, abs=1e-9)


def test_interval_of_the_probability() -> None:
    """The slopes of the logit, by differences."""
    found = bg_nbd.fit(cdnow_purchases())
    customers = some(*CUSTOMERS)

    def place(logs: FloatArray) -> FloatArray:
        return logit(
            bg_nbd.repeat_probability(np.exp(logs), found.log_covariance, customers, 52).value
        )

    logs = np.log(found.estimates)
    slopes = np.array([(place(logs + s) - place(logs - s)) / 2e-6 for s in 1e-6 * np.eye(4)])
    half = 1.959964 * np.sqrt(np.einsum("im,ij,jm->m", slopes, found.log_covariance, slopes))
    got = bg_nbd.repeat_probability(found.estimates, found.log_covariance, customers, 52)
    assert logit(got.high) - logit(got.value) == pytest.approx(half, rel=1e-5)
    assert logit(got.value) - logit(got.low) == pytest.approx(half, rel=1e-5)


def test_equal_customers_count_once_each() -> None:
    grouped = cdnow_purchases()
    times = grouped.n.astype(int)
    alone = Purchases(
        *(np.repeat(column, times) for column in (grouped.x, grouped.t_x, grouped.age)),
        np.ones(times.sum()),
    )
    one, other = bg_nbd.fit(alone), bg_nbd.fit(grouped)
    assert one.estimates == pytest.approx(other.estimates, rel=1e-4)
    assert one.log_covariance == pytest.approx(other.log_covariance, rel=1e-2)


def test_the_unit_of_time_moves_alpha_alone() -> None:
    weeks = cdnow_purchases()
    days = replace(weeks, t_x=weeks.t_x * 7, age=weeks.age * 7)
    one, other = bg_nbd.fit(weeks), bg_nbd.fit(days)
    assert other.estimates == pytest.approx(one.estimates * [1, 7, 1, 1], rel=1e-6)
    assert other.log_covariance == pytest.approx(one.log_covariance, rel=1e-5, abs=1e-9)
    in_weeks = bg_nbd.expected_purchases(one.estimates, weeks, 10)
    assert bg_nbd.expected_purchases(other.estimates, days, 70) == pytest.approx(in_weeks, rel=1e-5)
    again = bg_nbd.covariance(other.estimates, days)
    assert again == pytest.approx(other.log_covariance, rel=1e-6)


def test_properties() -> None:
    once, longer = some((0, 0.0, 1.0)), some((0, 0.0, 99.0))
    assert bg_nbd.probability_alive(PUBLISHED, longer) == [1.0]
    few = [bg_nbd.expected_purchases(PUBLISHED, c, 52)[0] for c in (once, longer)]
    assert few[0] > few[1] > 0
    near = bg_nbd.expected_purchases(PUBLISHED, once, 52, 0.01)[0]
    assert few[0] * np.exp(-0.52) < near < few[0]
    silent = bg_nbd.probability_alive(PUBLISHED, some((3, 5.0, 6.0), (3, 5.0, 90.0)))
    assert silent[0] > silent[1]


def test_data_that_cannot_carry_the_model() -> None:
    assert bg_nbd.fit(some((0, 0.0, 10.0), (0, 0.0, 20.0))).status == "no_repeat_purchases"
    # whoever bought twice bought until today: nobody ever left
    faithful = simulated_purchases((1.0, 5.0, 1e-6, 1.0), 500, 52, seed=3)
    found = bg_nbd.fit(faithful)
    assert found.status == "boundary"
    assert np.isnan(found.standard_errors).all()
    assert bg_nbd.probability_alive(found.estimates, faithful).min() > 0.95
    small = simulated_purchases((1.0, 5.0, 1.0, 2.0), 60, 104, seed=4)
    assert bg_nbd.fit(small, min_customers=61).status == "too_few_customers"
    assert all(zh and en for zh, en in STATUS.values())
