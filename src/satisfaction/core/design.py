"""Variance by design: strata, and margins that respondents were weighted to.

With w the final weight of a respondent k, u_k its linearised value (0 outside the segment) and e_k
what the margins do not explain of it,

    z_k = w_k e_k / sqrt(1 - h_k),    V = sum_h n_h / (n_h - 1) sum_k (z_k - mean_h)^2.

e = u - x b is the residual of the regression of u on the margins with the design weights d, taken
over all respondents of the wave: outside the segment u is 0, and e is not. So the variance of a
segment follows from sums by segment and unit, a stratum and weighting cell, which the engine adds
up; here are the regressions of a few dozen rows.

References
----------
Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, sections 5.5, 6.6 and 7.6.
Deville and Särndal (1992), Calibration estimators in survey sampling, JASA 87. MacKinnon and White
(1985), Some heteroskedasticity-consistent covariance matrix estimators, J. of Econometrics 29
(HC2).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from satisfaction.core.expressions import exact_sum, value_or_zero
from satisfaction.core.frames import LazyFrame, small
from satisfaction.core.moments import FloatArray

Name = TypeVar("Name", str, tuple[str, str])
#: what respondents of a wave share who differ in their segments and answers alone
UNIT = ("stratum", "weighting_cell")
#: sums over all respondents of a unit
UNIT_SUMS = ("n_weighted", "designs", "errors", "error_squares")


def unit_sums() -> Iterator[nw.Expr]:
    """Add up the design of respondents, as UNIT_SUMS; weights are 0 where a respondent has none."""
    d, error = nw.col("design_weight"), nw.col("error_weight")
    yield value_or_zero(nw.col("weight") > 0, 1.0).sum().alias("n_weighted")
    for name, value in zip(UNIT_SUMS[1:], (d, error, error * error), strict=True):
        yield exact_sum(value).alias(name)


def units_of(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the UNIT of every row."""
    return list(rows[list(UNIT)].itertuples(index=False, name=None))


def numbered(names: Iterable[Name]) -> tuple[list[Name], NDArray[np.int_]]:
    """Return the different names in order, and the number of each one given."""
    given = list(names)
    known = sorted(set(given))
    number = {name: place for place, name in enumerate(known)}
    return known, np.array([number[name] for name in given], int)


def added(values: FloatArray, at: tuple[Any, ...], shape: tuple[int, ...]) -> FloatArray:
    """Add up rows by their places: an array of this shape, 0 where nobody is."""
    sums = np.zeros((*shape, *values.shape[1:]))
    np.add.at(sums, at, values)
    return sums


