"""The order of words that no scale has, by how they are made: not, rather, very, and opposites.

`nicht zufrieden < eher zufrieden < sehr zufrieden` needs no list of scales.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from satisfaction.imports.labels import forms
from satisfaction.imports.scales import polarity
from satisfaction.imports.words import says, source

#: how much each kind of word says; what has none of them says 2
_DEGREES = {
    "degree_extremely": 4.0,
    "degree_very": 3.0,
    "degree_mostly": 1.8,
    "degree_quite": 1.5,
    "degree_rather": 1.0,
    "degree_slightly": 0.7,
}
_NONE = 2.0
#: less than a neutral middle, but more than any denial
_LITTLE = -0.5
_NOT_AT_ALL = -5.0
#: what is the worst or the best by itself
_ENDS = {"worst": -4.0, "best": 4.0}
#: prefixes that turn a word into its opposite
_OPPOSITE = re.compile(r"^(?:un|in|im|dis|des|in|ont|on|不|未|無|无|nie|не)")


@dataclass(frozen=True)
class _Made:
    """What a word is made of: what it speaks of, denied or not, and how much of it."""

    core: str
    is_denied: bool
    degree: float


def order(texts: Sequence[str]) -> tuple[list[str], bool] | None:
    """Put words in order from the worst to the best.

    Parameters
    ----------
    texts : sequence of str

    Returns
    -------
    list of str, bool; or None
        The order, and whether it is the whole scale for certain: of opposites as many on both
        sides. None where two words have one place, or one has none.

    Examples
    --------
    >>> order(["Muy fácil", "Fácil", "Ni fácil ni difícil", "Difícil", "Muy difícil"])
    (['Muy difícil', 'Difícil', 'Ni fácil ni difícil', 'Fácil', 'Muy fácil'], True)
    >>> order(["eher ja", "ja, auf jeden Fall", "nein, auf keinen Fall", "eher nein"])
    (['nein, auf keinen Fall', 'eher nein', 'eher ja', 'ja, auf jeden Fall'], True)
    >>> order(["Red", "Very red", "Blue"]), order(["Definitely", "Probably", "Maybe"])
    (None, (['Maybe', 'Probably', 'Definitely'], False))
    """
    places = _places(texts)
    if len(texts) < 3 or places is None or len(set(places.values())) < len(texts):
        return None
    values = list(places.values())
    good = [value for value in values if value > 0]
    bad = [value for value in values if value < 0 and value not in (_LITTLE, _NOT_AT_ALL)]
    is_two_sided = 0.0 in values or len(bad) > 1
    is_whole = not is_two_sided or len(values) - values.count(0.0) == 2 * len(good)
    return sorted(texts, key=lambda text: places[text]), is_whole


def is_rating(texts: Sequence[str]) -> bool:
    """Whether words are levels of something good or bad, whatever is asked.

    Examples
    --------
    >>> is_rating(["Discordo", "Não concordo nem discordo", "Concordo"])
    True
    >>> is_rating(["完全不了解", "不太了解", "一般", "比较了解", "非常了解"])
    False
    """
    if order(texts) is None:
        return False
    cores = {one.core for one in map(_made, texts) if one is not None}
    return any(_polarity(core) for core in cores)


def leaning(text: str) -> int:
    """Tell whether a word is a good (1) or a bad one (-1); 0 where it cannot be told.

    Examples
    --------
    >>> leaning("très difficile"), leaning("très facile"), leaning("nicht einfach"), leaning("rot")
    (-1, 1, -1, 0)
    """
    one = _made(text)
    if one is None:
        return 0
    sign = _polarity(one.core)
    return -sign if one.is_denied or one.degree < 0 else sign


def _places(texts: Sequence[str]) -> dict[str, float] | None:
    """Give each word its place; None where one has none."""
    made = {text: _made(text) for text in texts}
    signs = _signs({one.core for one in made.values() if one is not None and one.core})
    if signs is None:
        return None
    places = {}
    for text, one in made.items():
        if one is None:
            places[text] = 0.0
            continue
        degree = one.degree
        if one.is_denied and degree > 0:
            degree = -degree
        places[text] = degree * signs.get(one.core, 1)
    return places


def _made(text: str) -> _Made | None:
    """Part a word; None is a middle."""
    plain = forms(text)[-1]
    if says("middle", plain):
        return None
    rest, degree = plain, _NONE
    for kind, value in _ENDS.items():
        if says(kind, plain):
            return _Made("", False, value)
    if says("degree_not_at_all", rest):
        return _Made(_without(("degree_not_at_all", "no", "negation"), rest), False, _NOT_AT_ALL)
    for kind, value in _DEGREES.items():
        if says(kind, rest):
            rest, degree = _without((kind,), rest), value
            break
    if says("degree_little", rest):
        return _Made(_without(("degree_little",), rest), False, _LITTLE)
    is_denied = says("negation", rest) or says("no", rest)
    return _Made(_without(("negation", "no", "yes"), rest), is_denied, degree)


def _without(kinds: Iterable[str], text: str) -> str:
    """Cut words of some kinds, and the marks between them."""
    for kind in kinds:
        text = re.sub(source(kind), " ", text, flags=re.IGNORECASE)
    plain = " ".join(re.sub(r"[\W_]+", " ", text).split())
    return re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", plain)


def _signs(cores: set[str]) -> Mapping[str, int] | None:
    """Tell of what is spoken of whether it is good (1) or bad (-1); None: it cannot be told."""
    signs: dict[str, int] = {}
    for core in cores:
        bare = _OPPOSITE.sub("", core)
        if bare != core and bare in cores:
            signs[core], signs[bare] = -1, 1
    signs |= {core: _polarity(core) for core in cores - signs.keys()}
    several = max(list(signs.values()).count(sign) for sign in (-1, 1)) > 1 if signs else False
    return None if several or 0 in signs.values() else signs


def _polarity(core: str) -> int:
    """Tell whether a word speaks of something good (1) or bad (-1); 0 where it cannot be told."""
    if not core:
        return 0
    for kind, sign in (("negative", -1), ("positive", 1)):
        if says(kind, core):
            return sign
    place = polarity(core)
    return 0 if place is None or abs(place - 0.5) <= 0.1 else 1 if place > 0.5 else -1
