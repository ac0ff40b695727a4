"""Relative importance of correlated predictors: how much of R^2 is whose.

Everything is a function of correlations and takes stacks of them: between p predictors,
(..., p, p), and of these with the outcome, (..., p). So all draws of a bootstrap are one call.
"""

from __future__ import annotations

from math import factorial

import numpy as np

from satisfaction.moments import LEAST_PIVOT, FloatArray, solve

MOST_PREDICTORS = 16  # Shapley's shares look at 2^p regressions
CHUNK = 2**19  # figures worked on at a time: long rows, and not much more than a cache holds


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
    size = ((np.arange(2**p)[:, None] >> np.arange(p)) & 1).sum(axis=1)
    factorials = np.array([float(factorial(k)) for k in range(p + 1)])
    weights = np.empty((p, 2**p))
    for i in range(p):
        inside = (np.arange(2**p) >> i) & 1 == 1
        with_it, without = size - 1, size
        gain = factorials[with_it] * factorials[p - size] / factorials[p]
        loss = factorials[without] * factorials[np.clip(p - 1 - size, 0, None)] / factorials[p]
        weights[i] = np.where(inside, gain, -loss)
    flat, outcome = between.reshape(-1, p, p), with_outcome.reshape(-1, p)
    step = max(1, CHUNK // 2 ** (p + 1))
    shares = [
        _explained(flat[at : at + step], outcome[at : at + step]) @ weights.T
        for at in range(0, len(flat), step)
    ]
    return np.concatenate([np.empty((0, p)), *shares]).reshape(with_outcome.shape)


def _explained(between: FloatArray, with_outcome: FloatArray) -> FloatArray:
    """R^2 of every subset of predictors, (k, 2^p); predictor i is in subset s if bit i of s is 1.

    Predictors are taken one by one: from the covariances that remain given a subset, those given
    the subset with the predictor follow by one sweep, and without it by striking it out. So
    matrices shrink while their number doubles, and each subset costs a few multiplications.
    """
    k, p = with_outcome.shape
    # matrices and subsets are the last axis, so that few operations go over long rows
    joint = np.ones((p + 1, p + 1, k))
    joint[:p, :p] = between.transpose(1, 2, 0)
    joint[p, :p] = joint[:p, p] = with_outcome.T
    for m in range(p, 0, -1):
        pivot, row, rest = joint[0, 0], joint[0, 1:], joint[1:, 1:]
        # a predictor that the others determine adds nothing
        scaled = np.where(pivot > LEAST_PIVOT, row / np.where(pivot > LEAST_PIVOT, pivot, 1.0), 0.0)
        n = joint.shape[-1]
        joint = np.empty((m, m, 2 * n))
        joint[:, :, :n] = rest
        swept = joint[:, :, n:]
        np.subtract(rest, np.multiply(scaled[:, None], row[None], out=swept), out=swept)
    return np.asarray(1.0 - joint[0, 0].reshape(2**p, k).T)


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
