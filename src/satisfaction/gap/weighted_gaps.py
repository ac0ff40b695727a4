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

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

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
from satisfaction.survey.panel import (
    BEFORE,
    BOTH,
    NOW,
    Pairs,
    Panel,
    Said,
    by_kind,
    customers_of_both,
    pair_tables,
    said,
    shared,
)
from satisfaction.survey.taxonomies import correlation
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
#: sums over customers of two waves: the weights of `survey.panel` times their gaps
GAPS = ("both_gap", "both_gap_before", "both_gaps", "errors_gap", "errors_before_gap")
WEIGHTED = tuple(name for name in FIGURES if name != "n_undefined")
Sums = Mapping[str, FloatArray]


class Item(NamedTuple):
    """The gap of an item in the segments of one type of a wave.

    Attributes
    ----------
    said : Said
        Of two parts: whether there is a gap, and the gap.
    influence : (segments, 2) array
        What the mean gap takes of each.
    variance : (segments,) array
        V of a population that is not finite, before `Design.inflation`.
    """

    said: Said
    influence: FloatArray
    variance: FloatArray


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
    for state, share, _ in of_question(
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
    pairs: LazyFrame,
    plain: LazyFrame,
    waves: LazyFrame,
    kinds: Sequence[str],
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
        A row per respondent: survey_id, customer_id, UNIT, weight, design_weight, error_weight.
    pairs : LazyFrame
        What customers of two waves said in both: ITEM_WAVE keys, UNIT, UNIT_BEFORE, the columns of
        segment types, of the wave before too, is_said, is_said_before; sums NOW, BEFORE, BOTH and n
        of `survey.panel`, and those of GAPS.
    plain : LazyFrame
        As of `gap_changes.gap_changes`: what is not weighted.
    waves : LazyFrame
        See `gap_changes.gap_changes`.
    kinds : sequence of str
        Columns of segment types.
    tolerance, confidence_level : float
        See `gap_analysis.confirmation`.

    Returns
    -------
    DataFrame
        ITEM keys, n_effective, WEIGHTED and CHANGES; NaN what an item does not have. No rows where
        nobody has a weight. A change has the correlation of the two waves' gaps by design, times
        `correlation_factors`.
    """
    columns = [*ITEM, "n_effective", *WEIGHTED]
    parts = []
    designs = wave_designs(weights)
    kept: dict[tuple[str, ...], Item] = {}
    for survey, design in designs.items():
        of_wave = small(sums.filter(nw.col("survey_id") == survey).to_native())
        keys = ["segment_type", "item_type", "item_id"]
        for names, asked in of_wave.groupby(keys, sort=True):
            values, tables = level_tables(asked, design, len(STATES), (*SUMS, *PRODUCTS))
            item = {key: str(name) for key, name in zip(keys, names, strict=True)}
            kept[survey, *item.values()] = linear_gap(tables, design, values)
            of_one = pd.DataFrame(of_item(tables, design, tolerance, confidence_level))
            parts.append(of_one.assign(survey_id=survey, segment_value=values, **item))
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    types = dict.fromkeys(columns, "float64")
    types |= dict.fromkeys((*ITEM, "confirmation_state"), "string")
    found = rows.loc[rows["n_effective"].notna(), columns].astype(types)
    order = small(waves.select(*ITEM_WAVE, "previous_survey_id").to_native()).astype("string")
    r = correlations(pairs, weights, designs, order, kinds, kept)
    return with_changes(found, small(plain.to_native()), order, r)


def linear_gap(tables: Sums, design: Design, values: list[str]) -> Item:
    """Write the mean gap as linear in what respondents said; tables as of `of_item`."""
    sums = {name: table.sum(axis=2) for name, table in tables.items()}
    gap, variance, total = ratio(sums, design, "gap", None, np.zeros(len(design.units)))
    with np.errstate(divide="ignore", invalid="ignore"):
        influence = np.nan_to_num(np.stack([-gap, np.ones(len(gap))], axis=1) / total[:, None])
    designs, errors = (
        np.stack([sums[f"{name}s"], sums[f"{name}_gap"]], axis=2) for name in ("design", "error")
    )
    return Item(said(design, values, designs, errors), influence, variance)


def correlations(
    pairs: LazyFrame,
    weights: LazyFrame,
    designs: Mapping[str, Design],
    waves: pd.DataFrame,
    kinds: Sequence[str],
    items: Mapping[tuple[str, ...], Item],
) -> pd.DataFrame:
    """Correlate the gaps of each item with those of the wave before that asks for it.

    Parameters
    ----------
    pairs, weights, kinds
        See `weighted_gaps`.
    designs : mapping of str to Design
        Of each wave.
    waves : DataFrame
        ITEM_WAVE keys, previous_survey_id.
    items : mapping of tuple to Item
        By survey_id, segment_type, item_type and item_id.

    Returns
    -------
    DataFrame
        ITEM keys and r, times `correlation_factors`, where both waves have the segment.
    """
    rows: list[tuple[object, ...]] = []
    for (survey, previous), asked in waves.dropna().groupby(["survey_id", "previous_survey_id"]):
        if not {survey, previous} <= designs.keys():
            continue
        both = customers_of_both(weights, str(survey), str(previous))
        panel = Panel(both, designs[str(survey)], designs[str(previous)])
        names = set(asked[["item_type", "item_id"]].itertuples(index=False, name=None))
        parted = _tables_of(pairs, str(survey), kinds)
        for key, now in items.items():
            before = items.get((str(previous), *key[1:]))
            if key[0] != survey or key[2:] not in names or before is None:
                continue
            tables = Pairs(*(of.get(key[1:], empty) for of, empty in parted))
            covariances = panel.covariances(tables, now.said, before.said)
            at, at_before = shared(now.said, before.said)
            u, earlier = now.influence[at], before.influence[at_before]
            covariance = np.einsum("sa,sab,sb->s", u, covariances[at], earlier)
            r = correlation(covariance, now.variance[at], before.variance[at_before])
            values = (now.said.values[number] for number in at)
            rows += [
                (survey, key[1], v, *key[2:], x, previous) for v, x in zip(values, r, strict=True)
            ]
    types = dict.fromkeys(ITEM, "string") | {"r": "float64", "previous_survey_id": "string"}
    found = pd.DataFrame(rows, columns=list(types)).astype(types)
    found["r"] *= correlation_factors(weights, found)
    return found.drop(columns="previous_survey_id")


#: columns of the tables of Pairs by part, of this wave and of the one before
_TOGETHER = (
    {"part": 0, "part_before": 0, BOTH: BOTH, "n": "n"},
    {"part": 1, "part_before": 0, BOTH: "both_gap", "n": "n"},
    {"part": 0, "part_before": 1, BOTH: "both_gap_before", "n": "n"},
    {"part": 1, "part_before": 1, BOTH: "both_gaps", "n": "n"},
)
_NOW = ({"part": 0, BOTH: BOTH, NOW: NOW}, {"part": 1, BOTH: "both_gap", NOW: "errors_gap"})
_BEFORE = (
    {"part_before": 0, BOTH: BOTH, BEFORE: BEFORE},
    {"part_before": 1, BOTH: "both_gap_before", BEFORE: "errors_before_gap"},
)


def _tables_of(
    pairs: LazyFrame, survey: str, kinds: Sequence[str]
) -> list[tuple[dict[Any, pd.DataFrame], pd.DataFrame]]:
    """Add the pairs of a wave up by segment: the tables of Pairs by item, and an empty one."""
    keys = ["item_type", "item_id"]
    columns = [*keys, "is_said", "is_said_before", BOTH, NOW, BEFORE, *GAPS, "n"]
    rows = by_kind(pairs.filter(nw.col("survey_id") == survey), kinds, columns)
    sums = (
        [BOTH, "both_gap", "both_gap_before", "both_gaps", "n"],
        [BOTH, NOW, "both_gap", "errors_gap"],
        [BOTH, BEFORE, "both_gap_before", "errors_before_gap"],
    )
    found = []
    for table, summed, parts in zip(
        pair_tables(rows, keys, [], sums), sums, (_TOGETHER, _NOW, _BEFORE), strict=True
    ):
        others = table.drop(columns=summed)
        of_parts = [
            others.assign(
                **{name: of if isinstance(of, int) else table[of] for name, of in part.items()}
            )
            for part in parts
        ]
        long = pd.concat(of_parts)
        found.append((dict(iter(long.groupby(["segment_type", *keys]))), long[:0]))
    return found


def with_changes(
    found: pd.DataFrame,
    plain: pd.DataFrame,
    waves: pd.DataFrame,
    correlations: pd.DataFrame,
) -> pd.DataFrame:
    """Put the change of each weighted gap beside it, where the plain one has a change."""
    keys = dict.fromkeys(ITEM, "string")
    known = plain.loc[plain["previous_gap"].notna(), list(ITEM)].astype(keys)
    paired = (
        small(with_previous(lazy(found), lazy(waves), "n_effective", "standard_error").to_native())
        .merge(known.assign(is_known=True), on=list(ITEM), how="left")
        .merge(correlations, on=list(ITEM), how="left")
    )
    paired.loc[paired["is_known"].isna(), "previous_gap"] = np.nan
    paired["change_correlation"] = paired["r"].fillna(0.0)
    changed = small(with_change(lazy(paired)).to_native())
    return changed.sort_values(list(ITEM), ignore_index=True)[[*found, *CHANGES]]
