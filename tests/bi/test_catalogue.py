"""The catalogue: labels of everything that people see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts import catalogue
from tests.python.conftest import ROOT, Built

HEADER = "term,label_zh,label_en\n"


@pytest.fixture(scope="module")
def manifest(demo: Built) -> dict[str, Any]:
    return dict(json.loads((demo.target / "manifest.json").read_text(encoding="utf-8")))


def test_every_mart_and_column_has_a_term_and_no_term_is_left_over(
    manifest: dict[str, Any],
) -> None:
    marts = catalogue.marts(manifest)
    named = {mart.name for mart in marts} | {name for mart in marts for name in mart.columns}
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
    assert set(marts) == {path.stem for path in ROOT.glob("models/marts/*/*.sql")}
    satisfaction = marts["fct_segment_satisfaction"]
    assert satisfaction.folder == "satisfaction"
    assert satisfaction.grain == ("survey_id", "segment_type", "segment_value")
    assert catalogue.Reference(("survey_id",), "dim_waves") in satisfaction.references
    assert satisfaction.columns["n_respondents"].type == "bigint"
    assert all(mart.is_contracted for mart in marts.values())
    assert {name for name, mart in marts.items() if not mart.grain} == {"rejected_rows"}
    columns = {(mart.name, name) for mart in marts.values() for name in mart.grain}
    assert [at for at in columns if at[1] not in marts[at[0]].columns] == []
