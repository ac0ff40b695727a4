"""Classes of factors where respondents are weighted: sums by stratum and weighting cell.

What a class score is: `taxonomies`; what its variance is made of: `core.design`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import narwhals as nw
import numpy as np
import pandas as pd

from satisfaction.core.design import (
    UNIT,
    Design,
    added,
    effective_numbers,
    numbered,
    summed_units,
    unit_sums,
    units_of,
)
from satisfaction.core.expressions import exact_sum, total, value_or_zero
from satisfaction.core.frames import WAVE_SEGMENT, LazyFrame, small
from satisfaction.core.moments import FloatArray
from satisfaction.survey.taxonomies import (
    CLASS_SCORE,
    Basis,
    FactorClass,
    class_scores,
    factor_means,
    pairs,
    pool_moments,
    residual_products,
)

#: sums of answers times the weight, the design weight, error_weight and its square
PREFIXES = ("", "d", "e", "q")


def moments(members: LazyFrame, found: Sequence[FactorClass], keys: Sequence[str]) -> LazyFrame:
    """Sum the answers of weighted respondents, and the products of their answers to two factors.

    Parameters
    ----------
    members : LazyFrame
        As of `taxonomies.moments`, with the columns of `design.DESIGN`.
    found, keys
        As of `taxonomies.moments`.

    Returns
    -------
    LazyFrame
        keys, UNIT, UNIT_SUMS and the columns of `taxonomies.moments`, whose products are times the
        square of error_weight and whose sums are times the weight; beside them a__<i> (answers),
        dm__<i>, ds__<i>, em__<i>, es__<i>, qm__<i>, qs__<i> (see PREFIXES), and by class
        w1_<class_no>, w2_<class_no> and w4_<class_no>, sums of powers of the weight.
    """
    return members.group_by(*keys, *UNIT).agg(
        *[value.cast(nw.Float64) for value in unit_sums(members)],
        *[value.cast(nw.Float64).alias(name) for name, value in dict(_moments(found)).items()],
    )


def _moments(found: Sequence[FactorClass]) -> Iterator[tuple[str, nw.Expr]]:
    w, d, error = nw.col("weight"), nw.col("design_weight"), nw.col("error_weight")
    square = error * error
    yield "n_respondents", nw.len()
    for one in found:
        has_answers = total(f.valid for f in one.factors) > 0
        yield f"n_{one.class_no}", value_or_zero(has_answers, 1.0).sum()
        for power in (1, 2, 4):
            yield f"w{power}_{one.class_no}", exact_sum(value_or_zero(has_answers, w**power))
    for a, b in pairs(found):
        i, j = a.column, b.column
        yield f"mm__{i}__{j}", exact_sum(square * a.valid * b.valid)
        yield f"ms__{i}__{j}", exact_sum(square * a.valid * b.value_sum)
        yield f"ms__{j}__{i}", exact_sum(square * b.valid * a.value_sum)
        yield f"ss__{i}__{j}", exact_sum(square * a.value_sum * b.value_sum)
        if i == j:
            yield f"a__{i}", a.valid.sum()
            for prefix, times in zip(PREFIXES, (w, d, error, square), strict=True):
                yield f"{prefix}m__{i}", exact_sum(times * a.valid)
                yield f"{prefix}s__{i}", exact_sum(times * a.value_sum)


def design_basis(units: pd.DataFrame) -> Callable[[pd.DataFrame, FactorClass], Basis]:
    """Let respondents of some waves count by their weights.

    Parameters
    ----------
    units : DataFrame
        As of `pool_moments` by UNIT; pooled has the sums of its rows, in the order of WAVE_SEGMENT.
    """
    place = places(units)
    kinds = [
        Kind(of_kind, place) for _, of_kind in units.groupby(list(WAVE_SEGMENT[:2]), sort=True)
    ]

    def basis(pooled: pd.DataFrame, one: FactorClass) -> Basis:
        number, (_, mean) = one.class_no, factor_means(pooled, one)
        powers = (pooled[f"w{k}_{number}"].to_numpy(float) for k in (1, 2, 4))
        effective, spread = map(np.nan_to_num, effective_numbers(*powers))
        answers = pooled[[f"a__{f.column}" for f in one.factors]].to_numpy(float)
        n = pooled[f"n_{number}"].to_numpy(float)
        parts = [Part(kind, mean, one) for kind in kinds]
        strata = np.ones(len(pooled))
        for kind in kinds:
            strata[kind.rows] = kind.design.n_strata

        def variance(pull: FloatArray) -> FloatArray:
            found = np.full(len(pooled), np.nan)
            for kind, part in zip(kinds, parts, strict=True):
                found[kind.rows] = part.variance(pull[kind.rows], n[kind.rows])
            return found

        return Basis(variance, answers, effective, spread, strata)

    return basis


def places(units: pd.DataFrame) -> dict[tuple[object, ...], int]:
    """Give the segments of a wave their numbers, in the order of WAVE_SEGMENT."""
    keys = set(units[list(WAVE_SEGMENT)].itertuples(index=False, name=None))
    return {key: row for row, key in enumerate(sorted(keys))}


class Kind:
    """The segments of one type of a wave: its rows by unit and segment, and its design.

    Attributes
    ----------
    units : DataFrame
        As of `units_of_wave`.
    row_of, rows : array
        Number of the segment of each row of units, as of `places`; these numbers in order.
    design : Design
    """

    def __init__(self, units: pd.DataFrame, place: dict[tuple[object, ...], int]) -> None:
        self.units = units
        keys = units[list(WAVE_SEGMENT)].itertuples(index=False, name=None)
        self.row_of = np.array([place[key] for key in keys])
        self.rows, self._column = np.unique(self.row_of, return_inverse=True)
        self._known, self._unit = numbered(units_of(units))
        by_unit = (
            self.table(units[name].to_numpy(float)).sum(axis=1) for name in summed_units(units)
        )
        self.design = Design(self._known, *by_unit)

    def table(self, values: FloatArray) -> FloatArray:
        """Lay out values of the rows as (units, segments, …)."""
        return added(values, (self._unit, self._column), (len(self._known), len(self.rows)))


class Part:
    """A class in the segments of one type of a wave: sums of residuals by unit and segment.

    Parameters
    ----------
    kind : Kind
    mean : array, shape (segments of the wave, factors)
        As of `factor_means`.
    one : FactorClass
    """

    def __init__(self, kind: Kind, mean: FloatArray, one: FactorClass) -> None:
        self.design = kind.design
        own = mean[kind.row_of]
        self._sums = []
        for prefix in PREFIXES[1:]:
            m, s = (
                kind.units[[f"{prefix}{name}__{f.column}" for f in one.factors]].to_numpy(float)
                for name in "ms"
            )
            self._sums.append(kind.table(s - own * m))
        self._products = kind.table(residual_products(kind.units, one, own))

    def summed(self, pull: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Sum what respondents add to the score of each segment, as `Design.variances` asks.

        Parameters
        ----------
        pull : array, shape (segments, factors)
            See `taxonomies.pulls`.
        """
        design, error, cross = (np.einsum("uvi,vi->uv", sums, pull) for sums in self._sums)
        return design, error, cross, np.einsum("vi,uvij,vj->uv", pull, self._products, pull)

    def variance(self, pull: FloatArray, n: FloatArray) -> FloatArray:
        """Variance of each segment from its pull, (segments, factors), and respondents."""
        found = self.design.variances(*self.summed(pull))
        return found * self.design.inflation(n) ** 2


