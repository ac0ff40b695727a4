"""What headers say: numbers before them, rows of a matrix within them, and who is named."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

#: blanks around cells and headers that mean nothing, the byte order mark among them
BLANKS = " \t\r\n\u00a0\u3000\ufeff\u200b"

_NUMBER = re.compile(r"^\s*[Qq]?(\d{1,3})\s*(?:[、．:：]|\.(?!\d)|\)(?=\s))\s*")
_BRACKET = re.compile(r"^(?P<question>.*\S)\s*\[(?P<label>[^\[\]]+)\]$", re.DOTALL)
_CHINESE_ROW = re.compile(r"^第\s*(?P<number>\d+)\s*题\s*[（(](?P<label>.+)[)）]$", re.DOTALL)
_DASH = re.compile(r"\s*[：:]?\s*(?:—+|－+|–+|(?<=[\u3000-\u9fff])-+(?=[\u3000-\u9fff]))\s*")


def folded(text: str) -> str:
    """Give a text as headers and words are compared: width, case, quotes and blanks are one.

    Examples
    --------
    >>> folded(" Ｅ－mail\u00a0 Address ")
    'e-mail address'
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    text = text.replace("’", "'").replace("‘", "'").replace("\u2011", "-").replace("\ufeff", "")
    return " ".join(text.split())


def squeezed(text: str) -> str:
    """Give the letters and digits of a text alone: `Response ID` and responseId are the same.

    Examples
    --------
    >>> squeezed("Duration (in seconds)")
    'durationinseconds'
    """
    return "".join(c for c in folded(text) if c.isalnum())


def number_of(header: str) -> str:
    """Give the number that a header begins with, blank if none."""
    found = _NUMBER.match(header) or _CHINESE_ROW.match(header)
    return found.group(1) if found else ""


def without_number(header: str) -> str:
    """Give a header without its leading number.

    Examples
    --------
    >>> without_number("12、您满意吗？"), without_number("3.5 stars or more?")
    ('您满意吗？', '3.5 stars or more?')
    """
    return _NUMBER.sub("", header, count=1).strip() or header.strip()


def split_bracket(header: str) -> tuple[str, str]:
    """Split `Question [Row]`; the label is blank where there is none.

    Examples
    --------
    >>> split_bracket("How satisfied are you? [Delivery]")
    ('How satisfied are you?', 'Delivery')
    """
    found = _BRACKET.match(header.strip())
    return (found["question"], found["label"].strip()) if found else (header.strip(), "")


def split_common(texts: Sequence[str], mark: str = " - ") -> tuple[str, list[str]]:
    """Split what the texts of a matrix have in common, up to a mark, from its rows.

    Examples
    --------
    >>> split_common(["How? - Price - list", "How? - Staff"])
    ('How?', ['Price - list', 'Staff'])
    """
    parts = [text.split(mark) for text in texts]
    depth = 0
    while len(texts) > 1 and all(len(p) > depth + 1 for p in parts):
        if len({p[depth] for p in parts}) > 1:
            break
        depth += 1
    if depth == 0:
        return "", list(texts)
    return mark.join(parts[0][:depth]), [mark.join(p[depth:]) for p in parts]


def split_numbered(headers: Sequence[str]) -> list[tuple[str, str]]:
    """Split headers of Chinese platforms: columns with one number are the rows of one question.

    The first row may carry the question, `2、题干：—产品`, and the next ones the row alone,
    `2、物流`.

    Examples
    --------
    >>> split_numbered(["1、总体？", "2、各项满意吗：—产品", "2、物流", "第3题(网站)"])
    [('总体？', ''), ('各项满意吗', '产品'), ('各项满意吗', '物流'), ('第3题', '网站')]
    """
    found: list[tuple[str, str]] = []
    numbers = [number_of(header) for header in headers]
    for i, header in enumerate(headers):
        row = _CHINESE_ROW.match(header.strip())
        text = without_number(header)
        bracket = re.fullmatch(r"[（(](.+)[)）]", text)
        goes_on = numbers[i] != "" and i > 0 and numbers[i - 1] == numbers[i]
        begins = numbers[i] != "" and not goes_on and numbers[i : i + 2] == [numbers[i]] * 2
        if row:
            before = found[i - 1][0] if goes_on else ""
            found.append((before or f"第{row['number']}题", row["label"].strip()))
        elif begins or goes_on:
            question = found[i - 1][0] if goes_on else ""
            parts = _DASH.split(text, maxsplit=1)
            if len(parts) == 2 and parts[0] and parts[1]:
                found.append((parts[0].rstrip("：: "), parts[1].rstrip("：: ")))
            elif bracket:
                found.append((question or f"第{numbers[i]}题", bracket.group(1).strip()))
            elif begins:
                found.append((text, ""))
            else:
                found.append((question, text.rstrip("：: ")))
        else:
            question, label = split_bracket(text)
            if not label and (parts := _DASH.split(text, maxsplit=1))[1:] and number_of(header):
                question, label = parts[0].rstrip("：: "), parts[1].rstrip("：: ")
            found.append((question or text, label if question else ""))
    return found


#: what parts the question of a matrix from its row where nothing brackets it
_MARKS = (" >> ", " - ", " – ", ": ", "：")


def split_rows(parts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Split questions side by side that are alike up to a mark: they are the rows of a matrix.

    Parameters
    ----------
    parts : sequence of (str, str)
        Question and label of each column; those with a label stay as they are.

    Examples
    --------
    >>> split_rows([("Rate us >> Speed", ""), ("Rate us >> Care", ""), ("Why >> so?", "")])
    [('Rate us', 'Speed'), ('Rate us', 'Care'), ('Why >> so?', '')]
    """
    found = list(parts)
    for mark in _MARKS:
        halves = [text.rpartition(mark) if not label else ("", "", "") for text, label in found]
        for i, (question, _, row) in enumerate(halves):
            beside = [halves[j][0] for j in (i - 1, i + 1) if 0 <= j < len(halves)]
            if question.strip() and row.strip() and question in beside:
                found[i] = (question.strip(), row.strip())
    return found


def by_name(names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Turn kind -> headers into squeezed header -> kind."""
    return {squeezed(name): kind for kind, all_names in names.items() for name in all_names}