def effective_numbers(weights: Any, squares: Any, fourths: Any) -> tuple[Any, Any]:
    """Return as how many respondents of equal weight weighted ones count, twice.

    Parameters
    ----------
    weights, squares, fourths : float or array
        Sums of w, w^2 and w^4.

    Returns
    -------
    tuple of float or array
        Kish's (sum w)^2 / sum w^2, and (sum w^2)^2 / sum w^4, which degrees of freedom count; both
        n where weights are equal, NaN where nobody has any.

    References
    ----------
    Kish (1965), Survey Sampling, section 11.7.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(weights**2, squares), np.divide(squares**2, fourths)


class Design:
    """The respondents of a wave by unit, and what their margins explain.

    Parameters
    ----------
    units : sequence of tuple of str
        UNIT of each.
    n_weighted, designs, errors, error_squares : (units,) array
        Respondents with a weight, and sums of d, of w / sqrt(1 - h), and of its squares.

    Attributes
    ----------
    units : list of tuple of str
    place : dict of tuple of str to int
        Number of each unit.
    strata : (units,) array of int
        Number of the stratum of each unit; a stratum of one respondent is joined to the smallest
        other one.
    n_strata : int
    n : (strata,) array
        Respondents of each stratum.
    factors : (strata,) array
        n_h / (n_h - 1).
    is_centred : bool
        Whether means of strata are taken out: not of one stratum that margins were met in, where
        the residuals have a mean of 0 already and HC2 stands for the factor.
    """

    def __init__(
        self,
        units: Sequence[tuple[str, str]],
        n_weighted: FloatArray,
        designs: FloatArray,
        errors: FloatArray,
        error_squares: FloatArray,
    ) -> None:
        self.units = list(units)
        self.place = {unit: number for number, unit in enumerate(self.units)}
        self._errors, self._squares = errors, error_squares
        self.strata = _joined_strata([stratum for stratum, _ in units], n_weighted)
        self.n_strata = int(self.strata.max()) + 1
        self._belongs = (self.strata[:, None] == np.arange(self.n_strata)).astype(float)
        self.n: FloatArray = self._belongs.T @ n_weighted
        with np.errstate(divide="ignore", invalid="ignore"):
            self.factors: FloatArray = np.where(self.n > 1, self.n / (self.n - 1), np.nan)
        x = margins_matrix([cell for _, cell in units])
        middle = np.linalg.pinv((x * designs[:, None]).T @ x, hermitian=True) if x.size else x.T @ x
        self._x, self._middle = x, middle
        self.is_centred = self.n_strata > 1 or not x.size

    def fits(self, design_influence: FloatArray) -> FloatArray:
        """Fit influences by the margins: x b of each unit, from sums of d u by unit and segment."""
        # units may be thousands, margins are not
        return np.asarray(self._x @ (self._middle @ (self._x.T @ design_influence)), np.float64)

    def stratum_means(self, fits: FloatArray, influence: FloatArray) -> FloatArray:
        """Mean of z in each stratum, from sums of u w / sqrt(1 - h) by unit and segment."""
        sums = self._belongs.T @ (influence - fits * self._errors[:, None])
        return np.asarray(sums / np.maximum(self.n, 1)[:, None], np.float64)

    def variances(
        self,
        design_influence: FloatArray,
        influence: FloatArray,
        cross: FloatArray,
        squares: FloatArray,
    ) -> FloatArray:
        """Variance of a figure of each segment.

        Parameters
        ----------
        design_influence, influence, cross, squares : (units, segments) array
            Sums of d u, and of u, u and u^2 times w / sqrt(1 - h), its square, and its square.

        Returns
        -------
        (segments,) array
            V, at least 0; NaN where a stratum has one respondent and there is no other.
        """
        fits = self.fits(design_influence)
        parts = squares - 2 * fits * cross + fits**2 * self._squares[:, None]
        by_stratum = self._belongs.T @ parts
        if self.is_centred:
            means = self.stratum_means(fits, influence)
            by_stratum = self.factors[:, None] * (by_stratum - self.n[:, None] * means**2)
        return np.asarray(np.maximum(by_stratum.sum(axis=0), 0), np.float64)

    def inflation(self, n: FloatArray) -> FloatArray:
        """Root of n / (n - 1) over that of the whole wave; NaN for one respondent.

        A segment of n loses a degree of freedom to its own mean, and the wave has lost one already.
        """
        everyone = float(self.n.sum())
        # what one respondent is worth is a hair more or less than 1 where weights are rounded
        several = n > 1 + 1e-6
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = n / (n - 1) / (everyone / (everyone - 1)) if everyone > 1 else n * np.nan
        return np.where(several, np.sqrt(np.maximum(ratio, 0)), np.nan)


def wave_designs(weights: LazyFrame) -> dict[str, Design]:
    """Read the design of every wave, in order.

    Parameters
    ----------
    weights : LazyFrame
        A row per respondent: survey_id, UNIT, weight, design_weight, error_weight.
    """
    keys = ("survey_id", *UNIT)
    units = small(weights.group_by(*keys).agg(*unit_sums()).to_native()).sort_values(list(keys))
    return {
        str(survey): Design(
            units_of(of_wave), *(of_wave[name].to_numpy(np.float64) for name in UNIT_SUMS)
        )
        for survey, of_wave in units.groupby("survey_id", sort=True)
    }


def margins_matrix(cells: Sequence[str]) -> FloatArray:
    """Write what weighting cells were raked to as columns, categories as 0 and 1.

    Parameters
    ----------
    cells : sequence of str
        JSON list of the categories of each cell, one per dimension, and of its numbers; [] where it
        was not raked.

    Returns
    -------
    (k, p) array
        No columns where nothing was raked. With numbers a column of ones says who was.
    """
    known = [json.loads(cell) for cell in cells]
    named = [[(i, v) for i, v in enumerate(cell) if isinstance(v, str)] for cell in known]
    columns = sorted({pair for cell in named for pair in cell})
    rows = [[pair in set(cell) for pair in columns] for cell in named]
    found = np.array(rows, np.float64).reshape(len(cells), len(columns))
    scores = [[v for v in cell if not isinstance(v, str)] for cell in known]
    width = max(map(len, scores), default=0)
    if not width:
        return found
    numbers = np.array([[1.0, *of_cell] if of_cell else [0.0] * (width + 1) for of_cell in scores])
    return np.hstack([found, numbers])


def _joined_strata(names: Sequence[str], counts: FloatArray) -> NDArray[np.int_]:
    """Give strata numbers; one with a single respondent gets that of the smallest other one."""
    totals = pd.Series(counts).groupby(list(names)).sum().sort_index()
    number = {name: place for place, name in enumerate(totals.index)}
    lonely = [name for name, n in totals.items() if n < 2]
    if len(totals) > 1:
        for name in lonely:
            others = totals.drop(name)
            number[name] = number[str(others.idxmin())]
    dense = {place: i for i, place in enumerate(sorted(set(number.values())))}
    return np.array([dense[number[name]] for name in names], int)
