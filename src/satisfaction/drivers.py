"""Drivers of the overall verdict: which factors explain it, by five methods, with intervals.

The correlations between factors and verdict come from sums over pairs (satisfaction.moments), each
pair over the respondents who have both; the intervals from draws of these sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from satisfaction import moments
from satisfaction.index import z_value
from satisfaction.moments import SEGMENT, Cell, FloatArray
from satisfaction.priorities import QUADRANTS, quadrants, stability
from satisfaction.relative_importance import (
    MOST_PREDICTORS,
    inflation,
    regression,
    relative_weights,
    shapley_shares,
)

OUTCOME = ""  # the name of the overall verdict among the variables: no factor has a blank one
TOGETHER = 8  # segments that are worked on at a time, which saves time and takes memory
FIGURES = ["estimate", "standard_error", "estimate_low", "estimate_high", "share"]
FITS = ["r_squared", "r_squared_low", "r_squared_high", "vif"]
PLACES = ["performance", "performance_cut", "quadrant_stability"]
COLUMNS = [*SEGMENT, "factor_id", "method", "n_respondents", *FIGURES, *FITS, *PLACES, "quadrant"]


def _correlation(between: FloatArray, with_outcome: FloatArray) -> FloatArray:
    return with_outcome


Split = Callable[[FloatArray, FloatArray], FloatArray]
SPLITS: dict[str, Split] = {
    "correlation": _correlation,
    "regression": regression,
    "relative_weight": relative_weights,
    "shapley": shapley_shares,
}
SHARED = ("stated_importance", "relative_weight", "shapley")  # those whose figures add up


def explaining(cell: Cell) -> Cell:
    """Keep the factors that can explain the verdict, and last the verdict; nothing if none can.

    A factor must vary, and be answered together with the verdict and with every other one by more
    respondents than a regression on all of them has coefficients.
    """
    nothing = cell.only([])
    if OUTCOME not in cell.names:
        return nothing
    cell = cell.only([*(name for name in cell.names if name != OUTCOME), OUTCOME])
    enough = cell.sums[0] > len(cell.names)
    kept = enough[:, -1] & np.isfinite(moments.correlations(cell.sums)[:, -1])
    kept &= enough[:, kept].all(axis=1)
    names = [name for name, good in zip(cell.names, kept, strict=True) if good]
    cell = cell.only(names)
    explained = len(names) > 1 and OUTCOME in names
    return cell if explained and np.isfinite(moments.correlations(cell.sums)).all() else nothing


def explained(cells: Sequence[Cell], n_draws: int, confidence_level: float) -> pd.DataFrame:
    """Explain the verdict in some segments by the same factors; see `drivers`.

    They are worked on together because many short operations cost more than a few long ones.
    """
    factors = list(cells[0].names[:-1])
    sums = np.stack([cell.sums for cell in cells])
    draws = np.stack([cell.resampled(n_draws) for cell in cells])
    r, drawn = moments.correlations(sums), moments.correlations(draws)
    known = np.asarray(np.isfinite(drawn).all(axis=(-2, -1)))
    drawn[~known] = np.eye(drawn.shape[-1])
    scores, drawn_scores = (100 * moments.means(of)[..., :-1] for of in (sums, draws))
    methods = [m for m in SPLITS if m != "shapley" or len(factors) <= MOST_PREDICTORS]
    estimates = {m: SPLITS[m](r[..., :-1, :-1], r[..., :-1, -1]) for m in methods}
    spreads = {m: SPLITS[m](drawn[..., :-1, :-1], drawn[..., :-1, -1]) for m in methods}
    weights, drawn_weights = estimates["relative_weight"], spreads["relative_weight"]
    places, drawn_places = quadrants(weights, scores), quadrants(drawn_weights, drawn_scores)
    frames = []
    for i, cell in enumerate(cells):
        fits = drawn_weights[i, known[i]].sum(axis=-1)
        _, fit_low, fit_high = moments.percentile_interval(fits, n_draws, confidence_level)
        head = dict(zip(SEGMENT, cell.key, strict=True)) | {
            "factor_id": factors,
            "n_respondents": sums[i, 0, :-1, -1].astype("int64"),
            "r_squared": weights[i].sum(),
            "r_squared_low": float(fit_low),
            "r_squared_high": float(fit_high),
            "vif": inflation(r[i, :-1, :-1]),
        }
        for method in methods:
            estimate, spread = estimates[method][i], spreads[method][i, known[i]]
            spread = spread[np.isfinite(spread).all(axis=-1)]
            error, low, high = moments.percentile_interval(spread, n_draws, confidence_level)
            whole = estimate.sum() if method in SHARED else 0.0
            own: dict[str, object] = {
                "method": method,
                "estimate": estimate,
                "standard_error": error,
                "estimate_low": low,
                "estimate_high": high,
                "share": estimate / whole if whole > 0 else np.nan,
            }
            if method == "relative_weight" and whole > 0:
                own |= {
                    "performance": scores[i],
                    "performance_cut": scores[i].mean(),
                    "quadrant": [QUADRANTS[place] for place in places[i]],
                    "quadrant_stability": stability(places[i], drawn_places[i, known[i]]),
                }
            frames.append(pd.DataFrame(head | own))
    return pd.concat(frames)


def stated_importance(sums: pd.DataFrame, confidence_level: float = 0.95) -> pd.DataFrame:
    """Take what respondents say matters to them.

    Parameters
    ----------
    sums : DataFrame
        SEGMENT, factor_id, n_respondents, n_valid, value_min, value_max, value_sum, square_sum of
        questions about importance.

    Returns
    -------
    DataFrame
        COLUMNS; estimate is the mean, 0-1 from the lowest to the highest level of the scale, share
        the part of the sum over factors. Normal intervals, s / sqrt(n), within 0 and 1.
    """
    rows = sums[sums["n_valid"] > 0].copy()
    width = rows["value_max"] - rows["value_min"]
    rows["place_sum"] = (rows["value_sum"] - rows["n_valid"] * rows["value_min"]) / width
    rows["place_squares"] = (
        rows["square_sum"]
        - 2 * rows["value_min"] * rows["value_sum"]
        + rows["n_valid"] * rows["value_min"] ** 2
    ) / width**2
    summed = ["n_valid", "place_sum", "place_squares"]
    grouped = rows.groupby([*SEGMENT, "factor_id"], as_index=False)
    found = grouped.agg({name: "sum" for name in summed} | {"n_respondents": "max"})
    n = found["n_valid"].to_numpy(float)
    found["estimate"] = mean = found["place_sum"] / n
    squares = np.clip(found["place_squares"] - n * mean**2, 0.0, None)
    variance = squares / np.where(n > 1, n - 1, np.nan)
    error = np.sqrt(variance / found["n_respondents"])
    z = z_value(confidence_level)
    found["standard_error"] = error
    found["estimate_low"] = np.clip(mean - z * error, 0.0, 1.0)
    found["estimate_high"] = np.clip(mean + z * error, 0.0, 1.0)
    everything = found.groupby(SEGMENT)["estimate"].transform("sum")
    found["share"] = found["estimate"] / everything.where(everything > 0)
    return found.assign(method="stated_importance").reindex(columns=COLUMNS)


def drivers(
    pairs: pd.DataFrame, importance: pd.DataFrame, n_draws: int, confidence_level: float = 0.95
) -> pd.DataFrame:
    """Say how much each factor matters, by every method that the answers allow.

    Parameters
    ----------
    pairs : DataFrame
        Sums over pairs of factors and the verdict, as of `moments.cells`.
    importance : DataFrame
        As of `stated_importance`.
    n_draws : int
        Bootstrap draws; intervals are between percentiles.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        COLUMNS, one row per segment of a wave, factor and method:

        - correlation, of the factor with the verdict;
        - regression: standardised coefficient beside all other factors;
        - relative_weight and shapley: parts of R^2 (Johnson's, and Lindeman, Merenda and Gold's);
        - stated_importance.

        share is the part of the sum over factors, where figures add up. r_squared is that of the
        regression, vif the factor's variance inflation in it. driver_rank orders the estimates of a
        method, 1 the greatest. Factors that determine each other have no regression and no vif.
        Beside relative_weight stands the place on the map of importance and performance:
        performance (mean score, 0-100), performance_cut (the mean of the factors), quadrant and
        quadrant_stability (see `priorities`).
    """
    alike: dict[tuple[str, ...], list[Cell]] = {}
    for cell in map(explaining, moments.cells(pairs)):
        if cell.names:
            alike.setdefault(cell.names, []).append(cell)
    found = [
        explained(cells[at : at + TOGETHER], n_draws, confidence_level)
        for cells in alike.values()
        for at in range(0, len(cells), TOGETHER)
    ]
    frame = pd.concat([stated_importance(importance, confidence_level), *found], ignore_index=True)
    text = dict.fromkeys([*SEGMENT, "factor_id", "method", "quadrant"], "string")
    numbers = dict.fromkeys([*FIGURES, *FITS, *PLACES], "float64")
    frame = frame.loc[frame["estimate"].notna(), COLUMNS].astype(
        {**text, "n_respondents": "int64", **numbers}
    )
    ranks = frame.groupby([*SEGMENT, "method"])["estimate"].rank(method="min", ascending=False)
    frame["driver_rank"] = ranks.astype("int64")
    return frame.sort_values([*SEGMENT, "method", "factor_id"], ignore_index=True)
