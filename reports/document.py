"""Puts the report together: pages, charts of all languages over shared data, scripts inlined."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import importlib.metadata
import json
import math
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pandas as pd
import vl_convert
from altair.utils.schemapi import debug_mode
from babel.messages.extract import extract
from markupsafe import Markup

from reports import language, pages
from reports.language import SOURCE, Language, Words, from_marts, is_missing, say, say_in, verbatim
from reports.marts import Marts
from reports.parts import Component, Figure, Listing, Page, Panel
from reports.theme import THEMES
from scripts import messages, publish
from scripts.catalogue import business_terms

HERE = Path(__file__).resolve().parent
#: digits that a drawn figure keeps: more than an eye can tell apart
SIGNIFICANT = 6
#: its types want an argument that it does not need
BUNDLE: Callable[[], str] = vl_convert.javascript_bundle  # type: ignore[assignment]


#: headings of what no mart has under this name
HEADINGS = {
    "concerns": say("Concerns"),
    "cumulative_share": say("Cumulated share"),
    "customers": say_in("number", "Customers"),
    "factor": say("Factor"),
    "mart": say("Mart"),
    "month": say("Month"),
    "months_before": say("Months before"),
    "days_before": say("Days before"),
    "n_cells": say_in("number", "Cells"),
    "n_thin": say("Thin cells"),
    "newest": say("Newest"),
    "result": say("Result"),
    "segment": say("Segment"),
    "source": say("Source"),
    "wave": say("Wave"),
    "tenth": say("Tenth (1 = highest)"),
}


class ReportError(Exception):
    """The report cannot be written; the message says why and what to do."""


def plain(value: Any) -> Any:
    """Turn a value of a mart into one of JSON: dates as text, null for none, few digits."""
    if is_missing(value):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.{SIGNIFICANT}g}") if math.isfinite(value) else None
    return value


def columnar(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Pack records, which repeat their keys in every row, into columns and rows."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return {"columns": columns, "rows": [[plain(row.get(c)) for c in columns] for row in rows]}


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as records of JSON values."""
    return [{str(k): plain(v) for k, v in row.items()} for row in frame.to_dict("records")]


