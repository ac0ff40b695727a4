"""What each column of an export is: sorted by what its platform says, its name and its cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import duckdb

from satisfaction.imports import degrees, roles, shipped
from satisfaction.imports.directions import text_hint
from satisfaction.imports.export import Column, Export, Kind
from satisfaction.imports.labels import forms, normal, read_label
from satisfaction.imports.personal import names_person, share_of_persons
from satisfaction.imports.scales import STRAY, Answers, Word, match_all
from satisfaction.imports.weights import Weights, look
from satisfaction.imports.words import is_called

#: what a column is: what its platform says, or what its cells show
Sort = Kind | Literal["question", "comment", "attribute", "number", "empty", "constant"]

#: different values up to which a column may be a closed question
MOST_VALUES = 40
#: cells from which what a column holds is judged
SAMPLE = 500
#: the longest option of a closed question
LONGEST_OPTION = 80

_TIME_CELL = re.compile(r"\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*")
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")
_YES_NO = frozenset(
    "yes no y n ja nein oui non sí si はい いいえ true false checked unchecked "
    "selected 0 1 是 否 有 无 선택 sim não".split()
) | {"not selected", "quoted", "not quoted"}
_PARTS = re.compile(r"[;；┋|┦]|,(?! )|→")


@dataclass
class Profile:
    """What the cells of a column are like.

    Attributes
    ----------
    column : Column
    n_filled : int
    values : dict of str to int or None
        How often each value stands there; None where there are too many different ones.
    sample : list of str
        Some of its cells, never shown.
    nameless_role : str
        Its role, where the file has no text of it and somebody said what it asks.
    beyond : set of str
        Codes far beyond its other numbers, such as 9 or 99, that may mean no answer.
    weights : Weights or None
        What its cells are like, where it is called a weight.
    sort : str
        What the column is.
    """

    column: Column
    n_filled: int
    values: dict[str, int] | None
    sample: list[str] = field(default_factory=list, repr=False)
    sort: Sort = "text"
    beyond: set[str] = field(default_factory=set)
    nameless_role: str = ""
    weights: Weights | None = None

    @property
    def key(self) -> str:
        """The key of its column."""
        return self.column.key

    @property
    def text(self) -> str:
        """Its question with its row."""
        column = self.column
        return " – ".join(part for part in (column.question or column.header, column.label) if part)

    def words(self) -> list[Word]:
        """Return its answers; options of the value labels that nobody chose are among them."""
        labels = self.column.words
        counts = dict.fromkeys(labels, 0) | (self.values or {})
        return [
            Word(raw, labels.get(raw, raw), n)
            for raw, n in counts.items()
            if raw not in self.column.missing and raw not in self.beyond
        ]

    def answers(self) -> Answers:
        """Return its answers for the search of a scale."""
        block = self.column.question if self.column.label else ""
        return Answers(self.key, block, self.words(), roles.construct(self.text))

    @property
    def numbers(self) -> list[int] | None:
        """Its values as whole numbers, words at some of them left aside; None if any has none."""
        found = []
        for word in self.words():
            if word.is_missing and word.number is None:
                continue
            number = word.number
            if word.raw != word.text and word.raw.isdecimal():
                number = int(word.raw)
            if number is None or not (word.is_number or _has_points(word)):
                return None
            found.append(number)
        return sorted(set(found)) or None


def _has_points(word: Word) -> bool:
    """Whether the number at the words is one of points, or the code of a value label."""
    return read_label(word.text).is_points or word.raw != word.text


def profiles(export: Export, kept: str) -> list[Profile]:
    """Look at the cells of all columns.

    Parameters
    ----------
    export : Export
    kept : str
        The view of its rows that count.

    Returns
    -------
    list of Profile
        Sorted into what they are, in the order of the file.
    """
    con = export.con
    names = [column.name for column in export.columns]
    if not names:
        return []
    counts = ", ".join(f"count({name})" for name in names)
    found = con.execute(f"select {counts} from {kept}").fetchone() or ()
    result = []
    for column, n_filled in zip(export.columns, found, strict=True):
        sample: list[str] = []
        values = None
        if n_filled:
            sql = f"select {column.name} from {kept} where {column.name} is not null limit {SAMPLE}"
            sample = [row[0] for row in con.execute(sql).fetchall()]
            if len(set(sample)) <= MOST_VALUES:
                values = _values(con, kept, column.name)
        if column.kind in ("personal", "derived"):
            sample = []
        weights = look(con, kept, column) if n_filled else None
        result.append(Profile(column, n_filled, values, sample, weights=weights))
    _sort(result)
    return result


def _values(con: duckdb.DuckDBPyConnection, kept: str, name: str) -> dict[str, int] | None:
    """Count the values of a column; None where there are too many."""
    sql = f"select {name}, count(*) from {kept} where {name} is not null group by 1 order by 1"
    found = con.execute(sql).fetchall()
    return dict(found) if len(found) <= MOST_VALUES else None


def _sort(found: list[Profile]) -> None:
    """Say of every column what it is."""
    for one in found:
        one.beyond = _beyond(one)
        one.sort = _first_look(one)
    blocks: dict[str, list[Profile]] = {}
    for one in found:
        if one.sort in ("question", "attribute", "constant", "number"):
            blocks.setdefault(one.column.question, []).append(one)
    for block in blocks.values():
        if len(block) > 1 and all(_is_option(one) for one in block):
            for one in block:
                one.sort = "choices"
    for one in found:
        if one.sort in ("attribute", "constant") and _is_own_option(one):
            one.sort = "choices"
    _find_questions(found)


def _first_look(one: Profile) -> Sort:
    """Sort a column by what is known of it alone."""
    column = one.column
    if column.kind == "customer_id" and is_personal(one):
        return "personal"
    if column.kind is not None and not (column.kind == "personal" and _is_rated(one)):
        return column.kind
    names = {column.header, column.question, column.key} - {""}
    if (any(map(names_person, names)) and not _is_rated(one)) or is_personal(one):
        return "personal"
    if any(is_called("derived_name", normal(name)) for name in names):
        return "derived"
    if not one.n_filled:
        return "empty"
    if one.weights is not None and one.weights.may_be:
        return "weight"
    if _is_joined(one):
        return "choices"
    if one.values is None:
        if _share(one.sample, _TIME_CELL) > 0.9 or _share(one.sample, _NUMBER) > 0.9:
            return "number"
        return "text"
    words = [word for word in one.words() if word.n]
    if max(len(word.text) for word in words) > LONGEST_OPTION:
        return "text"
    if _share(one.sample, _TIME_CELL) > 0.9:
        return "number"
    said = [word for word in words if not word.is_missing]
    if not said:
        return "empty"
    once = sum(word.n == 1 for word in said)
    if one.numbers is None and not column.words and once > len(said) / 2 and len(said) > 2:
        known = sum(word.is_number or _on_a_scale(word) for word in said)
        if known < len(said) / 2:
            return "text"
    return "constant" if len(said) == 1 else "attribute"


def _is_rated(one: Profile) -> bool:
    """Whether all cells are levels in words: a hotel's guests rate its location, too."""
    said = [word for word in one.words() if word.n and not word.is_missing]
    if len(said) < 2 or any(word.is_number for word in said):
        return False
    return all(map(_on_a_scale, said)) or degrees.is_rating([word.text for word in said])


