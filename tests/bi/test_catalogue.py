"""The catalogue: labels of everything that people see."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from satisfaction.disclosure.cells import STATUS
from scripts import catalogue
from scripts.cases import read_yaml
from tests.python.conftest import ROOT, Built

BOARDS = sorted(ROOT.glob("bi/superset/dashboards/*.yml"))
HEADER = "term,label_zh,label_en\n"


@pytest.fixture(scope="module")
def manifest(demo: Built) -> dict[str, Any]:
    return dict(json.loads((demo.target / "manifest.json").read_text(encoding="utf-8")))


def asked_for() -> dict[str, list[str]]:
    """Return the marts, with columns, that a var asks for and the demo has not."""
    models = [
        model
        for path in sorted(ROOT.glob("models/marts/*/_*.yml"))
        for model in read_yaml(path)["models"]
    ]
    return {
        model["name"]: [column["name"] for column in model["columns"]]
        for model in models
        if re.search(r"var\('(weighting|segment_pairs)'\)", str(model["config"].get("enabled")))
    }


def test_every_mart_and_column_has_a_term_and_no_term_is_left_over(
    manifest: dict[str, Any],
) -> None:
    marts = catalogue.marts(manifest)
    named = {mart.name for mart in marts} | {name for mart in marts for name in mart.columns}
    named |= {STATUS}  # of what is passed on
    for mart, columns in asked_for().items():
        named |= {mart, *columns}
    assert set(catalogue.business_terms()) ^ named == set()


def test_a_label_names_one_thing_in_both_languages() -> None:
    terms = catalogue.business_terms()
    assert list(terms) == sorted(terms)
    for labels in zip(*terms.values(), strict=True):
        folded = [label.casefold() for label in labels]
        assert [label for label in labels if folded.count(label.casefold()) > 1] == []
    chinese = {term for term, (zh, _) in terms.items() if any("一" <= c <= "鿿" for c in zh)}
    assert set(terms) - chinese == set()
    assert [en for _, en in terms.values() if any(ord(c) > 0x2FFF for c in en)] == []
    assert [x for labels in terms.values() for x in labels if x != x.strip()] == []


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("a,甲,A\na,乙,B\n", "line 3: a stands there twice"),
        ("a,甲,\n", "line 2: a lacks a label"),
    ],
)
def test_a_wrong_term_is_named(rows: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "terms.csv").write_text(HEADER + rows, encoding="utf-8")
    with pytest.raises(catalogue.CatalogueError, match=says):
        catalogue.business_terms(tmp_path / "terms.csv")


def test_marts_are_read_with_their_keys(manifest: dict[str, Any]) -> None:
    marts = {mart.name: mart for mart in catalogue.marts(manifest)}
    there = {path.stem for path in ROOT.glob("models/marts/*/*.sql")}
    assert set(marts) == there - set(asked_for())
    satisfaction = marts["fct_segment_satisfaction"]
    assert satisfaction.folder == "survey"
    assert satisfaction.grain == ("survey_id", "segment_type", "segment_value")
    assert catalogue.Reference(("survey_id",), "dim_waves") in satisfaction.references
    assert satisfaction.columns["n_respondents"].type == "bigint"
    assert all(mart.is_contracted for mart in marts.values())
    assert {name for name, mart in marts.items() if not mart.grain} == {"rejected_rows"}
    columns = {(mart.name, name) for mart in marts.values() for name in mart.grain}
    assert [at for at in columns if at[1] not in marts[at[0]].columns] == []


def test_only_marts_are_public(manifest: dict[str, Any]) -> None:
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    access = {node["name"]: node["access"] for node in models}
    marts = {mart.name for mart in catalogue.marts(manifest)}
    assert {name for name in access if access[name] == "public"} == marts
    assert {access[name] for name in access if name not in marts} == {"private"}
    assert {node["group"] for node in models} == {"satisfaction"}


def exposed(manifest: dict[str, Any]) -> dict[str, set[str]]:
    """Return the marts that each exposure says it reads."""
    return {
        exposure["name"]: {name.split(".")[-1] for name in exposure["depends_on"]["nodes"]}
        for exposure in manifest["exposures"].values()
    }


def test_exposures_read_marts_and_have_labels_in_both_languages(manifest: dict[str, Any]) -> None:
    reads = exposed(manifest)
    assert {"report", "superset_satisfaction", "superset_loyalty", "call_list"} <= set(reads)
    public = {mart.name for mart in catalogue.marts(manifest)}
    assert {name: read - public for name, read in reads.items() if read - public} == {}
    for exposure in manifest["exposures"].values():
        assert exposure["label"] and exposure["config"]["meta"]["label_zh"], exposure["name"]


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.stem)
def test_a_dashboard_reads_the_marts_of_its_exposure(board: Path, manifest: dict[str, Any]) -> None:
    named = set(re.findall(r"\bmart: (\w+)", board.read_text(encoding="utf-8")))
    assert named
    assert named - exposed(manifest)[f"superset_{board.stem}"] == set()


def test_the_report_reads_the_marts_of_its_exposure(manifest: dict[str, Any]) -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("reports/**/*.py"))
    names = {mart.name for mart in catalogue.marts(manifest)}
    said = [read for name, read in exposed(manifest).items() if name.startswith("report")]
    assert set(re.findall(r"\b(?:from|join) (\w+)", code)) & names == set().union(*said)


def test_everything_is_described(manifest: dict[str, Any]) -> None:
    """Models and columns: tests/python/project/test_docs.py, which looks at the tables too."""
    kinds = ("exposures", "metrics", "semantic_models", "groups", "sources")
    described = [node for kind in kinds for node in manifest[kind].values()]
    described += [n for n in manifest["nodes"].values() if n["resource_type"] == "seed"]
    assert [node["unique_id"] for node in described if not node["description"]] == []
    columns = [
        (node["name"], column["name"])
        for node in described
        for column in node.get("columns", {}).values()
        if not column["description"]
    ]
    assert columns == []
