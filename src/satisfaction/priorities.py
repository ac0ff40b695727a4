"""Importance x performance: what to mend first, and how sure that is.

References
----------
Martilla and James (1977), Importance-performance analysis, Journal of Marketing 41 (1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from satisfaction.moments import FloatArray

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


def priorities(
    importance: FloatArray,
    performance: FloatArray,
    drawn_importance: FloatArray,
    drawn_performance: FloatArray,
) -> dict[str, object]:
    """Place the factors of one segment, and count how many draws place them alike.

    Parameters
    ----------
    importance, performance : (p,) arrays
        Of the answers.
    drawn_importance, drawn_performance : (draws, p) arrays
        Of bootstrap draws.

    Returns
    -------
    dict
        quadrant and quadrant_stability, the share of the draws with the same one, (p,); and
        performance and performance_cut.
    """
    places = quadrants(importance, performance)
    same = quadrants(drawn_importance, drawn_performance) == places
    return {
        "performance": performance,
        "performance_cut": performance.mean(),
        "quadrant": [QUADRANTS[place] for place in places],
        "quadrant_stability": same.mean(axis=0) if len(same) else np.nan,
    }
