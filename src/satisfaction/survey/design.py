"""Standard errors of weighted indices: strata, margins that were raked to, panels of two waves.

One formula for every figure. With w the final weight of a respondent k, u_k its linearised value
(0 outside the segment) and e_k what the margins do not explain of it,

    z_k = w_k e_k / sqrt(1 - h_k),    V = sum_h n_h / (n_h - 1) sum_k (z_k - mean_h)^2.

e = u - x b is the residual of the regression of u on the margins with the design weights d, taken
over all respondents of the wave: outside the segment u is 0, and e is not. So the squares of a
segment follow from sums by segment and weighting cell, which the engine adds up; here are the
regressions of a few dozen rows.

References
----------
Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, sections 5.5, 6.6 and 7.6.
Deville and Särndal (1992), Calibration estimators in survey sampling, JASA 87. MacKinnon and White
(1985), Some heteroskedasticity-consistent covariance matrix estimators, J. of Econometrics 29
(HC2). Kish (1965), Survey Sampling, section 11.7. Tam (1984), On covariances from overlapping
samples, The American Statistician 38.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from satisfaction.core.expressions import exact_sum
from satisfaction.core.frames import WAVE_SEGMENT, LazyFrame

Floats = NDArray[np.float64]
UNIT = ("stratum", "weighting_cell")
KINDS = ("", "_rescaled")  # of the index, and of the index from 0 to 100
#: of a weighted figure: effective respondents, those that degrees of freedom count, and strata
MOMENTS = ("n_effective", "n_spread", "n_strata")
#: what stands for the design of a respondent, beside its keys
DESIGN = ("design_weight", "weight", "error_weight", *UNIT)


def design_sums(influences: LazyFrame, waves: LazyFrame, kinds: Sequence[str]) -> LazyFrame:
    """Add up weighted influences by segment, weighting cell and stratum, in this wave and before.

    Parameters
    ----------
    influences : LazyFrame
        As of `index.influence` with the columns of DESIGN: error_weight is w / sqrt(1 - h), and
        weights are 0 where a respondent has none.
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
        .agg(*_sums(kind))
        .with_columns(segment_type=nw.lit(kind), segment_value=nw.col(kind))
        .drop(kind)
    )


def _sums(kind: str) -> Iterator[nw.Expr]:
    """Add up respondents; sums with `both` or `before` are over who answered in both waves."""
    w, d, error = nw.col("weight"), nw.col("design_weight"), nw.col("error_weight")
    before, error_before = nw.col("before"), nw.col("error_before")
    is_indexed = nw.when(~nw.col("index_score").is_null())
    yield nw.len().alias("n_respondents")
    yield nw.when(w > 0).then(1).otherwise(0).sum().alias("n_weighted")
    yield nw.col("index_score").count().alias("n_indexed_customers")
    yield exact_sum(is_indexed.then(w)).alias("indexed_weight")
    yield exact_sum(is_indexed.then(w * nw.col("index_score"))).alias("indexed_sum")
    for power, name in ((1, "weights"), (2, "weight_squares"), (4, "weight_fourths")):
        yield exact_sum(w**power).alias(name)
    yield exact_sum(d).alias("designs")
    yield exact_sum(error).alias("errors")
    yield exact_sum(error * error).alias("error_squares")
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


def margins_matrix(cells: Sequence[str]) -> Floats:
    """Write the categories of weighting cells as columns of 0 and 1.

    Parameters
    ----------
    cells : sequence of str
        JSON list of the categories of each cell, one per dimension; [] where it was not raked.

    Returns
    -------
    (k, p) array
        No columns where nothing was raked.
    """
    categories = [json.loads(cell) for cell in cells]
    columns = sorted({pair for cell in categories for pair in enumerate(cell)})
    rows = [[pair in set(enumerate(cell)) for pair in columns] for cell in categories]
    return np.array(rows, np.float64).reshape(len(cells), len(columns))


