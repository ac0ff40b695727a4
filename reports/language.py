"""The languages of the report, its texts in each, and how figures are written in a sentence.

Code says everything in English, by `say`. Every other language is a folder of `reports/locale` with
a catalogue of gettext: `make messages` adds the texts that are new in the code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from pathlib import Path
from typing import Any

import pandas as pd
from babel import Locale, UnknownLocaleError
from babel.messages.pofile import read_po

DASH = "–"
LOCALES = Path(__file__).resolve().parent / "locale"
#: the language that code is written in, which needs no catalogue
SOURCE = "en"
#: the languages that marts have labels in: any other one shows the last
OF_MARTS = ("zh", "en")


@cache
def catalogue(folder: Path) -> dict[tuple[str, str], str]:
    """Return the translated texts of a language by their context and English text."""
    path = folder / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        messages = [m for m in read_po(file) if m.id and m.string and not m.fuzzy]
    return {(m.context or "", str(m.id)): str(m.string) for m in messages}


@dataclass(frozen=True)
class Language:
    """One language: called with an English text, it returns its own, or that where it has none.

    Attributes
    ----------
    code
        What HTML and browsers call it: zh, pt-BR.
    locales
        The folder that holds a folder for each language.
    """

    code: str
    locales: Path = LOCALES

    def __call__(self, message: str, /, **values: object) -> str:
        """Return a text in this language; see `say`."""
        return self.write(message, values)

    def text(self, message: str, context: str = "") -> str:
        """Return a text as the catalogue has it, as it is meant in a context."""
        texts = catalogue(self.locales / self.code.replace("-", "_"))
        return texts.get((context, message), message)

    def write(self, message: str, values: Mapping[str, object], context: str = "") -> str:
        """Return a text with values in the places of their names."""
        written = {k: v(self) if callable(v) else v for k, v in values.items()}
        return self.text(message, context).format_map(written)

    @property
    def suffix(self) -> str:
        """How columns of labels in this language end.

        The marts' columns end otherwise, whatever the code: `survey_id` is not in Indonesian.

        >>> Language("zh").suffix, Language("id").suffix
        ('_zh', '_in_id')
        """
        return f"_{self.code}" if self.code in OF_MARTS else f"_in_{self.code}"

    @property
    def label(self) -> str:
        """The column that holds labels in this language."""
        return f"label{self.suffix}"

    @property
    def name(self) -> str:
        """What the language calls itself.

        >>> Language("en").name, Language("fr").name
        ('English', 'français')
        """
        try:
            return str(Locale.parse(self.code, sep="-").display_name)
        except (UnknownLocaleError, ValueError):  # one of a test, say
            return self.code


#: a text of the report: a function that writes it in one language
Words = Callable[[Language], str]

ENGLISH = Language(SOURCE)
CHINESE = Language("zh")


def found(locales: Path = LOCALES) -> tuple[Language, ...]:
    """Return the languages that there are: English and those of the folders; the marts' lead."""
    folders = {path.parents[1].name for path in locales.glob("*/LC_MESSAGES/messages.po")}
    codes = {SOURCE, *(name.replace("_", "-") for name in folders)}
    led = [code for code in OF_MARTS if code in codes]
    return tuple(Language(code, locales) for code in (*led, *sorted(codes - set(led))))


LANGUAGES = found()


def say(message: str, /, **values: object) -> Words:
    """Return a text of the report, to be written in any language.

    Parameters
    ----------
    message
        The English text, with `{name}` where a value stands: a literal, so that `make messages`
        finds it.
    **values
        Figures as they are written, or other texts, which are written in the same language.

    Examples
    --------
    >>> text = say("{change} since the wave before, within chance", change=points("+1.2"))
    >>> text(ENGLISH)
    '+1.2 points since the wave before, within chance'
    """
    return lambda t: t.write(message, values)


def say_in(context: str, message: str, /, **values: object) -> Words:
    """Return an English text that another language writes otherwise in this context.

    >>> say_in("call list", "Tier")(ENGLISH)
    'Tier'
    """
    return lambda t: t.write(message, values, context)


def verbatim(text: str) -> Words:
    """Return a text that is the same in every language: a code, a figure."""
    return lambda t: text


def from_marts(zh: str, en: str) -> Words:
    """Return a label of the marts, which have it in Chinese and in English."""
    return lambda t: zh if t.code == "zh" else en


def in_sentence(words: Words) -> Words:
    """Return a heading as it stands within a sentence: in English without its capital.

    >>> in_sentence(say("Missing key"))(ENGLISH)
    'missing key'
    """
    return lambda t: words(t).lower() if t.code == SOURCE else words(t)


