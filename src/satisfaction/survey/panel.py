"""Covariances of what customers said in two waves, where respondents are weighted.

A figure is linear in parts of what a customer said: whether an answer is at a level, or a gap and
whether there is one. With p_a the parts of a respondent, 0 outside of a segment, and z_a what
margins leave of them (see `core.design`), the covariance of two figures sum_a u_a p_a is
sum_ab u_a u'_b C_ab with

    C_ab = sum_k z_ka z'_kb,    z_ka = e_k p_ka - e_k f_a - mean_a,

over the customers k of both waves, whose e is the error weight, f what margins fit in the unit of
the respondent, and the mean that of its stratum. Multiplied out, no sum is over both the parts and
the units of one wave and those of the other: so the tables stay as small as segments times units.

References
----------
Tam (1984), On covariances from overlapping samples, The American Statistician 38.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from satisfaction.core.design import UNIT, UNIT_BEFORE, Design, units_of
from satisfaction.core.expressions import exact_sum
from satisfaction.core.frames import LazyFrame, small, type_of
from satisfaction.core.moments import FloatArray

Numbers = NDArray[np.int_]
SEGMENT = ("segment_type", "segment_value")
#: sums over customers: e e', e and e'
BOTH, NOW, BEFORE = "both", "errors", "errors_before"


class Said(NamedTuple):
    """Parts of what was said to one question in the segments of one type, in one wave.

    Attributes
    ----------
    design : Design
        Of the wave.
    values : list of str
        Segments.
    fits : (units, segments, parts) array
        What margins explain of each part.
    means : (strata, segments, parts) array
        Mean of z in each stratum; 0 where it is not taken out.
    """

    design: Design
    values: list[str]
    fits: FloatArray
    means: FloatArray


def said(design: Design, values: list[str], designs: FloatArray, errors: FloatArray) -> Said:
    """Fit the parts by the margins, from their sums times d and times e, by unit and segment."""
    shape = designs.shape
    fits = design.fits(designs.reshape(len(designs), -1))
    means = design.stratum_means(fits, errors.reshape(len(errors), -1)) * design.is_centred
    return Said(design, values, fits.reshape(shape), means.reshape(-1, *shape[1:]))


def shared(now: Said, before: Said) -> tuple[list[int], list[int]]:
    """Return the numbers of the segments that both waves have, in this wave and in the other."""
    old = {value: number for number, value in enumerate(before.values)}
    at = [number for number, value in enumerate(now.values) if value in old]
    return at, [old[now.values[number]] for number in at]


class Pairs(NamedTuple):
    """Sums over customers of two waves who said something to one question.

    Attributes
    ----------
    together : DataFrame
        Over those who said something in both waves, and were in the same segment: segment_value,
        stratum, stratum_before, part, part_before, n, and both times the two parts.
    now : DataFrame
        segment_value, stratum, UNIT_BEFORE, part; both and errors times the part.
    before : DataFrame
        segment_value as of the wave before, UNIT, stratum_before, part_before; both and
        errors_before times the part.
    """

    together: pd.DataFrame
    now: pd.DataFrame
    before: pd.DataFrame


def by_kind(pairs: LazyFrame, kinds: Sequence[str], columns: Sequence[str]) -> LazyFrame:
    """Write segment_type, segment_value and previous_value for every column of segment types."""
    return nw.concat(
        [
            pairs.select(
                *columns,
                *UNIT,
                *UNIT_BEFORE,
                segment_type=nw.lit(type_of(kind)),
                segment_value=nw.col(kind),
                previous_value=nw.col(f"{kind}_before"),
            )
            for kind in kinds
        ]
    )


def pair_tables(
    pairs: LazyFrame,
    keys: Sequence[str],
    part: Sequence[str],
    sums: tuple[Sequence[str], Sequence[str], Sequence[str]],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Add up the rows of `by_kind` as the three tables of Pairs, of all questions.

    Parameters
    ----------
    pairs : LazyFrame
        With is_said and is_said_before.
    keys : sequence of str
        What names a question.
    part : sequence of str
        Columns of the part of this wave and of the one before; none where sums tell parts apart.
    sums : tuple of sequences of str
        Columns to add up in each of the three tables.
    """
    in_both = pairs.filter(
        nw.col("is_said"),
        nw.col("is_said_before"),
        nw.col("segment_value") == nw.col("previous_value"),
    )
    now, before = pairs.filter(nw.col("is_said")), pairs.filter(nw.col("is_said_before"))
    before = before.with_columns(segment_value=nw.col("previous_value"))
    stratum, stratum_before = UNIT[0], UNIT_BEFORE[0]
    found = []
    for rows, of, summed in (
        (in_both, [stratum, stratum_before, *part], sums[0]),
        (now, [stratum, *UNIT_BEFORE, *part[:1]], sums[1]),
        (before, [*UNIT, stratum_before, *part[1:]], sums[2]),
    ):
        by = [*keys, *SEGMENT, *of]
        added = rows.group_by(*by).agg(exact_sum(nw.col(*summed)))
        found.append(small(added.to_native()).sort_values(by, ignore_index=True))
    together, earlier, later = found
    return together, earlier, later


def customers_of_both(weights: LazyFrame, survey: str, previous: str) -> pd.DataFrame:
    """Add up the weights of customers of two waves: UNIT, UNIT_BEFORE, n, both, errors, ..."""
    names = ("customer_id", *UNIT, "error_weight")
    weighted = weights.filter(nw.col("weight") > 0)
    now, earlier = (
        weighted.filter(nw.col("survey_id") == name).select(*names) for name in (survey, previous)
    )
    both = now.join(
        earlier.rename({name: f"{name}_before" for name in names[1:]}), on="customer_id"
    )
    e, before = nw.col("error_weight"), nw.col("error_weight_before")
    keys = [*UNIT, *UNIT_BEFORE]
    found = both.group_by(*keys).agg(
        nw.len().alias("n"),
        exact_sum(e * before).alias(BOTH),
        exact_sum(e).alias(NOW),
        exact_sum(before).alias(BEFORE),
    )
    return small(found.to_native()).sort_values(keys, ignore_index=True)


