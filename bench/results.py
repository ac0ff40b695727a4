"""All measurements so far, and the figures that the report takes from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from bench.generate import answers_of

Row = dict[str, Any]


def _own(row: Row, name: str) -> float | None:
    """Return a figure that the contender has measured itself."""
    value = row["figures"].get(name)
    return float(value) if value else None


def _per_matrix(row: Row) -> float | None:
    inner, matrices = _own(row, "in_run"), _own(row, "matrices")
    return inner / matrices if inner and matrices else None


FIGURES: dict[str, Callable[[Row], float | None]] = {
    "wall": lambda row: float(row["wall"]),
    "cpu": lambda row: float(row["cpu"]),
    "peak": lambda row: float(row["peak"]) / 1e9,
    # what a contender spends at work, without starting and parsing
    "in-run": lambda row: _own(row, "in_run"),
    "per row": lambda row: float(row["wall"]) / (_own(row, "rows") or 1),
    "per matrix": _per_matrix,
}


class Results:
    """All measurements; of every contender and size those of its latest run count."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.runs: dict[tuple[str, str], dict[str, list[Row]]] = {}
        for row in rows:
            by_run = self.runs.setdefault((row["size"], row["name"]), {})
            by_run.setdefault(row["run"], []).append(row)

    def sizes(self) -> list[str]:
        """Return the sizes that anything was measured at, the smallest first."""
        return sorted({size for size, _ in self.runs}, key=answers_of)

    def latest(self, size: str, name: str) -> list[Row]:
        """Return the rows of a contender's latest run."""
        by_run = self.runs.get((size, name), {})
        return by_run[max(by_run)] if by_run else []

    def values(self, size: str, name: str, figure: str) -> list[float]:
        """Return a figure of every measured round of a contender's latest run."""
        rows = [row for row in self.latest(size, name) if "wall" in row]
        return [value for row in rows if (value := FIGURES[figure](row)) is not None]

    def ratios(self, size: str, top: str, bottom: str, figure: str) -> list[float]:
        """Return top / bottom round by round, in the latest run that measured both."""
        both = self.runs.get((size, top), {}).keys() & self.runs.get((size, bottom), {}).keys()
        for run in sorted(both, reverse=True):
            tops, bottoms = (
                {
                    row["round"]: value
                    for row in self.runs[size, name][run]
                    if "wall" in row and (value := FIGURES[figure](row))
                }
                for name in (top, bottom)
            )
            found = [tops[n] / bottoms[n] for n in sorted(tops.keys() & bottoms.keys())]
            if found:
                return found
        return []
