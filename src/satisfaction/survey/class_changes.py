"""Changes of factors and classes of factors between two waves, with what the same customers said.

With s_ik and m_ik the sum and number of respondent k's answers to factor i, xbar_i their mean and
p_i the pull of an answer (`taxonomies.pulls`), the score of a class moves with

    u_k = sum_i p_i (s_ik - xbar_i m_ik).

The two waves' scores correlate by r = sum u_k u'_k / sqrt(sum u_k^2 sum u'_k^2), the sum above
being over customers who answered both in the segment; where respondents are weighted, each u_k is
times w / sqrt(1 - h). So V(change) = V + V' - 2 r sqrt(V V'): without margins this is the variance
of the design. What margins explain is taken out of V and V', not out of r.

References
----------
Kish (1965), Survey Sampling, section 12.4. Tam (1984), On covariances from overlapping samples, The
American Statistician 38.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import narwhals as nw
import numpy as np
import pandas as pd

from satisfaction.core.comparisons import difference_test
from satisfaction.core.design import UNIT
from satisfaction.core.expressions import exact_sum
from satisfaction.core.frames import WAVE_SEGMENT, LazyFrame, small
from satisfaction.core.moments import FloatArray
from satisfaction.survey import taxonomies, weighted_taxonomies
from satisfaction.survey.index import Factor
from satisfaction.survey.taxonomies import CLASS_SCORE, FactorClass

KEY = (*WAVE_SEGMENT, "taxonomy", "class_id")
#: columns that `with_changes` adds
CHANGES = {
    "previous_survey_id": "string",
    **dict.fromkeys(("previous_score", "score_change", "change_standard_error"), "float64"),
    **dict.fromkeys(("change_low", "change_high", "change_p_value"), "float64"),
}
#: points; less is what rounding leaves of no change, and of no error
LEAST_CHANGE, LEAST_ERROR = 1e-9, 1e-6
#: how the columns of `panel_moments` begin, beside n_pairs
PANEL = ("pmm__", "pms__", "psm__", "pss__")


def ordered_pairs(found: Sequence[FactorClass]) -> list[tuple[Factor, Factor]]:
    """List the pairs of factors that share a class, in either order."""
    both = {
        (a.factor_id, b.factor_id): (a, b)
        for one in found
        for a, b in product(one.factors, one.factors)
    }
    return [both[key] for key in sorted(both)]


def panel_moments(
    members: LazyFrame,
    everyone: LazyFrame,
    waves: LazyFrame,
    found: Sequence[FactorClass],
    kinds: Sequence[str],
    is_weighted: bool = False,
) -> LazyFrame:
    """Sum the products of the answers of customers to a wave and to the one before.

    Parameters
    ----------
    members, everyone : LazyFrame
        As of `taxonomies.moments`, with customer_id, of the waves to sum, with the version of
        each, and of all; with error_weight where respondents are weighted.
    waves : LazyFrame
        survey_id, previous_survey_id.
    found : sequence of FactorClass
        The classes.
    kinds : sequence of str
        Segment types: names of the columns that part the respondents.
    is_weighted : bool

    Returns
    -------
    LazyFrame
        survey_id, version, kinds (null where the customer was in another segment before), n_pairs
        and by the columns of two factors pmm__<i>__<j> (m_i m'_j), pms__<i>__<j> (m_i s'_j),
        psm__<i>__<j> (s_i m'_j), pss__<i>__<j> (s_i s'_j), ' being of the wave before; weighted
        ones times the error_weight of both.
    """
    columns = sorted({f.column for one in found for f in one.factors})
    names = [f"{column}_{figure}" for column in columns for figure in ("n", "sum")]
    names += ["error_weight"] if is_weighted else []
    earlier = everyone.select(
        "customer_id",
        nw.col("survey_id").alias("previous_survey_id"),
        *[nw.col(name).alias(f"{name}_before") for name in (*kinds, *names)],
    )
    order = waves.select("survey_id", "previous_survey_id")
    both = members.join(order, on="survey_id", how="inner").join(
        earlier, on=["previous_survey_id", "customer_id"], how="inner"
    )
    stayed = [
        nw.when(nw.col(kind) == nw.col(f"{kind}_before")).then(nw.col(kind)).alias(kind)
        for kind in kinds
    ]
    sums = {"n_pairs": nw.len(), **dict(_products(found, is_weighted))}
    return (
        both.with_columns(*stayed)
        .group_by("survey_id", "version", *kinds)
        .agg(*[value.cast(nw.Float64).alias(name) for name, value in sums.items()])
    )


def _products(found: Sequence[FactorClass], is_weighted: bool) -> Iterator[tuple[str, nw.Expr]]:
    weight = nw.col("error_weight") * nw.col("error_weight_before")
    for a, b in ordered_pairs(found):
        now, before = (
            {"m": a.valid, "s": a.value_sum},
            {"m": f"{b.column}_n", "s": f"{b.column}_sum"},
        )
        for i, j in product("ms", repeat=2):
            value = now[i] * nw.col(f"{before[j]}_before")
            is_count = i == j == "m" and not is_weighted
            total = value.sum() if is_count else exact_sum(weight * value if is_weighted else value)
            yield f"p{i}{j}__{a.column}__{b.column}", total


def sums(
    members: LazyFrame,
    everyone: LazyFrame,
    waves: LazyFrame,
    found: Sequence[FactorClass],
    kinds: Sequence[str],
    is_weighted: bool = False,
) -> LazyFrame:
    """Sum what scores of classes, their intervals and changes are made of.

    Parameters
    ----------
    members, everyone, waves, found, kinds, is_weighted
        See `panel_moments`.

    Returns
    -------
    LazyFrame
        Rows of `taxonomies.moments`, or of `weighted_taxonomies.moments`, and of `panel_moments`,
        where is_panel; null in the columns of the others.
    """
    of_wave = weighted_taxonomies.moments if is_weighted else taxonomies.moments
    parts = [
        of_wave(members, found, ["survey_id", "version", *kinds]),
        panel_moments(members, everyone, waves, found, kinds, is_weighted),
    ]
    schemas = [part.collect_schema() for part in parts]
    types = {**schemas[1], **schemas[0]}
    return nw.concat(
        [
            part.select(
                nw.lit(bool(is_panel)).alias("is_panel"),
                *[
                    nw.col(name) if name in schema else nw.lit(None, kind).alias(name)
                    for name, kind in types.items()
                ],
            )
            for is_panel, (part, schema) in enumerate(zip(parts, schemas, strict=True))
        ]
    )


def scored(
    profiles: LazyFrame,
    kinds: Sequence[str],
    found: Sequence[FactorClass],
    waves: LazyFrame,
    confidence_level: float = 0.95,
    is_weighted: bool = False,
) -> pd.DataFrame:
    """Score every class of every segment, with its change from the wave before.

    Parameters
    ----------
    profiles : LazyFrame
        As of `sums`, without version.
    kinds, found, waves, is_weighted
        See `panel_moments`.
    confidence_level : float

    Returns
    -------
    DataFrame
        As of `with_changes`.
    """
    names = profiles.collect_schema().names()
    of_panel = [name for name in names if name == "n_pairs" or name.startswith(PANEL)]
    of_wave = profiles.filter(~nw.col("is_panel")).drop("is_panel", *of_panel)
    panel = profiles.filter(nw.col("is_panel")).select("survey_id", *kinds, *of_panel)
    plain = of_wave.drop(*UNIT) if is_weighted else of_wave
    pooled = small(taxonomies.pool_moments(plain, kinds).to_native())
    if is_weighted:
        scores = weighted_taxonomies.all_class_scores(of_wave, kinds, found, confidence_level)
    else:
        scores = taxonomies.class_scores(pooled, found, confidence_level)
    stayed = taxonomies.pool_moments(panel, kinds).filter(~nw.col("segment_value").is_null())
    order = small(waves.select("survey_id", "previous_survey_id").to_native())
    return with_changes(scores, pooled, small(stayed.to_native()), found, order, confidence_level)


def with_changes(
    scores: pd.DataFrame,
    pooled: pd.DataFrame,
    panel: pd.DataFrame,
    found: Sequence[FactorClass],
    waves: pd.DataFrame,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Put the change from the wave before beside every score, with its interval and its p-value.

    Parameters
    ----------
    scores : DataFrame
        As of `taxonomies.class_scores`.
    pooled, panel : DataFrame
        Moments of the waves and those of both, by segment: see `taxonomies.pool_moments`.
    found : sequence of FactorClass
        The classes.
    waves : DataFrame
        survey_id, previous_survey_id.
    confidence_level : float

    Returns
    -------
    DataFrame
        CLASS_SCORE and CHANGES, in points; intervals and p-values are Student's, with the lesser
        degrees of freedom of both waves. NaN where the segment has no such score in the wave
        before, or only one respondent in either.
    """
    order = waves[["survey_id", "previous_survey_id"]].astype("string")
    before = scores[[*KEY, "score", "standard_error", "freedom"]].rename(
        columns={"survey_id": "previous_survey_id", "score": "previous_score"}
        | {"standard_error": "previous_error", "freedom": "previous_freedom"}
    )
    paired = (
        scores.merge(order, on="survey_id", how="left")
        .merge(before, on=["previous_survey_id", *KEY[1:]], how="left")
        .merge(correlations(pooled, panel, found, order), on=list(KEY), how="left")
    )
    error, earlier = (paired[n].to_numpy(float) for n in ("standard_error", "previous_error"))
    together = paired["correlation"].fillna(0.0).to_numpy(float) * error * earlier
    variance = error**2 + earlier**2 - 2 * together
    variance = np.where(np.abs(variance) < LEAST_ERROR**2, 0.0, variance)
    change = (paired["score"] - paired["previous_score"]).to_numpy(float)
    change = np.where(np.abs(change) < LEAST_CHANGE, 0.0, change)
    freedom = np.minimum(*(paired[n].to_numpy(float) for n in ("freedom", "previous_freedom")))
    test = difference_test(change, variance, freedom, confidence_level)
    named = {"score_change": "difference"}
    named |= {f"change_{name}": name for name in ("standard_error", "low", "high", "p_value")}
    changed = paired.assign(**{name: test[of] for name, of in named.items()})
    return changed[[*CLASS_SCORE, *CHANGES]].astype(CLASS_SCORE | CHANGES)