def all_class_scores(
    profiles: LazyFrame,
    kinds: Sequence[str],
    found: Sequence[FactorClass],
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Score every class of every segment of weighted respondents, one wave after the other.

    Parameters
    ----------
    profiles : LazyFrame
        As of `moments`.
    kinds : sequence of str
        Segment types.
    found, confidence_level
        See `taxonomies.class_scores`.

    Returns
    -------
    DataFrame
        As of `taxonomies.class_scores`.
    """
    parts = [pd.DataFrame(columns=list(CLASS_SCORE)).astype(CLASS_SCORE)]
    for wave in waves_of(profiles):
        parts.append(scores_of(units_of_wave(profiles, kinds, wave), found, confidence_level))
    return pd.concat(parts, ignore_index=True)


def scores_of(
    units: pd.DataFrame, found: Sequence[FactorClass], confidence_level: float
) -> pd.DataFrame:
    """Score every class of every segment of a wave, from `units_of_wave`."""
    return class_scores(segments_of(units), found, confidence_level, design_basis(units))


def waves_of(profiles: LazyFrame) -> list[str]:
    """Return the waves that have moments, in order."""
    return sorted(small(profiles.select("survey_id").unique().to_native())["survey_id"])


def units_of_wave(profiles: LazyFrame, kinds: Sequence[str], wave: str) -> pd.DataFrame:
    """Add the moments of a wave up by segment and UNIT, in their order."""
    of_wave = pool_moments(profiles.filter(nw.col("survey_id") == wave), kinds, UNIT)
    return small(of_wave.to_native()).sort_values([*WAVE_SEGMENT, *UNIT], ignore_index=True)


def segments_of(units: pd.DataFrame) -> pd.DataFrame:
    """Add the moments of `units_of_wave` up by segment."""
    return units.drop(columns=list(UNIT)).groupby(list(WAVE_SEGMENT), as_index=False).sum()
