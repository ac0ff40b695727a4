"""Questions that are answered in numbers: which scale, and whether the highest is the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from satisfaction.imports.asking import Decisions, Point
from satisfaction.imports.directions import SCALE_OF, USUAL, Hint, text_hint, word_hint
from satisfaction.imports.evidence import MANY, Ratings, is_against
from satisfaction.imports.scales import Word

#: correlation from which a direction shows as the usual one
_WITH = 0.3


@dataclass(frozen=True)
class Numbered:
    """A question in numbers.

    Attributes
    ----------
    key, block, text : str
    words : sequence of Word
    numbers : sequence of int
        Its values, sorted.
    n : int
        How often it was answered.
    asks : str
        Recommend, effort … or blank.
    """

    key: str
    block: str
    text: str
    words: Sequence[Word]
    numbers: Sequence[int]
    n: int
    asks: str

    @property
    def hint(self) -> Hint:
        """What its text and the words at its numbers say."""
        by_words, by_text = word_hint(self.words), text_hint(self.text)
        low, high = by_words.low, by_words.high
        if low is None or high is None:
            low, high = by_text.low, by_text.high
        if low is not None and high is not None:
            low, high = min(low, self.numbers[0]), max(high, self.numbers[-1])
        best = by_words.is_high_best
        return Hint(low, high, by_text.is_high_best if best is None else best)


@dataclass(frozen=True)
class Found:
    """What was decided for a question in numbers.

    Attributes
    ----------
    low, high : int
        The ends of its numbers.
    is_high_best : bool
    by : str
        What it was decided by.
    """

    low: int
    high: int
    is_high_best: bool
    by: str

    @property
    def scale_id(self) -> str | None:
        """The shipped scale of so many levels; None where there is none."""
        if self.high - self.low == 10:
            return SCALE_OF[(0, 10)]
        return SCALE_OF.get((1, self.high - self.low + 1))

    @property
    def first_level(self) -> int | None:
        """The number of the lowest level, where it is not the scale's own."""
        usual = 0 if self.high - self.low == 10 else 1
        return self.low if self.low != usual else None


def recommendation(one: Numbered, decisions: Decisions) -> Found | None:
    """Decide on the numbers of a recommendation; None where they are no 0 to 10.

    Numbers from 1 to 11 are the 0 to 10 of a platform that counts its options.
    """
    low, high = one.numbers[0], one.numbers[-1]
    hint = one.hint
    if high == 11 and low >= 1:
        point = Point(
            ("questions", one.key, "first_level"),
            f"“{one.text}” has numbers from {low} to 11. Does 1 stand for 0 points, as where a "
            "platform counts its options?",
            ((1, "yes: 1 stands for 0, and 11 for 10"), (0, "no: 11 is not understood")),
            1,
        )
        first = decisions.settle(point)
        return Found(int(first), int(first) + 10, True, "asked")
    if hint.high is not None and hint.high != 10:
        return None
    if low == 0 or high > 7 or hint.high == 10:
        return Found(0, 10, True, "numbers from 0 to 10")
    point = Point(
        ("questions", one.key, "levels"),
        f"“{one.text}” has numbers from {low} to {high} only. How many levels has its scale?",
        ((11, "0 to 10"), (7, "1 to 7"), (5, "1 to 5")),
        5 if high <= 5 and one.n >= MANY else 7 if high <= 7 and one.n >= MANY else 11,
    )
    levels = int(decisions.settle(point))
    return Found(0, 10, True, "asked") if levels == 11 else None


def rated(
    questions: Sequence[Numbered],
    decisions: Decisions,
    ratings: Ratings,
    known: Sequence[str],
) -> dict[str, Found]:
    """Decide on the numbers of all other questions: what words say, else what answers say.

    Parameters
    ----------
    questions : sequence of Numbered
    decisions : Decisions
    ratings : Ratings
        Of all questions.
    known : sequence of str
        Questions whose direction is known: the recommendation, and those answered in words.
    """
    result: dict[str, Found] = {}
    for group in _groups(questions):
        low, high, sure_length = _length(group, decisions)
        hinted = {one.hint.is_high_best for one in group} - {None}
        told = {one.key: one.hint.is_high_best for one in group}
        silent = [one for one in group if told[one.key] is None]
        if silent and len(hinted) == 1:  # what one row says holds for its neighbours
            told |= {one.key: next(iter(hinted)) for one in silent}
            silent = []
        is_high_best = _direction(silent, low, high, decisions, ratings, known) if silent else True
        for one in group:
            best = told[one.key]
            by = "its words" if best is not None else "asked"
            given = decisions.get("questions", one.key, "best") or decisions.get("best")
            if best is None:
                best = is_high_best
            elif given in ("high", "low"):
                best, by = given == "high", "import.yml"
            result[one.key] = Found(low, high, bool(best), by if sure_length else "asked")
    return result


