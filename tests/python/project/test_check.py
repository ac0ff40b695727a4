"""A look without a build says what the build says, of the same tables, columns and lines."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts import check
from scripts.check import Case, Finding
from tests.builds.test_bad_input import BROKEN_FILES, FOLDERS, GOOD, METHODS, WRONG_VARS
from tests.shared import ROOT, environment

BAD = ROOT / "tests" / "cases" / "bad"
CAFETERIA = ROOT / "examples" / "cafeteria"
CI = ROOT / "examples" / "ci"
#: cases that build as they are; the others of tests/cases/figures say themselves what stops them
FIGURES = {
    folder: yaml.safe_load((folder / "expected.yml").read_text("utf-8"))
    for folder in sorted((ROOT / "tests" / "cases" / "figures").iterdir())
}
GOOD_CASES = [
    *(ROOT / "tests" / "cases" / name for name in ("bad", "ladder", "loyalty", "satisfaction")),
    *(ROOT / "tests" / "cases" / name for name in ("tiers",)),
    CAFETERIA,
]
Files = Mapping[str, str | bytes]


def lay(folder: Path, files: Files) -> str:
    """Write files into a folder; return its name as a user types it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    folder.mkdir(exist_ok=True)
    return str(folder)


def look(data: str | Path = "", method: str | Path = "", **dbt_vars: Any) -> Case:
    """Look at a case."""
    case = Case(str(data), str(method), yaml.safe_dump(dbt_vars) if dbt_vars else "")
    case.look()
    return case


def told(case: Case) -> list[str]:
    """Return the findings as a user reads them, in their order."""
    return [str(finding) for finding in sorted(case.found)]


def is_told(case: Case, says: str, folder: str) -> bool:
    """Tell whether what a build says is among the findings, in its place."""
    place = re.match(r"(?:\{data\}/)?([\w./=-]+\.\w+)(?:, line (\d+))?: ", says)
    if not place:
        wanted = says.replace("{data}", folder)
        return any(one.startswith(wanted) for one in [*told(case), *(f.says for f in case.found)])
    return any(
        finding.file == f"{folder}/{place[1]}"
        and (not place[2] or finding.line == int(place[2]))
        and finding.says.startswith(says[place.end() :])
        for finding in case.found
    )


# --- what is right -------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", GOOD_CASES, ids=lambda folder: folder.name)
def test_nothing_is_found_in_a_case_that_builds(folder: Path) -> None:
    assert told(look(folder)) == []


def test_nothing_is_found_in_the_demo_and_a_method_apart_from_the_data() -> None:
    assert told(look()) == []
    assert told(look(CI / "fixture", CAFETERIA)) == []
    # the airline's rows are no part of the project: what its tables say of themselves is
    case = Case("", str(ROOT / "examples" / "airline"), "")
    assert (case.look_at_vars(), case.look_at_method()) == (set(), set())
    assert told(case) == []


@pytest.mark.parametrize("folder", FIGURES, ids=lambda folder: folder.name)
def test_a_case_of_figures_stops_here_if_and_only_if_it_stops_there(folder: Path) -> None:
    says = told(look(folder))
    stops = FIGURES[folder].get("stops", [])
    assert bool(says) == bool(stops), says
    for text in stops:
        assert any(text in one for one in says), says


def test_exactly_the_rows_are_refused_that_the_build_refuses() -> None:
    with (BAD / "expected" / "rejected_rows.csv").open(encoding="utf-8", newline="") as file:
        expected = Counter(
            (row["table_name"], row["reason"], row["column_name"]) for row in csv.DictReader(file)
        )
    case = look(BAD)
    found = Counter()
    for table in case.tables:
        for line, says in table.refused:
            if "not read:" in says:
                continue
            reason, many = re.search(r": (\w+)(?: \(([\d,]+) rows\))?$", says).groups()
            found[table.name, reason, says.split(" ")[0]] += int((many or "1").replace(",", ""))
            assert line > 1
    assert found == expected
    assert sum(table.n_refused for table in case.tables) == expected.total()


