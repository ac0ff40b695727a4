"""Kano's categories where respondents are weighted: their shares, better and worse.

The pair of a factor's two questions is an answer at one of six levels, the categories, so that all
is as of single questions (`weighted_scores`): with W_c the sum of the weights of the pairs in c,

    share_c = W_c / sum W,    better = (W_A + W_O) / (W_A + W_O + W_M + W_I),

and worse likewise. Fong's test is of counts, and stays one (`kano`).
"""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from satisfaction.core.design import UNIT, Design, wave_designs
from satisfaction.core.expressions import exact_sum
from satisfaction.core.frames import LazyFrame, small
from satisfaction.core.moments import FloatArray
from satisfaction.drivers.kano import CATEGORIES, ITEM, is_in
from satisfaction.survey.weighted_scores import SUMS, level_tables, of_question

SHARES = tuple(f"share_{category.lower()}" for category in CATEGORIES)
FIGURES = (
    *("category_strength", "total_strength", "better", "better_low", "better_high"),
    *("worse", "worse_low", "worse_high", *SHARES),
)
# places of shares that are compared: sums of weights leave 1e-16 between equals
PLACES = 12


def category_values() -> dict[str, FloatArray]:
    """Say what a pair in each category adds to each measure, in per cent.

    Returns
    -------
    dict of str to (7,) array
        By measure, in the order of CATEGORIES; NaN where a pair does not count, and in the first
        place, which is that of a blank.
    """

    def over(counted: str, hits: str) -> FloatArray:
        values = [100.0 * (c in hits) if c in counted else np.nan for c in CATEGORIES]
        return np.array([np.nan, *values])

    shares = {name: over(CATEGORIES, c) for name, c in zip(SHARES, CATEGORIES, strict=True)}
    return shares | {"better": over("AOMI", "AO"), "worse": over("AOMI", "OM")}


def category_sums(pairs: LazyFrame) -> LazyFrame:
    """Add up the weights of the pairs in each category.

    Parameters
    ----------
    pairs : LazyFrame
        ITEM keys, UNIT, functional_level, dysfunctional_level, SUMS, respondents, n_pairs.

    Returns
    -------
    LazyFrame
        ITEM keys, UNIT, level (place in CATEGORIES, from 1), SUMS, respondents, n_pairs.
    """
    level = nw.lit(len(CATEGORIES))
    for number, category in enumerate(CATEGORIES[:-1], start=1):
        level = nw.when(is_in(category)).then(nw.lit(number)).otherwise(level)
    sums = [exact_sum(nw.col(name)).alias(name) for name in (*SUMS, "respondents", "n_pairs")]
    return pairs.with_columns(level=level).group_by(*ITEM, *UNIT, "level").agg(*sums)


def of_item(asked: pd.DataFrame, design: Design, confidence_level: float) -> pd.DataFrame:
    """Categorise an item in every segment of a type.

    Parameters
    ----------
    asked : DataFrame
        segment_value, UNIT, level, SUMS, respondents, n_pairs of one wave.
    design : Design
        Of the wave.
    confidence_level : float

    Returns
    -------
    DataFrame
        segment_value, n_effective (pairs of equal weight), category and FIGURES; NaN where no pair
        has a weight.
    """
    names = (*SUMS, "respondents", "n_pairs")
    values, tables = level_tables(asked, design, len(CATEGORIES), names)
    n_pairs, n = (tables[name].sum(axis=(0, 2)) for name in ("n_pairs", "respondents"))
    # who gave several pairs is one respondent
    times = np.divide(n_pairs, n, out=np.ones(len(n)), where=n > 0)
    measures = category_values()
    found = {
        measure: score
        for measure, score, _ in of_question(
            {name: tables[name] for name in SUMS},
            design,
            measures,
            (0.0, 100.0),
            dict.fromkeys(measures, times),
            confidence_level,
        )
    }
    shares = np.array([found[name].score for name in SHARES]) / 100
    # of equals argmax takes the first
    best = np.round(np.nan_to_num(shares), PLACES).argmax(axis=0)
    is_best = np.arange(len(SHARES))[:, None] == best
    second = np.where(is_best, -np.inf, shares).max(axis=0)
    better, worse = found["better"], found["worse"]
    rows = pd.DataFrame(
        {
            "segment_value": values,
            "n_effective": found[SHARES[0]].n_effective * times,
            "category": [CATEGORIES[place] for place in best],
            "category_strength": np.maximum(shares[best, np.arange(len(best))] - second, 0),
            "total_strength": sum(shares[CATEGORIES.index(c)] for c in "AOM"),
            "better": better.score / 100,
            "better_low": better.score_low / 100,
            "better_high": better.score_high / 100,
            "worse": -worse.score / 100,
            "worse_low": -worse.score_high / 100,
            "worse_high": -worse.score_low / 100,
            **dict(zip(SHARES, shares, strict=True)),
        }
    )
    return rows[rows["n_effective"].notna()]


def weighted_kano(
    pairs: LazyFrame, weights: LazyFrame, confidence_level: float = 0.95
) -> pd.DataFrame:
    """Categorise the items of every wave and segment, one wave after the other.

    Parameters
    ----------
    pairs : LazyFrame
        As of `category_sums`.
    weights : LazyFrame
        A row per respondent: survey_id, UNIT, weight, design_weight, error_weight.
    confidence_level : float
        Of the intervals of better and worse.

    Returns
    -------
    DataFrame
        ITEM keys, n_effective, category and FIGURES.
    """
    columns = [*ITEM, "n_effective", "category", *FIGURES]
    parts = []
    for survey, design in wave_designs(weights).items():
        of_wave = category_sums(pairs.filter(nw.col("survey_id") == survey))
        keys = ["segment_type", "factor_id"]
        for (kind, factor), asked in small(of_wave.to_native()).groupby(keys, sort=True):
            found = of_item(asked, design, confidence_level)
            item = {"segment_type": str(kind), "factor_id": str(factor)}
            parts.append(found.assign(survey_id=survey, **item))
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    kinds = dict.fromkeys((*ITEM, "category"), "string")
    kinds |= dict.fromkeys(("n_effective", *FIGURES), "float64")
    return rows[columns].astype(kinds)
