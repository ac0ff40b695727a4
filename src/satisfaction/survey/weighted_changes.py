"""Changes of classes of factors where respondents are weighted: covariances by design.

With z of `core.design` and z' of the wave before, which are what margins leave of the answers, the
covariance of two scores is the sum of their products over customers who answered both waves (see
`survey.design`). Outside of a segment u is 0, and z is not: so customers of both waves are summed
by where they stood in either, and by both weighting cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import narwhals as nw
import numpy as np
import pandas as pd

from satisfaction.core.design import UNIT, UNIT_BEFORE
from satisfaction.core.expressions import exact_sum, value_or_zero
from satisfaction.core.frames import WAVE_SEGMENT, LazyFrame, small
from satisfaction.core.moments import FloatArray
from satisfaction.survey.design import Fits, panel_covariances
from satisfaction.survey.panel import by_kind
from satisfaction.survey.taxonomies import (
    CLASS_SCORE,
    CORRELATION,
    FactorClass,
    correlation,
    factor_means,
    panel_products,
    pulls,
)
from satisfaction.survey.weighted_taxonomies import (
    Kind,
    Part,
    places,
    scores_of,
    segments_of,
    units_of_wave,
    waves_of,
)

#: how sums of the answers to one factor are named: times both error weights, or that of the wave
PRODUCT, SINGLE = "panel_b", "panel_e"


def panel_sums(columns: Sequence[str]) -> Iterator[tuple[str, nw.Expr]]:
    """Add up the error weights of customers of two waves, and their products with answers.

    Parameters
    ----------
    columns : sequence of str
        Columns of the factors.

    Yields
    ------
    tuple of str and Expr
        panel_n_weighted, panel_errors (e), panel_errors_before (e'), panel_both (e e') and by
        factor panel_bm__<i>, panel_bs__<i> (e e' m_i, e e' s_i), panel_em__<i>, panel_es__<i> (e
        m_i, e s_i), and the same of the wave before, which end in _before.
    """
    error, earlier = nw.col("error_weight"), nw.col("error_weight_before")
    both = error * earlier
    yield "panel_n_weighted", value_or_zero(both > 0, 1.0).sum()
    yield "panel_errors", exact_sum(error)
    yield "panel_errors_before", exact_sum(earlier)
    yield "panel_both", exact_sum(both)
    for end, own in (("", error), ("_before", earlier)):
        for column in columns:
            for name, figure in (("m", "n"), ("s", "sum")):
                value = nw.col(f"{column}_{figure}{end}")
                yield f"{PRODUCT}{name}__{column}{end}", exact_sum(both * value)
                yield f"{SINGLE}{name}__{column}{end}", exact_sum(own * value)


def panel_of_wave(panel: LazyFrame, kinds: Sequence[str], wave: str) -> pd.DataFrame:
    """Add the sums of a wave up by segment, that of the wave before, and UNIT of both."""
    names = panel.collect_schema().names()
    summed = [name for name in names if name.startswith("panel_")]
    keys = [*WAVE_SEGMENT, "previous_value", *UNIT, *UNIT_BEFORE]
    of_wave = panel.filter(nw.col("survey_id") == wave)
    rows = by_kind(of_wave, kinds, ["survey_id", *summed])
    found = rows.group_by(*keys).agg(exact_sum(nw.col(*summed)))
    return small(found.to_native()).sort_values(keys, ignore_index=True)


def scores_and_correlations(
    profiles: LazyFrame,
    panel: LazyFrame,
    kinds: Sequence[str],
    found: Sequence[FactorClass],
    waves: pd.DataFrame,
    confidence_level: float = 0.95,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score every class, and correlate its scores of two waves by design, wave after wave.

    Parameters
    ----------
    profiles, panel : LazyFrame
        As of `weighted_taxonomies.moments`, and of `class_changes.panel_moments`.
    kinds : sequence of str
        Segment types.
    found : sequence of FactorClass
        The classes.
    waves : DataFrame
        survey_id, previous_survey_id.
    confidence_level : float

    Returns
    -------
    tuple of DataFrame
        As of `taxonomies.class_scores`, and of `class_changes.correlations`.
    """
    scores = [pd.DataFrame(columns=list(CLASS_SCORE)).astype(CLASS_SCORE)]
    parts = [pd.DataFrame(columns=list(CORRELATION)).astype(CORRELATION)]
    present = waves_of(profiles)
    pairs = dict(waves.dropna().itertuples(index=False, name=None))
    held: dict[str, dict[str, _Kind]] = {}
    for wave in present:
        units = units_of_wave(profiles, kinds, wave)
        scores.append(scores_of(units, found, confidence_level))
        now, previous = _kinds_of(units), str(pairs.get(wave))
        if previous in present:
            # mostly the one that was read last
            before = held.get(previous) or _kinds_of(units_of_wave(profiles, kinds, previous))
            both = panel_of_wave(panel, kinds, wave)
            for kind in sorted(now.keys() & before.keys()):
                stayed = both[both["segment_type"] == kind]
                parts += [_of_class(now[kind], before[kind], stayed, one) for one in found]
        held = {wave: now}
    return pd.concat(scores, ignore_index=True), pd.concat(parts, ignore_index=True)