def _on_a_scale(word: Word) -> bool:
    return any(form in shipped.levels_words() for form in forms(word.text))


def is_personal(one: Profile) -> bool:
    """Whether most filled cells of a column are an e-mail, an IP address or a phone number."""
    return share_of_persons(one.sample) > 0.5


#: codes that many programs use for no answer
_CODES = frozenset([8, 9, 77, 88, 95, 96, 97, 98, 99, 777, 888, 997, 998, 999, 9998, 9999])
#: how far such a code lies beyond the others
_FAR = 3


def _beyond(one: Profile) -> set[str]:
    """Return the codes that lie far beyond the other numbers of a column."""
    if one.values is None or roles.construct(one.text) == "recommend":
        codes = _CODES - {8, 9}
    else:
        codes = _CODES
    values = [raw for raw in one.values or {} if raw not in one.column.missing]
    numbers = {raw: int(raw) for raw in values if raw.isdecimal() and len(raw) < 5}
    if len(numbers) < len(values):
        return set()
    inside = sorted(number for number in numbers.values() if number not in codes)
    if len(inside) < 2:
        return set()
    return {
        raw
        for raw, number in numbers.items()
        if number in codes and number - inside[-1] >= _FAR and inside[-1] <= 10
    }


def _share(cells: Sequence[str], pattern: re.Pattern[str]) -> float:
    """Return the share of cells that are of a kind."""
    return sum(bool(pattern.fullmatch(cell.strip())) for cell in cells) / (len(cells) or 1)


