"""Labels of options: one normal form, and what stands before and behind the words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from satisfaction.method_checks import normalise_answer

# macros/method/labels.sql reads labels in the same three steps
_LETTER = re.compile(r"^[(（]?[a-k] *[.、:：)）-] *(.+)$")
_BEFORE = re.compile(r"^[(（]?([0-9]{1,2}) *分?[)）]? *([-–—=:：.、,，|]?) *([^0-9].*)$")
_BEHIND = re.compile(r"^(.*[^ 0-9]) *[(（=:：–—-] *([0-9]{1,2}) *(分|points?|pts?)?[ ]*[)）]?$")
_BARE = re.compile(r"^([0-9]{1,3}) *(?:分|星|颗星|stars?|points?|pts?|点|점)?$")
_SET_OFF = "-–—=:："
# "satisfait(e)", "satisfecho/a", "zufriedene:r", "satisfait·e"
_GENDER = re.compile(r"\((?:e|a|o|es|as|in|r|n)\)|(?<=\w)/-?(?:a|o|in|e|r)\b|·e\b|\.e\b")


@lru_cache(maxsize=100_000)
def normal(text: str) -> str:
    r"""Return the form in which words are compared.

    Beyond `normalise_answer`: compatibility forms of Unicode, curly apostrophes, a full stop at
    the end.

    Examples
    --------
    >>> normal("Don\u2019t  know."), normal("ＶＥＲＹ good")
    ("don't know", 'very good')
    """
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'")
    plain = normalise_answer(plain)
    return plain.rstrip(".。") or plain


@dataclass(frozen=True)
class Label:
    """What the label of an option says.

    Attributes
    ----------
    plain : str
        All of it in its normal form.
    words : str
        Without the letter, number and points around it; blank where it is a bare number.
    number : int or None
        The number that was cut, or that it is.
    is_points : bool
        Whether the number is set off as points (`0 - Bad`, `Good (5)`), not as a count (`1. Bad`).
    """

    plain: str
    words: str
    number: int | None = None
    is_points: bool = False


@lru_cache(maxsize=100_000)
def read_label(text: str) -> Label:
    """Part the label of an option into words and number.

    Examples
    --------
    >>> read_label("A.非常满意（5分）").words, read_label("A.非常满意（5分）").number
    ('非常满意', 5)
    >>> read_label("1. Good").is_points, read_label("1 - Good").is_points
    (False, True)
    >>> read_label("4").number, read_label("4").words
    (4, '')
    """
    plain = normal(text)
    if bare := _BARE.match(plain):
        return Label(plain, "", int(bare[1]), True)
    found = _LETTER.match(plain)
    rest = found[1] if found else plain
    if re.fullmatch("[0-9]{1,3}", rest):  # "a. 5"
        return Label(plain, "", int(rest), True)
    before, words = _BEFORE.match(rest), rest
    if before:
        words = before[3]
    behind = _BEHIND.match(words)
    if behind:
        return Label(plain, normal(behind[1]), int(behind[2]), True)
    if before:
        is_points = before[2] != "" and before[2] in _SET_OFF
        return Label(plain, normal(words), int(before[1]), is_points)
    return Label(plain, normal(rest))


#: characters of answers in traditional Chinese as the shipped scales write them
_SIMPLIFIED = str.maketrans(
    "滿說點無較極應覺認優壞頻經從還見會難輕鬆單複來購買齊願贊當幾準確幫時間質錯適關響務產價總體對後們",
    "满说点无较极应觉认优坏频经从还见会难轻松单复来购买齐愿赞当几准确帮时间质错适关响务产价总体对后们",
)


@lru_cache(maxsize=100_000)
def forms(text: str) -> tuple[str, ...]:
    """Return the forms of a label to look up, the whole one first.

    Examples
    --------
    >>> forms("2 - Très satisfait(e)")
    ('2 - très satisfait(e)', 'très satisfait(e)', 'très satisfait')
    """
    label = read_label(text)
    found = [label.plain, label.words]
    found.append(_GENDER.sub("", found[-1]))
    found.append(found[-1].translate(_SIMPLIFIED))
    return tuple(dict.fromkeys(form for form in found if form))
