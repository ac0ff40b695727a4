"""Exports as platforms write them, imported without a hand edit and built to their figures.

A file of tests/cases/imports has an expected.yml beside it, with figures computed by hand.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from satisfaction import command
from satisfaction.imports import import_file
from tests.builds.test_figures import models
from tests.python.engine import Engine
from tests.shared import ROOT

CASES = sorted((ROOT / "tests" / "cases" / "imports").glob("*/*.expected.yml"))
SURVEYS = [path for path in CASES if "questions" in yaml.safe_load(path.read_text("utf-8"))]
#: measures of the overall question, and the name that each has in expected.yml
MEASURES = {
    "mean": ("mean", "overall"),
    "top_2_box": ("top2_share", "overall"),
    "satisfied_share": ("satisfied_share", "overall"),
    "nps": ("nps", "recommend"),
    "response_rate": ("response_rate", None),
}
SCORES = (
    "select measure, role, score, n_answers from fct_survey_scores where segment_type = 'total'"
)
INDEX = (
    "select satisfaction_index, n_respondents from fct_segment_satisfaction "
    "where segment_type = 'total'"
)
AMOUNTS = "select transaction_id, line_id, amount from stg_transactions"


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.name.removesuffix('.expected.yml')}"


def source_of(path: Path) -> Path:
    """Return the export that an expected.yml is about."""
    return path.with_name(yaml.safe_load(path.read_text("utf-8"))["file"])


def flags_of(expected: dict[str, Any]) -> list[str]:
    """Return what must be answered where there is no default."""
    needed = expected.get("answers_needed") or {}
    flags = []
    if "best" in (direction := str(needed.get("direction", ""))) and direction.startswith("1"):
        flags.append("--set=best=low")
    for key, label in (needed.get("labels") or {}).items():
        flags.append(f"--set=questions.{key}.label={label}")
    for key in needed.get("reversed", []):
        flags.append(f"--set=questions.{key}.is_reversed=true")
    return flags


def run(path: Path, case: Path, *flags: str) -> int:
    return command.main(["import", str(source_of(path)), "--case", str(case), "--yes", *flags])


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("cases")
    yield home
    shutil.rmtree(home)


@pytest.fixture(params=CASES, ids=name_of)
def expected(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(request.param.read_text("utf-8"))
    return found | {"path": request.param}


@pytest.fixture
def case(expected: dict[str, Any], cases: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The case that an export becomes; the same one for all tests of it."""
    folder = cases / name_of(expected["path"])
    if not folder.exists():
        code = run(expected["path"], folder, *flags_of(expected))
        said = capsys.readouterr()
        assert code == 0, said.err
        (folder / "said.txt").write_text(said.out + said.err, "utf-8")
    return folder


@pytest.mark.parametrize("expected", SURVEYS, ids=name_of, indirect=True)
def test_its_questions_are_understood(expected: dict[str, Any], case: Path) -> None:
    """Role, factor and scale of every question, those in words without being asked."""
    lines = list((import_file.read(case).get("questions") or {}).values())
    roles = [one["role"] for one in lines]
    right = [one["role"] for one in expected["questions"]]
    right += ["recommend"] if "nps" in expected else []
    assert sorted(roles) == sorted(right)
    lengths = {
        len(one["words"]) for one in lines if one.get("words") and one["role"] != "recommend"
    }
    assert lengths <= {len(levels) for levels in expected["scales"].values()}
    said = (case / "said.txt").read_text("utf-8")
    has_words = any(
        not str(word).isdecimal() for levels in expected["scales"].values() for word in levels
    )
    if has_words and "factors" not in (expected["answers_needed"] or {}):
        assert "Taken without being asked" not in said


def test_it_builds_to_its_figures(expected: dict[str, Any], case: Path, engine: Engine) -> None:
    files = {path.name: path.read_bytes() for path in case.glob("*.csv")}
    dbt_vars = yaml.safe_load((case / "vars.yml").read_text("utf-8")) or {}
    figures = expected["figures"]
    is_survey = "survey_wide.csv" in files
    asked = [{"sql": SCORES}, {"sql": INDEX}] if is_survey else [{"sql": AMOUNTS}]
    engine.lay(files)
    said = engine.run(*models(asked), **dbt_vars)
    assert not said, said
    if not is_survey:
        bought = {id_: amount for id_, line, amount in engine.rows(AMOUNTS) if line == "order"}
        refunds = {id_: amount for id_, line, amount in engine.rows(AMOUNTS) if line == "refund"}
        assert (bought, refunds) == (figures["purchases"], figures["refunds"])
        return
    scores = {(row[0], row[1]): row[2:] for row in engine.rows(SCORES)}
    for measure, (name, role) in MEASURES.items():
        if name in figures:
            score, n = scores[(measure, role)]
            assert round(score, 1) == pytest.approx(figures[name]), measure
            assert n == figures["asked" if role is None else "n"]
    if "index" in figures:
        ((index, n),) = engine.rows(INDEX)
        assert (round(index, 9), n) == (figures["index"], figures["n"])


def test_no_person_is_named_in_any_file(expected: dict[str, Any], case: Path) -> None:
    for path in case.iterdir():
        text = path.read_text("utf-8")
        for value in expected["must_not_appear"]:
            assert value not in text, f"{path.name}: {value}"


def test_rows_are_counted(expected: dict[str, Any], case: Path) -> None:
    rows = expected["rows"]
    document = import_file.read(case)
    if document.get("orders"):
        file = document["orders"]["files"][-1]
        assert (file["rows"], file["kept"]) == (rows["in_file"], rows["kept_orders"])
        return
    ((_, wave),) = document["waves"].items()
    assert wave["files"][-1]["kept"] == rows["kept"]
    assert wave["files"][-1]["rows"] == rows["in_file"]
    said = (case / "said.txt").read_text("utf-8")
    for dropped in rows["dropped"]:
        assert all(str(one) in said for one in dropped["ids"])


def test_importing_again_changes_nothing(
    expected: dict[str, Any], case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in case.iterdir()}
    assert run(expected["path"], case) == 0, capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in case.iterdir()} == before
