"""What a mart says of how it is passed on: the meta `shared` of its YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

#: figures that compare a cell with others of its kind: they may tell of a withheld one
COMPARED = re.compile(r"_rank$|^best_|^places_gained$|^log_rank|(^|_)q_value$|^letters$")
#: figures that tell of the same people in another wave or month
CHANGES = re.compile(
    r"^previous_(?!survey_id)|change|year_before|still_active|never_lost|annual_|12_months"
)


class RuleError(Exception):
    """A mart does not say rightly how it is passed on; the message names it and the fix."""


@dataclass(frozen=True)
class Rule:
    """How one mart is passed on. A column that no rule names is withheld with its cell.

    Attributes
    ----------
    people
        Columns that count the people whom a row is about. Empty: the mart has rows only for
        segments that other marts count.
    parts
        Columns that count some of these people, and how the columns begin that are about them.
    keep
        Columns that say what a row is, and stay in a withheld one, such as labels.
    own
        Columns that look like comparisons between cells, and are within one.
    without
        Columns that are null in all rows.
    levels
        How the columns begin that count answers by level: a cell of one level only is withheld.
    sums
        Amounts that add up over segments, so that the row `other` can have them; counts, which
        begin with `n_`, need not be named.
    means
        Means that the row `other` can have, and the count that each is over.
    cut
        The key that cuts a segment once more. Such cells are too small: only those of the total
        are passed on.
    inner
        Values of that key that are parts of other ones: they would give away what these hide, and
        are not passed on.
    is_steady
        The same cells of the cut are withheld everywhere.
    tail
        The key of a sequence, such as age, whose later rows rest on fewer and fewer people.
    of_type
        The key that names a kind of segment where a row tells of all its segments.
    numbered
        Columns that name persons: they are numbered.
    """

    people: tuple[str, ...] = ()
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    levels: str = ""
    sums: tuple[str, ...] = ()
    means: Mapping[str, str] = field(default_factory=dict)
    cut: str = ""
    inner: tuple[str, ...] = ()
    is_steady: bool = False
    tail: str = ""
    of_type: str = ""
    numbered: tuple[str, ...] = ()
    is_as_is: bool = False

    @classmethod
    def read(cls, mart: str, said: Any) -> Rule | None:
        """Return the rule that a mart declares; None where it is not passed on.

        A mart that says nothing is not passed on.

        Examples
        --------
        >>> Rule.read("dim_customers", "never"), Rule.read("fct_new", None)
        (None, None)
        >>> Rule.read("fct_a", {"people": ["n_respondents"]}).people
        ('n_respondents',)
        """
        if said in (None, "never"):
            return None
        if said == "as_is":
            return cls(is_as_is=True)
        known = {one.name for one in fields(cls)} - {"is_as_is"}
        if not isinstance(said, Mapping) or set(said) - known:
            raise RuleError(
                f"{mart}: meta.shared is {said!r}.\nFix: make it never, as_is or a mapping of "
                f"{', '.join(sorted(known))}."
            )
        given: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in said.items()
        }
        if "parts" in given:
            given["parts"] = {name: tuple(begins) for name, begins in given["parts"].items()}
        return cls(**given, is_as_is=set(said) == {"numbered"})

    def part_of(self, column: str) -> list[str]:
        """Return the counts that a column rests on, besides those of the row."""
        return [
            count
            for count, begins in self.parts.items()
            if column == count or column.startswith(begins)
        ]

    def class_of(self, column: str, grain: tuple[str, ...]) -> str:
        """Return what becomes of a column: one word for each.

        Examples
        --------
        >>> rule = Rule(people=("n_respondents",))
        >>> [rule.class_of(c, ("survey_id",)) for c in ("survey_id", "index", "index_change")]
        ['key', 'with the cell', 'change']
        """
        if self.is_as_is:
            return "numbered" if column in self.numbered else "as it is"
        if column in grain:
            return "key"
        for named, word in (
            (self.without, "never shown"),
            (self.keep, "kept"),
            (self.people, "people"),
        ):
            if column in named:
                return word
        if COMPARED.search(column) and column not in self.own:
            return "comparison"
        if CHANGES.search(column):
            return "change"
        return "part" if self.part_of(column) else "with the cell"
