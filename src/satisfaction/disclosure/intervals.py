"""The audit: between which bounds a withheld count must lie, given all that is published.

What is published says that sums of withheld counts have certain values, and no count is negative.
The least and the greatest value that a count can have under these equations are two linear
programmes (Fischetti and Salazar 2000). They are solved by HiGHS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

#: people that solving may be off by
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Table:
    """Withheld counts, and the sums of them that are known.

    Attributes
    ----------
    sums
        A row for each known sum, a column for each withheld count: 1 where the count is part of it.
    known
        The value of each sum.
    """

    sums: NDArray[np.float64]
    known: NDArray[np.float64]

    @classmethod
    def of_crossing(
        cls,
        people: NDArray[np.float64],
        hidden: NDArray[np.bool_],
        rows: NDArray[np.bool_],
        columns: NDArray[np.bool_],
    ) -> Table:
        """Return what the margins of a crossing say of its withheld cells.

        Margins that are not published are known in sum: the total less the others.
        """
        places = np.argwhere(hidden)
        sums, known = [], []
        for axis, are_open in enumerate((rows, columns)):
            lines = [[line] for line in np.flatnonzero(are_open)]
            for line in [*lines, list(np.flatnonzero(~are_open))]:
                inside = np.isin(places[:, axis], line).astype(float)
                if inside.any():
                    sums.append(inside)
                    known.append(float(inside @ people[hidden]))
        return cls(np.array(sums), np.array(known))

    def intervals(self, which: Sequence[int] | None = None) -> list[tuple[float, float]]:
        """Return the least and the greatest value of each withheld count.

        Examples
        --------
        >>> Table(np.array([[1.0, 1, 1]]), np.array([36.0])).intervals()[0]
        (0.0, 36.0)
        """
        found = []
        for number in range(self.sums.shape[1]) if which is None else which:
            goal = np.zeros(self.sums.shape[1])
            goal[number] = 1
            ends = []
            for sign in (1, -1):
                solved = linprog(sign * goal, A_eq=self.sums, b_eq=self.known, method="highs")
                if solved.status != 0:
                    raise ValueError(f"no counts have these sums: {solved.message}")
                ends.append(float(solved.x[number]))
            found.append((ends[0], ends[1]))
        return found


def is_known(count: float, interval: tuple[float, float], within: float) -> bool:
    """Tell whether an interval says a count to within so many people, on either side.

    Examples
    --------
    >>> is_known(36, (32.0, 40.0), 5), is_known(36, (0.0, 40.0), 5)
    (True, False)
    """
    low, high = interval
    return low >= count - within - TOLERANCE and high <= count + within + TOLERANCE


def is_protected(count: float, interval: tuple[float, float], within: float) -> bool:
    """Tell whether an interval reaches at least so far beyond a count, on both sides.

    Below it ends at 0: everybody knows that no count is negative.

    Examples
    --------
    >>> is_protected(3, (0.0, 8.0), 5), is_protected(3, (0.0, 7.0), 5)
    (True, False)
    """
    low, high = interval
    return low <= max(0.0, count - within) + TOLERANCE and high >= count + within - TOLERANCE
