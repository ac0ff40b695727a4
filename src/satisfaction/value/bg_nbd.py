"""BG/NBD: how often customers buy, and whether they still do.

While a customer is there, purchases come as a Poisson process with the customer's own rate; after
each purchase the customer may leave for good, with the customer's own probability. Rates are spread
over customers as a gamma distribution (r, alpha), probabilities of leaving as a beta distribution
(a, b). Of each customer three figures are enough: x repeat purchases, t_x from the first purchase
to the last, T from the first purchase until today, in one unit of time.

References
----------
Fader, Hardie and Lee (2005), "Counting your customers" the easy way: an alternative to the
Pareto/NBD model, Marketing Science 24 (2), 275-284.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, gammaln, hyp2f1, logit, psi

from satisfaction.core.quantiles import z_value
from satisfaction.value.likelihood import Fit, FloatArray, log_covariance, maximise, nothing

PARAMETERS = ("r", "alpha", "a", "b")
NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(20)


@dataclass(frozen=True)
class Purchases:
    """Summaries of customers, equal ones once.

    Attributes
    ----------
    x : array of shape (m,)
        Repeat purchases.
    t_x : array of shape (m,)
        From the first purchase to the last; 0 without repeat purchases.
    age : array of shape (m,)
        T, from the first purchase until today, at least t_x.
    n : array of shape (m,)
        Customers with this summary.
    """

    x: FloatArray
    t_x: FloatArray
    age: FloatArray
    n: FloatArray


class Likelihood:
    """Mean log-likelihood of customers; what depends on few values is computed once for each."""

    def __init__(self, purchases: Purchases) -> None:
        self.counts, self.count_of = np.unique(purchases.x, return_inverse=True)
        self.ages, self.age_of = np.unique(purchases.age, return_inverse=True)
        self.lasts, self.last_of = np.unique(purchases.t_x, return_inverse=True)
        self.x = purchases.x
        self.weights = purchases.n / purchases.n.sum()
        self.of_counts = np.bincount(self.count_of, self.weights)

    def __call__(self, logs: FloatArray) -> tuple[float, FloatArray]:
        """Return the mean log-likelihood, and its gradient, at the parameters' logarithms.

        It is ln B(a, b + x) / B(a, b) + ln Gamma(r + x) alpha^r / Gamma(r), of the counts alone,
        plus ln of (alpha + T)^-(r + x), of being there still, and, for x > 0,
        a / (b + x - 1) (alpha + t_x)^-(r + x), of having left.
        """
        r, alpha, a, b = np.exp(logs)
        x = self.counts
        age, last = np.log(alpha + self.ages)[self.age_of], np.log(alpha + self.lasts)[self.last_of]
        staying = -(r + self.x) * age
        leaving = (_log_leaving(x, a, b)[self.count_of]) - (r + self.x) * last
        top = np.maximum(staying, leaving)
        left = np.exp(leaving - top)
        both = np.exp(staying - top) + left
        left /= both
        of_counts = gammaln(r + x) - gammaln(r) + r * logs[1]
        # B(a, b + x) / B(a, b) without the gamma of a, which cancels
        of_counts += gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        value = self.of_counts @ of_counts + self.weights @ (top + np.log(both))

        weighted = self.weights * left
        gone = np.bincount(self.count_of, weighted)  # share of customers with x who have left
        rest = self.weights - weighted
        inverse_age = (1 / (alpha + self.ages))[self.age_of]
        inverse_last = (1 / (alpha + self.lasts))[self.last_of]
        spread = psi(a + b) - psi(a + b + x)
        gradient = [
            self.of_counts @ (psi(r + x) - psi(r)) + logs[1] - rest @ age - weighted @ last,
            r / alpha - (r + self.x) @ (rest * inverse_age + weighted * inverse_last),
            self.of_counts @ spread + gone.sum() / a,
            self.of_counts @ (spread + psi(b + x) - psi(b)) - gone @ _one_over(b + x - 1, x),
        ]
        return float(value), np.array(gradient) * np.exp(logs)


def _one_over(divisor: FloatArray, x: FloatArray) -> FloatArray:
    """Return 1 / divisor, 0 without repeat purchases: nobody leaves before one."""
    return np.divide(1.0, divisor, out=np.zeros_like(divisor), where=x > 0)


def _log_leaving(x: FloatArray, a: float, b: float) -> FloatArray:
    """Return ln a / (b + x - 1), which compares leaving after purchase x with staying."""
    odds = a * _one_over(b + x - 1, x)
    return np.log(odds, out=np.full_like(odds, -np.inf), where=odds > 0)


def log_likelihood(parameters: FloatArray, purchases: Purchases) -> float:
    """Return the log-likelihood of all customers at (r, alpha, a, b)."""
    return float(purchases.n.sum() * Likelihood(purchases)(np.log(parameters))[0])


def fit(purchases: Purchases, min_customers: int = 0) -> Fit:
    """Fit (r, alpha, a, b) by maximum likelihood.

    Parameters
    ----------
    purchases : Purchases
    min_customers : int
        With fewer customers who bought again the status is too_few_customers.

    Returns
    -------
    Fit
        In the order of PARAMETERS, alpha in the unit of time of the summaries.
    """
    n = purchases.n.sum()
    n_repeating = purchases.n[purchases.x > 0].sum()
    if not n_repeating:
        return nothing(len(PARAMETERS), "no_repeat_purchases")
    # the search does not depend on the unit of time; times in another unit have another density
    unit = float(purchases.n @ purchases.age / n)
    scaled = Purchases(purchases.x, purchases.t_x / unit, purchases.age / unit, purchases.n)
    found = maximise(Likelihood(scaled), np.ones(len(PARAMETERS)), float(n))
    status = found.status
    if status == "estimated" and n_repeating < min_customers:
        status = "too_few_customers"
    return Fit(
        found.estimates * np.array([1.0, unit, 1.0, 1.0]),
        found.log_covariance,
        found.log_likelihood - float(purchases.n @ purchases.x * np.log(unit)),
        status,
    )


def covariance(parameters: FloatArray, purchases: Purchases) -> FloatArray:
    """Return the covariance of the logarithms of fitted parameters; see `log_covariance`."""
    return log_covariance(Likelihood(purchases), np.log(parameters), float(purchases.n.sum()))


def probability_alive(parameters: FloatArray, purchases: Purchases) -> FloatArray:
    """Return the probability that a customer has not left, 1 without repeat purchases.

    Returns
    -------
    array of shape (m,)
        1 / (1 + a / (b + x - 1) ((alpha + T) / (alpha + t_x))^(r + x)).
    """
    r, alpha, a, b = parameters
    x = purchases.x
    silence = np.log((alpha + purchases.age) / (alpha + purchases.t_x))
    return np.asarray(expit(-_log_leaving(x, a, b) - (r + x) * silence))


def expected_purchases(
    parameters: FloatArray, purchases: Purchases, horizon: float, discount_rate: float = 0.0
) -> FloatArray:
    """Return how many purchases to expect of each customer until ``horizon`` from today.

    Parameters
    ----------
    parameters : array of shape (4,)
    purchases : Purchases
    horizon : float
        In the unit of time of the summaries.
    discount_rate : float
        Continuous, per unit of time: a purchase after s counts exp(-discount_rate s).

    Returns
    -------
    array of shape (m,)

    Notes
    -----
    Given x, T and being there today, a customer buys after s at the expected rate

        (r + x) / (alpha + T) (1 + z)^-a 2F1(a + b - r - 1, a; a + b + x; z / (1 + z)),

    z = s / (alpha + T): the mean of lambda exp(-lambda p s) over the gamma and beta distributions
    that are left of the rate lambda and the probability of leaving p. Its integral is the published
    closed form, which divides by a - 1 and loses all digits when x is large; so the rate is
    integrated, over ln (1 + z), by Gauss and Legendre's rule.
    """
    r, alpha, a, b = parameters
    pairs = np.column_stack([purchases.x, purchases.age])
    (x, age), of = _distinct(pairs)
    width = np.log1p(horizon / (alpha + age))
    total = np.zeros_like(x)
    for node, weight in zip(NODES, NODE_WEIGHTS, strict=True):
        place = width * (node + 1) / 2
        growth = np.exp(place)  # 1 + z
        rate = (r + x) * growth ** (1 - a)
        rate *= hyp2f1(a + b - r - 1, a, a + b + x, -np.expm1(-place))
        total += weight * rate * np.exp(-discount_rate * (alpha + age) * np.expm1(place))
    return np.asarray(probability_alive(parameters, purchases) * (total * width / 2)[of])


def _distinct(rows: FloatArray) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Return the distinct rows, transposed, and which of them each row is."""
    distinct, of = np.unique(rows, axis=0, return_inverse=True)
    return distinct.T, of.reshape(-1)


