"""Which cells of all marts together are withheld.

A segment that is withheld in one mart, wave or month is withheld in all of them: the same people
are counted there, and a subtraction in one would bring back what another withholds. A wave or
month in which most segments of a kind are small is withheld as a whole instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from satisfaction.disclosure.rules import CHANGES, Rule
from satisfaction.disclosure.suppression import (
    complete,
    is_safe,
    is_small,
    suppress_crossing,
    weakest,
)

TYPE, VALUE, TOTAL, OTHER = "segment_type", "segment_value", "total", "other"
#: the joined row where a segment is called `other` itself
ANOTHER = "other_joined"
#: between the two kinds of a crossing, and between the values of each
CROSSED, BETWEEN = " x ", "|"
SHOWN, SUPPRESSED, JOINED = "shown", "suppressed", "joined"
STATUS = "cell_status"
PERIODS = ("survey_id", "month_start")
#: the row of a cut that stands for all of them
ALL = "all"

Cell = tuple[Any, str]
Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]
Labels = NDArray[Any]


@dataclass
class Mart:
    """The rows of one mart, its key and its rule."""

    name: str
    rows: pd.DataFrame
    grain: tuple[str, ...]
    rule: Rule

    @property
    def period(self) -> str | None:
        """The key that says when: the wave or the month."""
        return next((name for name in PERIODS if name in self.grain), None)

    @property
    def is_by_segment(self) -> bool:
        """Whether there is a row for each segment."""
        return {TYPE, VALUE} <= set(self.grain)

    @property
    def is_cut(self) -> bool:
        """Whether segments are cut once more."""
        return bool(self.rule.cut or self.rule.tail)

    @property
    def counts_segments(self) -> bool:
        """Whether a row is about a segment of a wave or month, and about nothing narrower."""
        keys = {TYPE, VALUE, self.period}
        return bool(self.period and self.rule.people and set(self.grain) == keys)

    @property
    def columns(self) -> list[str]:
        """The names of all columns."""
        return [str(column) for column in self.rows.columns]

    @property
    def joined(self) -> list[str]:
        """Columns that the row `other` may have: counts, and declared sums and means."""
        counts = [column for column in self.columns if column.startswith("n_")]
        return list(dict.fromkeys([*self.rule.people, *counts, *self.rule.sums, *self.rule.means]))

    def times(self) -> pd.Series:
        """Return the wave or month of each row, as a text."""
        if self.period is None:
            return pd.Series([""] * len(self.rows), dtype=object)
        return self.rows[self.period].astype(str)

    def names(self, keys: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the values of keys of each row, as texts."""
        if not keys:
            return [()] * len(self.rows)
        return list(self.rows[list(keys)].astype(str).itertuples(index=False, name=None))

    def figures(self, column: str) -> Numbers:
        """Return a column as numbers; none where nothing is known."""
        return np.asarray(self.rows[column].astype(float), dtype=np.float64)

    def counts(self, column: str) -> Numbers:
        """Return a count as numbers; nobody where nothing is known."""
        return np.nan_to_num(self.figures(column))

    def small(self, least: float) -> Mask:
        """Tell which rows are about somebody, but about fewer than `least` people."""
        found = np.zeros(len(self.rows), dtype=bool)
        for column in self.rule.people:
            found |= is_small(self.counts(column), least)
        return found


@dataclass
class Plan:
    """The segments that are withheld.

    Attributes
    ----------
    least
        Cells of fewer people are withheld.
    values
        By kind of segment, those that are withheld throughout.
    crossed
        By wave and crossing, the cells that are withheld.
    thin
        Waves and months in which a kind of segment is withheld as a whole.
    taken
        Kinds of segment of which one is called `other` already.
    """

    least: float
    values: dict[str, set[str]] = field(default_factory=dict)
    crossed: dict[Cell, set[str]] = field(default_factory=dict)
    thin: set[Cell] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)

    def other(self, kind: str) -> str:
        """Return what the joined row of a kind of segment is called."""
        return ANOTHER if kind in self.taken else OTHER

    def is_thin(self, time: Any, kind: str) -> bool:
        """Tell whether all of a kind of segment is withheld in a wave or month."""
        return (time, TOTAL) in self.thin or (time, kind) in self.thin

    def hides(self, time: Any, kind: str, value: str) -> bool:
        """Tell whether a segment is withheld in a wave or month."""
        return (
            self.is_thin(time, kind)
            or value in self.values.get(kind, ())
            or value in self.crossed.get((time, kind), ())
        )

    def touches(self, time: Any, kind: str) -> bool:
        """Tell whether anything of a kind of segment is withheld; of the total: anything at all."""
        if kind == TOTAL:
            return bool(any(self.values.values()) or self.crossed or self.thin)
        crossed = self.crossed.get((time, kind))
        return bool(self.values.get(kind) or crossed or self.is_thin(time, kind))


