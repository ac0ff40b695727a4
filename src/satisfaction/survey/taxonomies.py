"""Factor scores rolled up by the taxonomies of the field: SERVQUAL, need structure and others.

A taxonomy puts every factor into one class, into none, or shares it out among several. The score
of a class is the index over its factors alone, with weights C_i times the shares that are made to
sum to 1; a class is but another set of weights.

Its interval takes the respondent as the unit, as that of the index does (`index.influence`). With
s_ik the sum and m_ik the number of respondent k's answers to factor i, M_i = sum_k m_ik,
xbar_i = sum_k s_ik / M_i, w_i the weight within the class and n the respondents of the class,

    u_k = sum_i w_i (s_ik - xbar_i m_ik) n / (M_i x_i,max),   SE^2 = sum_k u_k^2 / (n (n - 1)).

The square of u_k is a sum over pairs of factors. So the sums of s_i s_j, m_i s_j and m_i m_j, taken
once per combination of segment values, give the interval of every class of every segment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement, product
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from satisfaction.core.expressions import exact_sum, total, value_or_zero
from satisfaction.core.frames import WAVE_SEGMENT, LazyFrame, method_table, type_of
from satisfaction.core.moments import FloatArray
from satisfaction.core.quantiles import t_value
from satisfaction.method_checks import TAXONOMIES
from satisfaction.method_checks._base import clean_value, number
from satisfaction.survey.index import Factor

# columns of the method tables factors and factor_classes, and of `places`
COLUMNS = ("factor_id", *TAXONOMIES)
PLACES = ("taxonomy", "factor_id", "class_id", "share")
# stands for the taxonomy of `own_classes`
OWN = "factor"
KEY = (*WAVE_SEGMENT, "taxonomy", "class_id")
# columns of class_scores
CLASS_SCORE = {
    **dict.fromkeys(KEY, "string"),
    **dict.fromkeys(("n_factors", "n_respondents", "n_answers"), "int64"),
    **dict.fromkeys(
        ("n_effective", "weight", "score", "standard_error", "score_low", "score_high"), "float64"
    ),
    **dict.fromkeys(("score_rescaled", "standard_error_rescaled"), "float64"),
    **dict.fromkeys(("unweighted_score", "unweighted_standard_error", "freedom"), "float64"),
}
#: how sums of products of the answers to two waves are named, see `class_changes.panel_moments`
PAIRS = ("panel_mm__", "panel_ms__", "panel_sm__", "panel_ss__")
# columns of `class_changes.correlations`
CORRELATION = {**dict.fromkeys(KEY, "string"), "correlation": "float64"}


@dataclass(frozen=True)
class FactorClass:
    """A class of a taxonomy.

    Attributes
    ----------
    class_no : int
        Number in the names of columns.
    taxonomy, class_id : str
        Its names.
    factors : tuple of Factor
        The factors in it, in the order of their numbers; at least one. Their weights are C_i times
        the share that counts in the class.
    shares : tuple of float
        These shares, above 0 and 1 at most; empty where all of them are 1.
    """

    class_no: int
    taxonomy: str
    class_id: str
    factors: tuple[Factor, ...]
    shares: tuple[float, ...] = ()


def places(factors: pd.DataFrame, factor_classes: pd.DataFrame) -> pd.DataFrame:
    """Say which factor is in which class of every taxonomy, with what share.

    Parameters
    ----------
    factors : DataFrame
        COLUMNS of the method table factors: a column per taxonomy, null where a factor has no
        place in it.
    factor_classes : DataFrame
        PLACES of the method table; null in share is 1.

    Returns
    -------
    DataFrame
        PLACES, the taxonomies in the order of TAXONOMIES and then of their names.
    """
    wide = factors.reindex(columns=list(COLUMNS))
    columns = wide.melt("factor_id", list(TAXONOMIES), "taxonomy", "class_id").assign(share=1.0)
    rows = factor_classes[list(PLACES)].sort_values(["taxonomy", "factor_id", "class_id"])
    shares = [number(clean_value(share)) for share in rows["share"]]
    rows = rows.assign(share=[1.0 if share is None else share for share in shares])
    columns = columns[[isinstance(name, str) and name != "" for name in columns["class_id"]]]
    found = [part for part in (columns[list(PLACES)], rows) if len(part)] or [rows]
    return pd.concat(found, ignore_index=True)


def written(rows: Any) -> pd.DataFrame:
    """Return `places` of the rows of all method tables."""
    factors = method_table(rows, "factors", *COLUMNS)
    return places(factors, method_table(rows, "factor_classes", *PLACES))


def classes(places: pd.DataFrame, weighted: Sequence[Factor]) -> list[FactorClass]:
    """Read the classes that have a factor which counts in the index.

    Parameters
    ----------
    places : DataFrame
        As of `places`.
    weighted : sequence of Factor
        The factors that are both asked about and weighted.

    Returns
    -------
    list of FactorClass
        In the order of the taxonomies and of the names of classes.
    """
    known = {factor.factor_id: factor for factor in weighted}
    order = {taxonomy: number for number, taxonomy in enumerate(places["taxonomy"].unique())}
    members: dict[tuple[int, str, str], list[tuple[str, float]]] = {}
    for taxonomy, factor_id, class_id, share in places[list(PLACES)].itertuples(index=False):
        if factor_id in known:
            key = (order[taxonomy], taxonomy, class_id)
            members.setdefault(key, []).append((factor_id, float(share)))
    found = []
    for class_no, key in enumerate(sorted(members), start=1):
        held = sorted(members[key])
        factors = [known[name] for name, _ in held]
        shared = [replace(f, weight=f.weight * s) for f, (_, s) in zip(factors, held, strict=True)]
        shares = tuple(share for _, share in held)
        found.append(FactorClass(class_no, key[1], key[2], tuple(shared), shares))
    return found


def own_classes(weighted: Sequence[Factor]) -> list[FactorClass]:
    """Put every factor into a class of its own, in which it has all the weight."""
    return [
        FactorClass(number, OWN, factor.factor_id, (replace(factor, weight=1.0),))
        for number, factor in enumerate(weighted, start=1)
    ]


def pairs(found: Iterable[FactorClass]) -> list[tuple[Factor, Factor]]:
    """List the pairs of factors that share a class, a factor with itself among them."""
    together = {
        (a.factor_id, b.factor_id): (a, b)
        for one in found
        for a, b in combinations_with_replacement(one.factors, 2)
    }
    return [together[key] for key in sorted(together)]


def moments(members: LazyFrame, found: Sequence[FactorClass], keys: Sequence[str]) -> LazyFrame:
    """Sum the answers of respondents, and the products of their answers to two factors.

    Parameters
    ----------
    members : LazyFrame
        keys, <factor>_n (m_i) and <factor>_sum (s_i); one row per respondent.
    found : sequence of FactorClass
        The classes.
    keys : sequence of str
        Survey, segments, version.

    Returns
    -------
    LazyFrame
        keys, n_respondents, n_<class_no> (respondents with an answer to a factor of the class) and,
        by the columns of factors, mm__<i>__<j>, ss__<i>__<j> (i <= j), ms__<i>__<j> (m_i s_j),
        m__<i>, s__<i>.
    """
    sums = {"n_respondents": nw.len()}
    for one in found:
        answers = total(f.valid for f in one.factors)
        sums[f"n_{one.class_no}"] = value_or_zero(answers > 0, 1.0).sum()
    for a, b in pairs(found):
        i, j = a.column, b.column
        sums[f"mm__{i}__{j}"] = (a.valid * b.valid).sum()
        sums[f"ms__{i}__{j}"] = exact_sum(a.valid * b.value_sum)
        sums[f"ms__{j}__{i}"] = exact_sum(b.valid * a.value_sum)
        sums[f"ss__{i}__{j}"] = exact_sum(a.value_sum * b.value_sum)
        if i == j:
            sums[f"m__{i}"] = a.valid.sum()
            sums[f"s__{i}"] = exact_sum(a.value_sum)
    return members.group_by(*keys).agg(
        *[value.cast(nw.Float64).alias(name) for name, value in sums.items()]
    )


def pool_moments(profiles: LazyFrame, kinds: Sequence[str], by: Sequence[str] = ()) -> LazyFrame:
    """Add the moments of combinations of segment values up to those of every segment.

    Parameters
    ----------
    profiles : LazyFrame
        survey_id, a column per segment type and the columns of `moments`.
    kinds : sequence of str
        Segment types: names of the columns that part the respondents.
    by : sequence of str
        Further keys: UNIT of weighted respondents.

    Returns
    -------
    LazyFrame
        WAVE_SEGMENT keys, by, and the columns of `moments`.
    """
    kept = {"survey_id", *kinds, *by}
    summed = [n for n in profiles.collect_schema().names() if n not in kept]
    # one group-by for all kinds: an engine binds each of its many sums once
    rows = [
        profiles.select(
            "survey_id",
            nw.lit(type_of(kind)).alias("segment_type"),
            nw.col(kind).alias("segment_value"),
            *by,
            *summed,
        )
        for kind in kinds
    ]
    return nw.concat(rows).group_by(*WAVE_SEGMENT, *by).agg(exact_sum(nw.col(*summed)))


def factor_means(pooled: pd.DataFrame, one: FactorClass) -> tuple[FloatArray, FloatArray]:
    """Return the number of answers to every factor of a class, and their mean, 0 without answers.

    Returns
    -------
    tuple of array, shape (rows, factors)
    """
    counts = pooled[[f"m__{f.column}" for f in one.factors]].to_numpy(float)
    sums = pooled[[f"s__{f.column}" for f in one.factors]].to_numpy(float)
    return counts, np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)


def residual_products(
    pooled: pd.DataFrame, one: FactorClass, mean: FloatArray | None = None
) -> FloatArray:
    """Sum the products of what respondents' answers to two factors deviate from their means.

    Parameters
    ----------
    pooled : DataFrame
        As of `pool_moments`.
    one : FactorClass
        The class.
    mean : array, shape (rows, factors), optional
        The means, where they are not those of the rows themselves.

    Returns
    -------
    array, shape (rows, factors, factors)
        sum_k (s_ik - xbar_i m_ik)(s_jk - xbar_j m_jk).
    """
    if mean is None:
        _, mean = factor_means(pooled, one)
    n = len(one.factors)
    found = np.zeros((len(pooled), n, n))
    for i, j in product(range(n), repeat=2):
        a, b = one.factors[i].column, one.factors[j].column
        # the factors of a class stand in the order of pairs
        low, high = one.factors[min(i, j)].column, one.factors[max(i, j)].column
        found[:, i, j] = (
            pooled[f"ss__{low}__{high}"]
            - mean[:, i] * pooled[f"ms__{a}__{b}"]
            - mean[:, j] * pooled[f"ms__{b}__{a}"]
            + mean[:, i] * mean[:, j] * pooled[f"mm__{low}__{high}"]
        )
    return found


def panel_products(
    panel: pd.DataFrame, one: FactorClass, mean: FloatArray, before: FloatArray
) -> FloatArray:
    """Sum the products of what answers of two waves deviate from the means of these.

    Parameters
    ----------
    panel : DataFrame
        The columns of `class_changes.panel_moments`, NaN where nobody answered both waves.
    one : FactorClass
        The class.
    mean, before : array, shape (rows, factors)
        Means of the wave and of the one before.

    Returns
    -------
    array, shape (rows, factors, factors)
        sum_k (s_ik - xbar_i m_ik)(s'_jk - xbar'_j m'_jk).
    """
    n = len(one.factors)
    found = np.zeros((len(panel), n, n))
    for i, j in product(range(n), repeat=2):
        names = f"{one.factors[i].column}__{one.factors[j].column}"
        mm, ms, sm, ss = (np.nan_to_num(panel[f"{p}{names}"].to_numpy(float)) for p in PAIRS)
        x, y = mean[:, i], before[:, j]
        found[:, i, j] = ss - x * ms - y * sm + x * y * mm
    return found


def correlation(covariance: FloatArray, one: FloatArray, other: FloatArray) -> FloatArray:
    """Divide covariances by the roots of both variances; 0 where either is none."""
    scale = np.sqrt(np.maximum(np.nan_to_num(one), 0) * np.maximum(np.nan_to_num(other), 0))
    found = np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0)
    return np.asarray(np.clip(found, -1, 1))


#: the variance of a class of every row, in shares of 1, from the pull of an answer to each factor
Variance = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Basis:
    """What the score of a class rests on, by row.

    Attributes
    ----------
    variance : Variance
    answers : array, shape (rows, factors)
        Answers to each factor.
    n_effective, n_spread, n_strata : array, shape (rows,)
        See `design.segment_errors`; n, n and 1 where every respondent counts once.
    """

    variance: Variance
    answers: FloatArray
    n_effective: FloatArray
    n_spread: FloatArray
    n_strata: FloatArray


def equal_basis(pooled: pd.DataFrame, one: FactorClass) -> Basis:
    """Let every respondent count once; a single one has no variance."""
    products = residual_products(pooled, one)
    n = pooled[f"n_{one.class_no}"].to_numpy(float)
    inflation = np.divide(n, n - 1, where=n > 1, out=n * np.nan)

    def variance(pull: FloatArray) -> FloatArray:
        squares = np.einsum("ri,rij,rj->r", pull, products, pull)
        # rounding may leave a variance of zero a hair below it
        return np.asarray(inflation * np.maximum(squares, 0.0))

    counts, _ = factor_means(pooled, one)
    return Basis(variance, counts, n, n, np.ones(len(n)))


def weighted_mean(
    pooled: pd.DataFrame,
    one: FactorClass,
    variance: Variance,
    weights: Sequence[float],
    from_lowest: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Score a class of every row, with its standard error.

    Parameters
    ----------
    pooled : DataFrame
        As of `pool_moments`.
    one : FactorClass
        The class.
    variance : callable
        As of `Basis`.
    weights : sequence of float
        Of its factors; shared out anew over those that were answered.
    from_lowest : bool
        Whether the lowest level counts as 0; else a mean is a share of the scale's maximum.

    Returns
    -------
    tuple of array, shape (rows,)
        Points of 100, nan where the answered factors have no weight; their standard error, nan for
        one respondent too.
    """
    score, pull = pulls(pooled, one, weights, from_lowest)
    return 100 * score, 100 * np.sqrt(variance(pull))


def pulls(
    pooled: pd.DataFrame, one: FactorClass, weights: Sequence[float], from_lowest: bool = False
) -> tuple[FloatArray, FloatArray]:
    """Score a class of every row, and say how much an answer to each factor pulls that score.

    Parameters
    ----------
    pooled, one, weights, from_lowest
        See `weighted_mean`.

    Returns
    -------
    tuple of array, shape (rows,) and (rows, factors)
        In shares of 1, nan where the answered factors have no weight.
    """
    counts, mean = factor_means(pooled, one)
    zero = np.array([f.value_min if from_lowest else 0.0 for f in one.factors])
    width = np.array([f.value_max for f in one.factors]) - zero
    known = np.where(counts > 0, np.array(weights), 0.0)
    coverage = known.sum(axis=1)
    known = np.divide(known, coverage[:, None], where=coverage[:, None] > 0, out=known * np.nan)
    score = (known * (mean - zero) / width).sum(axis=1)
    return score, known / (np.where(counts > 0, counts, 1) * width)


def class_scores(
    pooled: pd.DataFrame,
    found: Sequence[FactorClass],
    confidence_level: float = 0.95,
    basis: Callable[[pd.DataFrame, FactorClass], Basis] = equal_basis,
) -> pd.DataFrame:
    """Score every class of every segment.

    Parameters
    ----------
    pooled : DataFrame
        As of `pool_moments`; a row per segment, never per respondent.
    found : sequence of FactorClass
        The classes.
    confidence_level : float
        Of the intervals; Student's quantiles with degrees of freedom as of `index.segment_index`,
        where a factor has as many respondents as answers, at most all.
    basis : callable
        What a class rests on; of weighted respondents that of `weighted_taxonomies`.

    Returns
    -------
    DataFrame
        CLASS_SCORE columns: a row for every class of which the segment answered a factor. Scores
        and errors in points of 100; weight: the sum of the weights of the answered factors;
        freedom: degrees of freedom, at least 1.
    """
    pooled = pooled.sort_values(list(WAVE_SEGMENT), ignore_index=True)
    parts = [pd.DataFrame(columns=list(CLASS_SCORE)).astype(CLASS_SCORE)]
    for one in found:
        weights = [f.weight for f in one.factors]
        counts, _ = factor_means(pooled, one)
        respondents = pooled[f"n_{one.class_no}"].to_numpy(float)
        rests = basis(pooled, one)
        score, error = weighted_mean(pooled, one, rests.variance, weights)
        rescaled, rescaled_error = weighted_mean(pooled, one, rests.variance, weights, True)
        shares = one.shares or [1.0] * len(weights)
        plain, plain_error = weighted_mean(pooled, one, rests.variance, shares)
        answering = np.minimum(rests.answers, respondents[:, None]) * weights
        known = np.where(counts > 0, np.array(weights), 0.0).sum(axis=1)
        each = answering.sum(axis=1) / np.where(known > 0, known, np.nan)
        # without the small part a whole number that floats write as 3.999… would count as 3
        with np.errstate(divide="ignore", invalid="ignore"):
            freedom = np.floor(rests.n_spread * (each / respondents) + 1e-6) - rests.n_strata
        freedom = np.maximum(np.nan_to_num(freedom), 1)
        half = error * [t_value(confidence_level, k) for k in freedom]
        part = pooled[list(WAVE_SEGMENT)].assign(
            taxonomy=one.taxonomy,
            class_id=one.class_id,
            n_factors=(counts > 0).sum(axis=1),
            n_respondents=respondents,
            n_answers=rests.answers.sum(axis=1),
            n_effective=rests.n_effective,
            weight=known,
            score=score,
            standard_error=error,
            score_low=score - half,
            score_high=score + half,
            score_rescaled=rescaled,
            standard_error_rescaled=rescaled_error,
            unweighted_score=plain,
            unweighted_standard_error=plain_error,
            freedom=freedom,
        )
        parts.append(part[part["n_answers"] > 0].astype(CLASS_SCORE))
    return pd.concat(parts, ignore_index=True)