@dataclass(frozen=True)
class Probability:
    """A probability of each customer and its interval, arrays of shape (m,)."""

    value: FloatArray
    low: FloatArray
    high: FloatArray


def repeat_probability(
    parameters: FloatArray,
    log_covariance: FloatArray,
    purchases: Purchases,
    horizon: float,
    confidence_level: float = 0.95,
) -> Probability:
    """Return the probability of at least one purchase until ``horizon`` from today.

    Parameters
    ----------
    parameters : array of shape (4,)
    log_covariance : array of shape (4, 4)
        Of the logarithms of the parameters.
    purchases : Purchases
    horizon : float
        t, in the unit of time of the summaries.
    confidence_level : float
        Of the interval.

    Returns
    -------
    Probability
        P(alive) (1 - ((alpha + T) / (alpha + T + t))^(r + x)): nobody leaves between purchases. The
        interval is that of the parameters, by the delta method on the logit; NaN where the
        covariance is.
    """
    r, alpha, a, b = parameters
    x, last, age = purchases.x, alpha + purchases.t_x, alpha + purchases.age
    alive = probability_alive(parameters, purchases)
    quiet = np.exp((r + x) * np.log(age / (age + horizon)))  # no purchase, though there
    value = alive * (1 - quiet)
    # slopes of ln P by ln r, ln alpha, ln a, ln b; those of its logit are 1 / (1 - P) times these
    left, odds = 1 - alive, quiet / (1 - quiet)
    ones = _one_over(b + x - 1, x)
    slopes = np.array(
        [
            -r * (left * np.log(age / last) + odds * np.log(age / (age + horizon))),
            -alpha
            * (r + x)
            * (left * (1 / age - 1 / last) + odds * (1 / age - 1 / (age + horizon))),
            -left,
            b * left * ones,
        ]
    )
    variance = np.einsum("im,ij,jm->m", slopes, log_covariance, slopes)
    half = z_value(confidence_level) * np.sqrt(variance) / (1 - value)
    return Probability(value, expit(logit(value) - half), expit(logit(value) + half))
