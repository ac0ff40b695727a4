"""Differences that are meant: intended.csv says which, and why; CHANGELOG.md says it to users."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.golden.checkouts import ROOT, GoldenError
from tests.golden.comparing import Difference

INTENDED = Path(__file__).resolve().parent / "intended.csv"
COLUMNS = ["table_name", "column_name", "why"]
CHANGELOG = ROOT / "CHANGELOG.md"


@dataclass(frozen=True)
class Intended:
    """A column that is to differ; without one all of the table is, its rows and itself."""

    table: str
    column: str
    why: str

    def covers(self, difference: Difference) -> bool:
        """Tell whether this is the difference that was meant."""
        return self.table == difference.table and self.column in ("", difference.column)


def read(path: Path = INTENDED) -> list[Intended]:
    """Read what is intended.

    Raises
    ------
    GoldenError
        If the columns are others, or a row lacks its table or its reason.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if rows.fieldnames != COLUMNS:
            raise GoldenError(f"{path.name}: the columns must be {', '.join(COLUMNS)}.")
        found = [Intended(*(row[name] or "" for name in COLUMNS)) for row in rows]
    for one in found:
        if not (one.table and one.why):
            raise GoldenError(f"{path.name}: {one}: every row needs a table and why it changes.")
    return found


def unquoted(intended: Iterable[Intended], changelog: str) -> list[str]:
    """Return the reasons that the changelog does not quote; lines may be broken anywhere."""
    told = " ".join(changelog.split())
    return sorted({one.why for one in intended if " ".join(one.why.split()) not in told})


def unintended(differences: Iterable[Difference], intended: Sequence[Intended]) -> list[Difference]:
    """Return the differences that nobody meant."""
    return [d for d in differences if not any(one.covers(d) for one in intended)]


def no_longer_needed(
    differences: Sequence[Difference], intended: Iterable[Intended]
) -> list[Intended]:
    """Return what is said to be intended and does not differ."""
    return [one for one in intended if not any(one.covers(d) for d in differences)]
