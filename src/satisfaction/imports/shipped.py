"""The method tables that ship with the project: the one list of scales and their spellings."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import yaml

from satisfaction.imports.labels import normal
from satisfaction.method_checks import normalise_answer
from satisfaction.method_checks._declared import folder

Row = dict[str, str]


@dataclass(frozen=True)
class Level:
    """A level of a scale.

    Attributes
    ----------
    label_zh, label_en : str
    is_satisfied, is_neutral : bool
    value : float
    """

    label_zh: str
    label_en: str
    is_satisfied: bool
    is_neutral: bool
    value: float


@dataclass(frozen=True)
class Scale:
    """A scale of answers.

    Attributes
    ----------
    scale_id : str
    levels : tuple of Level
        From the worst to the best.
    spellings : mapping of str to int
        Level by the normal form of an answer; those that mean no answer are left out.
    missing : frozenset of str
        Normal forms that mean no answer on this scale.
    """

    scale_id: str
    levels: tuple[Level, ...]
    spellings: Mapping[str, int]
    missing: frozenset[str] = frozenset()

    @property
    def length(self) -> int:
        """How many levels it has."""
        return len(self.levels)

    @property
    def rates(self) -> bool:
        """Whether it tells the satisfied from the others."""
        return any(level.is_satisfied for level in self.levels)

    def number_of(self, text: str) -> int | None:
        """Return the level that a bare number stands for."""
        return self.spellings.get(text) if text.isdecimal() else None

    def spelling_of(self, level: int) -> str:
        """Return a spelling of a level that everybody understands: a label, else any."""
        labels = (self.levels[level - 1].label_en, self.levels[level - 1].label_zh)
        for label in labels:
            if self.spellings.get(normalise_answer(label)) == level:
                return label
        return next(text for text, its in self.spellings.items() if its == level)


@cache
def rows(table: str) -> tuple[Row, ...]:
    """Return the rows of a shipped method table.

    Parameters
    ----------
    table : str
        Its name without the prefix, such as ``scale_levels``.
    """
    (path,) = folder().glob(f"*/seed_{table}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def scales() -> dict[str, Scale]:
    """Return all shipped scales by their id, in the order of the table."""
    levels: dict[str, list[Level]] = {}
    for row in rows("scale_levels"):
        flags = (row["is_satisfied"] == "true", row["is_neutral"] == "true")
        level = Level(row["label_zh"], row["label_en"], *flags, float(row["value"]))
        levels.setdefault(row["scale_id"], []).append(level)
    spellings: dict[str, dict[str, int]] = {}
    missing: dict[str, set[str]] = {}
    for row in rows("scale_answers"):
        form = normal(row["answer"])
        if row["level"]:
            spellings.setdefault(row["scale_id"], {})[form] = int(row["level"])
        else:
            missing.setdefault(row["scale_id"], set()).add(form)
    ids = [row["scale_id"] for row in rows("scales")]
    return {
        one: Scale(one, tuple(levels[one]), spellings.get(one, {}), frozenset(missing.get(one, ())))
        for one in ids
    }


@cache
def currencies() -> tuple[Mapping[str, str], Mapping[str, Sequence[str]]]:
    """Return how currencies are written beside their codes.

    Returns
    -------
    names : mapping of str to str
        Code by name in capitals.
    signs : mapping of str to sequence of str
        The codes that share a sign.
    """
    path = folder() / "behaviour" / "_behaviour.yml"
    seeds = yaml.safe_load(path.read_text("utf-8"))["seeds"]
    (table,) = (one for one in seeds if one["name"] == "seed_currency_rates")
    (column,) = (one for one in table["columns"] if one["name"] == "currency")
    words = column["config"]["meta"]["currencies"]
    return words["names"], words["signs"]


@cache
def missing_words() -> frozenset[str]:
    """Return the words and codes that mean no answer on any scale that has no level spelt so."""
    return frozenset(normal(row["answer"]) for row in rows("missing_answers")) | {"null"}


@cache
def levels_words() -> frozenset[str]:
    """Return every word that is a level of some scale."""
    return frozenset(word for scale in scales().values() for word in scale.spellings)
