"""Gaps, confirmation and delivered value where respondents are weighted.

With w the weight of a respondent and sums over those of a segment who count in the item,

    gap = sum w G / sum w,            u = (G - gap) / sum w,
    c = sum w p / sum w e,            u = (p - c e) / sum w e,

and the variance is that of `design`, with residuals on the margins that were raked to. The shares
of the states are those of single questions (`weighted_scores`): a respondent's own state is an
answer at one of three levels.

References
----------
See `gap_analysis` and `design`.
"""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from satisfaction.core.design import (
    Design,
    correlation_factors,
    effective_numbers,
    wave_designs,
)
from satisfaction.core.frames import LazyFrame, lazy, small
from satisfaction.core.moments import FloatArray
from satisfaction.gap.gap_analysis import FIGURES, ITEM, PLACES, PLACES_OF_POINTS, STATES
from satisfaction.gap.gap_changes import CHANGES, ITEM_WAVE, with_change, with_previous
from satisfaction.survey.weighted_scores import SUMS, freedom, level_tables, of_question

MEANS = ("performance", "expectation", "cost")
#: further sums over respondents: w, d, w / sqrt(1 - h) and its square, times what they answered
PRODUCTS = (
    *(f"weighted_{name}" for name in (*MEANS, "gap", "experience", "expected")),
    *(
        name
        for of in ("gap", "experience", "expected")
        for name in (f"design_{of}", f"error_{of}", f"square_{of}", f"square_{of}_{of}")
    ),
    "square_experience_expected",
)
WEIGHTED = tuple(name for name in FIGURES if name != "n_undefined")
Sums = Mapping[str, FloatArray]