def counts_of(marts: Sequence[Mart]) -> pd.DataFrame:
    """Return how many people each segment has in each wave and month, by every count."""
    found = [pd.DataFrame(columns=["period", "time", TYPE, VALUE, "count", "n"])]
    for mart in marts:
        if mart.counts_segments:
            for column in mart.rule.people:
                part = mart.rows[[TYPE, VALUE]].assign(
                    period=mart.period,
                    time=mart.times(),
                    count=f"{mart.name}.{column}",
                    n=mart.counts(column),
                )
                found.append(part)
    return pd.concat([part for part in found if len(part)] or found, ignore_index=True)


def plan_of(marts: Sequence[Mart], least: float) -> Plan:
    """Return what is withheld of all marts together.

    Parameters
    ----------
    marts
        All marts that are passed on.
    least
        Cells of fewer people are withheld (`min_cell`).

    Returns
    -------
    Plan
    """
    plan = Plan(least)
    counts = counts_of(marts)
    plan.taken = {
        str(kind)
        for mart in marts
        if mart.is_by_segment
        for kind in mart.rows.loc[mart.rows[VALUE] == OTHER, TYPE].unique()
    }
    totals = counts[(counts[TYPE] == TOTAL) & is_small(counts["n"], least)]
    plan.thin |= {(time, TOTAL) for time in totals["time"]}
    uniform = one_level(marts)
    kinds = [kind for kind in dict.fromkeys(counts[TYPE]) if kind != TOTAL]
    for kind in [kind for kind in kinds if CROSSED not in kind]:
        mine = counts[counts[TYPE] == kind]
        tables, values, primary = tables_of(plan, kind, mine, uniform)
        hidden = complete(tables, primary, least)
        plan.values[kind] = set(np.asarray(values, dtype=object)[hidden])
        sizes = mine.groupby(VALUE)["n"].sum()
        mix(plan, kind, marts, sizes, tables, values)
    for kind in [kind for kind in kinds if CROSSED in kind]:
        cross(plan, kind, counts, uniform)
    return plan


def tables_of(
    plan: Plan, kind: str, counts: pd.DataFrame, uniform: set[tuple[Any, str, str]]
) -> tuple[list[np.ndarray], list[str], np.ndarray]:
    """Return the counts of a kind of segment, a table for each count, and what is primary.

    Waves and months in which most segments are small go to `plan.thin`, and with such a month the
    next one, which says how many there were at its beginning.
    """
    values = sorted(set(counts[VALUE]))
    wide = [
        part.pivot_table(index="time", columns=VALUE, values="n", aggfunc="sum", fill_value=0.0)
        .reindex(columns=values, fill_value=0.0)
        .sort_index()
        for _, part in counts.groupby("count", sort=True)
    ]
    small = pd.concat([table.map(lambda n: 0 < n < plan.least) for table in wide])
    small = small.groupby(level=0).any()
    there = pd.concat([table > 0 for table in wide]).groupby(level=0).any()
    is_thin = small.sum(axis=1) > there.sum(axis=1) / 2
    for period, part in counts.groupby("period"):
        times = sorted(set(part["time"]))
        for number, time in enumerate(times):
            before = number > 0 and period == "month_start" and is_thin[times[number - 1]]
            if is_thin[time] or before:
                plan.thin.add((time, kind))
    thick = [time for time in small.index if not plan.is_thin(time, kind)]
    primary = small.loc[thick].any(axis=0)
    for time, of_kind, value in uniform:
        if of_kind == kind and not plan.is_thin(time, kind) and value in primary.index:
            primary[value] = True
    tables = [table.loc[table.index.intersection(thick)].to_numpy() for table in wide]
    return tables, values, primary.to_numpy(dtype=bool)


