"""Relative importance of correlated predictors: how much of R^2 is whose.

Everything is a function of correlations and takes stacks of them: between p predictors,
(..., p, p), and of these with the outcome, (..., p). So all draws of a bootstrap are one call.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import numpy as np
from numpy.typing import NDArray

from satisfaction.core.moments import LEAST_PIVOT, FloatArray, solve

Split = Callable[[FloatArray, FloatArray], FloatArray]
"""Shares in R^2, from correlations between predictors and with the outcome."""

MOST_PREDICTORS = 16  # Shapley's shares look at 2^p regressions
CHANCE_VARIABLES = 200  # drawn at random, to see what a variable gets that means nothing
SEED = 20260102  # of these: the same correlations give the same chance
CHUNK = 2**18  # subsets looked at at a time: long rows, and not much more than a cache holds


def relative_weights(between: FloatArray, with_outcome: FloatArray) -> FloatArray:
    """Split the explained variance of an outcome among correlated predictors.

    Johnson's relative weights: the predictors are replaced by their closest orthogonal
    counterparts, the outcome is regressed on these, and each share of R^2 is carried back.

    Parameters
    ----------
    between : (..., p, p) array
        Correlations between the predictors; eigenvalues that are not positive count as 0.
    with_outcome : (..., p) array
        Their correlations with the outcome.

    Returns
    -------
    (..., p) array
        Non-negative shares that sum to R^2.

    References
    ----------
    Johnson, J. W. (2000). A heuristic method for estimating the relative weight of predictor
    variables in multiple regression. Multivariate Behavioral Research 35 (1), 1-19.
    """
    values, vectors = np.linalg.eigh(between)
    along = np.einsum("...ij,...i->...j", vectors, with_outcome)
    roots = np.sqrt(np.clip(values, 0.0, None))
    known = values > LEAST_PIVOT
    onto = np.where(known, along / np.where(known, roots, 1.0), 0.0)
    paths = np.einsum("...ij,...j->...i", vectors, onto)
    root = (vectors * roots[..., None, :]) @ vectors.swapaxes(-1, -2)
    return np.asarray(np.einsum("...ij,...j->...i", root**2, paths**2))


def shapley_shares(between: FloatArray, with_outcome: FloatArray) -> FloatArray:
    """Split R^2 among predictors by what each adds, averaged over all orders of entering (LMG).

    Parameters
    ----------
    between, with_outcome : (..., p, p) and (..., p) array
        As of `relative_weights`; p at most MOST_PREDICTORS.

    Returns
    -------
    (..., p) array
        Non-negative shares that sum to R^2: the Shapley values of the game in which a set of
        predictors earns its R^2.

    References
    ----------
    Lindeman, Merenda and Gold (1980), Introduction to Bivariate and Multivariate Analysis, p. 119.
    Groemping (2007), Estimators of relative importance in linear regression based on variance
    decomposition, The American Statistician 61 (2).
    Shapley (1953), A value for n-person games, Contributions to the Theory of Games II.
    """
    p = between.shape[-1]
    size = _sizes(p)
    inside = (np.arange(2**p) >> np.arange(p)[:, None]) & 1 == 1
    # what stays unexplained counts the other way round; R^2 = 1 - that, and the weights sum to 0
    weights = np.where(inside, -_orders(p)[size - 1], _orders(p)[np.minimum(size, p - 1)])
    flat, outcome = between.reshape(-1, p, p), with_outcome.reshape(-1, p)
    step = max(1, min(len(flat), CHUNK // 2**p))
    subsets = _Subsets(p, step)
    shares = np.empty(outcome.shape)
    for at in range(0, len(flat), step):
        part = slice(at, at + step)
        shares[part] = (weights @ subsets.unexplained(flat[part], outcome[part])).T
    return shares.reshape(with_outcome.shape)


def shapley_share_of_another(
    between: FloatArray, with_outcome: FloatArray, others: FloatArray, other_outcome: FloatArray
) -> FloatArray:
    """Shapley's share of one more predictor, for many that could be the one more.

    The last share of `shapley_shares` with each; subsets of the p predictors are looked at once.

    Parameters
    ----------
    between, with_outcome : (p, p) and (p,) array
        Correlations of the p predictors.
    others, other_outcome : (k, p) and (k,) array
        Correlations of each other variable with them, and with the outcome.

    Returns
    -------
    (k,) array
    """
    p = len(with_outcome)
    weights = _orders(p + 1)[_sizes(p)]
    shares = np.empty(len(others))
    step = max(1, min(len(others), CHUNK // 2**p))
    # by subset: covariances of predictor i with those from i on, the outcome and the others; those
    # of the others with the outcome; their variances
    joint = [np.empty((p + 1 - i + step, 2**i)) for i in range(p)]
    crossed, left, room = (np.empty((step, 2**p)) for _ in range(3))
    for at in range(0, len(others), step):
        found = others[at : at + step]
        k = len(found)
        for i in range(p):
            joint[i][: p + 1 - i + k, 0] = [*between[i, i:], with_outcome[i], *found[:, i]]
        crossed[:k, 0], left[:k, 0] = other_outcome[at : at + step], 1.0
        for taken, row in enumerate(joint):
            n, end = 1 << taken, p + 1 - taken
            inverse, own = _inverse(row[0]), row[end : end + k]
            _sweep(left[:k], n, own, np.multiply(own, inverse, out=room[:k, :n]))
            _sweep(crossed[:k], n, own, row[end - 1] * inverse)
            for i in range(taken + 1, p):
                rows = slice(i - taken, end + k)
                _sweep(joint[i][: p + 1 - i + k], n, row[rows], row[i - taken] * inverse)
        np.multiply(crossed[:k], crossed[:k], out=room[:k])
        np.multiply(room[:k], _inverse(left[:k]), out=room[:k])
        shares[at : at + k] = room[:k] @ weights
    return shares


def _sweep(of: FloatArray, n: int, left: FloatArray, right: FloatArray) -> None:
    """Write what remains of n columns without left * right beside them."""
    swept = of[:, n : 2 * n]
    np.multiply(left, right, out=swept)
    np.subtract(of[:, :n], swept, out=swept)


def _sizes(p: int) -> NDArray[np.int64]:
    """How many of p predictors are in each of their 2^p subsets."""
    return np.asarray(((np.arange(2**p)[:, None] >> np.arange(p)) & 1).sum(axis=1))


def _orders(p: int) -> FloatArray:
    """Share of the orders of p predictors in which exactly k given ones precede a given one, (p,).

    k!(p - 1 - k)! / p!
    """
    return np.array([factorial(k) * factorial(p - 1 - k) / factorial(p) for k in range(p)])


def _inverse(pivot: FloatArray) -> FloatArray:
    """1 / pivot, 0 where others determine the variable: it adds nothing."""
    if pivot.min() > LEAST_PIVOT:
        return np.asarray(1.0 / pivot)
    return np.divide(1.0, pivot, out=np.zeros(pivot.shape), where=pivot > LEAST_PIVOT)


class _Subsets:
    """Room for every subset of p predictors in up to `most` games, used again and again.

    Asking the system for memory takes longer than the arithmetic.
    """

    def __init__(self, p: int, most: int) -> None:
        # covariances of variable i with those from i on; the last is the outcome
        self.joint = [np.empty((p + 1 - i, most << i)) for i in range(p + 1)]
        self.scaled = np.empty(most << max(p - 1, 0))

    def unexplained(self, between: FloatArray, with_outcome: FloatArray) -> FloatArray:
        """1 - R^2 of every subset, (2^p, k); predictor i is in subset s if bit i of s is 1.

        Predictors are taken one by one: beside the covariances that remain given each subset so
        far, those given the subset with the predictor too are written, by one sweep. So the
        subsets double while fewer variables are left, and each costs a few multiplications.
        """
        k, p = with_outcome.shape
        # games and subsets are the last axis, so that few operations go over long rows
        joint = [rows[:, : k << i] for i, rows in enumerate(self.joint)]
        for i in range(p):
            joint[i][:-1, :k] = between[:, i, i:].T
            joint[i][-1, :k] = with_outcome[:, i]
        joint[p][0, :k] = 1.0
        for taken, row in enumerate(joint[:-1]):
            n, inverse = k << taken, _inverse(row[0])
            for i in range(taken + 1, p + 1):
                scaled = np.multiply(row[i - taken], inverse, out=self.scaled[:n])
                _sweep(joint[i], n, row[i - taken :], scaled)
        return np.asarray(joint[p].reshape(2**p, k))


def regression(between: FloatArray, with_outcome: FloatArray) -> FloatArray:
    """Regress the outcome on all predictors together.

    Returns
    -------
    (..., p) array
        Standardised coefficients; NaN where predictors determine each other.
    """
    p = between.shape[-1]
    flat = solve(between.reshape(-1, p, p), with_outcome.reshape(-1, p))
    return flat.reshape(with_outcome.shape)


def inflation(between: FloatArray) -> FloatArray:
    """Variance inflation factors of p predictors, (p,): 1 / (1 - R^2 of one on the others).

    NaN where predictors determine each other.
    """
    p = len(between)
    return np.diagonal(solve(np.broadcast_to(between, (p, p, p)), np.eye(p))).copy()


def chance_share(split: Split, r: FloatArray, n: float, confidence_level: float = 0.95) -> float:
    """Say how much of R^2 a variable gets that has nothing to do with anything.

    A share is never below 0, so that its interval cannot show that it is more than nothing. It is
    compared with that of a variable drawn at random beside the predictors; of CHANCE_VARIABLES such
    variables one after the other, so that no single one decides by its luck. As only correlations
    are needed, they are drawn as what n normal figures have with the answers.

    Parameters
    ----------
    split : function
        `relative_weights` or `shapley_shares`.
    r : (p + 1, p + 1) array
        Correlations of the predictors and, last, the outcome; without a negative eigenvalue.
    n : float
        Respondents.
    confidence_level : float
        Share of the random variables that get no more.

    Returns
    -------
    float
        NaN where n is not above p + 2.

    References
    ----------
    Tonidandel, LeBreton and Johnson (2009), Determining the statistical significance of relative
    weights, Psychological Methods 14 (4): the comparison with a random variable.
    Horn (1965), A rationale and test for the number of factors in factor analysis, Psychometrika 30
    (2): many of them.
    """
    p = len(r) - 1
    left = n - p - 2  # dimensions of the centred answers beside the p + 1 that are known
    if not left > 0:
        return np.nan
    rng = np.random.default_rng(SEED)
    values, vectors = np.linalg.eigh(r)
    along = rng.normal(size=(CHANCE_VARIABLES, p + 1))
    length = np.sqrt((along**2).sum(axis=1) + rng.chisquare(left, CHANCE_VARIABLES))
    found = along @ (vectors * np.sqrt(np.clip(values, 0.0, None))).T / length[:, None]
    if split is shapley_shares:
        got = shapley_share_of_another(r[:-1, :-1], r[:-1, -1], found[:, :-1], found[:, -1])
        return float(np.quantile(got, confidence_level))
    between = np.broadcast_to(np.eye(p + 1), (CHANCE_VARIABLES, p + 1, p + 1)).copy()
    between[:, :-1, :-1] = r[:-1, :-1]
    between[:, -1, :-1] = between[:, :-1, -1] = found[:, :-1]
    with_outcome = np.column_stack([np.tile(r[:-1, -1], (CHANCE_VARIABLES, 1)), found[:, -1]])
    return float(np.quantile(split(between, with_outcome)[:, -1], confidence_level))