def _groups(questions: Sequence[Numbered]) -> list[list[Numbered]]:
    """Put together what has one scale: rows of a matrix, then questions of one length."""
    blocks: dict[str, list[Numbered]] = {}
    for one in questions:
        blocks.setdefault(one.block or f"\0{one.key}", []).append(one)
    groups: dict[tuple[int, str], list[Numbered]] = {}
    for block in blocks.values():
        high = max(one.hint.high or one.numbers[-1] for one in block)
        size = next((usual for usual in USUAL if high <= usual), high)
        asks = "effort" if all(one.asks == "effort" for one in block) else ""
        groups.setdefault((size, asks), []).extend(block)
    return list(groups.values())


def _length(group: Sequence[Numbered], decisions: Decisions) -> tuple[int, int, bool]:
    """Return the ends of the numbers of a group, and whether they are sure."""
    hints = [one.hint for one in group if one.hint.low is not None and one.hint.high is not None]
    seen_low = min(one.numbers[0] for one in group)
    seen_high = max(one.numbers[-1] for one in group)
    if hints:
        low = min(seen_low, *(hint.low for hint in hints if hint.low is not None))
        return low, max(seen_high, *(hint.high for hint in hints if hint.high is not None)), True
    low = min(seen_low, 1)
    usual = next((size for size in USUAL if seen_high <= size), seen_high)
    people = max(one.n for one in group)
    used = {number for one in group for number in one.numbers}
    is_full = len(used) == seen_high - low + 1
    if seen_high == usual and low == 1 and (people >= MANY or is_full):
        return low, usual, True
    if low == 0 and seen_high == 10:
        return 0, 10, True
    most = usual - low + 1
    sizes = sorted({most, seen_high - low + 1, *(size for size in USUAL if size >= seen_high)})
    keys = [one.key for one in group]
    point = Point(
        ("questions", keys[0], "levels"),
        f"{_named(group)}: numbers from {seen_low} to {seen_high}. How many levels has the scale?",
        tuple((size, f"{low} to {low + size - 1}") for size in sizes if 3 <= size <= 11),
        most,
        also=(("levels",), *(("questions", key, "levels") for key in keys[1:])),
    )
    levels = int(decisions.settle(point))
    return low, low + levels - 1, False


def _direction(
    group: Sequence[Numbered],
    low: int,
    high: int,
    decisions: Decisions,
    ratings: Ratings,
    known: Sequence[str],
) -> bool:
    """Ask which end is the good one; the answers themselves propose it."""
    keys = [one.key for one in group]
    found = [ratings.correlation(key, known) for key in keys]
    told = [(r, n) for r, n in found if n]
    mean = sum(r for r, _ in told) / len(told) if told else 0.0
    n = max((n for _, n in told), default=0)
    default: str | None = "high"
    if told and is_against(mean, n):
        default = None
        evidence = (
            "Who gives high numbers recommends less, or is less satisfied "
            f"(correlation {mean:.2f}, {n} respondents): {low} seems to be the best."
        )
    elif told and mean >= _WITH:
        evidence = (
            "Who gives high numbers recommends more, or is more satisfied "
            f"(correlation {mean:.2f}, {n} respondents)."
        )
    else:
        evidence = "Neither words nor other answers tell."
    point = Point(
        ("questions", keys[0], "best"),
        f"{_named(group)}: which end of {low} to {high} is the good one? {evidence}",
        (("high", f"{high} is the best"), ("low", f"{low} is the best")),
        default,
        also=(("best",), *(("questions", key, "best") for key in keys[1:])),
    )
    return str(decisions.settle(point) or "high") == "high"


def _named(group: Sequence[Numbered]) -> str:
    """Name some questions."""
    texts = [f"“{one.text}”" for one in group[:3]]
    more = f" and {len(group) - 3} more" if len(group) > 3 else ""
    return ", ".join(texts) + more
