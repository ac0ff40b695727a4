"""Short names: ids of questions, labels and ids of factors."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from satisfaction.imports.words import patterns, source
from satisfaction.method_checks._questions import WIDE_COLUMNS

#: the longest key that is an id as it stands
LONGEST_ID = 24
#: the longest label of a factor
LONGEST_LABEL = 60
#: letters that questions must have in common before what differs is taken for the label
_SHARED = {True: 3, False: 8}

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ARTICLE = re.compile(rf"^(?:{source('article')})(?=\W|$|(?<=[\u4e00-\u9fff]))\s*", re.IGNORECASE)
_TAIL = re.compile(rf"\s*(?:{source('ending')})$", re.IGNORECASE)
_MARKS = " \t\n.,:;?!？。：；，、…-–—\"'“”[]【】"


def slug(text: str) -> str:
    """Return a name made of letters and digits of any script, and `_`.

    Examples
    --------
    >>> slug("Speed & care"), slug("物流 配送")
    ('speed_care', '物流_配送')
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"\W+", "_", plain).strip("_")[:40].strip("_")


def question_ids(keys: Sequence[tuple[str, str]], taken: Collection[str]) -> list[str]:
    """Return a short ASCII id for every question.

    Parameters
    ----------
    keys : sequence of (str, str)
        Key, and matrix (blank for a question of its own), in the order of the file.
    taken : collection of str
        Ids that others have.

    Examples
    --------
    >>> question_ids([("QID1", ""), ("总体满意吗", ""), ("产品", "各项"), ("价格", "各项")], ())
    ['QID1', 'q2', 'q3_1', 'q3_2']
    """
    used = {name.lower() for name in taken} | set(WIDE_COLUMNS)
    result = []
    number, rows, last = 0, 0, ""
    for key, matrix in keys:
        if not matrix or matrix != last:
            number, rows = number + 1, 0
        rows, last = rows + 1, matrix
        own = re.sub(r"[^A-Za-z0-9]+", "_", key).strip("_")
        is_short = key.isascii() and own and len(own) <= LONGEST_ID and " " not in key
        name = own if is_short else f"q{number}_{rows}" if matrix else f"q{number}"
        base, count = name, 1
        while name.lower() in used:
            count += 1
            name = f"{base}_{count}"
        used.add(name.lower())
        result.append(name)
    return result


def labels(texts: Sequence[str]) -> list[str]:
    """Return what tells questions apart: what they have in common is cut off.

    Examples
    --------
    >>> labels(["How satisfied are you with our product?", "How satisfied are you with our price?"])
    ['product', 'price']
    >>> labels(["您对我们的产品满意吗？", "您对我们的物流满意吗？", "您对我们的产品质量满意吗？"])
    ['产品', '物流', '产品质量']
    >>> labels(["How satisfied are you with the service?"])
    ['service']
    """
    found = []
    for i, text in enumerate(texts):
        others = [other for j, other in enumerate(texts) if j != i and other != text]
        found.append(_label(text.strip(), [other.strip() for other in others]))
    return found


def _label(text: str, others: Sequence[str]) -> str:
    """Return one question without the beginning and end that others share."""
    start = _shared(text, others, _prefix)
    end = _shared(text[start:][::-1], [other[::-1] for other in others], _suffix)
    rest = text[start : len(text) - end] if start or end else text
    rest = _trimmed(rest)
    if not start:
        rest = _by_pattern(text) or rest
    return (rest or _trimmed(text))[:LONGEST_LABEL].strip()


def short(label: str) -> str:
    """Return a label without its article.

    Examples
    --------
    >>> short("The staff")
    'staff'
    """
    return _ARTICLE.sub("", label).strip(_MARKS) or label


def _trimmed(text: str) -> str:
    """Cut marks, articles and what a question ends with."""
    plain = text.strip(_MARKS)
    for pattern in (_ARTICLE, _ARTICLE, _TAIL):
        cut = pattern.sub("", plain).strip(_MARKS)
        plain = cut or plain
    return plain


def _prefix(one: str, other: str) -> int:
    """Length of what two texts begin with, up to the last border of a word."""
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    if length == len(one):
        return 0
    if _CJK.search(one):
        return length
    while length and one[length - 1].isalnum():
        length -= 1
    return length


_suffix = _prefix


def _shared(text: str, others: Iterable[str], common: object) -> int:
    """Length of the beginning that most others share, weighed by how long it is."""
    least = _SHARED[bool(_CJK.search(text))]
    lengths = Counter(_prefix(text, other) for other in others)
    best, best_score = 0, 0
    for length in lengths:
        if length < (least if common is _prefix and text[:1] not in "?？" else 1):
            continue
        score = length * sum(n for other, n in lengths.items() if other >= length)
        if score > best_score:
            best, best_score = length, score
    return best


_ABOUT = [re.compile(pattern, re.IGNORECASE) for pattern in patterns("about")]


def _by_pattern(text: str) -> str:
    """Return what a question in a usual form is about."""
    for pattern in _ABOUT:
        if (found := pattern.search(text)) and (label := _trimmed(found[1])):
            return label
    return ""


def unique(name: str, taken: Collection[str]) -> str:
    """Return a name that is not taken: of equal ones with a number.

    Examples
    --------
    >>> unique("price", {"price"})
    'price_2'
    """
    count, result = 1, name
    while result in taken:
        count += 1
        result = f"{name}_{count}"
    return result
