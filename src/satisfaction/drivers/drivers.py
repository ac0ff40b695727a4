"""Drivers of the overall verdict: which factors explain it, by five methods, with intervals.

The correlations between factors and verdict come from sums over pairs (satisfaction.core.moments),
each pair over the respondents who have both; the intervals from draws of these sums. That of R^2
comes from its distribution: draws of R^2 are too high as the sample's is, and once more on top.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from satisfaction.core import moments
from satisfaction.core.design import effective_numbers
from satisfaction.core.frames import LazyFrame
from satisfaction.core.moments import (
    CONTRADICTORY,
    ESTIMATED,
    LEAST_USABLE,
    SEGMENT,
    TOO_FEW,
    Cell,
    FloatArray,
)
from satisfaction.core.quantiles import t_value
from satisfaction.drivers import multiple_correlation
from satisfaction.drivers.priorities import (
    LEAST_STABILITY,
    QUADRANTS,
    UNCLEAR,
    quadrants,
    stability,
)
from satisfaction.drivers.relative_importance import (
    MOST_PREDICTORS,
    Split,
    chance_share,
    inflation,
    regression,
    relative_weights,
    shapley_shares,
)

OUTCOME = ""  # the name of the overall verdict among the variables: no factor has a blank one
TOGETHER = 8  # segments that are worked on at a time, which saves time and takes memory
FIGURES = [
    "estimate",
    "standard_error",
    "estimate_low",
    "estimate_high",
    "share",
    "chance_estimate",
]
FITS = ["degrees_of_freedom", "r_squared", "adjusted_r_squared", "r_squared_low", "r_squared_high"]
FITS += ["vif"]
PLACES = ["performance", "performance_cut", "quadrant_stability"]
TEXTS = ["factor_id", "method", "quadrant", "status"]
COLUMNS = [*SEGMENT, *TEXTS, "n_respondents", "n_effective", *FIGURES, *FITS, *PLACES]


def _correlation(between: FloatArray, with_outcome: FloatArray) -> FloatArray:
    return with_outcome


SPLITS: dict[str, Split] = {
    "correlation": _correlation,
    "regression": regression,
    "relative_weight": relative_weights,
    "shapley": shapley_shares,
}
PARTS = ("relative_weight", "shapley")  # of R^2
SHARED = ("stated_importance", *PARTS)  # those whose figures add up


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


def explained(
    cells: Sequence[Cell], n_draws: int, confidence_level: float, min_respondents: float = 0
) -> pd.DataFrame:
    """Explain the verdict in some segments by the same factors; see `drivers`.

    They are worked on together because many short operations cost more than a few long ones. What
    they have in common: the factors, and the status.
    """
    factors = list(cells[0].names[:-1])
    status = standing(cells[0], min_respondents)
    methods = [m for m in SPLITS if m != "shapley" or len(factors) <= MOST_PREDICTORS]
    if status == CONTRADICTORY:
        methods = ["correlation"]
    sums = np.stack([cell.sums for cell in cells])
    n_drawn = 0 if cells[0].n_effective < min_respondents else n_draws
    draws = np.stack([cell.resampled(n_drawn) for cell in cells])
    r, drawn = moments.correlations(sums), moments.correlations(draws)
    known = np.isfinite(drawn).all(axis=(-2, -1)) & ~moments.contradictory(drawn)
    possible = np.where(known[..., None, None], drawn, np.eye(drawn.shape[-1]))
    scores, drawn_scores = (100 * moments.means(of)[..., :-1] for of in (sums, draws))
    estimates = {m: SPLITS[m](r[..., :-1, :-1], r[..., :-1, -1]) for m in methods}
    spreads = {m: SPLITS[m](possible[..., :-1, :-1], possible[..., :-1, -1]) for m in methods}
    spreads = {m: np.where(known[..., None], of, np.nan) for m, of in spreads.items()}
    spreads["correlation"] = drawn[..., :-1, -1]  # contradicts nothing by itself
    parts = []
    for i, cell in enumerate(cells):
        n = float(sums[i, 0].min())
        freedom = np.floor(n) - len(factors) - 1
        head: dict[str, object] = dict(zip(SEGMENT, cell.key, strict=True)) | {
            "factor_id": factors,
            "status": status,
            "n_respondents": cell.counts[:-1, -1].astype("int64"),
            "n_effective": sums[i, 0, :-1, -1],
        }
        if status != CONTRADICTORY:
            head.update(_fit(r[i], n, confidence_level))
        for method in methods:
            estimate, spread = estimates[method][i], spreads[method][i]
            usable = np.isfinite(spread).all(axis=-1)
            error, low, high = moments.percentile_interval(
                spread[usable], n_draws, n, confidence_level
            )
            whole = estimate.sum() if method in SHARED else 0.0
            own: dict[str, object] = {
                "method": method,
                "degrees_of_freedom": np.nan if method == "correlation" else freedom,
                "estimate": estimate,
                "standard_error": error,
                "estimate_low": low,
                "estimate_high": high,
                "share": estimate / whole if whole > 0 else np.nan,
            }
            if method in PARTS and n_drawn:
                own["chance_estimate"] = chance_share(SPLITS[method], r[i], n, confidence_level)
            if method == "relative_weight" and whole > 0:
                enough = usable if usable.sum() >= LEAST_USABLE * n_draws else usable & False
                own |= _places(estimate, spread[enough], scores[i], drawn_scores[i, enough])
            parts.append(head | own)
    return _table(parts, len(factors))


def _table(parts: list[dict[str, object]], n: int) -> pd.DataFrame:
    """Put parts of n rows below each other: arrays, or a value for all of a part's rows.

    At once, for a hundred small frames take pandas longer than the figures take.
    """
    columns: dict[str, object] = {}
    for name in COLUMNS:
        empty = None if name in (*SEGMENT, *TEXTS) else np.nan
        found = [np.broadcast_to(np.asarray(part.get(name, empty)), n) for part in parts]
        columns[name] = [value for values in found for value in values.tolist()]
    return pd.DataFrame(columns)


def standing(cell: Cell, min_respondents: float) -> str:
    """Say whether a segment's factors are explained, and with intervals."""
    if moments.contradictory(moments.correlations(cell.sums)):
        return CONTRADICTORY
    return TOO_FEW if cell.n_effective < min_respondents else ESTIMATED


