"""The two languages of the report, and how figures are written in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

DASH = "–"


@dataclass(frozen=True)
class Language:
    """One language: called with a text in both, it returns its own."""

    code: str

    def __call__(self, zh: str, en: str) -> str:
        """Return the text in this language."""
        return zh if self.code == "zh" else en

    @property
    def label(self) -> str:
        """The column of the marts that holds labels in this language."""
        return f"label_{self.code}"


CHINESE = Language("zh")
ENGLISH = Language("en")
LANGUAGES = (CHINESE, ENGLISH)

#: a text of the report: a function that writes it in one language
Words = Callable[[Language], str]


def both(zh: str, en: str) -> Words:
    """Return a text that stands in both languages."""
    return lambda t: t(zh, en)


def is_missing(value: Any) -> bool:
    """Tell whether a value of a mart is null."""
    return value is None or str(value) in ("NaT", "<NA>") or bool(value != value)


def number(value: Any, digits: int = 1) -> str:
    """Write a number with thousands separated; a dash for none.

    >>> number(1234.56), number(-0.04), number(None)
    ('1,234.6', '0.0', '–')
    """
    if is_missing(value):
        return DASH
    rounded = round(float(value), digits)
    return f"{rounded + 0.0 if rounded else 0.0:,.{digits}f}"


def signed(value: Any, digits: int = 1) -> str:
    """Write a change with its sign.

    >>> signed(2.25), signed(-2.3), signed(0.01)
    ('+2.2', '−2.3', '±0.0')
    """
    if is_missing(value):
        return DASH
    shown = number(abs(value), digits)
    sign = "±" if float(shown.replace(",", "")) == 0 else "+" if value > 0 else "−"
    return sign + shown


def percent(share: Any, digits: int = 1) -> str:
    """Write a share (0–1) as a percentage.

    >>> percent(0.5664)
    '56.6 %'
    """
    return DASH if is_missing(share) else f"{number(100 * share, digits)} %"


def interval(low: Any, high: Any, digits: int = 1) -> Words:
    """Write an interval.

    >>> interval(69.1, 72)(ENGLISH), interval(-4.1, -0.6)(CHINESE)
    ('69.1 to 72.0', '−4.1 至 −0.6')
    """
    if is_missing(low) or is_missing(high):
        return both(DASH, DASH)
    ends = [number(x, digits).replace("-", "−") for x in (low, high)]
    return lambda t: t(" 至 ", " to ").join(ends)


def month(value: Any) -> str:
    """Write the month of a date, 2025-12."""
    return DASH if is_missing(value) else f"{value:%Y-%m}"


def day(value: Any) -> str:
    """Write a date, 2025-12-19."""
    return DASH if is_missing(value) else f"{value:%Y-%m-%d}"


#: what a change is counted in, Chinese and English
POINTS = (" 分", " points")
PERCENTAGE_POINTS = (" 个百分点", " percentage points")


def change_words(change: float, low: float, high: float, unit: tuple[str, str] = POINTS) -> Words:
    """Say in words whether something rose or fell since the wave before, beyond chance or not.

    >>> change_words(-2.3, -4.1, -0.6)(ENGLISH)
    'down 2.3 points since the wave before, more than chance explains'
    """
    if is_missing(change):
        return both("没有上一期可比", "no wave before to compare with")
    size, text = number(abs(change)), signed(change)
    if is_missing(low) or is_missing(high):  # of one respondent there is no interval
        return both(
            f"较上期 {text}{unit[0]}，回答太少，无法判断是否为随机波动",
            f"{text}{unit[1]} since the wave before, too few answers to tell it from chance",
        )
    if low <= 0 <= high:
        return both(
            f"较上期 {text}{unit[0]}，在随机波动之内",
            f"{text}{unit[1]} since the wave before, within chance",
        )
    zh, en = ("上升", "up") if change > 0 else ("下降", "down")
    return both(
        f"较上期{zh} {size}{unit[0]}，超出随机波动",
        f"{en} {size}{unit[1]} since the wave before, more than chance explains",
    )
