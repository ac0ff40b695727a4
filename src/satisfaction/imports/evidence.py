"""What the answers themselves say of the direction of a question: how it goes with the others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: rows that are looked at
ROWS = 5_000
#: respondents below which a correlation says nothing
LEAST = 8
#: correlation from which a direction shows with few respondents
STRONG = 0.5
#: correlation from which one shows at all: among many random items some are below 0 by chance
WEAK = 0.15
#: respondents from which the whole interval must lie on one side
MANY = 30


class Ratings:
    """The answers to some questions as numbers, of the first rows.

    Parameters
    ----------
    con : DuckDBPyConnection
    kept : str
        The view of the rows that count.
    values : mapping of str to (str, mapping of str to float)
        By key of a question: its column, and the number that each cell stands for.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        kept: str,
        values: Mapping[str, tuple[str, Mapping[str, float]]],
    ) -> None:
        self.raw: dict[str, list[str | None]] = {}
        self.of: dict[str, Floats] = {}
        if not values:
            return
        names = list(dict.fromkeys(name for name, _ in values.values()))
        sql = f"select {', '.join(names)} from {kept} order by row_number limit {ROWS}"
        cells = dict(zip(names, zip(*con.execute(sql).fetchall(), strict=True), strict=False))
        for key, (name, numbers) in values.items():
            column = list(cells.get(name, ()))
            self.raw[key] = column
            self.of[key] = np.array(
                [math.nan if cell is None else numbers.get(cell, math.nan) for cell in column],
                dtype=np.float64,
            )

    def correlation(self, key: str, others: Sequence[str]) -> tuple[float, int]:
        """Return how a question goes with the mean of others, and of how many respondents.

        Returns
        -------
        float, int
            The correlation; 0 where it cannot be told.
        """
        others = [other for other in others if other != key and other in self.of]
        if key not in self.of or not others:
            return 0.0, 0
        mean = _row_means([self.of[other] for other in others])
        own = self.of[key]
        both = ~np.isnan(own) & ~np.isnan(mean)
        n = int(both.sum())
        if n < LEAST or np.std(own[both]) == 0 or np.std(mean[both]) == 0:
            return 0.0, n
        return float(np.corrcoef(own[both], mean[both])[0, 1]), n

    def means(self, key: str, others: Sequence[str]) -> dict[str, float]:
        """Return the mean of other questions by the cell of one."""
        others = [other for other in others if other != key and other in self.of]
        if key not in self.raw or not others:
            return {}
        mean = _row_means([self.of[other] for other in others])
        found: dict[str, list[float]] = {}
        for cell, value in zip(self.raw[key], mean.tolist(), strict=True):
            if cell is not None and not math.isnan(value):
                found.setdefault(cell, []).append(value)
        return {cell: sum(values) / len(values) for cell, values in found.items()}


def _row_means(columns: Sequence[Floats]) -> Floats:
    """Return the mean of each row over columns brought to one spread, missing ones left out."""
    total, count = np.zeros(len(columns[0])), np.zeros(len(columns[0]))
    for column in columns:
        spread = np.nanstd(column) if not np.isnan(column).all() else 0.0
        if spread == 0:
            continue
        scaled = (column - np.nanmean(column)) / spread
        there = ~np.isnan(scaled)
        total[there] += scaled[there]
        count[there] += 1
    return np.where(count > 0, total / np.maximum(count, 1), math.nan)


def goes_with(correlation: float, n: int) -> bool:
    """Whether a column clearly goes with the others, or against them.

    Examples
    --------
    >>> goes_with(0.9, 10), goes_with(0.3, 10), goes_with(0.3, 400)
    (True, False, True)
    """
    return n >= LEAST and abs(correlation) >= (STRONG if n < MANY else STRONG / 2)


def is_against(correlation: float, n: int) -> bool:
    """Whether a question clearly runs against the others.

    Examples
    --------
    >>> is_against(-0.9, 10), is_against(-0.3, 10), is_against(-0.3, 400)
    (True, False, True)
    """
    if n < LEAST:
        return False
    if n < MANY:
        return correlation <= -STRONG
    if correlation > -WEAK:
        return False
    # Fisher's z: the upper end of the 95 % interval
    z = math.atanh(max(-0.999999, min(0.999999, correlation)))
    return z + 1.96 / math.sqrt(n - 3) < 0
