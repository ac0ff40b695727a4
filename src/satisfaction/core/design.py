"""Variance by design: strata, and margins that respondents were weighted to.

With w the final weight of a respondent k, u_k its linearised value (0 outside the segment) and e_k
what the margins do not explain of it,

    z_k = w_k e_k / sqrt(1 - h_k),    V = sum_h n_h / (n_h - 1) sum_k (z_k - mean_h)^2.

e = u - x b is the residual of the regression of u on the margins with the design weights d, taken
over all respondents of the wave: outside the segment u is 0, and e is not. So the variance of a
segment follows from sums by segment and unit, a stratum and weighting cell, which the engine adds
up; here are the regressions of a few dozen rows.

Of a finite population the squares of a unit count 1 - f times: f is the known share of what its
customers say, the share of them that answered, p, times the share of the questions that these
answered, c. A product of z of two waves counts as `panel_factors` says.

References
----------
Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, sections 5.5, 6.6 and 7.6.
Deville and Särndal (1992), Calibration estimators in survey sampling, JASA 87. Cochran (1977),
Sampling Techniques, sections 2.6 and 5.4. Tam (1984), On covariances from overlapping samples, The
American Statistician 38. MacKinnon and White
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
UNIT_BEFORE = tuple(f"{name}_before" for name in UNIT)
#: sums over all respondents of a unit
UNIT_SUMS = ("n_weighted", "designs", "errors", "error_squares")
#: of a finite population p and c of each respondent, and their sums, which such frames alone have
FINITE = ("sampled_share", "answered_share")
FINITE_SUMS = ("sampled", "answered")


def is_finite(respondents: LazyFrame) -> bool:
    """Say whether respondents are of a finite population: have the columns FINITE."""
    return set(FINITE) <= set(respondents.collect_schema().names())


def unit_sums(respondents: LazyFrame) -> Iterator[nw.Expr]:
    """Add up the design of respondents, as UNIT_SUMS; weights are 0 where a respondent has none.

    Of a finite population as FINITE_SUMS, too.
    """
    d, error = nw.col("design_weight"), nw.col("error_weight")
    yield value_or_zero(nw.col("weight") > 0, 1.0).sum().alias("n_weighted")
    for name, value in zip(UNIT_SUMS[1:], (d, error, error * error), strict=True):
        yield exact_sum(value).alias(name)
    if is_finite(respondents):
        sampled, answered = (nw.col(name) for name in FINITE)
        yield exact_sum(error * error * sampled).alias("sampled")
        yield exact_sum(value_or_zero(nw.col("weight") > 0, answered)).alias("answered")


def summed_units(rows: pd.DataFrame) -> list[str]:
    """Name the sums that make a `Design`, in its order."""
    return [*UNIT_SUMS, *(name for name in FINITE_SUMS if name in rows)]


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
    sampled, answered : (units,) array, optional
        Of a finite population sums of p times these squares, and of c.

    Attributes
    ----------
    units : list of tuple of str
    place : dict of tuple of str to int
        Number of each unit.
    strata : (units,) array of int
        Number of the stratum of each unit; a stratum of one respondent is joined to the smallest
        other one.
    n_strata : int
    n_of_units : (units,) array
        Respondents with a weight.
    sampled, known : (units,) array
        p and f = p c of each; 0 where the population is not finite.
    is_finite : bool
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
        sampled: FloatArray | None = None,
        answered: FloatArray | None = None,
    ) -> None:
        self.units = list(units)
        self.place = {unit: number for number, unit in enumerate(self.units)}
        self._errors, self._squares, self._designs = errors, error_squares, designs
        self.n_of_units = n_weighted
        self.is_finite = sampled is not None and answered is not None
        self.sampled = np.minimum(_share(sampled, error_squares), 1)
        self.known = self.sampled * _share(answered, n_weighted)
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

    def known_of(self, designs: FloatArray) -> FloatArray:
        """Take f of a question of its own, from the sums of d of those who answered it, by unit."""
        return self.sampled * np.minimum(_share(designs, self._designs), 1)

    def stratum_means(
        self, fits: FloatArray, influence: FloatArray, roots: FloatArray | float = 1.0
    ) -> FloatArray:
        """Mean of z in each stratum, from sums of u w / sqrt(1 - h) by unit and segment.

        Times roots, by unit.
        """
        sums = self._belongs.T @ ((influence - fits * self._errors[:, None]) * roots)
        return np.asarray(sums / np.maximum(self.n, 1)[:, None], np.float64)

    def variances(
        self,
        design_influence: FloatArray,
        influence: FloatArray,
        cross: FloatArray,
        squares: FloatArray,
        known: FloatArray | None = None,
    ) -> FloatArray:
        """Variance of a figure of each segment.

        Parameters
        ----------
        design_influence, influence, cross, squares : (units, segments) array
            Sums of d u, and of u, u and u^2 times w / sqrt(1 - h), its square, and its square.
        known : (units,) array, optional
            f of the figure where it is not that of the index.

        Returns
        -------
        (segments,) array
            V, at least 0; NaN where a stratum has one respondent and there is no other.
        """
        fits = self.fits(design_influence)
        parts = squares - 2 * fits * cross + fits**2 * self._squares[:, None]
        left = 1 - (self.known if known is None else known)[:, None]
        by_stratum = self._belongs.T @ (parts * left)
        if self.is_centred:
            means = self.stratum_means(fits, influence, np.sqrt(left))
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
    keys, sums = ("survey_id", *UNIT), unit_sums(weights)
    units = small(weights.group_by(*keys).agg(*sums).to_native()).sort_values(list(keys))
    names = summed_units(units)
    return {
        str(survey): Design(
            units_of(of_wave), *(of_wave[name].to_numpy(np.float64) for name in names)
        )
        for survey, of_wave in units.groupby("survey_id", sort=True)
    }


def panel_factors(
    sampled: FloatArray, sampled_before: FloatArray, n: FloatArray, n_both: FloatArray
) -> FloatArray:
    """Say how often a product of z of two waves counts, of finite populations.

    Parameters
    ----------
    sampled, sampled_before : (k,) array
        p of this wave and of the one before; 0 where a population is not finite.
    n, n_both : (k,) array
        Respondents of this wave, and those of them who answered before, too.

    Returns
    -------
    (k,) array
        1 - p p' / p_both with p_both = p n_both / n: of independent samples 0 on average, of one
        panel 1 - p, of a census of both 0. Where one population is not finite the root of
        (1 - p) (1 - p'). Questions that were skipped do not count: what is not subtracted for them
        makes a change rather too unsure.

    References
    ----------
    Tam (1984), On covariances from overlapping samples, The American Statistician 38.
    """
    roots = np.sqrt((1 - sampled) * (1 - sampled_before))
    found = 1 - sampled_before * n / np.maximum(n_both, 1)
    return np.where((sampled > 0) & (sampled_before > 0), found, roots)


def correlation_factors(weights: LazyFrame, changes: pd.DataFrame) -> FloatArray:
    """Say what finite populations leave of the correlation of two waves, by `panel_factors`.

    Parameters
    ----------
    weights : LazyFrame
        As of `wave_designs`, with customer_id.
    changes : DataFrame
        survey_id and previous_survey_id.

    Returns
    -------
    (k,) array
        By row of changes, 1 where populations are not finite: what correlations are multiplied by
        when both standard errors have the roots of 1 - f in them. p and f are those of whole waves.
    """
    names = ["survey_id", "previous_survey_id"]
    known = changes[names].dropna().drop_duplicates()
    if not is_finite(weights) or known.empty:
        return np.ones(len(changes))
    p = nw.col("sampled_share")
    waves = weights.filter(nw.col("weight") > 0)
    n = waves.group_by("survey_id").agg(
        n=nw.len(), p=exact_sum(p), f=exact_sum(p * nw.col("answered_share"))
    )
    of = small(n.to_native()).astype({"survey_id": "string"}).set_index("survey_id").astype(float)
    known = known.astype("string")
    pairs = known.itertuples(index=False, name=None)
    both = np.array([_answered_both(waves, *pair) for pair in pairs], np.float64)
    now, before = (of.reindex(known[name]) for name in names)
    shares = (
        [(one[name] / one["n"]).fillna(0).to_numpy() for one in (now, before)] for name in "pf"
    )
    (p_now, p_before), (f, f_before) = shares
    factors = panel_factors(p_now, p_before, now["n"].to_numpy(), both)
    roots = np.sqrt((1 - f) * (1 - f_before))
    known["factor"] = np.divide(factors, roots, out=np.zeros(len(known)), where=roots > 0)
    found = changes[names].astype("string").merge(known, on=names, how="left")
    return found["factor"].fillna(1.0).to_numpy(np.float64)


def _answered_both(weights: LazyFrame, survey: str, other: str) -> int:
    here, there = (
        weights.filter(nw.col("survey_id") == name).select("customer_id")
        for name in (survey, other)
    )
    both = here.join(there, on="customer_id", how="inner").select(n=nw.len())
    return int(small(both.to_native())["n"].iloc[0])


def _share(part: FloatArray | None, whole: FloatArray) -> FloatArray:
    if part is None:
        return np.zeros(len(whole))
    return np.divide(np.nan_to_num(part), whole, out=np.zeros(len(whole)), where=whole > 0)


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
