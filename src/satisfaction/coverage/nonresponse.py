"""Nonresponse: whether those who answered are like the customers, and what it does to the index.

A wave asks about N customers, of whom n answered. In category c of a segment type (a region, say)
they are N_c and n_c, and the response rate is rho_c = n_c / N_c. The customers are counted and not
sampled, so that a difference of rates is a fact of this wave; the test says whether chance in who
answers would make one as large.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from satisfaction.core.comparisons import q_values
from satisfaction.core.expressions import exact_sum, total
from satisfaction.core.frames import LazyFrame
from satisfaction.survey import index

KEYS = ["survey_id", "segment_type"]
TOTAL = "total"
COUNTS = ["n_population", "n_answered", "n_segments", "degrees_of_freedom"]
FIGURES = ["chi_square", "p_value", "cramers_v", "r_indicator"]


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
        to it, not below 0. NaN where nobody answered.

    References
    ----------
    Schouten, Cobben and Bethlehem (2009), Indicators for the representativeness of survey response,
    Survey Methodology 35 (1). Shlomo, Skinner and Schouten (2012), Estimation of an indicator of
    the representativeness of survey response, J. Statistical Planning and Inference 142.
    """
    n = spread.n_population
    if not spread.n_answered > 0:
        return float("nan")
    raw = spread.squares / n - (spread.n_answered / n) ** 2
    by_chance = spread.chance / n - spread.chance_of_mean / n**2
    return float(1 - 2 * np.sqrt(max(raw - by_chance, 0)))


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a frame its types, which it has not where it has no rows: keys are texts."""
    types = dict.fromkeys(frame, "float64") | dict.fromkeys(COUNTS, "int64")
    types |= dict.fromkeys(KEYS, "string")
    return frame.astype({name: types[name] for name in frame})


def nonresponse(counts: pd.DataFrame) -> pd.DataFrame:
    """Compare those who answered with the customers, by every segment type of every wave.

    Parameters
    ----------
    counts : DataFrame
        survey_id, segment_type, segment_value, n_population, n_answered and, alike for all segments
        of a type, n_rated, squares, chance and chance_of_mean (Spread). For `total` these are of
        all types crossed.

    Returns
    -------
    DataFrame
        survey_id, segment_type, the columns of COUNTS and FIGURES, and q_value (over the types of
        a wave); of `total` the R-indicator over all types crossed, and no test.
        Waves of which no customers are known have no rows.
    """
    found = pd.DataFrame(_nonresponse(counts), columns=[*KEYS, *COUNTS, *FIGURES])
    found["q_value"] = found.groupby("survey_id")["p_value"].transform(q_values)
    return typed(found)


def _nonresponse(counts: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    # sums in one order, whatever the engine's, are the same to the last digit
    asked = counts[counts["n_population"] > 0].sort_values("segment_value")
    for (survey, kind), of_kind in asked.groupby(KEYS, sort=True):
        population, answered = of_kind["n_population"], of_kind["n_answered"]
        same = of_kind.iloc[0]
        sums = (float(same[name]) for name in Spread._fields[2:])
        spread = Spread(float(population.sum()), float(answered.sum()), *sums)
        test = equal_rates(population, answered)
        counted = (*spread[:2], same["n_rated"], test.degrees_of_freedom)
        tested = (test.chi_square, test.p_value, test.cramers_v)
        yield (survey, kind, *map(int, counted), *tested, r_indicator(spread))


def standard_weights(segments: LazyFrame) -> LazyFrame:
    """Weight respondents so that each segment counts as its customers do (post-stratification).

    One segment type at a time: respondents of segment c weigh (N_c / N) / (n_c / n). Respondents of
    a segment without customers, such as anonymous ones, stand for as great a share of the customers
    as they are of the respondents. Segments in which nobody answered stand for nobody.

    Parameters
    ----------
    segments : LazyFrame
        survey_id, segment_type, segment_value, n_population, n_respondents (whether or not they are
        among these customers).

    Returns
    -------
    LazyFrame
        survey_id, segment_type, segment_value, n_respondents, weight (of mean 1), is_calibrated
        (the segment has customers) and uncovered_share, the share of the customers for whose
        segment nobody answered; no rows of `total`, nor of a type of which no customers are known.

    References
    ----------
    Holt and Smith (1979), Post stratification, J. R. Stat. Soc. A 142 (1).
    """
    people, answers = nw.col("n_population"), nw.col("n_respondents")
    is_met = (people > 0) & (answers > 0)

    def sum_where(condition: nw.Expr, value: nw.Expr) -> nw.Expr:
        return nw.when(condition).then(value).otherwise(0).sum().cast(nw.Float64)

    of_type = segments.filter(nw.col("segment_type") != TOTAL)
    sums = (
        of_type.group_by(*KEYS)
        .agg(
            sum_where(people > 0, people).alias("customers"),
            sum_where(is_met, people).alias("met_customers"),
            sum_where(is_met, answers).alias("met_respondents"),
        )
        .filter(nw.col("met_customers") > 0)
    )
    share = people / nw.col("met_customers") * nw.col("met_respondents") / answers
    return (
        of_type.filter(answers > 0)
        .join(sums, on=KEYS, how="inner")
        .select(
            *KEYS,
            "segment_value",
            "n_respondents",
            weight=nw.when(is_met).then(share).otherwise(nw.lit(1.0)),
            is_calibrated=is_met,
            uncovered_share=1 - nw.col("met_customers") / nw.col("customers"),
        )
    )


def weighted_counts(counts: LazyFrame, standard: LazyFrame) -> LazyFrame:
    """Pool the answers of all segments of a type, each times its weight.

    Parameters
    ----------
    counts : LazyFrame
        survey_id, segment_type, segment_value, factor_id, n_valid, value_sum.
    standard : LazyFrame
        As of `standard_weights`.

    Returns
    -------
    LazyFrame
        survey_id, segment_type, factor_id, n_valid, value_sum.
    """
    weight = nw.col("weight")
    return (
        counts.join(standard.drop("n_respondents"), on=[*KEYS, "segment_value"], how="inner")
        .group_by(*KEYS, "factor_id")
        .agg(
            exact_sum(nw.col("n_valid") * weight, 12).alias("n_valid"),
            exact_sum(nw.col("value_sum") * weight, 12).alias("value_sum"),
        )
    )


def influence_sums(
    respondents: LazyFrame,
    pooled: LazyFrame,
    weighted: Sequence[index.Factor],
    kinds: Sequence[str],
) -> LazyFrame:
    """Add up what respondents add to the deviation of the standardised index, by their segment.

    With the weighted counts M_i and scores D_i of `pooled` this is u_k = sum_i C_i (s_ik - D_i
    m_ik) / M_i, as in `index.influence`, without the weight of the respondent.

    Parameters
    ----------
    respondents : LazyFrame
        survey_id, a column per segment type, <factor>_n and <factor>_sum.
    pooled : LazyFrame
        As of `weighted_counts`.
    weighted : sequence of Factor
        The factors.
    kinds : sequence of str
        Segment types.

    Returns
    -------
    LazyFrame
        survey_id, segment_type, segment_value, influence (sum of u_k), squares (of u_k squared), in
        shares of 1.
    """
    respondents, weighted = index.or_none(respondents, weighted)
    found = []
    for kind in kinds:
        of_kind = pooled.filter(nw.col("segment_type") == kind)
        pulls = index.pulls(of_kind.with_columns(segment_value=nw.lit(kind)), weighted, kind)
        u = total(
            nw.col(f"{f.column}_pull_{kind}")
            * (f.value_sum - nw.col(f"{f.column}_mean_{kind}") * f.valid)
            for f in weighted
        )
        found.append(
            respondents.join(pulls.drop(kind), on="survey_id", how="inner")
            .select("survey_id", segment_value=nw.col(kind), u=u)
            .group_by("survey_id", "segment_value")
            .agg(
                exact_sum(nw.col("u"), 30).alias("influence"),
                exact_sum(nw.col("u") * nw.col("u"), 30).alias("squares"),
            )
            .with_columns(segment_type=nw.lit(kind))
        )
    return nw.concat(found)


class Error(NamedTuple):
    """How sure a weighted figure is.

    Attributes
    ----------
    standard_error : float
    degrees_of_freedom : float
        (sum w^2)^2 / sum w^4 - 1: n - 1 for equal weights, fewer where few answers carry them.
    n_effective : float
        Kish's effective number of respondents, (sum w)^2 / sum w^2.
    """

    standard_error: float
    degrees_of_freedom: float
    n_effective: float


def calibrated_error(
    weights: ArrayLike,
    n: ArrayLike,
    influence: ArrayLike,
    squares: ArrayLike,
    is_calibrated: ArrayLike,
) -> Error:
    """Estimate the standard error of a post-stratified figure, from sums by post-stratum.

    What the shares of the customers explain is no error: of u_k only the distance from the mean of
    the post-stratum counts, V = sum_c w_c^2 sum_k (u_k - mean_c)^2 n_c / (n_c - 1). The last factor
    is HC2. A post-stratum of one respondent, or without customers, keeps its whole u_k.

    Parameters
    ----------
    weights, n, influence, squares : (k,) array-like
        w_c, n_c, and the sums of u_k and of u_k^2 of each post-stratum.
    is_calibrated : (k,) array-like of bool
        Whether its share of the customers is known.

    Returns
    -------
    Error
        NaN for fewer than two respondents.

    References
    ----------
    Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 7.6. MacKinnon and
    White (1985), Some heteroskedasticity-consistent covariance matrix estimators, J. Econometrics
    29 (HC2). Kish (1965), Survey Sampling, section 11.7.
    """
    w, count = np.asarray(weights, np.float64), np.asarray(n, np.float64)
    sums, squared = np.asarray(influence, np.float64), np.asarray(squares, np.float64)
    everyone = count.sum()
    if everyone < 2:
        return Error(np.nan, np.nan, float(everyone))
    explained = np.asarray(is_calibrated, bool) & (count > 1)
    inside = np.maximum(squared - sums**2 / count, 0) * count / np.maximum(count - 1, 1)
    spread = np.where(explained, inside, squared * everyone / (everyone - 1))
    moments = [float(np.sum(count * w**power)) for power in (1, 2, 4)]
    return Error(
        float(np.sqrt(np.sum(w**2 * spread))),
        moments[1] ** 2 / moments[2] - 1,
        moments[0] ** 2 / moments[1],
    )


def standardised_index(
    indices: pd.DataFrame, sums: pd.DataFrame, confidence_level: float = 0.95
) -> pd.DataFrame:
    """Index of the customers, if those of a segment who did not answer are like those who did.

    Parameters
    ----------
    indices : DataFrame
        survey_id, segment_type, weight_coverage and index_score of the weighted counts.
    sums : DataFrame
        survey_id, segment_type, the columns of `standard_weights` and those of `influence_sums`.
    confidence_level : float
        Of the interval; Student's quantiles.

    Returns
    -------
    DataFrame
        survey_id, segment_type, index_score, standard_error, index_low, index_high (points),
        n_effective and uncovered_share; a row per row of indices.
    """
    rows = []
    for keys, of_kind in sums.sort_values("segment_value").groupby(KEYS, sort=True):
        columns = ["weight", "n_respondents", "influence", "squares", "is_calibrated"]
        error = calibrated_error(*(of_kind[name].to_numpy() for name in columns))
        t = stats.t.ppf((1 + confidence_level) / 2, error.degrees_of_freedom)
        uncovered = of_kind["uncovered_share"].iloc[0]
        rows.append((*keys, 100 * error.standard_error, t, error.n_effective, uncovered))
    names = [*KEYS, "standard_error", "half", "n_effective", "uncovered_share"]
    errors = typed(pd.DataFrame(rows, columns=names))
    columns = [*KEYS, "weight_coverage", "index_score"]
    found = typed(indices[columns]).merge(errors, on=KEYS, how="inner")
    found["standard_error"] /= found["weight_coverage"]
    half = found.pop("half") * found["standard_error"]
    found["index_low"] = found["index_score"] - half
    found["index_high"] = found["index_score"] + half
    shown = ["index_score", "standard_error", "index_low", "index_high", "n_effective"]
    return found[[*KEYS, *shown, "uncovered_share"]]