@dataclass(frozen=True)
class _Fits:
    """What the margins explain of the influences of one wave and segment type.

    Attributes
    ----------
    units : list of tuple of str
        Stratum and weighting cell of each unit.
    values : list of str
        Segments.
    fits : (units, values) array
        x b of each segment in each unit.
    strata : (units,) array of int
        Number of the stratum of each unit.
    factors : (strata,) array
        n_h / (n_h - 1).
    means : (strata, values) array
        Mean of z in each stratum.
    is_centred : bool
        Whether these means are taken out: not of one stratum that margins were met in, where the
        residuals have a mean of 0 already and HC2 stands for the factor.
    squares : dict of str to (values,) array
        Variances, by suffix of KINDS.
    """

    units: list[tuple[str, str]]
    values: list[str]
    fits: Floats
    strata: NDArray[np.int_]
    factors: Floats
    means: Floats
    is_centred: bool
    squares: dict[str, Floats]


def _joined_strata(names: Sequence[str], counts: Floats) -> NDArray[np.int_]:
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


def _fit(of_kind: pd.DataFrame) -> _Fits:
    places = list(zip(*(of_kind[name] for name in UNIT), strict=True))
    units, values = sorted(set(places)), sorted(set(of_kind["segment_value"]))
    unit_of, value_of = ({name: i for i, name in enumerate(names)} for names in (units, values))
    here = (
        [unit_of[place] for place in places],
        [value_of[value] for value in of_kind["segment_value"]],
    )

    def by_unit(column: str) -> Floats:
        sums = np.zeros((len(units), len(values)))
        np.add.at(sums, here, of_kind[column].to_numpy(np.float64))
        return sums

    counts = by_unit("n_weighted")
    design, errors, squared = (
        by_unit(name).sum(axis=1) for name in ("designs", "errors", "error_squares")
    )
    strata = _joined_strata([stratum for stratum, _ in units], counts.sum(axis=1))
    x = margins_matrix([cell for _, cell in units])
    inverse = np.linalg.pinv((x * design[:, None]).T @ x, hermitian=True) if x.size else x.T @ x
    belongs = (strata[:, None] == np.arange(strata.max() + 1)).astype(float)
    n = belongs.T @ counts.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.where(n > 1, n / (n - 1), np.nan)
    is_centred = len(n) > 1 or not x.size
    found: dict[str, Floats] = {}
    for suffix in reversed(KINDS):  # the fits of the index itself are those that are kept
        fits = x @ inverse @ x.T @ by_unit(f"design_influence{suffix}")
        parts = (
            by_unit(f"squares{suffix}")
            - 2 * fits * by_unit(f"cross{suffix}")
            + fits**2 * squared[:, None]
        )
        sums = belongs.T @ (by_unit(f"influence{suffix}") - fits * errors[:, None])
        means = sums / np.maximum(n, 1)[:, None]
        by_stratum = belongs.T @ parts
        if is_centred:
            by_stratum = factors[:, None] * (by_stratum - sums * means)
        found[suffix] = np.maximum(by_stratum.sum(axis=0), 0)
    return _Fits(units, values, fits, strata, factors, means, is_centred, found)


def _covariances(of_kind: pd.DataFrame, now: _Fits, before: _Fits) -> Floats:
    """Covariance of the indices of each segment of two waves, over customers who answered both."""
    pairs = of_kind[of_kind["previous_value"].notna()]
    place = {unit: i for i, unit in enumerate(now.units)}
    earlier = {unit: i for i, unit in enumerate(before.units)}
    names = ["previous_stratum", "previous_weighting_cell"]
    here = [place[unit] for unit in zip(*(pairs[name] for name in UNIT), strict=True)]
    there = [earlier[unit] for unit in zip(*(pairs[name] for name in names), strict=True)]
    sums = {name: pairs[name].to_numpy(np.float64) for name in _PAIRED}
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
        h, k = now.strata[here], before.strata[there]
        mean = now.means[h, s] if now.is_centred else 0.0
        old_mean = before.means[k, old] if before.is_centred else 0.0
        z = member * sums["influence"] - f * sums["errors"]
        z_before = was_member * sums["influence_before"] - g * sums["errors_before"]
        products = products - old_mean * z - mean * z_before + mean * old_mean * sums["n_weighted"]
        scale = np.sqrt(
            (now.factors[h] if now.is_centred else 1.0)
            * (before.factors[k] if before.is_centred else 1.0)
        )
        found[s] = np.sum(scale * products)
    return found