class Panel:
    """The customers of two waves.

    Parameters
    ----------
    customers : DataFrame
        As of `customers_of_both`.
    now, before : Design
        Of both waves.
    """

    def __init__(self, customers: pd.DataFrame, now: Design, before: Design) -> None:
        self.now, self.before = now, before
        self._strata = [dict(zip(_strata(one), one.strata, strict=True)) for one in (now, before)]
        here = [now.place[unit] for unit in units_of(customers)]
        there = [before.place[unit] for unit in _units_before(customers)]
        scale = self._scale(now.strata[here], before.strata[there])
        shape = (len(now.units), len(before.units))
        self._sums = {
            name: sparse.csr_array((scale * customers[name].to_numpy(float), (here, there)), shape)
            for name in (BOTH, NOW, BEFORE, "n")
        }

    def _scale(self, h: Numbers, k: Numbers) -> FloatArray:
        """Root of n / (n - 1) of two strata, where means are taken out."""
        one, other = (
            design.factors[stratum] if design.is_centred else np.ones(len(stratum))
            for design, stratum in ((self.now, h), (self.before, k))
        )
        return np.asarray(np.sqrt(one * other), np.float64)

    def _numbers(self, names: pd.Series, is_before: bool) -> Numbers:
        return names.map(self._strata[is_before]).to_numpy(int)

    def mean_products(self, pairs: Pairs, values: Sequence[str]) -> FloatArray:
        """Take the mean of e e' over answers of both waves by segment, 0 where there are none."""
        rows = pairs.together
        names = ("stratum", "stratum_before")
        h, k = (self._numbers(rows[name], bool(i)) for i, name in enumerate(names))
        both = (self._scale(h, k) * rows[BOTH]).groupby(rows["segment_value"]).sum()
        n = rows.groupby("segment_value")["n"].sum()
        return np.asarray((both / n).reindex(values).fillna(0), np.float64)

    def covariances(self, pairs: Pairs, now: Said, before: Said) -> FloatArray:
        """Take C of every segment.

        Parameters
        ----------
        pairs : Pairs
            Of the question and segment type.
        now, before : Said
            Of both waves.

        Returns
        -------
        (segments, parts, parts) array
            In the order of now; 0 where the wave before has no such segment.
        """
        found = np.zeros((len(now.values), now.fits.shape[2], before.fits.shape[2]))
        at, at_before = shared(now, before)
        new = {now.values[number]: number for number in at}
        old = dict(zip(new, at_before, strict=True))
        self._add_customers(found, at, at_before, now, before)

        rows = pairs.together[pairs.together["segment_value"].isin(new)]
        h, k = self._numbers(rows["stratum"], False), self._numbers(rows["stratum_before"], True)
        segment = rows["segment_value"].map(new).to_numpy(int)
        both = self._scale(h, k) * rows[BOTH].to_numpy(float)
        np.add.at(found, (segment, rows["part"], rows["part_before"]), both)

        rows = pairs.now[pairs.now["segment_value"].isin(new)]
        there = [self.before.place[unit] for unit in _units_before(rows)]
        h, k = self._numbers(rows["stratum"], False), self.before.strata[there]
        earlier = rows["segment_value"].map(old).to_numpy(int)
        left = rows[BOTH].to_numpy(float)[:, None] * before.fits[there, earlier]
        left += rows[NOW].to_numpy(float)[:, None] * before.means[k, earlier]
        segment = rows["segment_value"].map(new).to_numpy(int)
        np.add.at(found, (segment, rows["part"]), -self._scale(h, k)[:, None] * left)

        rows = pairs.before[pairs.before["segment_value"].isin(new)]
        here = [self.now.place[unit] for unit in units_of(rows)]
        h, k = self.now.strata[here], self._numbers(rows["stratum_before"], True)
        segment = rows["segment_value"].map(new).to_numpy(int)
        left = rows[BOTH].to_numpy(float)[:, None] * now.fits[here, segment]
        left += rows[BEFORE].to_numpy(float)[:, None] * now.means[h, segment]
        turned = found.transpose(0, 2, 1)
        np.add.at(turned, (segment, rows["part_before"]), -self._scale(h, k)[:, None] * left)
        return found

    def _add_customers(
        self, found: FloatArray, at: list[int], at_before: list[int], now: Said, before: Said
    ) -> None:
        """Add the products of fits and means, which every customer of both waves has."""
        f, g = now.fits[:, at], before.fits[:, at_before]
        mean = now.means[self.now.strata][:, at]
        mean_before = before.means[self.before.strata][:, at_before]

        def times(name: str, figures: FloatArray) -> FloatArray:
            flat = self._sums[name] @ figures.reshape(len(figures), -1)
            return np.asarray(flat, np.float64).reshape(-1, *figures.shape[1:])

        fitted = times(BOTH, g) + times(NOW, mean_before)
        constant = times(BEFORE, g) + times("n", mean_before)
        found[at] += np.einsum("usa,usb->sab", f, fitted)
        found[at] += np.einsum("usa,usb->sab", mean, constant)


def _strata(design: Design) -> list[str]:
    return [stratum for stratum, _ in design.units]


def _units_before(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return list(rows[list(UNIT_BEFORE)].itertuples(index=False, name=None))
