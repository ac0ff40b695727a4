"""The report's languages: what code says is English, every other text stands in a catalogue."""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog

from reports import document, language
from reports.language import CHINESE, ENGLISH, LANGUAGES
from reports.marts import Marts
from tests.bi import pseudo
from tests.python.conftest import Built
from tests.shared import ROOT

REPORTS = ROOT / "reports"
#: what Chinese is written with, its marks too
CHINESE_LETTER = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Return what code says."""
    return pseudo.template(tmp_path_factory.mktemp("template"))


def texts(catalogue: Catalog) -> dict[tuple[str | None, str], str]:
    """Return the texts of a catalogue by their context and English text."""
    return {(m.context, str(m.id)): str(m.string) for m in catalogue if m.id}


def catalogue(t: language.Language) -> Catalog:
    """Return the catalogue of a language as it lies in the repository."""
    with (language.LOCALES / t.code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return pseudo.read_po(file)


OTHERS = [t for t in LANGUAGES if t != ENGLISH]


@pytest.mark.parametrize("t", OTHERS, ids=lambda t: t.code)
def test_every_text_is_translated(template: Catalog, t: language.Language) -> None:
    """All that code says, nothing that it no longer says, and nothing to be looked at again."""
    found = catalogue(t)
    assert set(texts(found)) == set(texts(template))
    assert not [key for key, text in texts(found).items() if not text]
    assert not found.obsolete
    assert not [message.id for message in found if message.id and message.fuzzy]


@pytest.mark.parametrize("t", OTHERS, ids=lambda t: t.code)
def test_a_translation_has_the_places_of_its_text(t: language.Language) -> None:
    for (_, english), text in texts(catalogue(t)).items():
        assert set(pseudo.PLACE.findall(english)) == set(pseudo.PLACE.findall(text)), english


def calls(path: Path) -> Iterator[ast.Call]:
    """Yield the calls that say something."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("say", "say_in", "t"):
                yield node


def test_babel_finds_every_text(template: Catalog) -> None:
    """Each is a literal, and stands where babel looks: it passes over calls within calls."""
    said = set(texts(template))
    for path in REPORTS.rglob("*.py"):
        for call in calls(path):
            assert isinstance(call.func, ast.Name)
            names = call.args if call.func.id == "say_in" else [ast.Constant(None), *call.args]
            assert all(isinstance(name, ast.Constant) for name in names), ast.unparse(call)
            [context, message] = [name.value for name in names if isinstance(name, ast.Constant)]
            assert (context, message) in said, f"{path.name}:{call.lineno}"


def test_every_value_has_its_place() -> None:
    """A call gives the values that its text has places for, where it names them itself."""
    for path in REPORTS.rglob("*.py"):
        for call in calls(path):
            message = call.args[-1]
            given = {keyword.arg for keyword in call.keywords}
            if isinstance(message, ast.Constant) and None not in given:
                assert given == {place[1:-1] for place in pseudo.PLACE.findall(message.value)}


def test_code_holds_no_chinese() -> None:
    for ending in ("py", "js", "html", "css"):
        for path in REPORTS.rglob(f"*.{ending}"):
            found = CHINESE_LETTER.findall(path.read_text("utf-8"))
            assert not found, f"{path.name}: {''.join(found)}"


def test_languages_are_folders(tmp_path: Path) -> None:
    """English is always there; what the marts have labels in leads, the others follow by code."""
    assert LANGUAGES[:2] == (CHINESE, ENGLISH)
    assert [t.code for t in language.found(tmp_path)] == ["en"]
    for folder in ("pt_BR", "zh", "de"):
        (tmp_path / folder / "LC_MESSAGES").mkdir(parents=True)
        (tmp_path / folder / "LC_MESSAGES" / "messages.po").touch()
    found = language.found(tmp_path)
    assert [t.code for t in found] == ["zh", "en", "de", "pt-BR"]
    assert [t.name for t in found] == ["中文", "English", "Deutsch", "português (Brasil)"]


def test_texts_in_chinese() -> None:
    """The joints of a sentence are texts as well, and one word may have two meanings."""
    assert language.interval(-4.1, -0.6)(CHINESE) == "−4.1 至 −0.6"
    assert language.listed(["a", "b", "c"])(CHINESE) == "a、b、c"
    assert language.clauses("a", language.nothing, "b")(CHINESE) == "a；b"
    assert language.summary([language.say("Loyalty")] * 2)(CHINESE) == "忠诚度。忠诚度。"
    assert language.summary([language.say("Loyalty")] * 2)(ENGLISH) == "Loyalty. Loyalty."
    assert language.say("Tier")(CHINESE) == "分级"
    assert language.say_in("call list", "Tier")(CHINESE) == "分层"
    found = language.change_words(1.2, -0.3, 2.7, language.percentage_points)
    assert found(CHINESE) == "较上期 +1.2 个百分点，在随机波动之内"


def test_a_text_without_translation_is_english() -> None:
    assert language.say("{n} things that nobody says", n=2)(CHINESE) == "2 things that nobody says"


def strings(value: Any, key: str = "") -> Iterator[str]:
    """Yield what a chart shows of its own: titles, and the names of colours."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from strings(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one, key)
    elif isinstance(value, str) and key in ("title", "domain", "values", "sort"):
        yield value
    elif isinstance(value, str) and key == "labelExpr":
        yield from re.findall("'([^']*)'", value)


def cells(tables: Iterable[Any]) -> Iterator[str]:
    """Yield what stands in the columns of labels of the language of marks."""
    for table in tables:
        for place, column in enumerate(table["columns"]):
            if column.endswith("_in_qps"):
                yield from (str(row[place]) for row in table["rows"])


def test_no_text_is_left_in_code(
    demo: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a language of marks every text of the demo's report bears them."""
    shutil.copy(demo.target / "marts.duckdb", path := tmp_path / "marts.duckdb")
    codes = pseudo.mark_labels(path) | {one.name for one in LANGUAGES}
    t = pseudo.pseudo(tmp_path)
    monkeypatch.setattr(language, "LANGUAGES", (*LANGUAGES, t))
    with closing(Marts(path)) as marts:
        html = document.render(marts)
    body, content = re.split('<script type="application/json" id="content">', html, maxsplit=1)
    spans = re.findall(r'<span lang="qps">(.*?)</span>', body, re.S)
    assert len(spans) == len(re.findall(r'<span lang="en">', body)) > 200
    told = json.loads(content.partition("</script>")[0])
    tables = told["tables"].values()
    place = told["languages"].index("qps")
    shown = {
        "charts": list(strings({key: one["qps"] for key, one in told["charts"].items()})),
        "headings": [heading[place] for one in tables for heading in one["headings"]],
        "cells": list(cells([*tables, *told["datasets"].values()])),
        "scripts": [pseudo.PLACE.sub("", one) for one in told["messages"]["qps"].values()],
    }
    assert all(shown.values())
    for text in [*spans, *(text for part in shown.values() for text in part)]:
        assert pseudo.is_said(text, codes), text