def ratio(
    sums: Sums, design: Design, top: str, below: str | None, known: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Take a ratio of two weighted sums, with its variance by design.

    Parameters
    ----------
    sums : mapping of str to (units, segments) array
        SUMS and PRODUCTS.
    design : Design
        Of the wave.
    top, below : str
        What is above and below the line: gap, experience, expected; None counts respondents.
    known : (units,) array
        See `Design.known_of`.

    Returns
    -------
    tuple of (segments,) array
        The ratio, its variance before `Design.inflation`, and the sum below the line.
    """
    ones = {"weighted": "weights", "design": "designs", "error": "errors"}
    ones["square"] = "error_squares"

    def under(prefix: str) -> FloatArray:
        return sums[ones[prefix] if below is None else f"{prefix}_{below}"]

    both = sums[f"square_{top}" if below is None else f"square_{top}_{below}"]
    twice = sums["error_squares" if below is None else f"square_{below}_{below}"]
    total = under("weighted").sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = sums[f"weighted_{top}"].sum(axis=0) / np.where(total > 0, total, np.nan)
        design_u, error_u, square_u = (
            (sums[f"{prefix}_{top}"] - found * under(prefix)) / total
            for prefix in ("design", "error", "square")
        )
        squares = (sums[f"square_{top}_{top}"] - 2 * found * both + found**2 * twice) / total**2
    return found, design.variances(design_u, error_u, square_u, squares, known), total


def of_item(
    tables: Sums, design: Design, tolerance: float, confidence_level: float
) -> dict[str, FloatArray | NDArray[np.object_]]:
    """Weigh one item of one wave and segment type.

    Parameters
    ----------
    tables : mapping of str to (units, segments, 4) array
        SUMS and PRODUCTS by the respondent's own state: none, negative, confirmed, positive.
    design : Design
        Of the wave.
    tolerance, confidence_level : float
        See `gap_analysis.confirmation`.

    Returns
    -------
    dict of str to (segments,) array
        n_effective and WEIGHTED; NaN or None what an item or a segment does not have.
    """
    sums = {name: table.sum(axis=2) for name, table in tables.items()}
    total, squares, fourths = (sums[name].sum(axis=0) for name in SUMS[:3])
    kish, spread = effective_numbers(total, squares, fourths)
    quantile = stats.t.ppf((1 + confidence_level) / 2, freedom(spread, design))
    inflation = design.inflation(np.nan_to_num(spread)) ** 2

    def error(variance: FloatArray, below: FloatArray, places: int) -> FloatArray:
        # as without weights: the variance of one respondent, less what rounding leaves of none
        with np.errstate(divide="ignore", invalid="ignore"):
            size = kish * (below / total) ** 2
            return np.asarray(np.sqrt(np.round(variance * inflation * size, places) / size))

    with np.errstate(divide="ignore", invalid="ignore"):
        found = {name: sums[f"weighted_{name}"].sum(axis=0) / total for name in MEANS}
    known, has_ratio = (
        design.known_of(of.sum(axis=(1, 2)))
        for of in (tables["designs"], tables["designs"][:, :, 1:])
    )
    gap, variance, below = ratio(sums, design, "gap", None, known)
    gap_error = error(variance, below, PLACES_OF_POINTS)
    c, variance, below = ratio(sums, design, "experience", "expected", has_ratio)
    c_error = error(variance, below, PLACES)
    states = {
        state: np.array([np.nan, *(100.0 * (state == other) for other in STATES)])
        for state in STATES
    }
    once = np.ones(len(total))
    for state, share in of_question(
        {name: tables[name] for name in SUMS},
        design,
        states,
        (0.0, 100.0),
        dict.fromkeys(STATES, once),
        confidence_level,
    ):
        found[f"{state}_share"] = share.score / 100
        found[f"{state}_share_low"] = share.score_low / 100
        found[f"{state}_share_high"] = share.score_high / 100
    return found | {
        "n_effective": kish,
        "gap": gap,
        "standard_error": gap_error,
        "gap_low": gap - quantile * gap_error,
        "gap_high": gap + quantile * gap_error,
        "confirmation_ratio": c,
        "confirmation_standard_error": c_error,
        "confirmation_low": c - quantile * c_error,
        "confirmation_high": c + quantile * c_error,
        "confirmation_state": states_of(c, tolerance),
    }


def states_of(ratios: FloatArray, tolerance: float) -> NDArray[np.object_]:
    """Say how ratios confirm what was expected; None where there is none."""
    rounded = np.round(ratios, PLACES)
    low, high = round(1 - tolerance, PLACES), round(1 + tolerance, PLACES)
    kinds = [np.isnan(rounded), rounded < low, rounded > high]
    found = np.select(kinds, ["", "negative", "positive"], "confirmed").astype(object)
    found[found == ""] = None
    return found


def weighted_gaps(
    sums: LazyFrame,
    weights: LazyFrame,
    plain: LazyFrame,
    waves: LazyFrame,
    tolerance: float,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Weigh every item of every wave and segment, one wave after the other.

    Parameters
    ----------
    sums : LazyFrame
        ITEM keys, UNIT, level (the respondent's own state: 0 none, 1 negative, 2 confirmed, 3
        positive), SUMS and PRODUCTS, null where an item has no such thing.
    weights : LazyFrame
        A row per respondent: survey_id, UNIT, weight, design_weight, error_weight.
    plain : LazyFrame
        As of `gap_changes.gap_changes`: what is not weighted.
    waves : LazyFrame
        See `gap_changes.gap_changes`.
    tolerance, confidence_level : float
        See `gap_analysis.confirmation`.

    Returns
    -------
    DataFrame
        ITEM keys, n_effective, WEIGHTED and CHANGES; NaN what an item does not have. No rows where
        nobody has a weight. A change has the correlation of the two waves' gaps that these have
        without weights, times `correlation_factors`.
    """
    columns = [*ITEM, "n_effective", *WEIGHTED]
    parts = []
    for survey, design in wave_designs(weights).items():
        of_wave = small(sums.filter(nw.col("survey_id") == survey).to_native())
        keys = ["segment_type", "item_type", "item_id"]
        for names, asked in of_wave.groupby(keys, sort=True):
            values, tables = level_tables(asked, design, len(STATES), (*SUMS, *PRODUCTS))
            found = pd.DataFrame(of_item(tables, design, tolerance, confidence_level))
            item = {key: str(name) for key, name in zip(keys, names, strict=True)}
            parts.append(found.assign(survey_id=survey, segment_value=values, **item))
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    kinds = dict.fromkeys(columns, "float64")
    kinds |= dict.fromkeys((*ITEM, "confirmation_state"), "string")
    found = rows.loc[rows["n_effective"].notna(), columns].astype(kinds)
    return with_changes(found, small(plain.to_native()), small(waves.to_native()), weights)


def with_changes(
    found: pd.DataFrame,
    plain: pd.DataFrame,
    waves: pd.DataFrame,
    weights: LazyFrame | None = None,
) -> pd.DataFrame:
    """Put the change of each weighted gap beside it, where the plain one has a change."""
    order = waves[[*ITEM_WAVE, "previous_survey_id"]].astype("string")
    known = plain.loc[plain["previous_gap"].notna(), [*ITEM, "change_correlation"]]
    known = known.astype(dict.fromkeys(ITEM, "string"))
    paired = small(
        with_previous(lazy(found), lazy(order), "n_effective", "standard_error").to_native()
    ).merge(known, on=list(ITEM), how="left")
    paired.loc[paired["change_correlation"].isna(), "previous_gap"] = np.nan
    if weights is not None:
        paired["change_correlation"] *= correlation_factors(weights, paired)
    changed = small(with_change(lazy(paired)).to_native())
    return changed.sort_values(list(ITEM), ignore_index=True)[[*found, *CHANGES]]
