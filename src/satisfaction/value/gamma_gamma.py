"""Gamma-gamma: what a customer spends on average per purchase.

Amounts of one customer are gamma distributed with shape p and the customer's own rate nu, and nu is
gamma distributed over customers with shape q and rate gamma. Of each customer two figures are
enough: x purchases, and their mean amount m. What a customer spends must not depend on how often.

References
----------
Fader and Hardie (2013), The gamma-gamma model of monetary value (note 025 of brucehardie.com).
Fader, Hardie and Lee (2005), RFM and CLV: using iso-value curves for customer base analysis,
Journal of Marketing Research 42 (4), 415-430.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, psi

from satisfaction.core.quantiles import z_value
from satisfaction.value.likelihood import Fit, FloatArray, maximise, nothing

PARAMETERS = ("p", "q", "gamma")


@dataclass(frozen=True)
class Amounts:
    """Customers who have bought, equal ones once.

    Attributes
    ----------
    x : array of shape (m,)
        Purchases, at least 1.
    mean : array of shape (m,)
        Their mean amount, above 0.
    n : array of shape (m,)
        Customers with these two.
    """

    x: FloatArray
    mean: FloatArray
    n: FloatArray


class Likelihood:
    """Mean log-likelihood of customers; what depends on x alone is computed once for each x."""

    def __init__(self, amounts: Amounts) -> None:
        self.counts, self.count_of = np.unique(amounts.x, return_inverse=True)
        self.x, self.mean = amounts.x, amounts.mean
        self.weights = amounts.n / amounts.n.sum()
        self.of_counts = np.bincount(self.count_of, self.weights)
        self.log_sums = np.log(self.x * self.mean)

    def __call__(self, logs: FloatArray) -> tuple[float, FloatArray]:
        """Return the mean log-likelihood, and its gradient, at the parameters' logarithms.

        The density of m given x is Gamma(p x + q) / (Gamma(p x) Gamma(q)) gamma^q m^(p x - 1)
        x^(p x) / (gamma + x m)^(p x + q).
        """
        p, q, gamma = np.exp(logs)
        shape = p * self.counts
        whole = gamma + self.x * self.mean
        log_whole = np.log(whole)
        of_counts = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * logs[2]
        each = p * self.x * self.log_sums - np.log(self.mean) - (p * self.x + q) * log_whole
        value = self.of_counts @ of_counts + self.weights @ each
        both = psi(shape + q)
        gradient = [
            self.of_counts @ (self.counts * (both - psi(shape)))
            + (self.weights * self.x) @ (self.log_sums - log_whole),
            self.of_counts @ (both - psi(q)) + logs[2] - self.weights @ log_whole,
            q / gamma - self.weights @ ((p * self.x + q) / whole),
        ]
        return float(value), np.array(gradient) * np.exp(logs)


def log_likelihood(parameters: FloatArray, amounts: Amounts) -> float:
    """Return the log-likelihood of all customers at (p, q, gamma)."""
    return float(amounts.n.sum() * Likelihood(amounts)(np.log(parameters))[0])


def fit(amounts: Amounts, min_customers: int = 0, max_correlation: float = 1.0) -> Fit:
    """Fit (p, q, gamma) by maximum likelihood.

    Parameters
    ----------
    amounts : Amounts
    min_customers : int
        With fewer customers the status is too_few_customers.
    max_correlation : float
        If amounts and numbers of purchases correlate more, in truth and not by chance, the status
        is value_frequency_correlated.

    Returns
    -------
    Fit
        In the order of PARAMETERS, gamma in the unit of the amounts.
    """
    n = float(amounts.n.sum())
    if not n:
        return nothing(len(PARAMETERS), "no_repeat_purchases")
    # the search does not depend on the currency; amounts in another have another density
    unit = float(np.exp(amounts.n @ np.log(amounts.mean) / n))
    scaled = Amounts(amounts.x, amounts.mean / unit, amounts.n)
    found = maximise(Likelihood(scaled), np.ones(len(PARAMETERS)), n)
    status = found.status
    if status == "estimated":
        related = correlation(amounts)
        if n < min_customers:
            status = "too_few_customers"
        elif found.estimates[1] <= 1:
            status = "infinite_mean"
        elif abs(related.value) > max_correlation and related.low * related.high > 0:
            status = "value_frequency_correlated"
    return Fit(
        found.estimates * np.array([1.0, 1.0, unit]),
        found.log_covariance,
        found.log_likelihood - n * float(np.log(unit)),
        status,
    )


@dataclass(frozen=True)
class Correlation:
    """A correlation and its interval; NaN where there is none."""

    value: float
    low: float
    high: float


def correlation(amounts: Amounts, confidence_level: float = 0.95) -> Correlation:
    """Correlate what customers spend with how often they buy, with Fisher's interval."""
    n = float(amounts.n.sum())
    share = amounts.n / n
    x, mean = amounts.x - share @ amounts.x, amounts.mean - share @ amounts.mean
    spread = float(np.sqrt((share @ x**2) * (share @ mean**2)))
    if n <= 3 or spread < 1e-12 * float(share @ (amounts.x * amounts.mean)):
        return Correlation(np.nan, np.nan, np.nan)
    value = float(np.clip(share @ (x * mean) / spread, -1 + 1e-15, 1 - 1e-15))
    half = z_value(confidence_level) / np.sqrt(n - 3)
    place = np.arctanh(value)
    return Correlation(value, float(np.tanh(place - half)), float(np.tanh(place + half)))


def expected_amount(parameters: FloatArray, x: FloatArray, mean: FloatArray) -> FloatArray:
    """Return what to expect of a customer per purchase.

    Parameters
    ----------
    parameters : array of shape (3,)
    x, mean : array of shape (m,)
        Purchases and their mean amount; with x = 0 the mean does not matter.

    Returns
    -------
    array of shape (m,)
        p (gamma + x m) / (p x + q - 1), between the customer's own mean and that of all,
        p gamma / (q - 1); NaN where it is infinite.
    """
    p, q, gamma = parameters
    divisor = p * x + q - 1
    amount = p * (gamma + np.where(x > 0, x * mean, 0.0))
    known = divisor > 0
    return np.where(known, amount / np.where(known, divisor, 1.0), np.nan)
