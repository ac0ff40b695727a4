"""The words by which questions and columns are known, in the languages that surveys are asked in.

They are data: ``words.csv`` has a row per language and regular expression.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("words.csv")


@cache
def pattern(what: str) -> re.Pattern[str]:
    """Return the regular expression that finds any of the words for something.

    Parameters
    ----------
    what : str
        A value of the column ``what`` of ``words.csv``.

    Examples
    --------
    >>> bool(pattern("recommend").search("Würden Sie uns weiterempfehlen?"))
    True
    """
    return re.compile(source(what), re.IGNORECASE)


@cache
def patterns(what: str) -> tuple[str, ...]:
    """Return the regular expressions of all words for something, in the order of the file."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        found = tuple(row["pattern"] for row in csv.DictReader(file) if row["what"] == what)
    if not found:
        raise KeyError(what)
    return found


def source(what: str) -> str:
    """Return one regular expression of all words for something, to be part of another."""
    return "|".join(f"(?:{one})" for one in patterns(what))


def says(what: str, text: str) -> bool:
    """Whether a text has one of the words for something.

    Examples
    --------
    >>> says("overall", "总体而言，您对我们满意吗？"), says("overall", "您对价格满意吗？")
    (True, False)
    """
    return bool(pattern(what).search(text))


def is_called(what: str, name: str) -> bool:
    """Whether a name is one of those for something, as a whole.

    Examples
    --------
    >>> is_called("derived_name", "total points"), is_called("derived_name", "points")
    (True, False)
    """
    return bool(pattern(what).fullmatch(name))
