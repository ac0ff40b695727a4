"""An attacker with a linear programme: what can be worked out of a file that is passed on?

It knows nothing of how cells are chosen. It reads the published rows alone, takes a segment
without a row for one without people, and solves for the least and the greatest value of each count
that is withheld.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linprog

Place = tuple[str, str]
PLACE = ["survey_id", "segment_type", "segment_value"]


@dataclass(frozen=True)
class Hidden:
    """A withheld count, what it is, and between which bounds it must lie."""

    place: tuple[str, str, str]
    count: float
    low: float
    high: float
    is_all_of_its_kind: bool

    def is_known(self, within: float) -> bool:
        """Tell whether the count is known to `within` people on both sides."""
        return self.low > self.count - within - 1e-6 and self.high < self.count + within + 1e-6

    def is_wide(self, within: float) -> bool:
        """Tell whether the bounds reach so far on both sides, or to 0."""
        is_low = self.low <= max(0.0, self.count - within) + 1e-6
        return is_low and self.high >= self.count + within - 1e-6


def worked_out(shared: pd.DataFrame, whole: pd.DataFrame, column: str) -> Iterator[Hidden]:
    """Return the bounds of every count of people that is withheld.

    Parameters
    ----------
    shared
        The rows of a mart by wave and segment, as they are passed on.
    whole
        The same of the marts: the truth, which is only compared with.
    column
        The count.
    """
    truth = whole.set_index(PLACE)[column].astype(float)
    for wave, rows in shared.groupby("survey_id"):
        rows = rows.set_index(PLACE[1:])
        told = rows[column].astype(float)
        status = dict(rows.cell_status)
        number = {p: n for n, p in enumerate(p for p in rows.index if status[p] == "suppressed")}
        if not number:
            continue
        lines = [line_of(number, told, terms) for terms in relations(status)]
        equal, right = np.array([line for line, _ in lines]), np.array([sum_ for _, sum_ in lines])
        used = np.abs(equal).sum(axis=1) > 0
        shown = {kind for (kind, _), word in status.items() if word == "shown"}
        for place, n in number.items():
            ends = []
            for sign in (1, -1):
                goal = np.zeros(len(number))
                goal[n] = sign
                found = linprog(goal, A_eq=equal[used], b_eq=right[used], method="highs")
                assert found.status in (0, 3), found.message  # 3: without bounds
                ends.append(np.inf if found.status == 3 else float(sign * found.fun))
            count = float(truth[wave, place[0], place[1]])
            yield Hidden((str(wave), *place), count, ends[0], ends[1], place[0] not in shown)


def relations(status: dict[Place, str]) -> Iterator[dict[Place, int]]:
    """Return what adds up to nothing: places of a wave, each with its sign."""
    kinds: dict[str, list[Place]] = {}
    for place, word in status.items():
        if word != "joined":
            kinds.setdefault(place[0], []).append(place)
    for kind, places in kinds.items():
        if kind != "total":
            yield {**dict.fromkeys(places, 1), ("total", "total"): -1}
        if status.get((kind, "other")) == "joined":
            hidden = [place for place in places if status[place] == "suppressed"]
            yield {**dict.fromkeys(hidden, 1), (kind, "other"): -1}
        # the cells of a crossing add up to the segments of both its kinds
        for side, margin in enumerate(kind.split(" x ") if " x " in kind else []):
            for one in kinds[margin]:
                cells = [place for place in places if place[1].split("|")[side] == one[1]]
                yield {**dict.fromkeys(cells, 1), one: -1}


def line_of(
    number: dict[Place, int], told: pd.Series, terms: dict[Place, int]
) -> tuple[np.ndarray, float]:
    """Return a relation as coefficients of the withheld counts, and what they add up to."""
    line, total = np.zeros(len(number)), 0.0
    for place, sign in terms.items():
        if place in number:
            line[number[place]] += sign
        else:
            total -= sign * told[place]
    return line, total
