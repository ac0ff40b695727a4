"""`make docs`: where every column comes from, and pages that need no network."""

from __future__ import annotations

import csv
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from playwright.sync_api import Page, sync_playwright

from scripts import catalogue, diagram, docs
from scripts.lineage import FINGERPRINT
from tests.python.conftest import Built

PAGES = ["index.html", "lineage.html", "entities.html", "dbt.html"]


@pytest.fixture(scope="module")
def pages(demo: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the catalogue of the demo, beside the demo: others read its files meanwhile."""
    target = tmp_path_factory.mktemp("catalogue")
    for name in ("satisfaction.duckdb", "manifest.json", "partial_parse.msgpack"):
        shutil.copy(demo.target / name, target)
    assert docs.main(["--target-path", str(target)]) == 0
    return target / "docs"


@pytest.fixture(scope="module")
def lineage(pages: Path) -> dict[str, Any]:
    return dict(json.loads((pages / "column_lineage.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def manifest(demo: Built) -> dict[str, Any]:
    return dict(json.loads((demo.target / "manifest.json").read_text(encoding="utf-8")))


def test_every_column_of_every_mart_comes_from_somewhere(
    lineage: dict[str, Any], manifest: dict[str, Any]
) -> None:
    columns = {mart.name: set(mart.columns) for mart in catalogue.marts(manifest)}
    assert {name: set(traced) for name, traced in lineage["marts"].items()} == columns
    orphans = [
        (mart, column)
        for mart, traced in lineage["marts"].items()
        for column, trace in traced.items()
        if not (trace["columns"] or trace["tables_behind"] or trace["made_here"])
    ]
    assert orphans == []


def test_only_python_is_opaque(lineage: dict[str, Any]) -> None:
    traces = [trace for traced in lineage["marts"].values() for trace in traced.values()]
    opaque = {name for trace in traces for name in trace["opaque"]}
    assert {name for name in opaque if not name.startswith("py_")} == set()
    assert "py_segment_index" in opaque


def test_roots_are_raw_tables_and_method_tables(
    lineage: dict[str, Any], manifest: dict[str, Any]
) -> None:
    raw = {source["name"] for source in manifest["sources"].values()}
    seeds = {n["name"] for n in manifest["nodes"].values() if n["resource_type"] == "seed"}
    method = {name.removeprefix("seed_") for name in seeds if name.startswith("seed_")}
    traces = [trace for traced in lineage["marts"].values() for trace in traced.values()]
    reached = {table for trace in traces for table, _ in trace["columns"]}
    reached |= {table for trace in traces for table in trace["tables_behind"]}
    record = {"build_nodes"}  # what build_log reads; no rows of anybody
    assert reached - raw - method == record
    assert raw - reached == set()


# read off the SQL by hand: exactly these columns
BY_HAND = [
    ("dim_customers", "customer_name", ["customers.customer_name"]),
    ("dim_factors", "label_zh", ["factors.factor_id", "factors.label_zh"]),
    ("dim_questions", "text_en", ["questions.question_id", "questions.text_en"]),
    ("dim_waves", "opened_on", ["surveys.opened_on"]),
    ("rejected_rows", "table_name", []),
]


@pytest.mark.parametrize(("mart", "column", "columns"), BY_HAND)
def test_columns_go_back_to_where_they_come_from(
    mart: str, column: str, columns: list[str], lineage: dict[str, Any]
) -> None:
    trace = lineage["marts"][mart][column]
    assert [".".join(place) for place in trace["columns"]] == columns
    assert trace["opaque"] == []


def test_what_lies_behind_python_is_known_by_table(lineage: dict[str, Any]) -> None:
    trace = lineage["marts"]["fct_segment_satisfaction"]["n_respondents"]
    assert trace["opaque"] == ["py_segment_index"]
    assert {"survey_answers", "survey_wide", "questions", "segments"} <= set(trace["tables_behind"])
    # behaviour has no part in satisfaction, nor do method tables that only version a survey
    assert {"transactions", "complaints", "playbook_lines"} & set(trace["tables_behind"]) == set()
    assert FINGERPRINT == "version"


def test_counts_and_constants_are_shown_as_they_are(lineage: dict[str, Any]) -> None:
    assert lineage["marts"]["fct_word_of_mouth"]["is_hypothesis"]["made_here"] == [
        ["fct_word_of_mouth", "TRUE"]
    ]
    assert ["base_customers", "'customers'"] in lineage["marts"]["rejected_rows"]["table_name"][
        "made_here"
    ]


def test_the_csv_says_what_the_json_says(pages: Path, lineage: dict[str, Any]) -> None:
    with (pages / "column_lineage.csv").open(encoding="utf-8", newline="") as file:
        rows = [tuple(row.values()) for row in csv.DictReader(file)]
    for how, key in (("sql", "columns"), ("constant or count", "made_here")):
        said = {row for row in rows if row[2] == how}
        assert said == {
            (mart, column, how, *place)
            for mart, traced in lineage["marts"].items()
            for column, trace in traced.items()
            for place in trace[key]
        }


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_nothing_from_elsewhere(name: str, pages: Path) -> None:
    html = (pages / name).read_text(encoding="utf-8")
    loads = r"<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)\s*=\s*[\"']?(?:https?:)?//"
    assert re.findall(loads, html) == []
    assert re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", html) == []


def test_links_lead_to_files(pages: Path) -> None:
    for page in ("index.html", "lineage.html", "entities.html"):
        html = (pages / page).read_text(encoding="utf-8")
        for href in re.findall(r'<a [^>]*href="([^"#]+)', html):
            assert (pages / href).is_file(), (page, href)


def test_the_contract_is_among_the_pages(pages: Path, manifest: dict[str, Any]) -> None:
    contract = yaml.safe_load((pages / "marts.odcs.yaml").read_text(encoding="utf-8"))
    names = [mart.name for mart in catalogue.marts(manifest)]
    assert [mart["name"] for mart in contract["schema"]] == names


@pytest.mark.parametrize("folder", list(docs.FOLDERS))
def test_a_diagram_has_every_mart_and_every_reference_once(
    folder: str, manifest: dict[str, Any]
) -> None:
    marts = catalogue.marts(manifest)
    drawn = diagram.draw(marts, folder)
    names = [box.mart.name for box in drawn.boxes]
    mine = {mart.name: mart for mart in marts if mart.folder == folder}
    assert len(names) == len(set(names))
    assert set(mine) <= set(names)
    wanted = {(name, to) for name, mart in mine.items() for to in diagram.targets(mart)}
    assert sorted((line.start, line.end) for line in drawn.lines) == sorted(wanted)
    places = [(box.x, box.y, box.y + box.height) for box in drawn.boxes]
    for x, top, bottom in places:
        assert 0 <= top < bottom <= drawn.height
        assert not [1 for x2, top2, _ in places if x2 == x and top < top2 < bottom], "boxes overlap"


def test_diagrams_are_whole_pictures(pages: Path) -> None:
    html = (pages / "entities.html").read_text(encoding="utf-8")
    pictures = re.findall(r"<svg.*?</svg>", html, flags=re.S)
    assert len(pictures) == len(docs.FOLDERS)
    for picture in pictures:
        assert ElementTree.fromstring(picture).tag == "svg"


def test_the_page_of_columns_finds_and_traces(pages: Path, tmp_path: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page: Page = browser.new_page(viewport={"width": 390, "height": 844})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((pages / "lineage.html").as_uri())
        page.fill("#search", "受访者数 fct_segment_satisfaction")
        page.click("#list a >> nth=0")
        detail = page.inner_text("#detail")
        assert "Respondents 受访者数" in detail
        assert "py_segment_index" in detail and "survey_answers" in detail
        page.goto((pages / "lineage.html").as_uri() + "#dim_waves.opened_on")
        page.reload()
        assert "surveys.opened_on" in page.inner_text("#detail")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        browser.close()
    assert errors == []


def test_without_a_build_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert docs.main(["--target-path", str(tmp_path)]) == 1
    assert "Fix: make build" in capsys.readouterr().err


def test_a_build_of_an_older_version_does_not_say_its_vars(
    demo: Built, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("satisfaction.duckdb", "manifest.json"):
        shutil.copy(demo.target / name, tmp_path)
    with duckdb.connect(str(tmp_path / "satisfaction.duckdb")) as con:
        con.execute("drop table build_vars")
    assert docs.main(["--target-path", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"{tmp_path / 'satisfaction.duckdb'}: does not say with which vars it was built, an older "
        "version did.\nFix: make build.\n"
    )