def test_the_line_is_that_of_the_first_such_row(tmp_path: Path) -> None:
    text = (
        'customer_id,customer_name,birth_date\nC1,"two\nlines",1990-01-01\n\n'
        'C2,"a, ""b""",1990-02-30\nC3,,1991-02-30\n ,,\n'
    )
    (table,) = look(lay(tmp_path / "data", {"customers.csv": text})).tables
    assert table.refused == [
        (5, "birth_date '1990-02-30' is no date: not_a_date (2 rows)"),
        (7, "customer_id is blank: missing_key"),
    ]
    assert (table.rows, table.n_refused) == (4, 3)


def test_a_cell_of_a_wide_table_has_the_line_of_its_row(tmp_path: Path) -> None:
    files = {path.name: path.read_bytes() for path in CAFETERIA.iterdir() if path.suffix != ".md"}
    answers = files["survey_wide.csv"].decode("utf-8").replace("满意", "OK")
    case = look(lay(tmp_path / "data", files | {"survey_wide.csv": answers}))
    says = told(case)
    assert len(says) == 5
    assert all(one.startswith(f"{tmp_path}/data/survey_wide.csv, line ") for one in says), says
    assert "line 2: scale_answers.answer, question taste in cafeteria-2025: " in says[-1] + says[0]
    assert all("\nFix: " in one for one in says)


# --- what is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "content", "says"), BROKEN_FILES.values(), ids=[*BROKEN_FILES])
def test_a_broken_file_is_told_as_the_build_tells_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str | bytes, says: str
) -> None:
    # the shipped method tables are right, and looked at by other tests
    monkeypatch.setattr(Case, "look_at_method", lambda case: set())
    folder = lay(tmp_path / "data", {name: content})
    case = look(folder)
    assert is_told(case, says, folder), told(case)
    assert len(case.found) == 1, told(case)


@pytest.mark.parametrize(("files", "dbt_vars", "says"), FOLDERS.values(), ids=FOLDERS.keys())
def test_a_folder_that_cannot_be_used_is_told(
    tmp_path: Path, files: Files, dbt_vars: dict[str, Any], says: str
) -> None:
    if dbt_vars.get("raw_mode") == "tables":
        assert "the build looks at the tables" in look(**dbt_vars).notes[0]
        return
    folder = lay(tmp_path / "data", files)
    case = look(folder, **dbt_vars)
    # scripts/cases.py speaks before any macro does
    assert is_told(case, says, folder) or is_told(case, f"DATA={folder}: none of the", folder), (
        told(case)
    )


@pytest.mark.parametrize("wrong", WRONG_VARS)
def test_wrong_vars_are_told_at_once(tmp_path: Path, wrong: Mapping[str, tuple[Any, str]]) -> None:
    folder = lay(tmp_path / "data", {"customers.csv": GOOD})
    given = {name: value for name, (value, _) in wrong.items() if value == value}
    given = {name: value for name, value in given.items() if value not in (float("inf"),)}
    case = look(folder, **given)
    for name in given:
        says = wrong[name][1]
        assert not says or any(one.says.startswith(f"var {name}: {says}") for one in case.found)


@pytest.mark.parametrize(("files", "says"), METHODS.values(), ids=METHODS.keys())
def test_a_wrong_method_table_is_told(tmp_path: Path, files: Files, says: list[str]) -> None:
    folder = lay(tmp_path / "data", {"customers.csv": GOOD, **files})
    found = told(look(folder))
    for text in says:
        assert any(text in one for one in found), found
    # the file at fault, or one of those that no longer fit it
    assert any(one.startswith(f"{folder}/{next(iter(files))}") for one in found)


