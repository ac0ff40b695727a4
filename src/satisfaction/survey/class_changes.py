"""Changes of factors and classes of factors between two waves, with what the same customers said.

With s_ik and m_ik the sum and number of respondent k's answers to factor i, xbar_i their mean and
p_i the pull of an answer (`taxonomies.pulls`), the score of a class moves with

    u_k = sum_i p_i (s_ik - xbar_i m_ik).

The scores of two waves correlate by r = sum u_k u'_k / sqrt(sum u_k^2 sum u'_k^2), the sum above
being over customers who answered both in the segment, and V(change) = V + V' - 2 r sqrt(V V').
Where respondents are weighted, z of `core.design` stands for u, and z is not 0 outside of the
segment: see `weighted_changes`.

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
from satisfaction.core.design import UNIT, UNIT_BEFORE
from satisfaction.core.expressions import exact_sum
from satisfaction.core.frames import WAVE_SEGMENT, LazyFrame, small
from satisfaction.survey import taxonomies, weighted_changes, weighted_taxonomies
from satisfaction.survey.taxonomies import CLASS_SCORE, KEY, FactorClass

#: columns that `with_changes` adds
CHANGES = {
    "previous_survey_id": "string",
    **dict.fromkeys(("previous_score", "score_change", "change_standard_error"), "float64"),
    **dict.fromkeys(("change_low", "change_high", "change_p_value"), "float64"),
}
#: points; less is what rounding leaves of no change, and of no error
LEAST_CHANGE, LEAST_ERROR = 1e-9, 1e-6


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
        each, and of all; with the columns of `design.DESIGN` where respondents are weighted.
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
        survey_id, version, kinds (null where the customer was in another segment before), panel_n
        (customers) and by the columns of two factors panel_mm__<i>__<j> (m_i m'_j),
        panel_ms__<i>__<j> (m_i s'_j), panel_sm__<i>__<j> (s_i m'_j), panel_ss__<i>__<j> (s_i s'_j),
        ' being of the wave before; of weighted respondents see `weighted_changes.panel_sums`.
    """
    columns = sorted({f.column for one in found for f in one.factors})
    names = [f"{column}_{figure}" for column in columns for figure in ("n", "sum")]
    names += ["error_weight", *UNIT] if is_weighted else []
    earlier = everyone.select(
        "customer_id",
        nw.col("survey_id").alias("previous_survey_id"),
        *[nw.col(name).alias(f"{name}_before") for name in (*kinds, *names)],
    )
    order = waves.select("survey_id", "previous_survey_id")
    both = members.join(order, on="survey_id", how="inner").join(
        earlier, on=["previous_survey_id", "customer_id"], how="inner"
    )
    keys = ["survey_id", "version", *kinds]
    sums = {"panel_n": nw.len()}
    if is_weighted:
        keys += [f"{kind}_before" for kind in kinds] + [*UNIT, *UNIT_BEFORE]
        sums |= dict(weighted_changes.panel_sums(columns))
    else:
        stayed = [nw.when(nw.col(k) == nw.col(f"{k}_before")).then(nw.col(k)) for k in kinds]
        both = both.with_columns(*[v.alias(k) for v, k in zip(stayed, kinds, strict=True)])
    sums |= dict(_products(found, is_weighted))
    return both.group_by(*keys).agg(
        *[value.cast(nw.Float64).alias(name) for name, value in sums.items()]
    )


def _products(found: Sequence[FactorClass], is_weighted: bool) -> Iterator[tuple[str, nw.Expr]]:
    weight = nw.col("error_weight") * nw.col("error_weight_before")
    together = {(a.column, b.column) for one in found for a, b in product(one.factors, repeat=2)}
    ends = ("n", "sum")
    for a, b in sorted(together):
        for prefix, (i, j) in zip(taxonomies.PAIRS, product(ends, repeat=2), strict=True):
            value = nw.col(f"{a}_{i}") * nw.col(f"{b}_{j}_before")
            is_count = i == j == "n" and not is_weighted
            total = value.sum() if is_count else exact_sum(weight * value if is_weighted else value)
            yield f"{prefix}{a}__{b}", total


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
    of_panel = [name for name in names if name.startswith("panel_")]
    before = [f"{kind}_before" for kind in kinds] + list(UNIT_BEFORE)
    of_wave = profiles.filter(~nw.col("is_panel"))
    of_wave = of_wave.drop("is_panel", *of_panel, *(before if is_weighted else []))
    panel = profiles.filter(nw.col("is_panel"))
    order = small(waves.select("survey_id", "previous_survey_id").to_native()).astype("string")
    if is_weighted:
        scores, r = weighted_changes.scores_and_correlations(
            of_wave, panel, kinds, found, order, confidence_level
        )
    else:
        pooled = small(taxonomies.pool_moments(of_wave, kinds).to_native())
        scores = taxonomies.class_scores(pooled, found, confidence_level)
        stayed = taxonomies.pool_moments(panel.select("survey_id", *kinds, *of_panel), kinds)
        stayed = stayed.filter(~nw.col("segment_value").is_null())
        r = correlations(pooled, small(stayed.to_native()), found, order)
    return with_changes(scores, r, order, confidence_level)


def with_changes(
    scores: pd.DataFrame,
    together: pd.DataFrame,
    waves: pd.DataFrame,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Put the change from the wave before beside every score, with its interval and its p-value.

    Parameters
    ----------
    scores : DataFrame
        As of `taxonomies.class_scores`.
    together : DataFrame
        As of `correlations`.
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
    before = scores[[*KEY, "score", "standard_error", "freedom"]].rename(
        columns={"survey_id": "previous_survey_id", "score": "previous_score"}
        | {"standard_error": "previous_error", "freedom": "previous_freedom"}
    )
    paired = (
        scores.merge(waves, on="survey_id", how="left")
        .merge(before, on=["previous_survey_id", *KEY[1:]], how="left")
        .merge(together, on=list(KEY), how="left")
    )
    error, earlier = (paired[n].to_numpy(float) for n in ("standard_error", "previous_error"))
    r = paired["correlation"].fillna(0.0).to_numpy(float)
    variance = error**2 + earlier**2 - 2 * r * error * earlier
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

    Parameters
    ----------
    pooled, panel : DataFrame
        Moments of the waves and those of both, by segment: see `taxonomies.pool_moments`.
    found : sequence of FactorClass
        The classes.
    waves : DataFrame
        survey_id, previous_survey_id.

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
    parts = [pd.DataFrame(columns=list(taxonomies.CORRELATION))]
    for one in found:
        _, mean = taxonomies.factor_means(rows, one)
        pull = np.nan_to_num(taxonomies.pulls(rows, one, [f.weight for f in one.factors])[1])
        own = np.einsum("ri,rij,rj->r", pull, taxonomies.residual_products(rows, one), pull)
        products = taxonomies.panel_products(stayed, one, mean[now], mean[old])
        shared = np.einsum("ri,rij,rj->r", pull[now], products, pull[old])
        r = taxonomies.correlation(shared, own[now], own[old])
        part = both[keys].assign(taxonomy=one.taxonomy, class_id=one.class_id)
        parts.append(part.assign(correlation=r))
    return pd.concat([part.astype(taxonomies.CORRELATION) for part in parts], ignore_index=True)
