"""Standard errors of weighted indices, and of their changes over a panel of two waves.

What the variance is made of: `core.design`. The covariance of two waves is the sum over customers
who answered both of the products of their z; of finite populations see `core.design`.

References
----------
Kish (1965), Survey Sampling, section 11.7. Tam (1984), On covariances from overlapping samples, The
American Statistician 38.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from satisfaction.core.design import (
    FINITE,
    UNIT,
    Design,
    added,
    effective_numbers,
    is_finite,
    numbered,
    panel_factors,
    summed_units,
    unit_sums,
    units_of,
)
from satisfaction.core.expressions import exact_sum
from satisfaction.core.frames import WAVE_SEGMENT, LazyFrame, type_of
from satisfaction.core.moments import FloatArray

KINDS = ("", "_rescaled")  # of the index, and of the index from 0 to 100
Places = NDArray[np.int_]
#: what stands for the design of a respondent, beside its keys
DESIGN = ("design_weight", "weight", "error_weight", *UNIT)
#: sums by unit that a variance is made of, see `Design.variances`
SUMMED = ("design_influence", "influence", "cross", "squares")
#: sums of powers of the weights
POWERS = ("weights", "weight_squares", "weight_fourths")


def design_columns(respondents: LazyFrame) -> tuple[str, ...]:
    """Name what stands for the design of respondents: DESIGN, of a finite population FINITE too."""
    return (*DESIGN, *FINITE) if is_finite(respondents) else DESIGN


def design_sums(influences: LazyFrame, waves: LazyFrame, kinds: Sequence[str]) -> LazyFrame:
    """Add up weighted influences by segment, weighting cell and stratum, in this wave and before.

    Parameters
    ----------
    influences : LazyFrame
        As of `index.influence` with `design_columns`: error_weight is w / sqrt(1 - h), and weights
        are 0 where a respondent has none.
    waves : LazyFrame
        survey_id, previous_survey_id of the waves to sum.
    kinds : sequence of str
        Segment types.

    Returns
    -------
    LazyFrame
        survey_id, previous_survey_id, segment_type, segment_value, UNIT, and where the respondents
        stood in the wave before (previous_value, previous_stratum, previous_weighting_cell; null
        where they did not answer); counts and sums, see `_sums`.
    """
    order = waves.select("survey_id", "previous_survey_id")
    panel = influences.join(order, on="survey_id", how="inner")
    return nw.concat([_sums_of_kind(panel, influences, kind) for kind in kinds])


def _sums_of_kind(panel: LazyFrame, influences: LazyFrame, kind: str) -> LazyFrame:
    earlier = influences.select(
        "customer_id",
        previous_survey_id=nw.col("survey_id"),
        previous_value=nw.col(kind),
        **{f"previous_{name}": nw.col(name) for name in UNIT},
        before=nw.col(f"influence_{kind}"),
        error_before=nw.col("error_weight"),
    )
    both = panel.join(earlier, on=["previous_survey_id", "customer_id"], how="left")
    place = ["survey_id", "previous_survey_id", kind, *UNIT, "previous_value"]
    place += [f"previous_{name}" for name in UNIT]
    return (
        both.group_by(*place)
        .agg(*_sums(both, kind))
        .with_columns(segment_type=nw.lit(type_of(kind)), segment_value=nw.col(kind))
        .drop(kind)
    )


def _sums(both: LazyFrame, kind: str) -> Iterator[nw.Expr]:
    """Add up respondents; sums with `both` or `before` are over who answered in both waves."""
    w, d, error = nw.col("weight"), nw.col("design_weight"), nw.col("error_weight")
    before, error_before = nw.col("before"), nw.col("error_before")
    is_indexed = nw.when(~nw.col("index_score").is_null())
    yield nw.len().alias("n_respondents")
    yield from unit_sums(both)
    yield nw.col("index_score").count().alias("n_indexed_customers")
    yield exact_sum(is_indexed.then(w)).alias("indexed_weight")
    yield exact_sum(is_indexed.then(w * nw.col("index_score"))).alias("indexed_sum")
    for power, name in zip((1, 2, 4), POWERS, strict=True):
        yield exact_sum(w**power).alias(name)
    for suffix in KINDS:
        u = nw.col(f"influence{suffix}_{kind}")
        yield exact_sum(d * u, 24).alias(f"design_influence{suffix}")
        yield exact_sum(error * u, 24).alias(f"influence{suffix}")
        yield exact_sum(error * error * u, 24).alias(f"cross{suffix}")
        yield exact_sum(error * error * u * u, 30).alias(f"squares{suffix}")
    u = nw.col(f"influence_{kind}")
    yield exact_sum(error_before).alias("errors_before")
    yield exact_sum(error_before * before, 24).alias("influence_before")
    yield exact_sum(error * error_before).alias("both")
    yield exact_sum(error * error_before * u, 24).alias("both_now")
    yield exact_sum(error * error_before * before, 24).alias("both_before")
    yield exact_sum(error * error_before * u * before, 30).alias("products")


@dataclass(frozen=True)
class Fits:
    """What the margins explain of the influences of one wave and segment type.

    Attributes
    ----------
    design : Design
        Of the wave.
    values : list of str
        Segments.
    counts : (values,) array
        Respondents with a weight.
    fits : (units, values) array
        x b of each segment in each unit.
    means : (strata, values) array
        Mean of z in each stratum; 0 where it is not taken out.
    squares : dict of str to (values,) array
        Variances, by suffix of KINDS.
    """

    design: Design
    values: list[str]
    counts: FloatArray
    fits: FloatArray
    means: FloatArray
    squares: dict[str, FloatArray]


def laid_out(of_kind: pd.DataFrame) -> tuple[Design, list[str], Callable[[str], FloatArray]]:
    """Lay out the sums of one wave and segment type by unit and segment.

    Parameters
    ----------
    of_kind : DataFrame
        As of `design_sums`.

    Returns
    -------
    Design, list of str, function
        Of the wave; the segments in order; and what returns a column as (units, segments) array.
    """
    units, unit = numbered(units_of(of_kind))
    values, segment = numbered(of_kind["segment_value"])

    def by_unit(column: str) -> FloatArray:
        numbers = of_kind[column].to_numpy(np.float64)
        return added(numbers, (unit, segment), (len(units), len(values)))

    sums = (by_unit(name).sum(axis=1) for name in summed_units(of_kind))
    return Design(units, *sums), values, by_unit


def _fit(of_kind: pd.DataFrame) -> Fits:
    design, values, by_unit = laid_out(of_kind)
    squares = {
        suffix: design.variances(*(by_unit(f"{name}{suffix}") for name in SUMMED))
        for suffix in KINDS
    }
    fits = design.fits(by_unit("design_influence"))
    means = design.stratum_means(fits, by_unit("influence")) * design.is_centred
    counts = by_unit("n_weighted").sum(axis=0)
    return Fits(design, values, counts, fits, means, squares)


def covariances(
    design: Design, one: Sequence[FloatArray], other: Sequence[FloatArray]
) -> FloatArray:
    """Covariance of two figures of groups that have no respondent in common.

    Parameters
    ----------
    design : Design
        Of the wave.
    one, other : sequence of (units, k) array
        Sums by unit of either, as SUMMED.

    Returns
    -------
    (k,) array
        Half of what the variances of both exceed that of their difference by.
    """
    linear = [a - b for a, b in zip(one[:-1], other[:-1], strict=True)]
    squares = one[-1] + other[-1]  # products are 0: nobody is in both
    apart = design.variances(*[*linear, squares])
    return (design.variances(*one) + design.variances(*other) - apart) / 2


def panel_covariances(of_kind: pd.DataFrame, now: Fits, before: Fits) -> FloatArray:
    """Covariance of the figures of each segment of two waves, over customers who answered both.

    Parameters
    ----------
    of_kind : DataFrame
        Rows of one wave and segment type as of `design_sums`, of which those with a previous_value
        count: segment_value, UNIT and these as of the wave before, and PAIRED.
    now, before : Fits
        Of both waves.

    Returns
    -------
    (values,) array
        0 where the wave before has no such segment.
    """
    pairs = of_kind[of_kind["previous_value"].notna()]
    place = {unit: i for i, unit in enumerate(now.design.units)}
    earlier = {unit: i for i, unit in enumerate(before.design.units)}
    names = ["previous_stratum", "previous_weighting_cell"]
    units, units_before = (zip(*(pairs[name] for name in of), strict=True) for of in (UNIT, names))
    here = np.array([place[unit] for unit in units], int)
    there = np.array([earlier[unit] for unit in units_before], int)
    sums = {name: pairs[name].to_numpy(np.float64) for name in PAIRED}
    counts = _panel_factors(pairs, now.design, before.design, here, there)
    found = np.zeros(len(now.values))
    for s, value in enumerate(now.values):
        if value not in before.values or not len(pairs):
            continue
        old = before.values.index(value)
        member = (pairs["segment_value"] == value).to_numpy(np.float64)
        was_member = (pairs["previous_value"] == value).to_numpy(np.float64)
        f, g = now.fits[here, s], before.fits[there, old]
        products = (
            member * was_member * sums["products"]
            - member * g * sums["both_now"]
            - was_member * f * sums["both_before"]
            + f * g * sums["both"]
        )
        h, k = now.design.strata[here], before.design.strata[there]
        mean, old_mean = now.means[h, s], before.means[k, old]
        z = member * sums["influence"] - f * sums["errors"]
        z_before = was_member * sums["influence_before"] - g * sums["errors_before"]
        products = products - old_mean * z - mean * z_before + mean * old_mean * sums["n_weighted"]
        scale = np.sqrt(
            (now.design.factors[h] if now.design.is_centred else 1.0)
            * (before.design.factors[k] if before.design.is_centred else 1.0)
        )
        found[s] = np.sum(scale * counts * products)
    return found


def _panel_factors(
    pairs: pd.DataFrame, now: Design, before: Design, here: Places, there: Places
) -> FloatArray | float:
    """Say how often products count by row of those who answered both, whom units of now count."""
    if not (now.is_finite or before.is_finite):
        return 1.0
    n = pairs["n_weighted"].to_numpy(np.float64)
    both = added(n, (here,), (len(now.units),))[here]
    return panel_factors(now.sampled[here], before.sampled[there], now.n_of_units[here], both)


#: sums over customers who answered both waves
PAIRED = (
    *("products", "both_now", "both_before", "both", "influence", "errors"),
    *("influence_before", "errors_before", "n_weighted"),
)


def ordered(sums: pd.DataFrame) -> pd.DataFrame:
    """Put rows of `design_sums` in order: floats are added up alike in every build."""
    return sums.sort_values(
        ["survey_id", "segment_type", "segment_value", *UNIT, "previous_value", *_BEFORE],
        na_position="first",
        ignore_index=True,
    )


def segment_errors(sums: pd.DataFrame) -> pd.DataFrame:
    """Make of sums by weighting cell what `index.segment_index` makes intervals of.

    Parameters
    ----------
    sums : DataFrame
        As of `design_sums`.

    Returns
    -------
    DataFrame
        WAVE_SEGMENT, previous_survey_id, n_respondents, squares, squares_rescaled and products (the
        variance of the index, of the rescaled one, and the covariance with the wave before, in
        shares of 1), inflation (what is left to multiply a standard error with: for a segment of
        n_s of the n respondents of a wave the root of n_s / (n_s - 1) over n / (n - 1)),
        n_indexed_customers, mean_customer_index (weighted), n_effective and n_spread (see
        `effective_numbers`), and n_strata.
    """
    order = ordered(sums)
    fits = {
        (str(survey), str(kind)): _fit(of_kind)
        for (survey, kind), of_kind in order.groupby(["survey_id", "segment_type"], sort=True)
    }
    rows = []
    for (survey, kind), of_kind in order.groupby(["survey_id", "segment_type"], sort=True):
        now = fits[str(survey), str(kind)]
        previous = of_kind["previous_survey_id"].iloc[0]
        before = fits.get((str(previous), str(kind)))
        covariances = (
            panel_covariances(of_kind, now, before) if before else np.zeros(len(now.values))
        )
        inflation = now.design.inflation(now.counts)
        sums_of = of_kind.groupby("segment_value")[list(_ADDED)].sum().to_dict("index")
        for s, value in enumerate(now.values):
            one = sums_of[value]
            powers = (np.float64(one[name]) for name in POWERS)
            effective, spread = effective_numbers(*powers)
            rows.append({
                **dict(zip(WAVE_SEGMENT, (survey, kind, value), strict=True)),
                "previous_survey_id": previous,
                "n_respondents": int(one["n_respondents"]),
                **{f"squares{suffix}": now.squares[suffix][s] for suffix in KINDS},
                "products": covariances[s],
                "inflation": inflation[s],
                "n_indexed_customers": int(one["n_indexed_customers"]),
                "mean_customer_index": _ratio(one["indexed_sum"], one["indexed_weight"]),
                "n_effective": effective,
                "n_spread": spread,
                "n_strata": now.design.n_strata,
            })  # fmt: skip
    return _typed(pd.DataFrame(rows, columns=[*_TYPES]))


_BEFORE: tuple[str, ...] = tuple(f"previous_{name}" for name in UNIT)
_ADDED = ("n_respondents", "n_indexed_customers", "indexed_weight", "indexed_sum", *POWERS)
_TYPES: dict[str, Any] = dict.fromkeys([*WAVE_SEGMENT, "previous_survey_id"], "string")
_TYPES |= {"n_respondents": "int64", "squares": "float64", "squares_rescaled": "float64"}
_TYPES |= {"products": "float64", "inflation": "float64", "n_indexed_customers": "int64"}
_TYPES |= {"mean_customer_index": "float64", "n_effective": "float64", "n_spread": "float64"}
_TYPES |= {"n_strata": "int64"}


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(_TYPES)


def _ratio(part: Any, whole: Any) -> float:
    return float(part / whole) if whole > 0 else float("nan")
