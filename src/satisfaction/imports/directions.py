"""Numbers without words: how long their scale is, and which end is the good one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from satisfaction.imports import degrees
from satisfaction.imports.labels import normal
from satisfaction.imports.scales import Word, polarity
from satisfaction.imports.words import says, source

#: the shipped scale for numbers from 1 (or 0) up to so many
SCALE_OF = {
    (1, 3): "satisfaction3_neutral",
    (1, 4): "satisfaction4",
    (1, 5): "satisfaction5_neutral",
    (1, 6): "satisfaction6_mixed",
    (1, 7): "satisfaction7",
    (1, 10): "rating10",
    (0, 10): "rating11",
}
#: lengths that questionnaires mostly have
USUAL = (5, 7, 10)

_RANGE = re.compile(
    rf"(?<![\d./-])(\d{{1,2}})\s*(?:[(（][^)）]*[)）]\s*)?(?:{source('up_to')})\s*(\d{{1,2}})(?![\d/])"
)
_POINTS = re.compile(r"\b(\d{1,2})[- ](?:point|stufig|points?|star)|(\d{1,2})\s*分制")
_END = re.compile(
    rf"(?<!\d)(\d{{1,2}})\s*(?:(?:分|points?|stars?|star)?\s*(?:{source('means')})|分)\s*"
    r"[\"“'„]?([^\d=,;，；、()（）/\"”'“]{1,50})"
)
_END_BEFORE = re.compile(
    r"([^\d=,;，；、()（）/:：]{2,50}?)\s*(?:=|\(|（)\s*(\d{1,2})(?:\s*分)?\s*[)）]?(?=$|[,;，；、.)）/\s])"
)


@dataclass(frozen=True)
class Hint:
    """What words say of the numbers of a question.

    Attributes
    ----------
    low, high : int or None
        The ends, where they are told.
    is_high_best : bool or None
        None where nothing is said.
    """

    low: int | None = None
    high: int | None = None
    is_high_best: bool | None = None


def is_good(text: str) -> bool | None:
    """Tell whether words are good or bad ones; None where it cannot be told.

    Examples
    --------
    >>> is_good("sehr gut"), is_good("gar nicht zufrieden"), is_good("blue")
    (True, False, None)
    """
    plain = normal(text).strip(" .!?")
    place = polarity(plain)
    if place is not None and abs(place - 0.5) > 0.1:
        return place > 0.5
    if leans := degrees.leaning(plain):
        return leans > 0
    if says("bad", plain):
        return False
    return True if says("good", plain) else None


def text_hint(text: str) -> Hint:
    """Read range and direction from the text of a question.

    Examples
    --------
    >>> text_hint("Wie zufrieden sind Sie? (1 = sehr zufrieden, 5 = sehr unzufrieden)")
    Hint(low=1, high=5, is_high_best=False)
    >>> text_hint("请打分（1分表示非常不满意，10分表示非常满意）")
    Hint(low=1, high=10, is_high_best=True)
    >>> text_hint("Rate us on a scale of 1 to 7")
    Hint(low=1, high=7, is_high_best=None)
    """
    ends = {int(number): words for number, words in _END.findall(text)}
    ends |= {
        int(number): words for words, number in _END_BEFORE.findall(text) if int(number) not in ends
    }
    said = _direction((number, words) for number, words in ends.items())
    low = high = None
    if found := _RANGE.search(text):
        low, high = sorted((int(found[1]), int(found[2])))
    elif (found := _POINTS.search(text)) and (length := int(found[1] or found[2])) > 2:
        low, high = 1, length
    elif said is not None and len(ends) > 1:
        low, high = min(ends), max(ends)
    if low is not None and (low > 1 or high not in range(3, 12)):
        low = high = None
    return Hint(low, high, said)


def word_hint(words: Sequence[Word]) -> Hint:
    """Read the direction from words that stand at some of the numbers."""
    said = []
    numbers = []
    for word in words:
        code = int(word.raw) if word.raw != word.text and word.raw.isdecimal() else word.number
        if code is None:
            continue
        numbers.append(code)
        if not word.is_number and not word.is_missing:
            said.append((code, word.text))
    has_all = len(said) > 1
    return Hint(
        min(numbers) if has_all else None, max(numbers) if has_all else None, _direction(said)
    )


def _direction(ends: Iterable[tuple[int, str]]) -> bool | None:
    """Tell from numbers and their words whether the high end is the good one."""
    known = [(number, good) for number, text in ends if (good := is_good(text)) is not None]
    fine = [number for number, is_fine in known if is_fine]
    bad = [number for number, is_fine in known if not is_fine]
    if fine and bad:
        if min(fine) > max(bad):
            return True
        return False if max(fine) < min(bad) else None
    if len(known) == 1:
        number, is_fine = known[0]
        if number <= 1:
            return not is_fine
        return is_fine if number >= 5 else None
    return None