def correlations(
    pooled: pd.DataFrame, panel: pd.DataFrame, found: Sequence[FactorClass], waves: pd.DataFrame
) -> pd.DataFrame:
    """Correlate the scores of two waves over those who answered both.

    Returns
    -------
    DataFrame
        KEY and correlation, for cells that the wave before has too; 0 where nobody answered both or
        all say the same.
    """
    keys = list(WAVE_SEGMENT)
    rows = pooled.sort_values(keys, ignore_index=True).astype(dict.fromkeys(keys, "string"))
    here = rows[keys].assign(row=np.arange(len(rows)))
    there = here.rename(columns={"survey_id": "previous_survey_id", "row": "old"})
    both = here.merge(waves, on="survey_id", how="left").merge(
        there, on=["previous_survey_id", *keys[1:]], how="inner"
    )
    now, old = both["row"].to_numpy(int), both["old"].to_numpy(int)
    stayed = both[keys].merge(panel.astype(dict.fromkeys(keys, "string")), on=keys, how="left")
    parts = [pd.DataFrame(columns=[*KEY, "correlation"])]
    for one in found:
        _, mean = taxonomies.factor_means(rows, one)
        pull = np.nan_to_num(taxonomies.pulls(rows, one, [f.weight for f in one.factors])[1])
        own = np.einsum("ri,rij,rj->r", pull, taxonomies.residual_products(rows, one), pull)
        products = panel_products(stayed, one, mean[now], mean[old])
        shared = np.einsum("ri,rij,rj->r", pull[now], products, pull[old])
        scale = np.sqrt(np.maximum(own[now], 0) * np.maximum(own[old], 0))
        r = np.divide(shared, scale, out=np.zeros_like(shared), where=scale > 0)
        part = both[keys].assign(taxonomy=one.taxonomy, class_id=one.class_id)
        parts.append(part.assign(correlation=np.clip(r, -1, 1)))
    types = {**dict.fromkeys(KEY, "string"), "correlation": "float64"}
    return pd.concat([part.astype(types) for part in parts], ignore_index=True)


def panel_products(
    panel: pd.DataFrame, one: FactorClass, mean: FloatArray, before: FloatArray
) -> FloatArray:
    """Sum the products of what answers to two factors deviate from the means of their waves.

    Parameters
    ----------
    panel : DataFrame
        The columns of `panel_moments`, NaN where nobody answered both.
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
        mm, ms, sm, ss = (np.nan_to_num(panel[f"{p}{names}"].to_numpy(float)) for p in PANEL)
        x, y = mean[:, i], before[:, j]
        found[:, i, j] = ss - x * ms - y * sm + x * y * mm
    return found