class _Kind:
    """The segments of one type of a wave, with their moments."""

    def __init__(self, units: pd.DataFrame) -> None:
        self.laid = Kind(units, places(units))
        self.pooled = segments_of(units)
        self.values: list[str] = self.pooled["segment_value"].tolist()
        self.place = {value: row for row, value in enumerate(self.values)}

    def rows(self, values: pd.Series) -> list[int]:
        """Return the number of each segment."""
        return [self.place[value] for value in values]


def _kinds_of(units: pd.DataFrame) -> dict[str, _Kind]:
    """Part the moments of a wave by segment type."""
    return {str(kind): _Kind(of_kind) for kind, of_kind in units.groupby("segment_type", sort=True)}


class _Wave:
    """A class in them: means, pulls, variances before `Design.inflation`, and what margins fit."""

    def __init__(self, kind: _Kind, one: FactorClass) -> None:
        pooled, design = kind.pooled, kind.laid.design
        _, self.mean = factor_means(pooled, one)
        pull = pulls(pooled, one, [f.weight for f in one.factors])[1]
        self.pull = np.nan_to_num(pull)
        sums = Part(kind.laid, self.mean, one).summed(self.pull)
        self.variance, fits = design.variances(*sums), design.fits(sums[0])
        means = design.stratum_means(fits, sums[1]) * design.is_centred
        counts = pooled["n_respondents"].to_numpy(float)
        self.fits = Fits(design, kind.values, counts, fits, means, {"": self.variance})


def _of_class(
    kind: _Kind, kind_before: _Kind, panel: pd.DataFrame, one: FactorClass
) -> pd.DataFrame:
    """Correlations of a class in the segments of one type."""
    now, old = _Wave(kind, one), _Wave(kind_before, one)
    here, there = kind.rows(panel["segment_value"]), kind_before.rows(panel["previous_value"])
    pull, mean, pull_old, mean_old = (
        now.pull[here],
        now.mean[here],
        old.pull[there],
        old.mean[there],
    )

    def linear(prefix: str, end: str, pulled: FloatArray, means: FloatArray) -> FloatArray:
        m, s = (
            panel[[f"{prefix}{name}__{f.column}{end}" for f in one.factors]].to_numpy(float)
            for name in "ms"
        )
        return np.asarray((pulled * (s - means * m)).sum(axis=1))

    products = panel_products(panel, one, mean, mean_old)
    sums = {
        "products": np.einsum("ri,rij,rj->r", pull, products, pull_old),
        "both_now": linear(PRODUCT, "", pull, mean),
        "both_before": linear(PRODUCT, "_before", pull_old, mean_old),
        "both": panel["panel_both"],
        "influence": linear(SINGLE, "", pull, mean),
        "errors": panel["panel_errors"],
        "influence_before": linear(SINGLE, "_before", pull_old, mean_old),
        "errors_before": panel["panel_errors_before"],
        "n_weighted": panel["panel_n_weighted"],
    }
    named = {f"{name}_before": f"previous_{name}" for name in UNIT}
    keys = panel[["segment_value", "previous_value", *UNIT, *UNIT_BEFORE]].rename(columns=named)
    covariance = panel_covariances(keys.assign(**sums), now.fits, old.fits)
    kept = [row for row, value in enumerate(kind.values) if value in kind_before.place]
    earlier = old.variance[[kind_before.place[kind.values[row]] for row in kept]]
    return (
        kind.pooled.loc[kept, list(WAVE_SEGMENT)]
        .assign(
            taxonomy=one.taxonomy,
            class_id=one.class_id,
            correlation=correlation(covariance[kept], now.variance[kept], earlier),
        )
        .astype(CORRELATION)
    )