def test_all_problems_are_told_at_once_each_with_its_place(tmp_path: Path) -> None:
    folder = lay(
        tmp_path / "data",
        {
            "customers.csv": "customer,gender\na,b\n",
            "transactions.csv": "transaction_id,customer_id,orderd_at,amount\n1,2,3,5\n",
            "subscriptions.csv": "subscription_id,customer_id,started_on\n1,2,2025-01-01,5\n",
            "complaints.xlsx": "x",
            "ahp_experts.csv": "expert_id,weight\na,0.5\nb,0.6\n",
            "vars.yml": "# mine\nmin_respondents: many\nweight_sorce: equal\n",
            "expected/fct_kanoo.csv": "a\n1\n",
            "expected/fct_kano.csv": "factor,factor_id\n1,2\n",
        },
    )
    found = sorted(look(folder).found)
    assert [(Path(one.file).name, one.line, one.says.splitlines()[0][:40]) for one in found] == [
        ("ahp_experts.csv", 0, "ahp_experts.weight: The weights of the e"),
        ("complaints.xlsx", 0, "this file is not read. Put the table int"),
        ("customers.csv", 1, "column customer_id is missing (found: cu"),
        ("fct_kano.csv", 1, "fct_kano has no column factor. factor_id"),
        ("fct_kanoo.csv", 1, "there is no mart fct_kanoo. fct_kano?"),
        ("subscriptions.csv", 2, "4 fields where the header has 3."),
        ("transactions.csv", 1, "column ordered_at is missing (found: tra"),
        ("vars.yml", 2, "var min_respondents: 'many' is not allow"),
        ("vars.yml", 3, "unknown var weight_sorce. weight_source?"),
    ]
    assert all(one.file.startswith(folder) for one in found)
    assert "holds it (orderd_at?)." in str(found[6])


def test_a_table_without_a_usable_row_is_told(tmp_path: Path) -> None:
    text = "complaint_id,customer_id,opened_at\nK1,C1,yesterday\nK2,C1,today\n"
    folder = lay(tmp_path / "data", {"complaints.csv": text})
    (said,) = told(look(folder))
    assert said.startswith(f"{folder}/complaints.csv, line 2: complaints: none of 2 rows can be us")
    assert told(look(folder, min_accepted_of_last=0)) == []


def test_columns_that_contradict_a_var_are_told(tmp_path: Path) -> None:
    text = 'transaction_id,customer_id,ordered_at,amount\nT1,C1,2025-01-02,"1,5"\n'
    folder = lay(tmp_path / "data", {"transactions.csv": text})
    (said,) = told(look(folder))
    assert said.startswith(f"{folder}/transactions.csv, line 2: transactions: the column amount h")
    assert told(look(folder, decimal_separator=",")) == []


@pytest.mark.parametrize("is_known", [True, False])
def test_waves_that_no_survey_id_tells_apart_are_told(tmp_path: Path, is_known: bool) -> None:
    """Running numbers begin at 1 in each wave: the first wave would be superseded."""
    head = "response_id,customer_id,answered_at,q_care\n"

    def wave(month: int) -> str:
        return "".join(
            f"{i},{f'C{i}' if is_known else ''},2025-{month:02}-01 10:00,4\n" for i in range(8)
        )

    case = lay(tmp_path, {"survey_wide.csv": head + wave(3) + wave(6)})
    (says,) = told(look(case))
    assert "response_id: 8 of 8 responses, such as 0, come again on another day" in says
    assert "add the column survey_id" in says
    # sent twice within an hour, or said to be of one wave
    lay(tmp_path, {"survey_wide.csv": head + wave(3) + wave(3).replace("10:00", "10:40")})
    assert not look(case).found
    rows = [f"{line},w" for line in (wave(3) + wave(6)).splitlines()]
    lay(tmp_path, {"survey_wide.csv": "\n".join([head.strip() + ",survey_id", *rows])})
    assert not look(case).found


