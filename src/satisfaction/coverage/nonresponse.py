"""Nonresponse: whether those who answered are like the customers, and what it does to the index.

A wave asks about N customers, of whom n answered. In category c of a segment type (a region, say)
they are N_c and n_c, and the response rate is rho_c = n_c / N_c. The customers are counted and not
sampled, so that a difference of rates is a fact of this wave; the test says whether chance in who
answers would make one as large.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from satisfaction.core.comparisons import q_values
from satisfaction.core.expressions import exact_sum
from satisfaction.core.frames import LazyFrame
from satisfaction.survey import index

KEYS = ["survey_id", "segment_type"]
TOTAL = "total"
FIGURES = ["n_segments", "chi_square", "degrees_of_freedom", "p_value", "cramers_v", "r_indicator"]


class Test(NamedTuple):
    """Pearson's test of equal response rates.

    Attributes
    ----------
    chi_square : float
    degrees_of_freedom : int
        Categories less one.
    p_value : float
    cramers_v : float
        Square root of chi-square / N: 0 where all rates are equal, 1 where they are 0 or 1.
    """

    chi_square: float
    degrees_of_freedom: int
    p_value: float
    cramers_v: float


def equal_rates(population: ArrayLike, answered: ArrayLike) -> Test:
    """Test whether customers of every category answer at the same rate.

    Parameters
    ----------
    population, answered : (k,) array-like
        N_c > 0 customers of each category, and n_c <= N_c of them who answered.

    Returns
    -------
    Test
        NaN where there is one category only, or nobody or everybody answered.

    References
    ----------
    Pearson (1900), On the criterion that a given system of deviations …, Philosophical Magazine 50.
    """
    counts, hits = np.asarray(population, np.float64), np.asarray(answered, np.float64)
    total, rate = counts.sum(), hits.sum() / counts.sum()
    freedom = len(counts) - 1
    if freedom < 1 or not 0 < rate < 1:
        return Test(np.nan, max(freedom, 0), np.nan, np.nan)
    chi_square = float(np.sum((hits - counts * rate) ** 2 / counts) / (rate * (1 - rate)))
    p_value = float(stats.chi2.sf(chi_square, freedom))
    return Test(chi_square, freedom, p_value, float(np.sqrt(chi_square / total)))


class Spread(NamedTuple):
    """Sums over categories, of which the R-indicator is made.

    Attributes
    ----------
    n_population, n_answered : float
        N and n.
    squares : float
        Sum of N_c rho_c^2.
    chance, chance_of_mean : float
        Sums of N_c v_c and of N_c^2 v_c, where v_c = rho_c (1 - rho_c) / (N_c - 1) is the variance
        of a rate.
    """

    n_population: float
    n_answered: float
    squares: float
    chance: float
    chance_of_mean: float

    @classmethod
    def of(cls, population: ArrayLike, answered: ArrayLike) -> Spread:
        """Add up the categories.

        Parameters
        ----------
        population, answered : (k,) array-like
            N_c > 0 and n_c.
        """
        counts, hits = np.asarray(population, np.float64), np.asarray(answered, np.float64)
        rate = hits / counts
        variance = rate * (1 - rate) / np.maximum(counts - 1, 1)
        sums = (counts * rate**2, counts * variance, counts**2 * variance)
        return cls(counts.sum(), hits.sum(), *(values.sum() for values in sums))


def r_indicator(spread: Spread) -> float:
    """R-indicator of representativeness: 1 - 2 S(rho), S being the spread of response rates.

    Parameters
    ----------
    spread : Spread

    Returns
    -------
    float
        1 where all categories answer at the same rate; 0 where half of the customers answer for
        certain and half not at all. S^2 = sum N_c (rho_c - mean)^2 / N, less what chance alone adds
        to it, not below 0. NaN without customers.

    References
    ----------
    Schouten, Cobben and Bethlehem (2009), Indicators for the representativeness of survey response,
    Survey Methodology 35 (1). Shlomo, Skinner and Schouten (2012), Estimation of an indicator of
    the representativeness of survey response, J. Statistical Planning and Inference 142.
    """
    n = spread.n_population
    if not n > 0:
        return float("nan")
    raw = spread.squares / n - (spread.n_answered / n) ** 2
    by_chance = spread.chance / n - spread.chance_of_mean / n**2
    return float(1 - 2 * np.sqrt(max(raw - by_chance, 0)))


def nonresponse(counts: pd.DataFrame) -> pd.DataFrame:
    """Compare those who answered with the customers, by every segment type of every wave.

    Parameters
    ----------
    counts : DataFrame
        survey_id, segment_type, segment_value, n_population, n_answered; of the segment `total`
        also n_cells, squares, chance and chance_of_mean over all types crossed (Spread).

    Returns
    -------
    DataFrame
        survey_id, segment_type, n_population, n_answered, the columns of FIGURES and q_value
        (over the types of a wave); of `total` the R-indicator over all types crossed, and no test.
        Waves of which no customers are known have no rows.
    """
    rows = list(_nonresponse(counts))
    found = pd.DataFrame(rows, columns=[*KEYS, "n_population", "n_answered", *FIGURES])
    found["q_value"] = found.groupby("survey_id")["p_value"].transform(q_values)
    types = {name: "string" for name in KEYS} | {
        name: "int64" for name in ("n_population", "n_answered", "n_segments", "degrees_of_freedom")
    }
    return found.astype(types | {name: "float64" for name in found if name not in types})


def _nonresponse(counts: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    asked = counts[counts["n_population"] > 0]
    for (survey, kind), of_kind in asked.groupby(KEYS, sort=True):
        population = of_kind["n_population"].to_numpy(np.float64)
        answered = of_kind["n_answered"].to_numpy(np.float64)
        sizes = (int(population.sum()), int(answered.sum()))
        if kind == TOTAL:
            row = of_kind.iloc[0]
            spread = Spread(*sizes, *(row[name] for name in Spread._fields[2:]))
            shown = (int(row["n_cells"]), np.nan, 0, np.nan, np.nan)
        else:
            spread = Spread.of(population, answered)
            shown = (len(of_kind), *equal_rates(population, answered))
        yield (survey, kind, *sizes, *shown, r_indicator(spread))


def standardised_index(
    counts: LazyFrame, segments: LazyFrame, scales: LazyFrame, weights: LazyFrame
) -> LazyFrame:
    """Index of the customers, if those of a category who did not answer are like those who did.

    Answers of category c are weighted by (N_c / N) / (n_c / n), for one segment type at a time
    (post-stratification): the level counts are pooled so, and the index is that of the pool.
    Respondents of a category without customers, such as anonymous ones, stand for as great a share
    of the customers as they are of the respondents. Categories in which nobody answered stand for
    nobody; uncovered_share says how many customers they have.

    Parameters
    ----------
    counts : LazyFrame
        survey_id, segment_type, segment_value, factor_id, n_valid, value_sum.
    segments : LazyFrame
        survey_id, segment_type, segment_value, n_population, n_respondents (whether or not they are
        among these customers).
    scales, weights : LazyFrame
        As of `satisfaction.survey.index`.

    Returns
    -------
    LazyFrame
        survey_id, segment_type, index_score, uncovered_share; no rows of `total`, nor of a type
        of which no customers are known.

    References
    ----------
    Holt and Smith (1979), Post stratification, J. R. Stat. Soc. A 142 (1).
    """
    people, answers = nw.col("n_population"), nw.col("n_respondents")
    is_met = (people > 0) & (answers > 0)

    def sum_where(condition: nw.Expr, value: nw.Expr) -> nw.Expr:
        return nw.when(condition).then(value).otherwise(0).sum().cast(nw.Float64)

    sums = (
        segments.filter(nw.col("segment_type") != TOTAL)
        .group_by(*KEYS)
        .agg(
            sum_where(people > 0, people).alias("customers"),
            sum_where(is_met, people).alias("met_customers"),
            sum_where(is_met, answers).alias("met_respondents"),
        )
        .filter(nw.col("met_customers") > 0)
    )
    share = people / nw.col("met_customers") * nw.col("met_respondents") / answers
    factor = nw.when(is_met).then(share).otherwise(nw.lit(1.0))
    weighted = (
        counts.join(segments, on=[*KEYS, "segment_value"], how="inner")
        .join(sums, on=KEYS, how="inner")
        .with_columns(factor=factor)
        .group_by(*KEYS, "factor_id")
        .agg(
            exact_sum(nw.col("n_valid") * nw.col("factor"), 12).alias("n_valid"),
            exact_sum(nw.col("value_sum") * nw.col("factor"), 12).alias("value_sum"),
        )
    )
    found = index.weighted_index(index.factor_scores(weighted, scales), weights, keys=KEYS)
    uncovered = 1 - nw.col("met_customers") / nw.col("customers")
    return found.join(sums, on=KEYS, how="inner").select(
        *KEYS, "index_score", uncovered_share=uncovered
    )
