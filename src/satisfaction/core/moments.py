"""Sums over pairs of variables, and the bootstrap over groups of respondents.

Means, variances and correlations of any set of questions are made of such sums, so that no row of a
respondent is ever fetched. Respondents are dealt into groups by chance; each group's sums are kept,
and a bootstrap draw is a sum over groups drawn with replacement. Where there are fewer respondents
than groups this is nearly the ordinary bootstrap.

Arrays of sums have the shape (..., 4, p, p). For variables i and j, over the respondents who have
both: how many they are, the sum of i, that of its squares, and that of the products of i and j.

Where respondents are weighted, all sums but the count are times w. What is made of them does not
depend on the scale of w, which each pair sets for itself so that the sum of its weights is the
number of effective respondents, (sum w)^2 / sum w^2: wherever a method asks for n, it gets that.
Draws keep the weights that respondents have.

References
----------
Efron (1979), Bootstrap methods: another look at the jackknife, Annals of Statistics 7 (1).
Wolter (2007), Introduction to Variance Estimation, chapter 2: the method of random groups.
Kish (1965), Survey Sampling, section 11.7: effective respondents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from satisfaction.core.frames import WAVE_SEGMENT, LazyFrame, small
from satisfaction.core.quantiles import t_value

FloatArray = NDArray[np.float64]
SEGMENT = list(WAVE_SEGMENT)
LEAST_PIVOT = 1e-10  # share of a variable that others leave unexplained; less is collinear
LEAST_SPREAD = 1e-12  # relative: anything smaller is rounding
SEED = 20260101  # of the bootstrap: the same sums give the same interval
# what stands in a status: figures with intervals, none but the correlations, or no intervals
ESTIMATED, CONTRADICTORY, TOO_FEW = "estimated", "contradictory_gaps", "too_few"
LEAST_USABLE = 0.9  # share of the draws that must give a figure for an interval to be published


@dataclass(frozen=True)
class Cell:
    """The sums of one segment of a wave.

    Attributes
    ----------
    key : tuple of str
        survey_id, segment_type, segment_value.
    names : tuple of str
        The p variables that anybody has, sorted.
    groups : (groups, 4, p, p) array
        Sums of each resample group; see the module.
    counts : (p, p) array
        Respondents who have both variables of a pair, whatever they weigh.
    """

    key: tuple[str, str, str]
    names: tuple[str, ...]
    groups: FloatArray
    counts: FloatArray

    @property
    def n_effective(self) -> float:
        """How many effective respondents have the variable that most of them have."""
        return float(self.groups[:, 0].sum(axis=0).max(initial=0))

    @property
    def sums(self) -> FloatArray:
        """Sums over all groups, (4, p, p)."""
        return np.asarray(self.groups.sum(axis=0))

    def only(self, names: Sequence[str]) -> Cell:
        """Keep some of the variables, in the order given; one that the cell lacks is left out."""
        kept = [name for name in names if name in self.names]
        at = [self.names.index(name) for name in kept]
        groups = self.groups[:, :, at][:, :, :, at]
        return Cell(self.key, tuple(kept), groups, self.counts[np.ix_(at, at)])

    def resampled(self, n_draws: int) -> FloatArray:
        """Draw groups with replacement, as many as there are: sums of shape (n_draws, 4, p, p)."""
        n, p = len(self.groups), len(self.names)
        times = np.random.default_rng(SEED).multinomial(n, np.full(n, 1 / n), size=n_draws)
        return (times @ self.groups.reshape(n, -1)).reshape(n_draws, 4, p, p)


def cells_of_waves(moments: LazyFrame) -> Iterator[Cell]:
    """Read the sums of one wave after the other: those of all may take a gigabyte.

    Parameters
    ----------
    moments : LazyFrame
        As of `cells`.

    Yields
    ------
    Cell
        In the order of their keys.
    """
    waves = small(moments.select("survey_id").unique().to_native())["survey_id"]
    for wave in sorted(waves):
        yield from cells_of_wave(moments, wave)


def cells_of_wave(moments: LazyFrame, wave: object) -> Iterator[Cell]:
    """Read the sums of one wave: see `cells`."""
    return cells(small(moments.filter(nw.col("survey_id") == wave).to_native()))


def cells(moments: pd.DataFrame) -> Iterator[Cell]:
    """Read the sums of every segment of every wave.

    Parameters
    ----------
    moments : DataFrame
        SEGMENT, resample_group, left_id, right_id (either order, each pair once, a variable with
        itself too), n, sum_left, sum_right, square_left, square_right, product; where respondents
        are weighted, weights and weight_squares.

    Yields
    ------
    Cell
        In the order of their keys.
    """
    rows = moments.sort_values(SEGMENT, ignore_index=True)
    # numbers for names once: a look at the texts of every segment would take most of the time
    codes, known = pd.factorize(pd.concat([rows["left_id"], rows["right_id"]]), sort=True)
    ends = {"left": codes[: len(rows)], "right": codes[len(rows) :]}
    groups, _ = pd.factorize(rows["resample_group"], sort=True)
    # of one who counts once
    rows = rows if "weights" in rows else rows.assign(weights=rows["n"], weight_squares=rows["n"])
    sides = {
        side: ("weights", f"sum_{side}", f"square_{side}", "product", "n", "weight_squares")
        for side in ends
    }
    figures = {name: rows[name].to_numpy(float) for names in sides.values() for name in names}
    for at in rows.groupby(SEGMENT, sort=False).indices.values():
        both = np.concatenate([ends["left"][at], ends["right"][at]])
        present, place = np.unique(both, return_inverse=True)
        _, group = np.unique(groups[at], return_inverse=True)
        left, right = place[: len(at)], place[len(at) :]
        sums = np.zeros((int(group.max()) + 1, 6, len(present), len(present)))
        for i, j, side in ((left, right, "left"), (right, left, "right")):
            for k, name in enumerate(sides[side]):
                sums[group, k, i, j] = figures[name][at]
        survey, kind, value = (str(rows.at[at[0], name]) for name in SEGMENT)
        counts, squares = sums[:, 4:].sum(axis=0)
        effective = sums[:, :4] * per_weight(sums[:, 0].sum(axis=0), squares)
        yield Cell((survey, kind, value), tuple(known[present]), effective, counts)


def per_weight(weights: Any, squares: Any) -> Any:
    """Return what weights are multiplied with to add up to the effective respondents.

    Parameters
    ----------
    weights, squares : float, array or Series
        Sums of w and w^2.

    Returns
    -------
    float, array or Series
        sum w / sum w^2, so that the sum becomes Kish's (sum w)^2 / sum w^2; 1 where weights are, 0
        where nobody has any.
    """
    return weights / (squares + (squares == 0))


def means(sums: FloatArray) -> FloatArray:
    """Mean of every variable over those who have it, (..., p); NaN where nobody does."""
    n, first = (np.diagonal(sums[..., k, :, :], axis1=-2, axis2=-1) for k in (0, 1))
    return np.asarray(first / np.where(n > 0, n, np.nan))


def covariances(sums: FloatArray) -> FloatArray:
    """Covariances, each pair over those who have both variables, (..., p, p).

    Divided by n - 1; NaN for fewer than two.
    """
    n, first, _, product = (sums[..., k, :, :] for k in range(4))
    several = np.where(n > 1, n, np.nan)
    return np.asarray((product - first * first.swapaxes(-1, -2) / several) / (several - 1))


def correlations(sums: FloatArray) -> FloatArray:
    """Pearson's correlations as observed, each pair over those who have both variables.

    Returns
    -------
    (..., p, p) array
        NaN where a variable does not vary. With gaps they may contradict each other; see
        `contradictory`.
    """
    n, first, square, product = (sums[..., k, :, :] for k in range(4))
    spread = n * square - first * first
    spread = np.where(spread > LEAST_SPREAD * n * square, spread, np.nan)
    shared = n * product - first * first.swapaxes(-1, -2)
    return np.asarray(shared / np.sqrt(spread * spread.swapaxes(-1, -2)))


def contradictory(r: FloatArray) -> NDArray[np.bool_]:
    """Tell which correlation matrices (..., p, p) no answers without gaps could have, (...).

    They have a negative eigenvalue: pairs rest on different respondents. No regression stands on
    such a matrix, and the nearest one without is singular, so that all would be explained. One with
    a NaN contradicts nothing.
    """
    p = r.shape[-1]
    flat = r.reshape(int(np.prod(r.shape[:-2])), p, p)
    found = np.zeros(len(flat), dtype=bool)
    known = np.flatnonzero(np.isfinite(flat).all(axis=(1, 2)))
    found[known] = indefinite(flat[known])
    return found.reshape(r.shape[:-2])


def percentile_interval(
    draws: FloatArray, n_draws: int, n: float, confidence_level: float = 0.95
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Spread of bootstrap draws, with the expanded percentile interval.

    Between its plain percentiles a bootstrap is too short, as an interval is with the normal
    quantile and a variance divided by n. So they are those of which the normal distribution puts
    sqrt(n / (n - 1)) t outside, t being Student's quantile with n - 1 degrees of freedom.

    Parameters
    ----------
    draws : (usable, ...) array
        Figures of the draws that gave any.
    n_draws : int
        How many were drawn. Where fewer than LEAST_USABLE of them gave figures, an interval would
        be one of the lucky draws only, and is NaN.
    n : float
        Respondents; of fewer than two nothing is known.
    confidence_level : float
        Of the interval.

    Returns
    -------
    tuple of (...) arrays
        Standard error, lower and upper end.

    References
    ----------
    Hesterberg (2015), What teachers should know about the bootstrap, The American Statistician 69
    (4), section 5.1.
    """
    if n < 2 or len(draws) < max(2, LEAST_USABLE * n_draws):
        nothing = np.full(draws.shape[1:], np.nan)
        return nothing, nothing, nothing
    outside = float(ndtr(-np.sqrt(n / (n - 1)) * t_value(confidence_level, n - 1)))
    low, high = np.quantile(draws, [outside, 1 - outside], axis=0)
    return np.asarray(draws.std(axis=0, ddof=1)), low, high