def test_a_var_of_refunds_that_does_not_fit_is_named(tmp_path: Path) -> None:
    """Once, whatever the number of rows; nothing is said where the var fits."""
    head = "transaction_id,customer_id,ordered_at,amount,status\n"
    bought = head + "".join(f"t{i},C1,2025-03-0{i},10,completed\n" for i in range(1, 6))
    refunds = bought + "t6,C1,2025-03-07,-4,completed\nt7,C1,2025-03-07,-2,completed\n"
    case = lay(tmp_path, {"transactions.csv": refunds})
    (note,) = look(case).notes
    assert note.startswith("transactions: 2 row(s) have an amount or a quantity below 0")
    assert note.endswith("set the var refunds: negative_rows.")
    assert not look(case, refunds="negative_rows").notes
    lay(tmp_path, {"transactions.csv": bought.replace("5,10,completed", "5,10,returned")})
    assert not look(case).notes
    (note,) = look(case, refunds="negative_rows").notes
    assert "1 row(s) are returned and no row is below 0" in note and "refunds: status" in note


def test_order_lines_and_currencies_are_told(tmp_path: Path) -> None:
    head = "transaction_id,customer_id,ordered_at,amount,product_id,currency\n"
    lines = head + "T1,C1,2025-01-02,5,a,EUR\nT1,C1,2025-01-02,6,b,EUR\n"
    (said,) = told(look(lay(tmp_path / "lines", {"transactions.csv": lines})))
    assert "transactions.transaction_id: 1 transaction(s) have several rows of one time" in said
    money = head + "T1,C1,2025-01-02,5,a,EUR\nT2,C1,2025-01-02,6,b,USD\n"
    (said,) = told(look(lay(tmp_path / "money", {"transactions.csv": money})))
    assert "transactions.currency: amounts are in EUR, USD, and no rate says" in said


@pytest.mark.parametrize(
    ("dbt_vars", "says"),
    [
        ({"key_factors": ["speed", "sped"]}, "var key_factors: there is no factor 'sped'."),
        ({"segment_by": ["shoe"]}, "var segment_by: customers have no column 'shoe'"),
        (
            {"segment_by": ["tenure_band"], "areas": ["weights", "survey"]},
            "var segment_by: tenure_band needs the area loyalty. Add it to areas, or leave",
        ),
        (
            {"extra_columns": {"customers": {"age": "number"}}},
            "column age is missing (found: customer_id, customer_name).",
        ),
    ],
)
def test_vars_that_name_what_is_not_there_are_told(
    tmp_path: Path, dbt_vars: dict[str, Any], says: str
) -> None:
    folder = lay(tmp_path / "data", {"customers.csv": GOOD})
    (found,) = look(folder, **dbt_vars).found
    assert found.says.startswith(says)


# --- the command ---------------------------------------------------------------------------------


def test_the_command_does_without_dbt_and_prints_a_line_per_table() -> None:
    code = (
        "import sys; sys.modules['dbt'] = None\nfrom scripts import check\n"
        "sys.exit(check.main(['--data', 'examples/cafeteria']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[:4] == [
        "examples/cafeteria/customers.csv 12 rows, no problems",
        "examples/cafeteria/survey_wide.csv 60 cells, 1 refused",
        "line 3: answer '还行' is not on the scale of its question: unknown_answer",
        "method tables 5 of the case, 31 shipped",
    ]


def test_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main(["--data", str(CAFETERIA)]) == 0
    assert check.main(["--data", str(CAFETERIA), "--strict"]) == 1
    assert "rows are refused" in capsys.readouterr().err
    assert check.main(["--data", str(tmp_path / "nowhere")]) == 1
    assert capsys.readouterr().err == (
        f"\n1 problem:\nDATA={tmp_path}/nowhere: no such folder.\nFix: name one that is there.\n"
    )
    shutil.copytree(CAFETERIA, tmp_path / "case")
    assert check.main(["--data", str(tmp_path / "case"), "--figures"]) == 1
    assert "no expected figures.\nFix: put expected/<mart>.csv" in capsys.readouterr().err


def test_findings_are_sorted_by_file_and_line() -> None:
    found = [Finding("b.csv", 1, "x"), Finding("a.csv", 12, "x"), Finding("a.csv", 2, "x")]
    assert [str(one) for one in sorted(found)] == ["a.csv, line 2: x", "a.csv, line 12: x"] + [
        "b.csv, line 1: x"
    ]
