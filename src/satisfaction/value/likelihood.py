"""Maximum likelihood of positive parameters: search on their logarithms, errors from the curvature.

Figures that cannot be had are data, not exceptions: a fit says in one word what it is worth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import linalg, optimize

FloatArray = npt.NDArray[np.float64]
# of the logarithms of the parameters: the log-likelihood of one customer, and its gradient
Score = Callable[[FloatArray], tuple[float, FloatArray]]

FARTHEST = 12.0  # logarithms: beyond exp(12) of the unit the parameter has run away
STEP = 1e-4  # of the differences that make the curvature
POLISH = 3  # steps of Newton's after the search
CLOSE = 1e-6  # squared distance from the peak, in standard errors, that counts as none
WIDEST = 3.0  # standard error of a logarithm: known to a factor of twenty is not known

STATUS = {
    "estimated": ("已估计", "Estimated."),
    "too_few_customers": (
        "重复购买的客户太少，结果仅供参考",
        "Too few customers have bought again: take the figures as a hint.",
    ),
    "value_frequency_correlated": (
        "购买金额与购买次数相关，模型假设二者无关，价值可能有偏差",
        "Amounts and numbers of purchases go together, which the model rules out: values are off.",
    ),
    "infinite_mean": (
        "金额分布没有有限均值，未重复购买的客户无法预测",
        "Amounts vary so much that they have no mean: no value of customers who bought once.",
    ),
    "boundary": (
        "有参数趋于零或无穷，数据不支持该模型的全部假设",
        "A parameter has run to zero or infinity: the data do not carry the whole model.",
    ),
    "not_converged": (
        "最大似然估计没有收敛，没有结果",
        "The search for the greatest likelihood did not end: there are no figures.",
    ),
    "no_repeat_purchases": (
        "没有任何客户重复购买，无法估计",
        "No customer has bought again: there is nothing to estimate from.",
    ),
}


@dataclass(frozen=True)
class Fit:
    """What a fit found.

    Attributes
    ----------
    estimates : array of shape (k,)
        The parameters; NaN where there are none.
    log_covariance : array of shape (k, k)
        Covariance of their logarithms; NaN unless the status says that there is a peak.
    log_likelihood : float
        Of all customers.
    status : str
        A key of STATUS.
    standard_errors : array of shape (k,)
        Of the parameters.
    """

    estimates: FloatArray
    log_covariance: FloatArray
    log_likelihood: float
    status: str
    standard_errors: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        """Carry the errors of the logarithms over to the parameters (delta method)."""
        errors = self.estimates * np.sqrt(np.diag(self.log_covariance))
        object.__setattr__(self, "standard_errors", errors)


def nothing(n_parameters: int, status: str) -> Fit:
    """Return a fit without figures."""
    blank = np.full(n_parameters, np.nan)
    return Fit(blank, np.full((n_parameters, n_parameters), np.nan), np.nan, status)


def maximise(score: Score, start: FloatArray, n: float) -> Fit:
    """Search the parameters that make the data likeliest.

    Parameters
    ----------
    score : callable
        Mean log-likelihood and its gradient, given the logarithms of the parameters.
    start : array of shape (k,)
        Parameters to begin with, above 0.
    n : float
        Customers, whose mean it is.

    Returns
    -------
    Fit
        Its status is estimated, boundary or not_converged.
    """

    def loss(logs: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = score(logs)
        return -value, -gradient

    found = optimize.minimize(
        loss,
        np.log(start),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-FARTHEST, FARTHEST)] * len(start),
        options={"maxiter": 1000, "ftol": 1e-15, "gtol": 1e-9},
    )
    logs: FloatArray = found.x
    covariance = log_covariance(score, logs, n)
    for _ in range(POLISH):
        step = covariance @ (n * score(logs)[1])
        if np.abs(step).max() < 0.5:  # not where there is no curvature, either
            logs = np.clip(logs + step, -FARTHEST, FARTHEST)
            covariance = log_covariance(score, logs, n)
    value, gradient = score(logs)
    is_known = bool((np.abs(logs) < FARTHEST).all() and (np.diag(covariance) < WIDEST**2).all())
    distance = n * gradient @ covariance @ (n * gradient)
    if not np.isfinite(value) or (is_known and distance > CLOSE):
        return nothing(len(start), "not_converged")
    if not is_known:
        return Fit(np.exp(logs), np.full_like(covariance, np.nan), n * value, "boundary")
    return Fit(np.exp(logs), covariance, n * value, "estimated")


def log_covariance(score: Score, logs: FloatArray, n: float) -> FloatArray:
    """Invert the observed information: differences of the gradient on both sides.

    Returns
    -------
    array of shape (k, k)
        NaN throughout where the likelihood is flat in some direction, or no peak at all.
    """
    steps = STEP * np.eye(len(logs))
    slopes = np.array([score(logs + step)[1] - score(logs - step)[1] for step in steps])
    information = -n * (slopes + slopes.T) / (4 * STEP)
    try:
        factor = linalg.cho_factor(information)
    except (linalg.LinAlgError, ValueError):
        return np.full_like(information, np.nan)
    covariance: FloatArray = linalg.cho_solve(factor, np.eye(len(logs)))
    return covariance
