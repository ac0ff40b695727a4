"""Columns of weights: known by their names and cells, written, and never taken for a question."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from satisfaction.core.errors import SatisfactionError
from satisfaction.imports import import_file
from satisfaction.imports.asking import Decisions, StopError
from satisfaction.imports.export import Column
from satisfaction.imports.plan import plan_survey
from satisfaction.imports.survey import import_survey
from satisfaction.imports.task import Task
from tests.python.imports.exports import column
from tests.python.imports.test_imports_understanding import (
    contents,
    imported,
    planned,
    survey,
    wide,
)

ASKED = ["How satisfied are you with the price?", "How satisfied are you with the staff?"]
#: of ten respondents, 1 on average
CELLS = ["0.5", "0.75", "1.2", "0.9", "1.45", "0.8", "1.1", "1.3", "0.95", "1.05"]


def weighted(header: Any, cells: Sequence[str] = CELLS, **more: Any) -> Any:
    """Ten responses with a column of weights."""
    return survey(ASKED, extra=[(header, cells)], **more)


def asks(plan: Any, decisions: Decisions) -> list[str]:
    """Return what was asked about weights."""
    return [point.asks for point, _ in decisions.taken if point.path == ("weight",)]


@pytest.mark.parametrize(
    "header",
    "weight Weight WEIGHTS wgt Wgts weighting respondent_weight RespondentWeight final_weight "
    "FinalWgt survey-weight sampling_weight rim_weight pweight weight_final 权重 加权 加权系数 "
    "样本权重 事后分层权重 權重 Gewichtung Gewichtungsfaktor ponderación".split()
    + ["Final weight", "Weighting factor", "facteur de pondération", "加权系数 "],
)
def test_a_weight_is_known_by_its_name(header: str) -> None:
    plan, decisions = planned(weighted(header))
    assert plan.weight == header
    assert len(plan.questions) == 3
    assert asks(plan, decisions) == []


@pytest.mark.parametrize(
    "header",
    [
        "How much weight did you lose?",
        "Weight of the parcel",
        "Body weight",
        "体重",
        "您认为价格的权重是多少？",
        "weighting of answers",
        "Lightweight",
    ],
)
def test_other_headers_are_none(header: str) -> None:
    plan, decisions = planned(weighted(header))
    assert plan.weight == ""
    assert asks(plan, decisions) == []


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        # a rating of a product's weight, and one throughout
        ("Weight", ["5", "4", "3", "2", "1", "5", "4", "3", "2", "1"]),
        ("Weight", ["1"] * 10),
        ("Weight", ["light", "heavy"] * 5),
        ("final_weight", [*CELLS[:9], "-1"]),
        ("final_weight", [*CELLS[:9], "2000000"]),
        ("final_weight", [*CELLS[:9], "NaN"]),
    ],
)
def test_cells_that_are_no_weights(header: str, cells: list[str]) -> None:
    plan, decisions = planned(weighted(header, cells))
    assert plan.weight == ""
    assert asks(plan, decisions) == []
    is_named = header == "final_weight" or cells[0] == "light"
    told = [note for note in plan.notes if "weight of respondents" in note]
    assert len(told) == (1 if is_named else 0)


def labelled() -> Column:
    """A question that is called so, with value labels."""
    words = {str(i): word for i, word in enumerate(["far too light", "light", "heavy"], 1)}
    return column("weight", words=words)


def test_a_question_with_labels_or_in_a_matrix_is_none() -> None:
    cells = ["1", "2", "3", "1", "2", "3", "1", "2", "3", "1"]
    assert planned(weighted(labelled(), cells))[0].weight == ""
    row = column("How do you like it? [Weight]", key="Weight", question="How?", label="Weight")
    assert planned(weighted(row))[0].weight == ""


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Weight", ["61", "82", "75", "90", "55", "68", "71", "103", "66", "79"]),
        ("weight", ["61.5", "82", "75", "90.2", "55", "68", "71", "103", "66", "79"]),
        ("final_weight", ["1", "2", "3", "1", "2", "3", "1", "2", "3", "1"]),
    ],
)
def test_what_may_be_something_else_is_asked_about(header: str, cells: list[str]) -> None:
    found = weighted(header, cells)
    plan, decisions = planned(found)
    assert plan.weight == ""
    assert len(asks(plan, decisions)) == 1
    assert planned(found, weight=header)[0].weight == header
    strict = Decisions(given={}, mode="none")
    with pytest.raises(StopError, match="weight: none {2}# or " + header):
        plan_survey(found, strict)
        strict.finish("case/import.yml")


def test_two_of_them_are_asked_about() -> None:
    found = survey(ASKED, extra=[("base_weight", CELLS), ("final_weight", CELLS[::-1])])
    plan, decisions = planned(found)
    assert (plan.weight, len(asks(plan, decisions))) == ("", 1)
    assert planned(found, weight="final_weight")[0].weight == "final_weight"


def test_a_column_that_is_named_must_hold_weights() -> None:
    found = weighted("column 7")
    assert planned(found, weight="column 7")[0].weight == "column 7"
    for key in (ASKED[0], "ID"):
        with pytest.raises(SatisfactionError, match="its cells are no weights"):
            planned(found, weight=key)


def test_weights_are_written_and_count(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    cells = [*CELLS[:7], "1,3", "0", ""]
    lines: list[str] = []
    task = Task(folder, Decisions(mode="none"), {}, lines.append, None)
    assert import_survey(weighted("加权系数", cells), task)
    rows = {row["response_id"]: row["respondent_weight"] for row in wide(folder)}
    # a comma parts decimals; 0 is no weight
    written = [rows[f"R{i}"] for i in range(1, 11)]
    assert written == [*CELLS[:7], "1.3", "", ""]
    assert yaml.safe_load((folder / "vars.yml").read_text("utf-8"))["weighting"] == "given"
    assert import_file.read(folder)["weight"] == "加权系数"
    (told,) = [line for line in lines if line.startswith("Weights:")]
    assert "9 filled; 1 of them are 0" in told
    assert "weighting: given" in told
    # the same file again changes no byte
    before = contents(folder)
    assert not imported(weighted("加权系数", cells), folder)
    assert contents(folder) == before


def test_a_wave_without_weights_has_none_and_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    imported(weighted("weight"), folder)
    lines: list[str] = []
    before = import_file.read(folder)
    task = Task(folder, Decisions(given=before, mode="none"), before, lines.append, None)
    assert import_survey(survey(ASKED, month="2025-06", first_id=11), task)
    assert any("there is no column 'weight' of weights in this file" in line for line in lines)
    rows = {row["response_id"]: row["respondent_weight"] for row in wide(folder)}
    assert (rows["R1"], rows["R11"]) == ("0.5", "")
    assert import_file.read(folder)["weight"] == "weight"
    assert "weighting: given" in (folder / "vars.yml").read_text("utf-8")


def test_weights_that_come_later_change_the_rows(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    imported(survey(ASKED), folder)
    assert "respondent_weight" not in wide(folder)[0]
    assert "weighting" not in (folder / "vars.yml").read_text("utf-8")
    lines: list[str] = []
    before = import_file.read(folder)
    task = Task(folder, Decisions(given=before, mode="none"), before, lines.append, None)
    assert import_survey(weighted("weight"), task)
    assert any("10 changed" in line for line in lines)
    assert wide(folder)[0]["respondent_weight"] == "0.5"


def test_vars_that_were_edited_stay_and_the_fix_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    imported(survey(ASKED), folder)
    (folder / "vars.yml").write_text("weight_source: equal\n", "utf-8")
    lines: list[str] = []
    before = import_file.read(folder)
    task = Task(folder, Decisions(given=before, mode="none"), before, lines.append, None)
    import_survey(weighted("weight"), task)
    assert any("set weighting: given in it" in line for line in lines)


def test_none_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    imported(weighted("weight"), folder, weight="none")
    assert "respondent_weight" not in wide(folder)[0]
    assert import_file.read(folder)["weight"] == "none"
    assert "weighting" not in (folder / "vars.yml").read_text("utf-8")
    assert not imported(weighted("weight"), folder)
