"""Importance x performance: what to mend first, and how sure that is.

References
----------
Martilla and James (1977), Importance-performance analysis, Journal of Marketing 41 (1).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from satisfaction import moments
from satisfaction.drivers import explaining
from satisfaction.moments import SEGMENT, Cell, FloatArray
from satisfaction.relative_importance import relative_weights

# by (important, performing well)
QUADRANTS = np.array([["low_priority", "possible_overkill"], ["fix_first", "keep_up"]])
CUTS = ["importance_cut", "performance_cut"]
FIGURES = ["importance", "performance", *CUTS, "quadrant_stability"]


def importance_and_performance(sums: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Take both from sums over pairs of factors and, last, the verdict.

    Parameters
    ----------
    sums : (..., 4, p + 1, p + 1) array
        See satisfaction.moments; values 0-1.

    Returns
    -------
    tuple of (..., p) arrays
        Shares of Johnson's relative weights, which sum to 1, and mean scores, 0-100. NaN where the
        factors and the verdict have no correlations.
    """
    r = moments.correlations(sums)
    known = np.isfinite(r).all(axis=(-2, -1), keepdims=True)
    weights = relative_weights(
        np.where(known, r, 0.0)[..., :-1, :-1], np.where(known, r, 0.0)[..., :-1, -1]
    )
    explained = weights.sum(axis=-1, keepdims=True)
    shares = weights / np.where(explained > 0, explained, np.nan)
    return shares, 100 * moments.means(sums)[..., :-1]


def quadrants(importance: FloatArray, performance: FloatArray) -> NDArray[np.int64]:
    """Place factors on the map, cut at the means of both axes; what lies on a cut is above it.

    Returns
    -------
    (..., p) array of int
        2 if important, plus 1 if performing well.
    """
    important = importance >= importance.mean(axis=-1, keepdims=True)
    well = performance >= performance.mean(axis=-1, keepdims=True)
    return np.asarray(2 * important + well)


def priorities(pairs: pd.DataFrame, n_draws: int) -> pd.DataFrame:
    """Place every factor of every segment of a wave on the map of importance and performance.

    Parameters
    ----------
    pairs : DataFrame
        Sums over pairs of factors and the verdict, as of `moments.cells`.
    n_draws : int
        Bootstrap draws.

    Returns
    -------
    DataFrame
        SEGMENT, factor_id, n_respondents, importance (share of R^2, 0-1), performance (0-100),
        the cuts, quadrant, and quadrant_stability: the share of the draws that give the same one.
    """
    found = [rows for cell in moments.cells(pairs) for rows in _cell_priorities(cell, n_draws)]
    columns = [*SEGMENT, "factor_id", "quadrant", "n_respondents", *FIGURES]
    frame = pd.concat([pd.DataFrame(columns=columns), *found], ignore_index=True)[columns]
    types = dict.fromkeys([*SEGMENT, "factor_id", "quadrant"], "string")
    numbers = dict.fromkeys(FIGURES, "float64")
    return frame.astype({**types, "n_respondents": "int64", **numbers})


def _cell_priorities(cell: Cell, n_draws: int) -> Iterator[pd.DataFrame]:
    cell = explaining(cell)
    if not cell.names:
        return
    sums = cell.sums
    importance, performance = importance_and_performance(sums)
    if not np.isfinite(importance).all():  # the factors explain nothing at all
        return
    places = quadrants(importance, performance)
    shares, scores = importance_and_performance(cell.resampled(n_draws))
    known = np.isfinite(shares).all(axis=-1)
    same = quadrants(shares[known], scores[known]) == places
    yield pd.DataFrame(
        dict(zip(SEGMENT, cell.key, strict=True))
        | {
            "factor_id": cell.names[:-1],
            "quadrant": QUADRANTS.reshape(-1)[places],
            "n_respondents": sums[0, :-1, -1].astype("int64"),
            "importance": importance,
            "performance": performance,
            "importance_cut": importance.mean(),
            "performance_cut": performance.mean(),
            "quadrant_stability": same.mean(axis=0) if known.any() else np.nan,
        }
    )
