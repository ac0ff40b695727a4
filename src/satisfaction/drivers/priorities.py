"""Importance x performance: what to fix first, and how sure that is.

References
----------
Martilla and James (1977), Importance-performance analysis, Journal of Marketing 41 (1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from satisfaction.core.moments import FloatArray

UNCLEAR = "unclear"
LEAST_STABILITY = 0.8  # share of the draws that must agree for a quadrant to be named
QUADRANTS = ("low_priority", "possible_overkill", "fix_first", "keep_up")


def quadrants(importance: FloatArray, performance: FloatArray) -> NDArray[np.int64]:
    """Place factors on the map, cut at the means of both axes; what lies on a cut is above it.

    Parameters
    ----------
    importance, performance : (..., p) arrays
        In any unit.

    Returns
    -------
    (..., p) array
        Which of QUADRANTS: 2 if important, plus 1 if performing well.
    """
    important = importance >= importance.mean(axis=-1, keepdims=True)
    well = performance >= performance.mean(axis=-1, keepdims=True)
    return np.asarray(2 * important + well)


def stability(places: NDArray[np.int64], drawn: NDArray[np.int64]) -> FloatArray:
    """Share of the draws that place a factor as the answers do.

    Parameters
    ----------
    places : (p,) array
        As of `quadrants`.
    drawn : (draws, p) array
        The same of bootstrap draws.

    Returns
    -------
    (p,) array
        NaN without draws.
    """
    return (drawn == places).mean(axis=0) if len(drawn) else np.full(len(places), np.nan)