_PAIRED = (
    *("products", "both_now", "both_before", "both", "influence", "errors"),
    *("influence_before", "errors_before", "n_weighted"),
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
        n_indexed_customers, mean_customer_index (weighted), and MOMENTS: Kish's n_effective,
        (sum w)^2 / sum w^2; n_spread, (sum w^2)^2 / sum w^4, which is n where weights are equal;
        and the number of strata.
    """
    order = sums.sort_values(
        ["survey_id", "segment_type", "segment_value", *UNIT, "previous_value", *_BEFORE],
        na_position="first",
        ignore_index=True,
    )
    fits = {
        (str(survey), str(kind)): _fit(of_kind)
        for (survey, kind), of_kind in order.groupby(["survey_id", "segment_type"], sort=True)
    }
    rows = []
    for (survey, kind), of_kind in order.groupby(["survey_id", "segment_type"], sort=True):
        now = fits[str(survey), str(kind)]
        previous = of_kind["previous_survey_id"].iloc[0]
        before = fits.get((str(previous), str(kind)))
        covariances = _covariances(of_kind, now, before) if before else np.zeros(len(now.values))
        everyone = float(of_kind["n_weighted"].sum())
        added = of_kind.groupby("segment_value")[list(_ADDED)].sum().to_dict("index")
        for s, value in enumerate(now.values):
            one = added[value]
            rows.append({
                **dict(zip(WAVE_SEGMENT, (survey, kind, value), strict=True)),
                "previous_survey_id": previous,
                "n_respondents": int(one["n_respondents"]),
                **{f"squares{suffix}": now.squares[suffix][s] for suffix in KINDS},
                "products": covariances[s],
                "inflation": _inflation(float(one["n_weighted"]), everyone),
                "n_indexed_customers": int(one["n_indexed_customers"]),
                "mean_customer_index": _ratio(one["indexed_sum"], one["indexed_weight"]),
                "n_effective": _ratio(one["weights"] ** 2, one["weight_squares"]),
                "n_spread": _ratio(one["weight_squares"] ** 2, one["weight_fourths"]),
                "n_strata": len(now.factors),
            })  # fmt: skip
    return _typed(pd.DataFrame(rows, columns=[*_TYPES]))


_BEFORE: tuple[str, ...] = tuple(f"previous_{name}" for name in UNIT)
_ADDED = (
    *("n_respondents", "n_weighted", "n_indexed_customers", "indexed_weight", "indexed_sum"),
    *("weights", "weight_squares", "weight_fourths"),
)
_TYPES: dict[str, Any] = dict.fromkeys([*WAVE_SEGMENT, "previous_survey_id"], "object")
_TYPES |= {"n_respondents": "int64", "squares": "float64", "squares_rescaled": "float64"}
_TYPES |= {"products": "float64", "inflation": "float64", "n_indexed_customers": "int64"}
_TYPES |= {"mean_customer_index": "float64", "n_effective": "float64", "n_spread": "float64"}
_TYPES |= {"n_strata": "int64"}


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(_TYPES)


def _ratio(part: Any, whole: Any) -> float:
    return float(part / whole) if whole > 0 else float("nan")


def _inflation(n: float, everyone: float) -> float:
    """Root of n / (n - 1) over that of the whole wave; NaN for one respondent."""
    if n <= 1 or everyone <= 1:
        return float("nan")
    return float(np.sqrt(n / (n - 1) / (everyone / (everyone - 1))))