def _is_joined(one: Profile) -> bool:
    """Whether cells hold several answers: parts that stand in many cells, in many mixtures."""
    parted = [_PARTS.split(cell) for cell in one.sample]
    several = [parts for parts in parted if len([part for part in parts if part.strip()]) > 1]
    if len(several) < 2 or one.column.words:
        return False
    parts = [part.strip() for cell in parted for part in cell if part.strip()]
    cells = set(one.sample)
    return len(set(parts)) < len(cells) + 2 and len(set(parts)) * 2 <= len(parts)


def _is_option(one: Profile) -> bool:
    """Whether a column says only whether an option was chosen."""
    texts = {normal(word.text) for word in one.words() if word.n and not word.is_missing}
    if texts <= _YES_NO:
        return True
    return _is_own_option(one)


def _is_own_option(one: Profile) -> bool:
    """Whether a column holds the name of its option or nothing."""
    texts = {normal(word.text) for word in one.words() if word.n and not word.is_missing}
    names = {normal(one.column.label), normal(one.column.header), normal(one.column.question)}
    return len(texts) == 1 and bool(texts & names)


def _find_questions(found: list[Profile]) -> None:
    """Tell the rated questions from attributes: by their words, else by what their text asks."""
    closed = [one for one in found if one.sort in ("attribute", "constant")]
    worded = [one for one in closed if one.numbers is None or one.column.words]
    matches = match_all([one.answers() for one in worded])
    scale_of = {key: match.scale_id for match in matches for key in match.keys}
    for one in worded:
        scale = scale_of[one.key]
        if scale and roles.is_rating_scale(scale) and (one.sort == "attribute" or one.column.label):
            one.sort = "question"
    rated_blocks = {
        one.column.question for one in closed if one.sort == "question" and one.column.label
    }
    for one in worded:
        in_block = one.column.label and one.column.question in rated_blocks
        if one.sort == "attribute" and not scale_of[one.key] and len(one.words()) > 2:
            asks = roles.asks_for_rating(one.text)
            known = sum(word.n for word in one.words() if _on_a_scale(word) or word.is_missing)
            mostly = known >= (1 - STRAY * 5) * sum(word.n for word in one.words())
            is_graded = degrees.is_rating(
                [word.text for word in one.words() if not word.is_missing]
            )
            if in_block or asks or (mostly and known) or is_graded:
                one.sort = "question"
    for one in worded:
        if one.sort == "constant" and scale_of[one.key] and roles.asks_for_rating(one.text):
            one.sort = "question"
    _find_same_words(worded)
    numbered = [one for one in closed if one not in worded]
    for one in numbered:
        numbers = one.numbers or [0]
        fits = 0 <= numbers[0] and numbers[-1] <= 11
        asks = roles.asks_for_rating(one.text) or text_hint(one.text).is_high_best is not None
        if fits and (asks or one.column.question in rated_blocks):
            one.sort = "question"
        elif one.sort == "attribute":
            one.sort = "number"


def _find_same_words(worded: Sequence[Profile]) -> None:
    """Take columns that have the words of a question for questions too."""
    sets = {one.key: {forms(word.text)[-1] for word in one.words()} for one in worded}
    rated = [sets[one.key] for one in worded if one.sort == "question"]
    for one in worded:
        own = sets[one.key]
        if one.sort == "attribute" and any(len(own & other) > len(own) / 2 for other in rated):
            if len(own) > 2 or own in rated:
                one.sort = "question"


def left_out(found: Sequence[Profile]) -> Mapping[str, list[str]]:
    """Return the keys of the columns that no table gets, by what they are."""
    names = {
        "choices": "multiple_choice",
        "text": "free_text",
        "attribute": "attributes",
        "number": "numbers",
        "derived": "derived",
        "personal": "personal",
        "empty": "empty",
        "constant": "one_value",
        "status": "status",
        "language": "language",
    }
    result: dict[str, list[str]] = {}
    for one in found:
        if one.sort in names:
            result.setdefault(names[one.sort], []).append(one.key)
    return result
