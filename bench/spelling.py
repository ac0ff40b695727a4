"""The normal form of an answer, for contenders that map the few distinct spellings in Python."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable

from bench.case import BLANKS, Case

DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


def clean(text: str | None) -> str | None:
    """Trim blanks of every kind; nothing left is None."""
    return (text or "").strip(BLANKS) or None


def normal(text: str) -> str:
    """Return the form in which answers are compared."""
    folded = re.sub(f"[{BLANKS}]+", " ", text.translate(DIGITS).lower())
    return re.sub(r"^([0-9]+)\.0+$", r"\1", folded)


def read_rows(path: str) -> list[dict[str, str]]:
    """Read a small CSV file."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def accepted_answers(
    case: Case, found: Iterable[str | None]
) -> list[tuple[str | None, str | None, int | None]]:
    """Map the distinct answers of the data that the scale accepts.

    Returns
    -------
    list of (str or None, str or None, int or None)
        The answer as found, trimmed, and its level (None: blank or not applicable).
    """
    levels = {
        normal(clean(row["answer"]) or ""): int(row["level"]) if row["level"] else None
        for row in read_rows(case.files["spellings"])
        if row["scale_id"] == "satisfaction5"
    }
    accepted = []
    for answer in found:
        trimmed = clean(answer)
        if trimmed is None or normal(trimmed) in levels:
            level = levels[normal(trimmed)] if trimmed is not None else None
            accepted.append((answer, trimmed, level))
    return accepted


def known_questions(case: Case, found: Iterable[str | None]) -> list[tuple[str, str, str]]:
    """Map the distinct question ids of the data: as found, trimmed, and the factor."""
    factors = {row["question_id"]: row["factor_id"] for row in read_rows(case.files["questions"])}
    pairs = [(question, clean(question)) for question in found]
    return [(q, trimmed, factors[trimmed]) for q, trimmed in pairs if q and trimmed in factors]