def one_level(marts: Sequence[Mart]) -> set[tuple[Any, str, str]]:
    """Return the segments of which all gave the same answer: whoever knows one knows all."""
    found: set[tuple[Any, str, str]] = set()
    for mart in marts:
        if mart.rule.levels and mart.is_by_segment:
            levels = [c for c in mart.columns if c.startswith(mart.rule.levels)]
            counts = mart.rows[levels].astype(float).fillna(0.0)
            same = (counts.sum(axis=1) > 0) & (counts.max(axis=1) == counts.sum(axis=1))
            rows = mart.rows.assign(time=mart.times())[same & (mart.rows[TYPE] != TOTAL)]
            found |= set(rows[["time", TYPE, VALUE]].itertuples(index=False, name=None))
    return found


def mix(
    plan: Plan,
    kind: str,
    marts: Sequence[Mart],
    sizes: pd.Series,
    tables: list[np.ndarray],
    values: list[str],
) -> None:
    """Withhold more until what is withheld together has answers of several levels."""
    for mart in marts:
        if not (mart.rule.levels and mart.is_by_segment):
            continue
        levels = [column for column in mart.columns if column.startswith(mart.rule.levels)]
        keys = [key for key in mart.grain if key not in (TYPE, VALUE)]
        mine = mart.rows[mart.rows[TYPE] == kind]
        mine = mine[[not plan.is_thin(time, kind) for time in mart.times()[mine.index]]]
        while hidden := plan.values[kind]:
            together = mine[mine[VALUE].isin(hidden)].groupby(keys)[levels].sum().astype(float)
            sums = together.sum(axis=1)
            more = sizes.drop(list(hidden), errors="ignore").sort_values(kind="stable")
            if more.empty or not ((sums > 0) & (together.max(axis=1) == sums)).any():
                break
            primary = np.isin(values, [*hidden, more.index[0]])
            again = complete(tables, primary, plan.least)
            plan.values[kind] = set(np.asarray(values, dtype=object)[again])


