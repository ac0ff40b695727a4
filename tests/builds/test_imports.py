"""Exports as platforms write them, imported without a hand edit and built to their figures.

A file of tests/cases/imports has an expected.yml beside it, with figures computed by hand.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from satisfaction import command
from satisfaction.imports import import_file
from tests.builds.test_figures import models
from tests.python.engine import Engine
from tests.shared import ROOT, run_build

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
COMPLAINTS = (
    "select complaint_id, customer_id, severity, category, opened_at, "
    "date_diff('second', opened_at, resolved_at) / 60 from stg_complaints"
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


def scores_of(engine: Engine, figures: dict[str, Any]) -> None:
    """Hold the scores of a survey against its figures."""
    scores = {(row[0], row[1]): row[2:] for row in engine.rows(SCORES)}
    for measure, (name, role) in MEASURES.items():
        if name in figures:
            score, n = scores[(measure, role)]
            assert round(score, 1) == pytest.approx(figures[name]), measure
            assert n == figures["asked" if role is None else "n"]
    if "index" in figures:
        ((index, n),) = engine.rows(INDEX)
        assert (round(index, 9), n) == (figures["index"], figures["n"])


def amounts_of(engine: Engine, figures: dict[str, Any]) -> None:
    """Hold orders and refunds against their amounts."""
    bought = {id_: amount for id_, line, amount in engine.rows(AMOUNTS) if line == "order"}
    refunds = {id_: amount for id_, line, amount in engine.rows(AMOUNTS) if line == "refund"}
    assert (bought, refunds) == (figures["purchases"], figures["refunds"])


def complaints_of(engine: Engine, figures: dict[str, Any]) -> None:
    """Hold cases of a help desk against what they say."""
    found = {row[0]: list(row[1:]) for row in engine.rows(COMPLAINTS)}
    assert found == figures["complaints"]


#: by the raw table of a case: what is read of its build, and what holds it against the figures
READ: dict[str, tuple[list[str], Callable[[Engine, dict[str, Any]], None]]] = {
    "survey_wide.csv": ([SCORES, INDEX], scores_of),
    "transactions.csv": ([AMOUNTS], amounts_of),
    "complaints.csv": ([COMPLAINTS], complaints_of),
}


def test_it_builds_to_its_figures(expected: dict[str, Any], case: Path, engine: Engine) -> None:
    """The marts have its figures, and no file that was written on the way names a person."""
    files = {path.name: path.read_bytes() for path in case.glob("*.csv")}
    dbt_vars = yaml.safe_load((case / "vars.yml").read_text("utf-8")) or {}
    queries, holds = next(found for table, found in READ.items() if table in files)
    engine.lay(files)
    said = engine.run(*models([{"sql": sql} for sql in queries]), **dbt_vars)
    assert not said, said
    holds(engine, expected["figures"])
    if values := expected["must_not_appear"]:
        assert not naming(values, case, engine.target)


def naming(values: Sequence[str], *folders: Path) -> list[str]:
    """Return the files of folders in which one of some values stands, tables row by row."""
    pattern = "|".join(map(re.escape, values))
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".duckdb" for path in paths)
    return [
        f"{path}: {place}"
        for path in paths
        for place, text in contents(path)
        if re.search(pattern, text)
    ]


def contents(path: Path) -> Iterator[tuple[str, str]]:
    """Yield what a file holds as text, a table with its name."""
    if path.suffix not in (".duckdb", ".parquet"):
        yield "", path.read_bytes().decode("utf-8", "replace")
        return
    is_file = path.suffix == ".duckdb"
    with duckdb.connect(str(path) if is_file else ":memory:", read_only=is_file) as con:
        sql = "select schema_name || '.\"' || table_name || '\"' from duckdb_tables()"
        tables = [row[0] for row in con.execute(sql).fetchall()] if is_file else [f"'{path}'"]
        for table in tables:
            yield table, str(con.execute(f"from {table}").fetchall())


def test_whatever_holds_a_text_it_is_found(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "a.duckdb")) as con:
        con.execute("create table t as select 'Zylla' || range as name from range(2000)")
        con.execute(f"copy t to '{tmp_path / 'a.parquet'}'")
    (tmp_path / "a.log").write_bytes(b"\xff Zylla7")
    assert len(naming(["Zylla7"], tmp_path)) == 3 and not naming(["Quarnby"], tmp_path)


def test_a_whole_build_with_its_report_names_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Published marts, report, logs and dbt's own files among them."""
    path = ROOT / "tests" / "cases" / "imports" / "qualtrics" / "text_en.expected.yml"
    values = yaml.safe_load(path.read_text("utf-8"))["must_not_appear"]
    assert run(path, tmp_path / "case", "--customer=RecipientEmail") == 0, capsys.readouterr().err
    built = run_build(tmp_path / "target", f"--data={tmp_path / 'case'}", report=True)
    assert built.code == 0, built.err
    assert list((tmp_path / "target").glob("marts/*.parquet"))
    assert not naming(values, tmp_path / "case", tmp_path / "target")
    said = capsys.readouterr().out + built.out + built.err
    assert not [value for value in values if value in said]


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
    if document.get("tickets"):
        assert document["tickets"]["files"][-1]["rows"] == rows["kept"]
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
