"""A column of an export that says how much each respondent counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from satisfaction.imports.asking import Decisions, Point
from satisfaction.imports.export import Column
from satisfaction.imports.headers import squeezed
from satisfaction.imports.labels import normal
from satisfaction.imports.sql import quoted
from satisfaction.imports.words import is_called

NONE = "none"
#: what the contract takes for a weight
LEAST, GREATEST = 0.000001, 1_000_000
#: whole numbers up to here may be the levels of a question
_LEVELS = 11
#: mean between which weights are made to be 1 on average
_ABOUT_ONE = (0.8, 1.25)


@dataclass(frozen=True)
class Weights:
    """The cells of a column that is called a weight.

    Attributes
    ----------
    is_sure_name : bool
        Whether its name means nothing else: parcels and people have a weight, too.
    n, n_zero, n_bad : int
        Filled cells, those of 0, and those that are no number from 0 to a million.
    n_different : int
    mean, greatest : float
    is_whole : bool
        Whether all are whole numbers.
    """

    is_sure_name: bool
    n: int
    n_zero: int
    n_bad: int
    n_different: int
    mean: float
    greatest: float
    is_whole: bool

    @property
    def may_be(self) -> bool:
        """Whether the cells could be weights."""
        levels = self.is_whole and self.greatest <= _LEVELS
        return self.n_bad == 0 and self.n_different > 1 and (self.is_sure_name or not levels)

    @property
    def is_sure(self) -> bool:
        """Whether they can hardly be anything else."""
        if self.is_sure_name:
            return not (self.is_whole and self.greatest <= _LEVELS)
        return not self.is_whole and _ABOUT_ONE[0] <= self.mean <= _ABOUT_ONE[1]


def number_of(column: str) -> str:
    """Return SQL of a weight; a comma may part its decimals.

    Examples
    --------
    >>> sql = ", ".join(number_of(f"'{cell}'") for cell in ("0.8", "1,25", "1,000.5", "x"))
    >>> duckdb.connect().execute(f"select {sql}").fetchone()
    (0.8, 1.25, None, None)
    """
    return (
        f"try_cast(case when regexp_full_match({column}, '[0-9]*,[0-9]+') "
        f"then replace({column}, ',', '.') else {column} end as double)"
    )


def cell_of(column: str) -> str:
    """Return SQL of a weight as it is written; 0 is none: who has none counts in no figure."""
    number = number_of(column)
    return f"case when {number} >= {LEAST} then cast({number} as varchar) end"


def look(con: duckdb.DuckDBPyConnection, kept: str, column: Column) -> Weights | None:
    """Look at a column if it is called a weight, exactly, and has no value labels."""
    names = {column.header, column.key} if not column.label else set()
    sure, maybe = (
        any(is_called(what, form) for name in names for form in (normal(name), squeezed(name)))
        for what in ("weight_name", "maybe_weight_name")
    )
    if not (sure or maybe) or has_labels(column) or column.kind is not None:
        return None
    return counted(con, kept, column, sure)


def has_labels(column: Column) -> bool:
    """Whether codes of a column have words: it is a question then."""
    return bool(set(column.words) - set(column.missing))


def counted(
    con: duckdb.DuckDBPyConnection, kept: str, column: Column, is_sure_name: bool
) -> Weights | None:
    """Count the cells of a column; None where none is filled."""
    cell = f"case when {column.name} not in ({_listed(column.missing)}) then {column.name} end"
    n, n_zero, n_bad, n_different, mean, greatest, is_whole = con.execute(
        f"""select count(cell), count(*) filter (where number = 0),
            count(cell) filter (where number is null or not isfinite(number)
                or number > {GREATEST} or (number < {LEAST} and number != 0)),
            count(distinct number), avg(number), max(number), bool_and(number = floor(number))
        from (select {cell} as cell, {number_of(cell)} as number from {kept})"""
    ).fetchone() or (0, 0, 0, 0, 0, 0, False)
    if not n:
        return None
    return Weights(
        is_sure_name=is_sure_name,
        n=int(n),
        n_zero=int(n_zero),
        n_bad=int(n_bad),
        n_different=int(n_different),
        mean=float(mean or 0),
        greatest=float(greatest or 0),
        is_whole=bool(is_whole),
    )


def settled(
    found: Sequence[tuple[Column, Weights]], columns: Sequence[Column], decisions: Decisions
) -> tuple[Column | None, str, list[str]]:
    """Decide which column has the weights of respondents, if any.

    Parameters
    ----------
    found : sequence of (Column, Weights)
        Those that are called a weight.
    columns : sequence of Column
        All of the file.
    decisions : Decisions
        `weight` names one, or none.

    Returns
    -------
    Column or None, str, list of str
        With what import.yml says of it, blank where there is nothing to say, and what the reader
        should know.
    """
    given = decisions.get("weight")
    if given is not None:
        if str(given) == NONE:
            return None, NONE, []
        named = [one for one in columns if str(given) in (one.key, one.header)]
        if named:
            return named[0], named[0].key, []
        note = (
            f"there is no column {given!r} of weights in this file: where a wave has none, each of "
            "its respondents counts the same."
        )
        return None, str(given), [note]
    notes = [
        f"“{column.header}”: {one.n_bad} of {one.n} cells are no number from 0 to {GREATEST:,}; "
        "it is not taken for the weight of respondents."
        for column, one in found
        if one.n_bad
    ]
    near = [(column, one) for column, one in found if one.may_be]
    if not near:
        return None, "", notes
    if len(near) == 1 and near[0][1].is_sure:
        return near[0][0], near[0][0].key, notes
    shown = ", ".join(f"“{column.header}”" for column, _ in near)
    point = Point(
        ("weight",),
        f"{shown}: does it say how much each respondent counts (a survey weight)?",
        (
            *((column.key, f"yes: “{column.header}”") for column, _ in near),
            (NONE, "no: every respondent counts the same"),
        ),
        NONE,
    )
    key = str(decisions.settle(point))
    return next((column for column, _ in near if column.key == key), None), key, notes


def _listed(codes: frozenset[str]) -> str:
    return ", ".join(quoted(one) for one in sorted(codes)) or "''"
