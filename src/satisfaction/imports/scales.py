"""Which scale a set of words is from: the words of all questions that share some, taken together.

One question alone often lacks an end of its scale, and one word says little: 满意 is the third,
fourth or fifth level. A set of words tells, or is asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from satisfaction.answer_checks import FEW, MANY, fit
from satisfaction.imports import shipped
from satisfaction.imports.labels import forms, read_label
from satisfaction.imports.shipped import Scale

#: levels from which a scale that is used whole is taken whatever else would fit
WHOLE = 5
#: the largest number that may be a level, such as where 0 to 10 is counted from 1
MOST_NUMBER = 11
#: share of answers up to which a word that no scale knows is a slip of the pen
STRAY = 0.02


@dataclass(frozen=True)
class Word:
    """An answer as it stands in the file.

    Attributes
    ----------
    raw : str
        The cell.
    text : str
        What it says: the cell, or its value label.
    n : int
        How often it was given; 0 for an option that nobody chose.
    """

    raw: str
    text: str
    n: int

    @property
    def number(self) -> int | None:
        """The number that it is, or that stands at its words."""
        return read_label(self.text).number

    @property
    def is_number(self) -> bool:
        """Whether it is a number without words."""
        return not read_label(self.text).words

    @property
    def is_missing(self) -> bool:
        """Whether it means no answer wherever no level is called so; 8 and 9 may be levels."""
        if self.number is not None and self.number <= MOST_NUMBER and self.is_number:
            return False
        return any(form in shipped.missing_words() for form in forms(self.text))


@dataclass
class Answers:
    """The answers to one question.

    Attributes
    ----------
    key : str
    block : str
        What it shares with the other rows of its matrix.
    words : list of Word
    prefers : str
        Construct that its text asks about (effort, importance …); blank if it does not say.
    """

    key: str
    block: str
    words: list[Word]
    prefers: str = ""

    @property
    def said(self) -> list[Word]:
        """Answers in words."""
        return [word for word in self.words if not word.is_number]

    @property
    def n(self) -> int:
        """How many answers there are."""
        return sum(word.n for word in self.words)


@dataclass(frozen=True)
class Match:
    """What was found for some questions.

    Attributes
    ----------
    keys : tuple of str
        The questions that were looked at together.
    scale_id : str or None
        The scale; None where none has the words.
    is_sure : bool
    others : tuple of str
        Scales that the words would fit as well, but on other levels.
    stray : frozenset of str
        Forms of words that the scale does not know, too few to speak against it.
    """

    keys: tuple[str, ...]
    scale_id: str | None
    is_sure: bool
    others: tuple[str, ...] = ()
    stray: frozenset[str] = field(default_factory=frozenset)


def level_of(word: Word, scale: Scale) -> int | None:
    """Return the level of a scale that a word stands for; None where it does not know the word.

    Examples
    --------
    >>> level_of(Word("", "A、非常满意（5分）", 1), shipped.scales()["satisfaction5_neutral"])
    5
    """
    for form in forms(word.text):
        if (level := scale.spellings.get(form)) is not None:
            return level
    return None


def match_all(questions: Sequence[Answers]) -> list[Match]:
    """Find the scales of all questions that are answered in words.

    Parameters
    ----------
    questions : sequence of Answers

    Returns
    -------
    list of Match
        Every question is in one of them.
    """
    groups = _merged(_blocks(questions))
    return [settle(group) for group in groups]


def _blocks(questions: Sequence[Answers]) -> list[list[Answers]]:
    """Put the rows of a matrix together where one scale has all their words."""
    blocks: dict[str, list[Answers]] = {}
    for one in questions:
        blocks.setdefault(one.block or f"\0{one.key}", []).append(one)
    groups: list[list[Answers]] = []
    for block in blocks.values():
        if len(block) == 1 or _candidates(block):
            groups.append(block)
        else:
            groups.extend([one] for one in block)
    return groups


def _merged(groups: list[list[Answers]]) -> list[list[Answers]]:
    """Join groups that share words, if one scale has all.

    Those that are settled alone are joined only with such as have all their words and more: an end
    of the scale that nobody chose here was chosen there.
    """
    result = list(groups)
    for group in sorted(groups, key=lambda one: -len(_texts(one))):
        if group not in result:
            continue
        is_settled = settle(group).is_sure
        near = sorted(
            (other for other in result if other is not group),
            key=lambda other: -len(_texts(group) & _texts(other)),
        )
        for other in near:
            shared = _texts(group) & _texts(other)
            same = {one.prefers for one in group} & {one.prefers for one in other}
            if not shared or not same or not _candidates([*group, *other]):
                continue
            if is_settled and not _texts(group) < _texts(other):
                continue
            result = [one for one in result if one is not group and one is not other]
            group = [*group, *other]
            result.append(group)
            if settle(group).is_sure:
                break
    return result


def _texts(group: Iterable[Answers]) -> set[str]:
    """Return the forms of all words of some questions, each by its last form."""
    return {forms(word.text)[-1] for one in group for word in one.said if not word.is_missing}


def _words(group: Iterable[Answers], with_missing: bool) -> list[Word]:
    """Return the words to look for: those that mean no answer only where they may be a level."""
    return [
        word
        for one in group
        for word in one.said
        if not word.is_missing
        or (
            with_missing
            and word.n >= FEW
            and any(form in shipped.levels_words() for form in forms(word.text))
        )
    ]


def _candidates(group: Sequence[Answers]) -> list[Scale]:
    """Return the shipped scales that have all words of some questions."""
    for with_missing in (True, False):
        words = _words(group, with_missing)
        if not words:
            return []
        found = [
            scale
            for scale in shipped.scales().values()
            if all(level_of(word, scale) is not None for word in words)
        ]
        if found:
            return found
    return []


def settle(group: Sequence[Answers]) -> Match:
    """Choose among the scales that have all words of some questions.

    Parameters
    ----------
    group : sequence of Answers
        Questions that are looked at together.

    Returns
    -------
    Match
        Sure where one scale has the words, or several that give each the same level.
    """
    keys = tuple(one.key for one in group)
    found = _candidates(group)
    stray: frozenset[str] = frozenset()
    if not found:
        group, stray = _without_stray(group)
        found = _candidates(group) if stray else []
    if not found:
        return Match(keys, None, False, stray=frozenset())
    found = _apart(group, found)
    found = _without_gaps(group, found)
    found = _of_construct(group, found)
    found.sort(key=_rank(group))
    best = found[0]
    others = [scale for scale in found[1:] if not _agree(group, best, scale)]
    n_texts = len({level_of(word, best) for word in _words(group, False)})
    is_sure = not others and n_texts > 1
    return Match(keys, best.scale_id, is_sure, tuple(scale.scale_id for scale in others), stray)


def _without_stray(group: Sequence[Answers]) -> tuple[list[Answers], frozenset[str]]:
    """Leave out words that no scale has and hardly anybody chose."""
    total = sum(one.n for one in group)
    counts: dict[str, int] = {}
    for one in group:
        for word in one.said:
            counts[forms(word.text)[-1]] = counts.get(forms(word.text)[-1], 0) + word.n
    stray = frozenset(
        text
        for text, n in counts.items()
        if n < FEW and n <= STRAY * total and text not in shipped.levels_words()
    )
    kept = [
        Answers(
            one.key,
            one.block,
            [word for word in one.words if word.is_number or forms(word.text)[-1] not in stray],
            one.prefers,
        )
        for one in group
    ]
    return kept, stray


def _apart(group: Sequence[Answers], found: list[Scale]) -> list[Scale]:
    """Prefer scales on which no question has two words at one level."""

    def is_crowded(scale: Scale) -> bool:
        for one in group:
            words = {forms(word.text)[-1] for word in _words([one], False)}
            levels = {level_of(word, scale) for word in _words([one], False)}
            if len(levels) < len(words):
                return True
        return False

    return [scale for scale in found if not is_crowded(scale)] or found


def _levels(group: Sequence[Answers], scale: Scale) -> list[int]:
    """Return the levels that the words stand for, each once."""
    words = _words(group, False)
    return sorted({level for word in words if (level := level_of(word, scale)) is not None})


def _without_gaps(group: Sequence[Answers], found: list[Scale]) -> list[Scale]:
    """Prefer a scale that is used whole, then those without levels in between that nobody chose."""
    n, people = sum(one.n for one in group), max(one.n for one in group)
    whole = [scale for scale in found if len(_levels(group, scale)) == scale.length]
    longest = max((scale.length for scale in whole), default=0)
    if longest >= WHOLE or (longest == WHOLE - 1 and n >= MANY) or (whole and people >= MANY):
        return whole
    allowed = 0 if people >= MANY else 1
    gaps = {
        scale.scale_id: sum(b - a - 1 for a, b in pairwise(_levels(group, scale)))
        for scale in found
    }
    return [scale for scale in found if gaps[scale.scale_id] <= allowed] or found


#: how the ids of scales of a construct begin
CONSTRUCTS = {
    "effort": ("effort",),
    "importance": ("importance",),
    "expectation": ("expectation",),
    "recommend": ("likely", "nps"),
    "repurchase": ("likely", "juster"),
    "kano": ("kano",),
}


def _of_construct(group: Sequence[Answers], found: list[Scale]) -> list[Scale]:
    """Prefer the scales made for what is asked; else those that tell the satisfied from others."""
    asked = {one.prefers for one in group}
    if len(asked) == 1 and (wanted := CONSTRUCTS.get(next(iter(asked)))):
        return [scale for scale in found if scale.scale_id.startswith(wanted)] or found
    return [scale for scale in found if scale.rates] or found


def _rank(group: Sequence[Answers]) -> Callable[[Scale], tuple[int, ...]]:
    """Put first what is most common: five levels with a neutral middle, few of them unused."""
    order = list(shipped.scales())
    texts = [form for word in _words(group, False) for form in forms(word.text)]

    def rank(scale: Scale) -> tuple[int, ...]:
        fits = fit(texts, scale.scale_id, scale.spellings)
        return (
            0 if not fits.n_unused else 1,
            abs(scale.length - WHOLE),
            fits.n_unused,
            0 if any(level.is_neutral for level in scale.levels) else 1,
            order.index(scale.scale_id),
        )

    return rank


def _agree(group: Sequence[Answers], one: Scale, other: Scale) -> bool:
    """Whether two scales give every word the same level, of as many, satisfied or not."""
    if one.length != other.length:
        return False
    pairs = [(level_of(word, one), level_of(word, other)) for word in _words(group, False)]
    if any(a != b for a, b in pairs):
        return False
    return all(
        one.levels[a - 1].is_satisfied == other.levels[a - 1].is_satisfied
        for a, _ in pairs
        if a is not None
    ) or not (one.rates and other.rates)


def nearest(words: Sequence[Word]) -> Scale | None:
    """Return the shipped scale that knows most of some words; None where none knows two."""
    best, most = None, 1
    for scale in shipped.scales().values():
        known = len({level for word in words if (level := level_of(word, scale)) is not None})
        if known > most:
            best, most = scale, known
    return best


def polarity(text: str) -> float | None:
    """Tell from the shipped scales whether a word is bad (0) or good (1); None: none has it.

    Examples
    --------
    >>> polarity("Very dissatisfied") < 0.5 < polarity("9 - Extremely likely")
    True
    """
    places: list[float] = []
    for scale in shipped.scales().values():
        level = level_of(Word("", text, 0), scale)
        if level is not None:
            places.append((level - 1) / (scale.length - 1))
    if not places:
        return None
    return sum(places) / len(places)


def order_of(words: Sequence[Word], means: Mapping[str, float]) -> tuple[list[Word], str]:
    """Propose an order of words that no scale has, the worst first, and say what it goes by.

    Parameters
    ----------
    words : sequence of Word
        Each once.
    means : mapping of str to float
        Mean of the other ratings of those who gave the answer, by its cell; may lack some.

    Returns
    -------
    list of Word, str
    """
    numbers = [word.number for word in words]
    if None not in numbers and len(set(numbers)) == len(words):
        ordered = sorted(words, key=lambda word: word.number or 0)
        by = "the numbers at the words"
    else:
        codes = [int(word.raw) for word in words if word.raw != word.text and word.raw.isdecimal()]
        if len(codes) == len(words):
            ordered = sorted(words, key=lambda word: int(word.raw))
            by = "the codes of the words"
        else:
            return _by_words(words, means)
    places = [polarity(word.text) for word in ordered]
    known = [(i, place) for i, place in enumerate(places) if place is not None]
    ends = [means.get(word.raw) for word in (ordered[0], ordered[-1])]
    if len(known) > 1 and known[0][1] > known[-1][1]:
        ordered.reverse()
    elif len(known) < 2 and None not in ends and ends[0] > ends[1]:  # type: ignore[operator]
        ordered.reverse()
    return ordered, by


def _by_words(words: Sequence[Word], means: Mapping[str, float]) -> tuple[list[Word], str]:
    """Order words by what other scales say of them, else by the other answers of the people."""
    scale = nearest(words)
    places: dict[str, float] = {}
    for word in words:
        level = level_of(word, scale) if scale else None
        if scale and level is not None:
            places[word.raw] = (level - 1) / (scale.length - 1)
        elif (place := polarity(word.text)) is not None:
            places[word.raw] = place
    low, high = min(means.values(), default=0.0), max(means.values(), default=0.0)
    unknown = [word for word in words if word.raw not in places]
    for word in unknown:
        mean = means.get(word.raw)
        is_known = mean is not None and high > low
        places[word.raw] = (mean - low) / (high - low) if is_known and mean is not None else 0.5
    by = "words that other scales have" if len(unknown) < len(words) else ""
    if unknown and means:
        by += (" and " if by else "") + "the other answers of those who chose them"
    ordered = sorted(words, key=lambda word: (places[word.raw], word.text))
    return ordered, by or "nothing but the alphabet"