def in_script(value: Any) -> Markup:
    """Write a value as JSON that no text within can end: `</script>` and `<!--` are escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)


def heading(column: str, terms: Mapping[str, Words]) -> Words:
    """Return the heading of a column; x_zh and x_en, of which one is shown, have that of x."""
    endings = [t.suffix for t in language.LANGUAGES if column.endswith(t.suffix)]
    bare = column.removesuffix(endings[0]) if endings else column
    # a language that no mart has labels in shows the English ones
    named = [name for name in (bare, column, f"{bare}_en") if name in terms]
    return terms[named[0]] if named else verbatim(column)


@cache
def said_by(script: Path) -> list[tuple[str, str]]:
    """Return what a script of the report says: contexts and English texts."""
    keywords: Any = {"say": None, "sayIn": ((1, "c"), 2)}
    with script.open("rb") as file:
        found = extract("javascript", file, keywords)
        return [(context or "", str(message)) for _, message, _, context in found]


def messages_of(t: Language) -> dict[str, str]:
    """Return what the scripts say in a language, by context and English text as in gettext."""
    said = [text for script in sorted(HERE.glob("*.js")) for text in said_by(script)]
    return {
        f"{context}\4{message}" if context else message: t.text(message, context)
        for context, message in said
        if t.code != SOURCE
    }


class Content:
    """What the script of the report draws: datasets shared by charts, specifications, tables."""

    def __init__(self, report: Sequence[Page]) -> None:
        self.datasets: dict[str, Any] = {}
        self.charts: dict[str, dict[str, list[Any]]] = {}
        self.tables: dict[str, Any] = {}
        self.components: dict[str, Any] = {}
        for part in (part for page in report for part in page.parts):
            if isinstance(part, Figure):
                self.charts[part.key] = {
                    t.code: [self.specification(panel, t) for panel in part.panels]
                    for t in language.LANGUAGES
                }
                self.tables[part.key] = self.table(part.table, part.table.columns)
            elif isinstance(part, Listing):
                self.tables[part.key] = self.table(part.table, part.columns)
            elif isinstance(part, Component):
                self.components[part.key] = part.data

    def specification(self, panel: Panel, t: Language) -> dict[str, Any]:
        """Return a chart as Vega-Lite whose data stand among the shared datasets.

        Altair would hold every part of it against the schema; a test does that with the whole.
        """
        with debug_mode(False):
            spec: dict[str, Any] = panel.draw(t).to_dict(validate=False)
        for name, rows in spec.pop("datasets", {}).items():
            self.datasets[name] = columnar(rows)
        spec.pop("config", None)
        spec.pop("$schema", None)
        return spec

    @staticmethod
    def table(frame: pd.DataFrame, columns: Iterable[str]) -> dict[str, Any]:
        """Return a table with the headings of all languages."""
        kept = [str(column) for column in columns]
        terms = {term: from_marts(*labels) for term, labels in business_terms().items()}
        terms |= HEADINGS
        headings = [heading(column, terms) for column in kept]
        return {
            "headings": [[words(t) for t in language.LANGUAGES] for words in headings],
            **columnar(records(frame[kept])),
        }

    def everything(self) -> dict[str, Any]:
        """Return all of it, with the themes, for one block of JSON."""
        return {
            "languages": [t.code for t in language.LANGUAGES],
            "suffixes": {t.code: t.suffix for t in language.LANGUAGES},
            "messages": {t.code: messages_of(t) for t in language.LANGUAGES},
            "themes": THEMES,
            "datasets": self.datasets,
            "charts": self.charts,
            "tables": self.tables,
            "components": self.components,
        }


def in_each(words: Words) -> Markup:
    """Write a text in every language: the style sheet shows the one that is chosen."""
    span = Markup('<span lang="{}">{}</span>')
    return Markup("").join(span.format(t.code, words(t)) for t in language.LANGUAGES)


def say_here(message: str, context: str = "") -> Markup:
    """Write a text of a template in every language."""
    return in_each(lambda t: t.text(message, context))


def in_all(message: str) -> str:
    """Write a text in every language, one after the other, where nothing can be chosen."""
    order = sorted(language.LANGUAGES, key=lambda t: t.code != SOURCE)
    return " ".join(t.text(message) for t in order)


def style() -> Markup:
    """Return the style sheet; of a text in every language it shows the one that is chosen."""
    hidden = [f':root:not([lang="{t.code}"]) [lang="{t.code}"]' for t in language.LANGUAGES]
    sheet = (HERE / "report.css").read_text(encoding="utf-8")
    return Markup(f"{', '.join(hidden)} {{ display: none; }}\n{sheet}")


def fingerprint(script: str) -> str:
    """Return what the content policy of the page knows an inlined script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a text as a file that nobody sees half of; what a killed one left an hour ago goes."""
    aside = path.with_suffix(f".{os.getpid()}.unfinished")
    try:
        for left in path.parent.glob(f"{path.stem}.*.unfinished"):
            if time.time() - left.stat().st_mtime > publish.KEPT_SECONDS:
                left.unlink(missing_ok=True)
        aside.touch(mode)
        aside.chmod(mode)
        aside.write_bytes(text.encode())
        os.replace(aside, path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def bundle() -> str:
    """Return Vega-Embed, Vega-Lite and Vega as one script.

    vl-convert takes seconds to put it together, and a version of it always makes the same one: it
    is kept among what Python keeps of the package, where that may be written.
    """
    version = importlib.metadata.version("vl-convert-python")
    kept = Path(vl_convert.__file__).parent / "__pycache__" / f"bundle-{version}.js"
    with contextlib.suppress(OSError):
        return kept.read_bytes().decode()
    script = BUNDLE()
    with contextlib.suppress(OSError):
        write_whole(kept, script)
    return script


def scripts_of(report: Sequence[Page]) -> list[str]:
    """Return the scripts of a report: the charts', the report's, one of each kind of component."""
    templates = [p.template for page in report for p in page.parts if isinstance(p, Component)]
    names = ["report.js", *dict.fromkeys(str(Path(name).with_suffix(".js")) for name in templates)]
    return [bundle(), *((HERE / name).read_text(encoding="utf-8") for name in names)]


def render(marts: Marts) -> str:
    """Return the report of the marts as one HTML text."""
    report = pages.of(marts)
    scripts = scripts_of(report)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["in_each"] = in_each
    environment.globals["say"] = say_here
    environment.globals["say_in"] = lambda context, message: say_here(message, context)
    environment.globals["in_all"] = in_all
    environment.tests["kind"] = lambda part, name: type(part).__name__ == name
    return environment.get_template("report.html").render(
        pages=report,
        header=pages.header(marts),
        style=style(),
        languages=language.LANGUAGES,
        scripts=[Markup(script) for script in scripts],
        fingerprints=[fingerprint(script) for script in scripts],
        content=in_script(Content(report).everything()),
    )


def write(target: Path, names_customers: bool = True, is_whole: bool = False) -> Path:
    """Write the report of the published marts into the target folder, whole or not at all.

    Parameters
    ----------
    target
        The folder that holds marts.duckdb and shared.duckdb.
    names_customers
        Whether single customers may be named; not in a report that is passed on, which is of what
        may be passed on.
    is_whole
        Whether a report without customers is of all marts nevertheless, small cells included.

    Returns
    -------
    Path
        The written file.

    Raises
    ------
    ReportError
        Where the marts are not published, or cannot be read, or the report cannot be written.
    """
    published = publish.published_file(target, names_customers or is_whole)
    # a name of its own: no later build puts the report with names in its place
    path = target / ("report.html" if names_customers else "report-without-customers.html")
    try:
        if not published.exists():
            raise ReportError(f"nothing is published in {target}.\nFix: make build first.")
        with contextlib.closing(Marts(published, names_customers)) as marts:
            text = render(marts)
        write_whole(path, text, publish.modes_of(published)[1])
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise ReportError(
            f"{published} was published by another version of this project: {error}\n"
            "Fix: make build."
        ) from error
    except duckdb.Error as error:
        raise ReportError(messages.of_file(published, error, messages.PUBLISH_AGAIN)) from error
    except OSError as error:
        raise ReportError(messages.trouble(error)) from error
    return path