def _fit(r: FloatArray, n: float, confidence_level: float) -> dict[str, object]:
    """R^2 of all factors together, and how far each is one of the others."""
    p = len(r) - 1
    r_squared = float(relative_weights(r[:-1, :-1], r[:-1, -1]).sum())
    low, high = multiple_correlation.interval(r_squared, n, p, confidence_level)
    return {
        "r_squared": r_squared,
        "adjusted_r_squared": multiple_correlation.adjusted(r_squared, n, p),
        "r_squared_low": low,
        "r_squared_high": high,
        "vif": inflation(r[:-1, :-1]),
    }


def _places(
    weights: FloatArray, drawn_weights: FloatArray, scores: FloatArray, drawn_scores: FloatArray
) -> dict[str, object]:
    """Where the factors lie on the map of importance and performance."""
    places = quadrants(weights, scores)
    sure = stability(places, quadrants(drawn_weights, drawn_scores))
    return {
        "performance": scores,
        "performance_cut": scores.mean(),
        "quadrant": np.where(sure >= LEAST_STABILITY, np.array(QUADRANTS)[places], UNCLEAR),
        "quadrant_stability": sure,
    }


def stated_importance(sums: pd.DataFrame, confidence_level: float = 0.95) -> pd.DataFrame:
    """Take what respondents say matters to them.

    Parameters
    ----------
    sums : DataFrame
        SEGMENT, factor_id, n_respondents, n_valid, weights, weight_squares, value_min, value_max,
        value_sum, square_sum of questions about importance. The values, their squares and 1 are
        added up times the weight of the respondent; weight_squares are sums of its square.

    Returns
    -------
    DataFrame
        COLUMNS; estimate is the mean, 0-1 from the lowest to the highest level of the scale, share
        the part of the sum over factors. Student's intervals, s / sqrt(n), within 0 and 1, with n
        the effective respondents.
    """
    rows = sums[sums["weights"] > 0].copy()
    width = rows["value_max"] - rows["value_min"]
    rows["place_sum"] = (rows["value_sum"] - rows["weights"] * rows["value_min"]) / width
    rows["place_squares"] = (
        rows["square_sum"]
        - 2 * rows["value_min"] * rows["value_sum"]
        + rows["weights"] * rows["value_min"] ** 2
    ) / width**2
    summed = ["n_valid", "weights", "weight_squares", "place_sum", "place_squares"]
    grouped = rows.groupby([*SEGMENT, "factor_id"], as_index=False)
    found = grouped.agg({name: "sum" for name in summed} | {"n_respondents": "max"})
    weights = found["weights"].to_numpy(float)
    found["estimate"] = mean = found["place_sum"] / weights
    n, _ = effective_numbers(weights, found["weight_squares"].to_numpy(float), np.nan)
    found["n_effective"] = respondents = found["n_respondents"] * (n / found["n_valid"])
    squares = np.clip(found["place_squares"] - weights * mean**2, 0.0, None)
    variance = squares * (n / weights) / np.where(n > 1, n - 1, np.nan)
    error = np.sqrt(variance / respondents)
    half = error * [t_value(confidence_level, k - 1) for k in respondents]
    found["standard_error"] = error
    found["estimate_low"] = np.clip(mean - half, 0.0, 1.0)
    found["estimate_high"] = np.clip(mean + half, 0.0, 1.0)
    everything = found.groupby(SEGMENT)["estimate"].transform("sum")
    found["share"] = found["estimate"] / everything.where(everything > 0)
    found = found.assign(method="stated_importance", status=ESTIMATED)
    return found.reindex(columns=COLUMNS)


