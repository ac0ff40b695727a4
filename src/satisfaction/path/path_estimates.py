"""The path model of every segment and wave, with bootstrap intervals, as rows.

A cell that cannot be estimated is a row that says why, so that one small segment stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
import pandas as pd

from satisfaction.core import moments
from satisfaction.core.errors import check_option
from satisfaction.core.frames import LazyFrame
from satisfaction.core.moments import CONTRADICTORY, ESTIMATED, SEGMENT, TOO_FEW, Cell, FloatArray
from satisfaction.drivers import multiple_correlation
from satisfaction.path import path_model
from satisfaction.path.path_model import SCALINGS, SCHEMES, TOLERANCE, WHOLE, Label, Model

Row = tuple[object, ...]
CHUNK = 16  # cells that are estimated together, which saves time and takes memory
DRAW_TOLERANCE = 1e-6  # of the weights of a draw: far below what differs between draws
TYPES = {
    **dict.fromkeys([*SEGMENT, "kind", "from_id", "to_id", "via"], "string"),
    **dict.fromkeys(["estimate", "standard_error", "low", "high"], "float64"),
    "n_respondents": "int64",
    "n_effective": "float64",
    "status": "string",
}


def path_estimates(
    sums: LazyFrame,
    items: pd.DataFrame,
    links: pd.DataFrame,
    *,
    scheme: str = "path",
    scaling: str = "standardised",
    n_draws: int = 500,
    confidence_level: float = 0.95,
    min_respondents: float = 0,
) -> pd.DataFrame:
    """Estimate the model of every wave in every segment.

    Parameters
    ----------
    sums : LazyFrame
        Moments of pairs of questions; see `satisfaction.core.moments.cells`. They are fetched wave
        by wave.
    items : DataFrame
        The questions that each wave asks, every block among them: survey_id, question_id, block_id,
        mode, value_min, value_max.
    links : DataFrame
        from_block, to_block.
    scheme : str
        Inner weighting: path, factorial or centroid.
    scaling : str
        standardised, or raw: items weigh by how much they vary on their scales.
    n_draws : int
        Bootstrap draws.
    confidence_level : float
        Of the intervals between percentiles (`satisfaction.core.moments.percentile_interval`).
    min_respondents : float
        Respondents below which nothing is drawn.

    Returns
    -------
    DataFrame
        The columns of TYPES. status is 'estimated', or 'too_few' without intervals below
        min_respondents, or in a single row of kind status

        - 'too_few_respondents': no more (effective) ones than questions behind some correlation;
        - 'constant_item': everybody gave the same answer to the question to_id;
        - 'contradictory_gaps': no answers without gaps could have these correlations;
        - 'no_solution': causes of a construct, or questions of a formative one, are collinear, or
          the weights did not settle.

    Raises
    ------
    SatisfactionError
        If the scheme or the scaling is not known.
    """
    check_option("path_scheme", scheme, SCHEMES)
    check_option("path_scaling", scaling, SCALINGS)
    rows: list[Row] = []
    for wave, asked in items.sort_values("question_id").groupby("survey_id"):
        model = _model(asked, links)
        ends = asked.set_index("question_id").loc[list(model.items), ["value_min", "value_max"]]
        of_model = model, ends.to_numpy(float).T, scheme, scaling
        estimator = _Estimator(*of_model, n_draws, confidence_level, min_respondents)
        cells = (cell.only(model.items) for cell in moments.cells_of_wave(sums, wave))
        while chunk := list(islice(cells, CHUNK)):
            rows += estimator.rows(chunk)
    return pd.DataFrame(rows, columns=list(TYPES)).astype(TYPES)


def _model(items: pd.DataFrame, links: pd.DataFrame) -> Model:
    blocks = {str(block): list(of["question_id"]) for block, of in items.groupby("block_id")}
    formative = items.loc[items["mode"] == "formative", "block_id"]
    return Model(
        blocks,
        list(links[["from_block", "to_block"]].itertuples(index=False, name=None)),
        frozenset(map(str, formative)),
    )


class _Counts(NamedTuple):
    respondents: int
    effective: float


@dataclass(frozen=True)
class _Estimator:
    """One model with the ends of the items' scales (2, p), and how to estimate it."""

    model: Model
    scales: FloatArray
    scheme: str
    scaling: str
    n_draws: int
    confidence_level: float
    min_respondents: float

    def rows(self, cells: list[Cell]) -> list[Row]:
        """Estimate some cells together."""
        p = len(self.model.items)
        rows: list[Row] = []
        enough: list[tuple[Cell, _Counts]] = []
        for cell in cells:
            # as many as stand behind every correlation
            counts = (cell.counts, cell.sums[0]) if len(cell.names) == p else (np.zeros(1),) * 2
            n = _Counts(int(counts[0].min()), float(counts[1].min()))
            if n.effective > p:
                enough.append((cell, n))
            else:
                rows.append(_nothing(cell, "too_few_respondents", WHOLE, n))
        solved: list[tuple[Cell, _Counts, FloatArray]] = []
        labels, point, r = self._figures([cell.sums for cell, _ in enough], TOLERANCE)
        for (cell, n), figures, matrix in zip(enough, point, r, strict=True):
            unknown = np.isnan(matrix).sum(axis=0)
            if unknown.any():
                constant = self.model.items[int(unknown.argmax())]
                rows.append(_nothing(cell, "constant_item", constant, n))
            elif moments.contradictory(matrix):
                rows.append(_nothing(cell, CONTRADICTORY, WHOLE, n))
            elif np.isnan(figures[0]):  # a weight: reliability alone needs no solution
                rows.append(_nothing(cell, "no_solution", WHOLE, n))
            elif cell.n_effective < self.min_respondents:
                rows += self._estimates(
                    cell, n, figures, labels, np.zeros((0, len(labels))), TOO_FEW
                )
            else:
                solved.append((cell, n, figures))
        resampled = (cell.resampled(self.n_draws) for cell, _, _ in solved)
        _, draws, _ = self._figures(resampled, DRAW_TOLERANCE)
        for row, of_cell in zip(solved, draws, strict=True):
            rows += self._estimates(*row, labels, of_cell, ESTIMATED)
        return rows

    def _figures(
        self, cells: Iterable[FloatArray], tolerance: float
    ) -> tuple[list[Label], FloatArray, FloatArray]:
        """Work out the figures from the sums (..., 4, p, p) of each cell.

        Returns labels of the m figures; figures (cells, ..., m), NaN where there are none; and
        correlations (cells, ..., p, p).
        """
        found = [
            (
                moments.correlations(sums),
                moments.means(sums),
                _deviations(sums),
            )
            for sums in cells
        ]
        if not found:
            return [], np.zeros((0, 0)), np.zeros((0, 0, 0))
        r, means, sds = (np.stack(arrays) for arrays in zip(*found, strict=True))
        possible = np.where(moments.contradictory(r)[..., None, None], np.nan, r)
        on_scale = (sds / (self.scales[1] - self.scales[0])) ** 2
        variances = on_scale if self.scaling == "raw" else None
        fitted = path_model.fit(possible, self.model, self.scheme, tolerance, variances)
        figures = path_model.figures(fitted, possible, means, sds, self.scales, self.model)
        return list(figures), np.stack(list(figures.values()), axis=-1), r

    def _estimates(
        self,
        cell: Cell,
        n: _Counts,
        point: FloatArray,
        labels: list[Label],
        draws: FloatArray,
        status: str,
    ) -> list[Row]:
        defined = np.asarray(np.isfinite(point))
        usable = draws[np.isfinite(draws[:, defined]).all(axis=1)]
        error, low, high = moments.percentile_interval(
            usable, self.n_draws, n.effective, self.confidence_level
        )
        self._explained(labels, point, n.effective, low, high)
        columns = (column.tolist() for column in (point, error, low, high))
        return [
            (*cell.key, *label, *values, *n, status)
            for label, is_defined, *values in zip(labels, defined.tolist(), *columns, strict=True)
            if is_defined
        ]

    def _explained(
        self, labels: list[Label], point: FloatArray, n: float, low: FloatArray, high: FloatArray
    ) -> None:
        """Put the intervals of what is made of R^2: a sample explains too much of itself.

        A draw does so once more, and its percentiles lie too high. Redundancy takes communality as
        known; the goodness of fit, a mean over constructs, has no interval.
        """
        at = {label: place for place, label in enumerate(labels)}
        for (kind, block, *_), place in at.items():
            if kind == "gof":
                low[place] = high[place] = np.nan
            if kind not in ("r_squared", "redundancy") or np.isnan(low[place]):
                continue
            causes = sum(effect == block for _, effect in self.model.links)
            squared = float(point[at["r_squared", block, block, ""]])
            ends = multiple_correlation.interval(squared, n, causes, self.confidence_level)
            known = point[at["communality", block, block, ""]] if kind == "redundancy" else 1.0
            low[place], high[place] = (float(end * known) for end in ends)


def _nothing(cell: Cell, status: str, to_id: str, n: _Counts) -> Row:
    return *cell.key, "status", WHOLE, to_id, "", *[np.nan] * 4, *n, status


def _deviations(sums: FloatArray) -> FloatArray:
    variances = np.diagonal(moments.covariances(sums), axis1=-2, axis2=-1)
    return np.sqrt(np.maximum(variances, 0.0))  # rounding may take a variance below 0
