"""Trials: each has a kind and a seed, and leaves a line in a file, by which a run goes on."""

from __future__ import annotations

import csv
import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

COLUMNS = ("kind", "seed", "outcome", "detail")
OK, FAILED = "ok", "failed"


class PromiseError(Exception):
    """The product broke a promise; the message says which."""


@dataclass(frozen=True)
class Trial:
    """What came of a trial."""

    kind: str
    seed: int
    outcome: str
    detail: str


class Journal:
    """The file of all trials so far; the last line of a kind and seed counts.

    Parameters
    ----------
    path
        A CSV file, which is made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            self._append([COLUMNS])
        elif not path.read_bytes().endswith(b"\n"):  # of a run that was killed while it wrote
            with path.open("a", encoding="utf-8") as file:
                file.write("\n")

    def trials(self) -> list[Trial]:
        """Return the trials in the order in which they were first made."""
        with self.path.open(encoding="utf-8", newline="") as file:
            lines = [row for row in csv.reader(file) if len(row) == len(COLUMNS)][1:]
        found = {(kind, seed): Trial(kind, int(seed), *rest) for kind, seed, *rest in lines}
        return list(found.values())

    def is_done(self, kind: str, seed: int) -> bool:
        """Tell whether a trial went well before."""
        return any((t.kind, t.seed, t.outcome) == (kind, seed, OK) for t in self.trials())

    def add(self, trial: Trial) -> None:
        """Write a trial down."""
        self._append([(trial.kind, trial.seed, trial.outcome, trial.detail)])

    def _append(self, rows: Iterable[tuple[object, ...]]) -> None:
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


def run(kind: str, seed: int, act: Callable[[], str]) -> Trial:
    """Run a trial; whatever it raises is an outcome, so that the others run too.

    Parameters
    ----------
    kind, seed
        Which trial it is.
    act
        Runs it and says what was looked at; raises PromiseError where a promise is broken.
    """
    try:
        return Trial(kind, seed, OK, act())
    except PromiseError as error:
        return Trial(kind, seed, FAILED, " ".join(str(error).split()))
    except Exception as error:  # a fault of the suite, or one that nobody thought of
        last = traceback.format_exception(error)
        return Trial(kind, seed, FAILED, " ".join("".join(last[-2:]).split()))


def table(trials: Iterable[Trial]) -> str:
    """Return the trials as a Markdown table: a row per kind and what its details have counted."""
    lines = ["| what | trials | in them | failures |", "|---|---|---|---|"]
    by_kind: dict[str, list[Trial]] = {}
    for trial in trials:
        by_kind.setdefault(trial.kind, []).append(trial)
    for kind, made in sorted(by_kind.items()):
        failures = sum(trial.outcome != OK for trial in made)
        lines.append(f"| {kind} | {len(made):,} | {counted(made)} | {failures} |")
    return "\n".join(lines)


def counted(made: Iterable[Trial]) -> str:
    """Add up what the details of the trials count: "100 surveys", "24 reads" …."""
    totals: Counter[str] = Counter()
    for trial in made:
        for number, what in re.findall(r"(?:^|, )(\d+) (\w+)", trial.detail):
            totals[what] += int(number)
    return ", ".join(f"{number:,} {what}" for what, number in totals.items()) or "–"
