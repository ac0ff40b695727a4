"""Cell suppression: which cells of a table are withheld, so that no subtraction brings one back.

A cell counts the people of one category of a table, such as the respondents of a region in a wave.
One with fewer than k people is *primary*: it is withheld, and with it all that is said of these
people. The total is published, so that a single withheld cell would be the total less all others.
Others go with it (*complementary* suppression), until beside every withheld cell there are more
than k other people who are withheld too. What is then known of a withheld count x is that it lies
between 0 and the sum of what is withheld, and that sum is more than x + k. Who knows the rule as
well knows no more of the others: they share what is left of that sum.

References: Hundepool et al., *Statistical Disclosure Control* (2012), chapter 4; Willenborg and de
Waal, *Elements of Statistical Disclosure Control* (2001); Fischetti and Salazar, "Models and
algorithms for optimizing cell suppression in tabular data with linear constraints" (2000).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from satisfaction.disclosure.intervals import Table, is_known, is_protected

Counts = NDArray[np.float64]
Mask = NDArray[np.bool_]


def is_small(counts: ArrayLike, least: float) -> Mask:
    """Tell which counts are of somebody, but of fewer than `least` people.

    Examples
    --------
    >>> is_small([0, 1, 4, 5], 5).tolist()
    [False, True, True, False]
    """
    people = np.nan_to_num(np.asarray(counts, dtype=float))
    found: Mask = (people > 0) & (people < least)
    return found


def is_safe(hidden: ArrayLike, least: float) -> bool:
    """Tell whether beside each withheld cell of every table enough people are withheld too.

    Parameters
    ----------
    hidden
        Counts of the withheld cells, a row for each table (wave or month).
    least
        More people than these must be withheld beside any one cell.

    Returns
    -------
    bool
        Also true where nobody is withheld.

    Examples
    --------
    The larger of two cells has the smaller beside it, which is never enough; a third one helps.

    >>> is_safe([[4, 36]], 5), is_safe([[4, 18, 14]], 5)
    (False, True)
    """
    people = np.nan_to_num(np.atleast_2d(np.asarray(hidden, dtype=float)))
    if people.size == 0:
        return True
    sums = people.sum(axis=1)
    return bool(np.all((sums == 0) | (sums - people.max(axis=1) > least)))


def complete(
    tables: list[Counts], primary: ArrayLike, least: float, sizes: ArrayLike | None = None
) -> Mask:
    """Add to the primary categories those that have to be withheld with them.

    The same categories are withheld in all tables: what is withheld in one wave alone is roughly
    what is published of the same people in the next.

    Parameters
    ----------
    tables
        Counts of people, a row for each wave or month, a column for each category.
    primary
        Whether a category must be withheld.
    least
        More people than these must be withheld beside any one cell.
    sizes
        What withholding a category costs; default: its people. The cheapest are taken first.

    Returns
    -------
    numpy.ndarray of bool
        Whether each category is withheld: none, enough of them, or all.

    Examples
    --------
    >>> complete([np.array([[4.0, 36, 32, 65]])], [True, False, False, False], 5).tolist()
    [True, True, True, False]
    >>> complete([np.array([[3.0, 40]])], [True, False], 5).tolist()
    [True, True]
    """
    hidden = np.array(primary, dtype=bool)
    if not hidden.any():
        return hidden
    people = [np.nan_to_num(np.atleast_2d(np.asarray(table, dtype=float))) for table in tables]
    cost = np.sum([table.sum(axis=0) for table in people], axis=0) if sizes is None else sizes
    for category in np.argsort(np.asarray(cost, dtype=float), kind="stable"):
        if all(is_safe(table[:, hidden], least) for table in people):
            break
        hidden[category] = True
    return hidden


def suppress_crossing(
    counts: ArrayLike,
    primary: ArrayLike,
    least: float,
    open_rows: ArrayLike,
    open_columns: ArrayLike,
) -> Mask:
    """Withhold cells of a crossing of two kinds of segment, whose margins are published.

    Cells are withheld until an audit by linear programming passes: the cheapest rectangle around
    one that is still known too well, and so on. It is meant for crossings of some dozen cells.

    Parameters
    ----------
    counts
        People by row and column.
    primary
        Cells that must be withheld.
    least
        A withheld count must not be known to this many people.
    open_rows, open_columns
        Whether each margin is published; of those that are not the sum is known.

    Returns
    -------
    numpy.ndarray of bool
        Whether each cell is withheld. All of them where nothing less will do: then the crossing
        says no more than the margins.

    Examples
    --------
    >>> counts = np.array([[3, 20, 15], [18, 25, 30], [12, 16, 22]])
    >>> suppress_crossing(counts, counts < 5, 5, [True] * 3, [True] * 3).astype(int).tolist()
    [[1, 1, 0], [0, 0, 0], [1, 1, 0]]
    """
    people: Counts = np.nan_to_num(np.asarray(counts, dtype=float))
    rows, columns = np.asarray(open_rows, dtype=bool), np.asarray(open_columns, dtype=bool)
    hidden: Mask = np.array(primary, dtype=bool) | ~rows[:, None] | ~columns[None, :]
    hidden &= people > 0
    while hidden.any() and not np.all(hidden | (people == 0)):
        weak = weakest(people, hidden, rows, columns, least)
        if weak is None:
            break
        for cell in cheapest_cycle(people, hidden, weak, least) or cheapest(people, hidden):
            hidden[cell] = True
    return hidden


def cheapest_cycle(
    people: Counts, hidden: Mask, weak: tuple[int, int], least: float
) -> list[tuple[int, int]]:
    """Return what is still open of the cheapest rectangle that gives a cell enough room.

    People can be moved around its four cells without changing any margin: as many as the smaller
    of the two cells beside the weak one has.
    """
    row, column = weak
    found: list[tuple[float, list[tuple[int, int]]]] = []
    for other_row in range(people.shape[0]):
        for other_column in range(people.shape[1]):
            if other_row == row or other_column == column:
                continue
            beside = [(row, other_column), (other_row, column)]
            across = (other_row, other_column)
            if min(people[cell] for cell in beside) < least or people[across] == 0:
                continue
            opened = [cell for cell in [*beside, across] if not hidden[cell]]
            if opened:
                found.append((float(sum(people[cell] for cell in opened)), opened))
    return min(found)[1] if found else []


def cheapest(people: Counts, hidden: Mask) -> list[tuple[int, int]]:
    """Return the smallest cell that is not withheld."""
    places = np.argwhere(~hidden & (people > 0)).tolist()
    row, column = min(places, key=lambda place: people[tuple(place)])
    return [(row, column)]


def weakest(
    people: Counts, hidden: Mask, rows: Mask, columns: Mask, least: float
) -> tuple[int, int] | None:
    """Return a withheld cell that can be worked out too well; None where there is none."""
    table = Table.of_crossing(people, hidden, rows, columns)
    for place, interval in zip(np.argwhere(hidden), table.intervals(), strict=True):
        count = people[tuple(place)]
        small = is_small(count, least) and not is_protected(count, interval, least)
        if small or is_known(count, interval, least):
            return int(place[0]), int(place[1])
    return None