def indefinite(r: FloatArray) -> NDArray[np.bool_]:
    """Tell which of the symmetric matrices (n, p, p) have a negative eigenvalue, (n,).

    Sylvester's law of inertia: there are as many as negative pivots in an elimination.
    """
    left = np.moveaxis(r, 0, -1).copy()
    found = np.zeros(len(r), dtype=bool)
    for i in range(r.shape[-1]):
        found |= left[i, i] < -LEAST_PIVOT
        pivot = np.where(left[i, i] > LEAST_PIVOT, left[i, i], np.inf)
        for j in range(i + 1, r.shape[-1]):
            left[j, j:] -= left[i, j] / pivot * left[i, j:]
    return found


def solve(a: FloatArray, b: FloatArray) -> FloatArray:
    """Solve a stack of small systems with correlation matrices, by elimination.

    Parameters
    ----------
    a : (n, m, m) array
        Correlation matrices.
    b : (n, m) array

    Returns
    -------
    (n, m) array
        NaN where a variable is explained by those before it. Every step works on the whole stack
        at once, which is several times faster than LAPACK matrix by matrix.
    """
    m = a.shape[-1]
    left, right = np.moveaxis(a, 0, -1).copy(), np.moveaxis(b, 0, -1).copy()
    for i in range(m):
        left[i, i] = np.where(left[i, i] > LEAST_PIVOT, left[i, i], np.nan)
        for j in range(i + 1, m):
            times = left[j, i] / left[i, i]
            left[j, i + 1 :] -= times * left[i, i + 1 :]
            right[j] -= times * right[i]
    for i in reversed(range(m)):
        for j in range(i + 1, m):
            right[i] -= left[i, j] * right[j]
        right[i] /= left[i, i]
    return np.asarray(right.T)
