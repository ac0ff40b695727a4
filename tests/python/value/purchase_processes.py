"""What purchase models are held against: a published sample, and customers with known parameters.

cdnow_summaries.csv is the sample of 2,357 customers of CDNOW that Fader, Hardie and Lee (2005)
estimate their model on: everyone with the same summary in one row. Times are days; in the article
they are weeks, day / 7. mean_amount is that of the repeat purchases (Fader and Hardie, 2013).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from satisfaction.value.bg_nbd import Purchases
from satisfaction.value.gamma_gamma import Amounts
from satisfaction.value.likelihood import FloatArray
from tests.python.conftest import ROOT

CDNOW = pd.read_csv(ROOT / "tests/python/value/cdnow_summaries.csv")


def cdnow_purchases() -> Purchases:
    columns = CDNOW["n_repeats"], CDNOW["recency_days"] / 7, CDNOW["age_days"] / 7
    return Purchases(*(c.to_numpy(float) for c in (*columns, CDNOW["n_customers"])))


def cdnow_amounts() -> Amounts:
    repeating = CDNOW[CDNOW["n_repeats"] > 0]
    columns = ["n_repeats", "mean_amount", "n_customers"]
    return Amounts(*(repeating[c].to_numpy(float) for c in columns))


def simulated_purchases(
    parameters: tuple[float, float, float, float], n: int, longest: float, seed: int
) -> Purchases:
    """Let customers begin at any time, buy and leave as the model says; step by step."""
    r, alpha, a, b = parameters
    random = np.random.default_rng(seed)
    rate, leaving = random.gamma(r, 1 / alpha, n), random.beta(a, b, n)
    age = random.uniform(0, longest, n)
    x, t_x, time = np.zeros(n), np.zeros(n), np.zeros(n)
    there = np.arange(n)
    while there.size:
        time[there] += random.exponential(1 / rate[there])
        there = there[time[there] <= age[there]]
        x[there] += 1
        t_x[there] = time[there]
        there = there[random.random(there.size) >= leaving[there]]
    return Purchases(x, t_x, age, np.ones(n))


def simulated_amounts(parameters: tuple[float, float, float], x: FloatArray, seed: int) -> Amounts:
    """Draw every purchase of customers with x of them."""
    p, q, gamma = parameters
    random = np.random.default_rng(seed)
    rate = random.gamma(q, 1 / gamma, x.size)
    customer = np.repeat(np.arange(x.size), x.astype(int))
    amounts = random.gamma(p, 1 / rate[customer])
    return Amounts(x, np.bincount(customer, amounts) / x, np.ones(x.size))