def nothing(t: Language) -> str:
    """Say nothing."""
    return ""


def chain(pair: Callable[[str, str], Words], words: Iterable[str | Words]) -> Words:
    """Return texts one behind the other, two at a time; those that say nothing are left out."""
    parts = list(words)  # written once a language

    def text(t: Language) -> str:
        said = [one(t) if callable(one) else one for one in parts]
        return reduce(lambda x, y: pair(x, y)(t) if x else y, filter(None, said), "")

    return text


def listed(words: Iterable[str | Words]) -> Words:
    """Return a list within a sentence.

    >>> listed(["a", "b", "c"])(ENGLISH)
    'a, b, c'
    """
    return chain(lambda x, y: say("{before}, {after}", before=x, after=y), words)


def clauses(*words: str | Words) -> Words:
    """Return parts of a sentence, divided by semicolons.

    >>> clauses("a", "b")(ENGLISH)
    'a; b'
    """
    return chain(lambda x, y: say("{before}; {after}", before=x, after=y), words)


def together(*sentences: str | Words) -> Words:
    """Return sentences, one after the other.

    >>> together(say("No row was read."), nothing)(ENGLISH)
    'No row was read.'
    """
    return chain(lambda x, y: say("{before} {after}", before=x, after=y), sentences)


def summary(findings: Iterable[Words]) -> Words:
    """Return titles as sentences, one after the other."""
    return together(*[say("{sentence}.", sentence=finding) for finding in findings])


def each(*names: str) -> list[str]:
    """Return the columns of labels in all languages.

    >>> each("label")[:2]
    ['label_zh', 'label_en']
    """
    return [f"{name}{t.suffix}" for name in names for t in LANGUAGES]


def each_as(**names: str) -> dict[str, str]:
    """Return new names of columns of labels.

    >>> each_as(label="factor_id")["label_en"]
    'factor_id_en'
    """
    return dict(zip(each(*names), each(*names.values()), strict=True))


def written(name: str, words: Iterable[Words]) -> dict[str, list[str]]:
    """Return texts as columns of labels, one for each language."""
    texts = list(words)
    return {f"{name}{t.suffix}": [text(t) for text in texts] for t in LANGUAGES}


def with_all(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the labels of a mart in those languages that it has none in."""
    stems = [c.removesuffix("_en") for c in map(str, frame) if c.endswith("_en")]
    lacking = [t for t in LANGUAGES if t.code not in OF_MARTS]
    english = {f"{stem}{t.suffix}": frame[f"{stem}_en"] for stem in stems for t in lacking}
    return frame.assign(**english) if english else frame


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

    >>> interval(69.1, 72)(ENGLISH), interval(-4.1, -0.6)(ENGLISH)
    ('69.1 to 72.0', '−4.1 to −0.6')
    """
    if is_missing(low) or is_missing(high):
        return verbatim(DASH)
    ends = [number(x, digits).replace("-", "−") for x in (low, high)]
    return say("{low} to {high}", low=ends[0], high=ends[1])


def month(value: Any) -> str:
    """Write the month of a date, 2025-12."""
    return DASH if is_missing(value) else f"{value:%Y-%m}"


def day(value: Any) -> str:
    """Write a date, 2025-12-19."""
    return DASH if is_missing(value) else f"{value:%Y-%m-%d}"


#: writes a figure with what it is counted in
Unit = Callable[[str], Words]


def points(size: str) -> Words:
    """Write points of a score."""
    return say("{size} points", size=size)


def percentage_points(size: str) -> Words:
    """Write percentage points."""
    return say("{size} percentage points", size=size)


def change_words(change: float, low: float, high: float, unit: Unit = points) -> Words:
    """Say in words whether something rose or fell since the wave before, beyond chance or not.

    >>> change_words(-2.3, -4.1, -0.6)(ENGLISH)
    'down 2.3 points since the wave before, more than chance explains'
    """
    if is_missing(change):
        return say("no wave before to compare with")
    moved, size = unit(signed(change)), unit(number(abs(change)))
    if is_missing(low) or is_missing(high):  # of one respondent there is no interval
        return say(
            "{change} since the wave before, too few answers to tell it from chance", change=moved
        )
    if low <= 0 <= high:
        return say("{change} since the wave before, within chance", change=moved)
    if change > 0:
        return say("up {size} since the wave before, more than chance explains", size=size)
    return say("down {size} since the wave before, more than chance explains", size=size)