def crossing(
    counts: pd.DataFrame, plan: Plan, time: Any, kind: str
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return the counts of a crossing as rows and columns, and which margins are published."""
    parts = counts[VALUE].str.split(BETWEEN, n=1, expand=True, regex=False)
    wide = counts.assign(row=parts[0], column=parts[1]).pivot_table(
        index="row", columns="column", values="n", aggfunc="sum", fill_value=0.0
    )
    first, second = kind.split(CROSSED, 1)
    rows = np.array([not plan.hides(time, first, value) for value in wide.index])
    columns = np.array([not plan.hides(time, second, value) for value in wide.columns])
    return wide, rows, columns


def crossed_names(wide: pd.DataFrame) -> Labels:
    """Return the names of the cells of a crossing."""
    return np.array([[f"{row}{BETWEEN}{column}" for column in wide.columns] for row in wide.index])


def cross(plan: Plan, kind: str, counts: pd.DataFrame, uniform: set[tuple[Any, str, str]]) -> None:
    """Withhold cells of a crossing, wave by wave, until no margin gives any of them away."""
    for time, part in counts[counts[TYPE] == kind].groupby("time"):
        hidden = {value for when, what, value in uniform if (when, what) == (time, kind)}
        hidden |= set(part.loc[is_small(part["n"], plan.least), VALUE])
        before: set[str] | None = None
        while before != hidden:
            before = set(hidden)
            for _, one in part.groupby("count"):
                wide, rows, columns = crossing(one, plan, time, kind)
                names = crossed_names(wide)
                found = suppress_crossing(
                    wide.to_numpy(), np.isin(names, list(hidden)), plan.least, rows, columns
                )
                hidden |= set(names[found])
        if hidden:
            plan.crossed[time, kind] = hidden


@dataclass
class Verdict:
    """What becomes of the rows of a mart.

    Attributes
    ----------
    status
        Of each row: shown or suppressed; None where it is left out.
    nulls
        Columns that are null in some shown rows too, and in which.
    others
        Rows `other`: what is withheld of a kind of segment, joined.
    """

    status: Labels
    nulls: dict[str, Mask] = field(default_factory=dict)
    others: list[dict[str, Any]] = field(default_factory=list)

    def null(self, column: str, where: Mask | list[int]) -> None:
        """Withhold a figure in some rows that are shown."""
        marks = self.nulls.setdefault(column, np.zeros(len(self.status), dtype=bool))
        marks[where] = True


def judge(mart: Mart, plan: Plan) -> Verdict:
    """Decide which rows and figures of a mart are shown.

    Parameters
    ----------
    mart
        One mart.
    plan
        The segments that are withheld everywhere.

    Returns
    -------
    Verdict
    """
    rows, rule = mart.rows, mart.rule
    status = np.full(len(rows), SHOWN, dtype=object)
    if rule.is_as_is:
        return Verdict(status)
    if mart.is_cut:
        return Verdict(of_total(mart, plan))
    if not mart.is_by_segment:
        status[mart.small(plan.least)] = SUPPRESSED
        if rule.of_type:
            kinds = zip(mart.times(), rows[rule.of_type], strict=True)
            status[[plan.touches(*kind) for kind in kinds]] = SUPPRESSED
        return Verdict(status)
    verdict = Verdict(status)
    places = zip(mart.times(), rows[TYPE], rows[VALUE], strict=True)
    status[[plan.hides(*place) for place in places]] = SUPPRESSED
    counts = {name: mart.counts(name) for name in [*rule.people, *rule.parts]}
    figures = {name: mart.figures(name) for name in mart.joined}
    for table in tables(mart):
        table.judge(mart, plan, verdict, counts)
        if CROSSED not in table.kind:
            table.join(mart, plan, verdict, figures)
    compare(mart, plan, verdict)
    return verdict


def of_total(mart: Mart, plan: Plan) -> Labels:
    """Judge a mart that cuts segments once more: only the total is passed on, where it is safe."""
    rows, rule, small = mart.rows, mart.rule, mart.small(plan.least)
    is_total = (rows[TYPE] == TOTAL).to_numpy()
    if rule.inner:
        is_total = is_total & ~rows[rule.cut].isin(rule.inner).to_numpy()
    status = np.full(len(rows), None, dtype=object)
    status[is_total] = SHOWN
    thin = np.array([plan.is_thin(time, TOTAL) for time in mart.times()], dtype=bool)
    status[is_total & thin] = SUPPRESSED
    if rule.tail:
        steps = rows[rule.tail].to_numpy(dtype=float)
        first = min(steps[is_total & small], default=np.inf)
        status[is_total & (steps >= first)] = SUPPRESSED
        return status
    keys = [key for key in mart.grain if key not in (rule.cut, TYPE, VALUE)]
    names = mart.names(keys)
    cuts = rows[rule.cut].astype(str).to_numpy()
    groups = sorted({names[place] for place in np.flatnonzero(is_total)})
    parts = sorted({cuts[place] for place in np.flatnonzero(is_total & (cuts != ALL))})
    line = {name: number for number, name in enumerate(groups)}
    column = {name: number for number, name in enumerate(parts)}
    people = np.zeros((len(rule.people), len(groups), len(parts)))
    wholes = set()
    for place in np.flatnonzero(is_total):
        if cuts[place] == ALL:
            wholes |= {names[place]} if small[place] else set()
            continue
        for number, count in enumerate(rule.people):
            people[number, line[names[place]], column[cuts[place]]] = mart.counts(count)[place]
    primary = np.any(is_small(people, plan.least), axis=0)
    if rule.is_steady:
        hidden = np.tile(complete([*people], primary.any(axis=0), plan.least), (len(groups), 1))
    else:
        hidden = np.array(
            [complete([*people[:, n]], primary[n], plan.least) for n in range(len(groups))]
        )
    for place in np.flatnonzero(is_total):
        name = names[place]
        # where the sum of all is small, so is every part of it
        if name in wholes or (cuts[place] != ALL and hidden[line[name], column[cuts[place]]]):
            status[place] = SUPPRESSED
    return status


@dataclass
class Segments:
    """The rows of one kind of segment that partition the people of a total.

    Attributes
    ----------
    time, kind
        The wave or month, and the kind of segment.
    key
        What the rows have in common: the wave or month, the question and so on.
    rows
        Places of the rows of the segments.
    total
        Place of the row of the total; None where there is none.
    """

    time: Any
    kind: str
    key: dict[str, Any]
    rows: list[int]
    total: int | None

    def is_open(self, mart: Mart, plan: Plan, status: Labels, counts: Numbers) -> bool:
        """Tell whether a count can stay in the shown rows without giving anything away."""
        are_shown = status[self.rows] == SHOWN
        here = counts[self.rows]
        if np.any(is_small(here[are_shown], plan.least)) or self.is_small(counts, plan.least):
            return False
        if CROSSED in self.kind:
            part = mart.rows.loc[self.rows, [VALUE]].assign(n=here)
            wide, rows, columns = crossing(part, plan, self.time, self.kind)
            withheld = set(part.loc[~are_shown, VALUE])
            hidden = np.isin(crossed_names(wide), list(withheld)) & (wide.to_numpy() > 0)
            return not hidden.any() or (
                weakest(wide.to_numpy(), hidden, rows, columns, plan.least) is None
            )
        # segments that have no row here are known together, as the total less all that have one
        beyond = 0.0 if self.total is None else max(0.0, counts[self.total] - here.sum())
        if are_shown.all():
            return not is_small(beyond, plan.least)
        return not are_shown.any() or is_safe([[*here[~are_shown], beyond]], plan.least)

    def is_small(self, counts: Numbers, least: float) -> bool:
        """Tell whether the total itself is of fewer people."""
        return self.total is not None and bool(is_small(counts[self.total], least))

    def judge(self, mart: Mart, plan: Plan, verdict: Verdict, counts: dict[str, Numbers]) -> None:
        """Withhold the table as a whole, or columns of it, where it would give something away."""
        status = verdict.status
        for count in mart.rule.people:
            if not self.is_open(mart, plan, status, counts[count]):
                status[self.rows] = SUPPRESSED
                if self.total is not None and self.is_small(counts[count], plan.least):
                    status[self.total] = SUPPRESSED
        for count in mart.rule.parts:
            if not self.is_open(mart, plan, status, counts[count]):
                places = list(self.rows)
                if self.total is not None and self.is_small(counts[count], plan.least):
                    places.append(self.total)
                for column in mart.columns:
                    if count in mart.rule.part_of(column):
                        verdict.null(column, places)

    def join(self, mart: Mart, plan: Plan, verdict: Verdict, figures: dict[str, Numbers]) -> None:
        """Add the row `other`: the total less what is shown, so that it says nothing new."""
        status, total = verdict.status, self.total
        are_shown = status[self.rows] == SHOWN
        if are_shown.all() or not are_shown.any() or total is None or status[total] != SHOWN:
            return

        def left(values: Numbers) -> float | None:
            """Return the total less what is shown, where the segments add up to the total."""
            whole, parts = values[total], np.nan_to_num(values[self.rows])
            if np.isnan(whole) or abs(whole - parts.sum()) > 1e-6 * max(1.0, abs(whole)):
                return None
            return float(whole - parts[are_shown].sum())

        name = plan.other(self.kind)
        other: dict[str, Any] = {**self.key, TYPE: self.kind, VALUE: name, STATUS: JOINED}
        for column, values in figures.items():
            marks = verdict.nulls.get(column)
            is_null = marks is not None and bool(marks[[*self.rows, total]].any())
            other[column] = None if is_null else left(values)
        for column, count in mart.rule.means.items():
            summed, n = left(figures[column] * figures[count]), other.get(count)
            other[column] = summed / n if n and summed is not None else None
        for column in mart.rule.keep:
            other[column] = mart.rows[column].iat[total]
        if not mart.rule.people or other.get(mart.rule.people[0]):
            verdict.others.append(other)


def tables(mart: Mart) -> Iterator[Segments]:
    """Return the tables of a mart: segments of a kind, with what they are a part of."""
    keys = [key for key in mart.grain if key not in (TYPE, VALUE)]
    names, kinds, times = mart.names(keys), mart.rows[TYPE].tolist(), mart.times().tolist()
    totals: dict[tuple[str, ...], int] = {}
    groups: dict[tuple[tuple[str, ...], str], list[int]] = {}
    for place, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        if kind == TOTAL:
            totals[name] = place
        else:
            groups.setdefault((name, kind), []).append(place)
    columns = {key: mart.rows[key].tolist() for key in keys}
    for (name, kind), places in groups.items():
        key = {column: values[places[0]] for column, values in columns.items()}
        yield Segments(times[places[0]], kind, key, places, totals.get(name))


def compare(mart: Mart, plan: Plan, verdict: Verdict) -> None:
    """Withhold figures of shown rows that tell of withheld ones."""
    kinds = mart.rows[TYPE].tolist()
    told = np.array(
        [plan.touches(*place) for place in zip(mart.times(), kinds, strict=True)], dtype=bool
    )
    # what is withheld in some waves only is told by the change since
    some = {kind for _, kind in plan.thin} | {kind for _, kind in plan.crossed}
    changed = np.array([TOTAL in some or kind in some for kind in kinds], dtype=bool)
    for column in mart.columns:
        word = mart.rule.class_of(column, mart.grain)
        if word == "comparison":
            verdict.null(column, told)
        if CHANGES.search(column) and column not in mart.grain:
            verdict.null(column, changed)