def drivers(
    pairs: LazyFrame,
    importance: pd.DataFrame,
    n_draws: int,
    confidence_level: float = 0.95,
    min_respondents: float = 0,
) -> pd.DataFrame:
    """Say how much each factor matters, by every method that the answers allow.

    Parameters
    ----------
    pairs : LazyFrame
        Sums over pairs of factors and the verdict, as of `moments.cells`.
    importance : DataFrame
        As of `stated_importance`.
    n_draws : int
        Bootstrap draws; intervals are between percentiles.
    confidence_level : float
        Of the intervals.
    min_respondents : float
        Verdicts below which nothing is drawn.

    Returns
    -------
    DataFrame
        COLUMNS, one row per segment of a wave, factor and method:

        - correlation, of the factor with the verdict;
        - regression: standardised coefficient beside all other factors;
        - relative_weight and shapley: parts of R^2 (Johnson's, and Lindeman, Merenda and Gold's);
        - stated_importance.

        share is the part of the sum over factors, where figures add up; chance_estimate what a
        variable would get that means nothing (`relative_importance.chance_share`). r_squared is
        that of the regression in the sample, what lies beside it that of the population
        (`multiple_correlation`); degrees_of_freedom = n - p - 1, with n the respondents behind the
        least known of the correlations. vif is the factor's variance inflation. driver_rank orders
        the estimates of a method, 1 the greatest. Factors that determine each other have no
        regression and no vif. Beside relative_weight stands the place on the map of importance and
        performance: performance (mean score, 0-100), performance_cut (the mean of the factors),
        quadrant and quadrant_stability (see `priorities`), unclear below LEAST_STABILITY.

        status is estimated; contradictory_gaps where the correlations are as observed, and no
        regression can stand on them (`moments.contradictory`); or too_few, without intervals, for
        fewer verdicts than min_respondents.
    """
    alike: dict[tuple[object, ...], list[Cell]] = {}
    for cell in map(explaining, moments.cells_of_waves(pairs)):
        if cell.names:
            few = cell.n_effective < min_respondents
            alike.setdefault((*cell.names, standing(cell, min_respondents), few), []).append(cell)
    found = [
        explained(cells[at : at + TOGETHER], n_draws, confidence_level, min_respondents)
        for cells in alike.values()
        for at in range(0, len(cells), TOGETHER)
    ]
    frame = pd.concat([stated_importance(importance, confidence_level), *found], ignore_index=True)
    text = dict.fromkeys([*SEGMENT, *TEXTS], "string")
    numbers = dict.fromkeys([*FIGURES, *FITS, *PLACES], "float64")
    frame = frame.loc[frame["estimate"].notna(), COLUMNS].astype(
        {**text, "n_respondents": "int64", **numbers}
    )
    ranks = frame.groupby([*SEGMENT, "method"])["estimate"].rank(method="min", ascending=False)
    frame["driver_rank"] = ranks.astype("int64")
    return frame.sort_values([*SEGMENT, "method", "factor_id"], ignore_index=True)
