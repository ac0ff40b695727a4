"""Forgetting people in the files of a case: whose cells change, and that nothing else does."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from scripts import forget, forget_errand, forget_people, forget_steps, forget_writing
from scripts.forget_people import GROUPS, Person, lot
from tests.shared import ROOT

CUSTOMERS = (
    "\ufeffcustomer_id,customer_name,email,region\r\n"
    "C0001,Ada Byron,ada@example.org,north\r\n"
    '\u00a0 C0002 ,"Lovelace, Grace\r\nHopper",grace@example.org,south\r\n'
    '"C0003",李伟,,south\r\n'
    "C00021,Ada Byron,ada2@example.org,west\r\n"
)
ANSWERS = (
    "response_id,survey_id,customer_id,question_id,answer\n"
    "r1,w1,C0001,q_care,5\n"
    "r2,w1,C0002,q_care,4\n"
    'r2,w1,C0002,q_comment,"asked for C0002, not for C00021"\n'
    "r3,w2,C0002,q_care,3\n"
    "r4,w2,,q_care,2\n"
)
GRACE = "Lovelace, Grace\r\nHopper"


def lay(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a case."""
    folder.mkdir()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode())
    return folder


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return lay(tmp_path / "case", {"customers.csv": CUSTOMERS, "survey_answers.csv": ANSWERS})


def run(case: Path | str, *arguments: str, customer: str = "C0002") -> int:
    """Forget somebody of a case that was never built."""
    target = Path(case).with_name("target") if case else Path("nowhere")
    told = ["--data", str(case), "--target-path", str(target)]
    told += [f"--customer={customer}"] if customer else []
    return forget.main([*told, *arguments])


def content(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def token_in(case: Path) -> str:
    (token,) = set(re.findall("forgotten-[0-9a-f]{16}", (case / "customers.csv").read_text()))
    return token


def test_the_rows_of_a_person_get_a_token_and_all_other_bytes_stay(case: Path) -> None:
    assert run(case) == 0

    token = token_in(case)
    person = f'\u00a0 C0002 ,"{GRACE}",grace@example.org,'
    expected = CUSTOMERS.replace(person, f"{token},{token},,").encode()
    assert (case / "customers.csv").read_bytes() == expected
    answers = (
        ANSWERS.replace(",C0002,", f",{token},").replace("for C0002,", f"for {token},").encode()
    )
    assert (case / "survey_answers.csv").read_bytes() == answers
    note = (case / "survey_forgotten.csv").read_text().splitlines()
    assert note[0] == "survey_id,forgotten_on,how,people"
    assert [re.sub(r"\d{4}-\d\d-\d\d", "day", line) for line in note[1:]] == [
        "w1,day,anonymised,1",
        "w2,day,anonymised,1",
    ]
    assert set(content(case)) == {"customers.csv", "survey_answers.csv", "survey_forgotten.csv"}


def test_a_second_person_is_added_to_the_note(case: Path) -> None:
    assert run(case) == 0
    assert run(case, customer="C0001") == 0
    note = (case / "survey_forgotten.csv").read_text()
    assert [line.rsplit(",", 1)[1] for line in note.splitlines()[1:]] == ["2", "1"]


def test_deleted_rows_are_gone_and_all_others_stay(case: Path) -> None:
    assert run(case, "--how=delete") == 0

    person = f'\u00a0 C0002 ,"{GRACE}",grace@example.org,south\r\n'
    assert (case / "customers.csv").read_bytes() == CUSTOMERS.replace(person, "").encode()
    kept = [line for line in ANSWERS.splitlines(keepends=True) if ",C0002," not in line]
    assert (case / "survey_answers.csv").read_text() == "".join(kept)
    assert ",deleted,1" in (case / "survey_forgotten.csv").read_text()


def test_a_list_of_ids_is_one_errand(case: Path, tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("customer_id\n\n C0002\nC0003\n")
    assert run(case, f"--customers={tmp_path / 'ids.txt'}", customer="") == 0
    customers = (case / "customers.csv").read_text("utf-8")
    assert len(set(re.findall("forgotten-[0-9a-f]{16}", customers))) == 2
    assert "李伟" not in customers
    assert "C00021" in customers


@pytest.mark.parametrize(
    ("type_of_id", "digits"), [("bigint", 15), ("integer", 9), ("double", 15), ("varchar", 0)]
)
def test_parquet_keeps_order_and_types(tmp_path: Path, type_of_id: str, digits: int) -> None:
    case = lay(tmp_path / "case", {"survey_answers.csv": "response_id,customer_id\nr1,7\n"})
    (case / "customers").mkdir()
    path = case / "customers" / "part.parquet"
    with duckdb.connect() as con:
        con.execute(
            f"""copy (select n::{type_of_id} as customer_id, 'name ' || n as customer_name,
                if(n = 7, 'friend of name 7', 'none') as remark, n * 1.5 as number, [n] as list
            from range(100) as t(n)) to '{path}' (format parquet, compression zstd)"""
        )
        before = con.sql(f"from '{path}'")
        old, types = before.fetchall(), before.types
        assert run(case, customer="7") == 0
        after = con.sql(f"from '{path}'")
        new = after.fetchall()
        assert after.types == types
        codec = con.sql(f"select any_value(compression) from parquet_metadata('{path}')")
        assert codec.fetchall() == [("ZSTD",)]
    assert [row for n, row in enumerate(new) if n != 7] == old[:7] + old[8:]
    token = str(new[7][0]).removesuffix(".0")
    assert re.fullmatch(rf"\d{{{digits}}}" if digits else "forgotten-[0-9a-f]{16}", token)
    assert new[7][1:] == (token, f"friend of {token}", *old[7][3:])
    assert (case / "survey_answers.csv").read_text() == f"response_id,customer_id\nr1,{token}\n"


def test_an_id_in_a_column_that_holds_no_token_stops(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = lay(tmp_path / "case", {})
    duckdb.sql(f"copy (select 7::smallint as customer_id) to '{case}/customers.parquet'")
    before = content(case)
    assert run(case, customer="7") == 1
    assert "type SMALLINT" in capsys.readouterr().err
    assert content(case) == before


def test_two_names_of_a_person_keep_their_order() -> None:
    person = Person("C0002", "t", ["Ann Alt", "Ann Neu"])
    assert [person.name_token(name) for name in person.names] == ["t-1", "t-2"]


def test_a_name_that_others_bear_is_not_looked_for(case: Path) -> None:
    assert run(case, customer="C0001") == 0
    assert "C00021,Ada Byron,ada2@example.org" in (case / "customers.csv").read_text()


def test_columns_that_figures_rest_on_stay(tmp_path: Path) -> None:
    case = lay(
        tmp_path / "case",
        {
            "customers.csv": "customer_id,phone,postcode,birth_date\nC0002,123,9000,1990-01-02\n",
            "vars.yml": "extra_columns: {customers: {postcode: text}}\n",
        },
    )
    assert run(case) == 0
    assert (case / "customers.csv").read_text().endswith(",,9000,1990-01-02\n")


def test_questions_are_answers_whatever_they_are_called(tmp_path: Path) -> None:
    case = lay(
        tmp_path / "case",
        {
            "survey_wide.csv": "response_id,customer_id,location,email\nr1,C0002,5,a@b.org\n",
            "questions.csv": "question_id,role\nlocation,performance\n",
        },
    )
    assert run(case) == 0
    assert re.search(r",5,\n$", (case / "survey_wide.csv").read_text())


WRONG = {
    "unknown": (["--customer=c0002"], "in none of customers.csv, survey_answers.csv"),
    "nearly alike": (["--customer=c0002"], "C0002?"),
    "damaged": (["--customer=1.38E+10"], "a spreadsheet has made this"),
    "nobody": ([], "name who is to be forgotten"),
    "both": (["--customer=C0002", "--customers=x"], "name who is to be forgotten"),
    "no list": (["--customers=nowhere.txt"], "CUSTOMERS=nowhere.txt: cannot be read"),
    "no way": (["--customer=C0002", "--how=hide"], "FORGET=hide: unknown"),
    "no folder": (["--customer=C0002", "--data=nowhere"], "DATA=nowhere: no such folder"),
    "the demo": (["--customer=C0002", "--data="], "The demo's customers are made up"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_done_changes_nothing(
    case: Path, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content(case)
    arguments, says = WRONG[wrong]
    assert run(case, *arguments, customer="") == 1
    told = capsys.readouterr().err
    assert says in told
    assert "Fix: " in told
    assert "Traceback" not in told
    assert content(case) == before


def test_expected_figures_stop_a_deletion_and_follow_an_anonymisation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = "customer_id,call_rank\nC0002,1\nC0003,2\n"
    files = {"customers.csv": CUSTOMERS, "expected/fct_next_best_action.csv": expected}
    case = lay(tmp_path / "case", files)
    before = content(case)
    assert run(case, "--how=delete") == 1
    assert "these figures will not hold" in capsys.readouterr().err
    assert content(case) == before
    assert run(case) == 0
    new = (case / "expected" / "fct_next_best_action.csv").read_text()
    assert new == expected.replace("C0002", token_in(case))


@pytest.mark.parametrize("how", ["read-only", "link", "folder"])
def test_a_file_whose_owner_does_not_let_it_stops_all(
    case: Path, tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = case / "survey_answers.csv"
    if how == "read-only":
        path.chmod(0o444)
    elif how == "link":
        path.rename(tmp_path / "elsewhere.csv")
        path.symlink_to(tmp_path / "elsewhere.csv")
    else:
        case.chmod(0o555)
    before = content(case)
    assert run(case) == 1
    told = capsys.readouterr().err
    assert str(case if how == "folder" else path) in told
    assert "Nothing was changed" in told
    case.chmod(0o755)
    assert content(case) == before


def test_a_dry_run_changes_nothing(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = content(case)
    assert run(case, "--dry-run") == 0
    assert "survey_answers.csv: 3 rows" in capsys.readouterr().out
    assert content(case) == before


def test_a_stopped_command_has_done_all_or_nothing(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(case)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:  # killed while files are written
        patched.setattr(forget_writing, "note", stop)
        patched.setattr(forget_writing, "finish", lambda folder: False)
        assert run(case) == 1
    assert {name for name in content(case) if name.endswith(".forgetting")} == {
        "customers.csv.forgetting",
        "survey_answers.csv.forgetting",
    }
    assert forget_writing.finish(case) is False
    assert content(case) == before

    with monkeypatch.context() as patched:  # killed after the first file took its place
        patched.setattr(forget_writing, "sync", lambda path: None)
        replaced: list[object] = []

        def once(old: str, new: str) -> None:
            if replaced:
                raise KeyboardInterrupt
            replaced.append(new)
            Path(old).rename(new)

        patched.setattr(forget_writing.os, "replace", once)
        assert run(case) == 1
    assert b"C0002" in (case / "survey_answers.csv").read_bytes()
    assert forget_writing.finish(case) is True
    assert {*content(case)} == {"customers.csv", "survey_answers.csv", "survey_forgotten.csv"}
    assert not [name for name, found in content(case).items() if re.search(rb"\bC0002\b", found)]


def test_deliveries_of_one_case_get_one_token(case: Path, tmp_path: Path) -> None:
    other = lay(tmp_path / "before", {"customers.csv": CUSTOMERS, "survey_answers.csv": ANSWERS})
    assert run(case, f"--also={other}") == 0
    assert token_in(other) == token_in(case)
    assert content(other) == content(case)


def test_a_token_does_to_figures_what_the_id_does() -> None:
    macro = (ROOT / "macros" / "survey" / "moments.sql").read_text()
    assert f"macro n_resample_groups() %}}{{{{ return({GROUPS}) }}}}" in macro
    names = [f"C{n:04d}" for n in range(30)]
    people = [Person(name) for name in names[:3]]
    everybody = set(names)
    ties = {person.id: everybody - {person.id} for person in people}
    assert forget_people.give_tokens(people, ties, forget_people.random_token) == []
    tokens = {person.id: person.token for person in people}
    assert all(lot(old) % GROUPS == lot(new) % GROUPS for old, new in tokens.items())
    after = sorted((tokens.get(name, name) for name in names), key=lot)
    assert after == [tokens.get(name, name) for name in sorted(names, key=lot)]
    assert len({person.token for person in people}) == 3


def test_lots_are_those_of_the_macro() -> None:
    sql = (ROOT / "macros" / "dialect" / "hash.sql").read_text()
    (expression,) = re.findall(r"macro duckdb__lot\(text\) -%}\s*(.*?)\s*{%- endmacro", sql)
    for name in ("C0002", "李伟"):
        asked = expression.replace("{{ text }}", f"'{name}'")
        assert duckdb.sql(f"select {asked}").fetchall() == [(lot(name),)]


def test_the_file_keeps_its_mode(case: Path) -> None:
    (case / "customers.csv").chmod(0o640)
    assert run(case) == 0
    assert os.stat(case / "customers.csv").st_mode & 0o777 == 0o640


def test_tables_of_a_database_are_left_to_their_owner(capsys: pytest.CaptureFixture[str]) -> None:
    told = {"raw_mode": "tables", "raw_schema": "crm", "raw_identifiers": {"customers": "people"}}
    assert forget_errand.case_of("", [], told) == []
    person = Person("O'Hara", "forgotten-1")
    errand = forget_errand.Errand([person], "anonymise", [], Path("target"), told)
    forget_steps.tell_of_tables(errand)
    said = capsys.readouterr().out
    assert "stay as they are" in said
    assert (
        "update crm.people set customer_id = 'forgotten-1', customer_name = 'forgotten-1' "
        "where trim(customer_id) = 'O''Hara';"
    ) in said
    person.token = ""
    forget_steps.tell_of_tables(errand)
    deletion = "delete from crm.transactions where trim(customer_id) = 'O''Hara';"
    assert deletion in capsys.readouterr().out


@pytest.mark.parametrize("built", ["another", "the demo", "nobody knows"])
def test_a_target_folder_of_another_case_stops(
    case: Path, built: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content(case)
    told = {"raw_mode": "files", "raw_dir": str(case.parent)} if built == "another" else {}
    if built == "nobody knows":
        (case.parent / "target").mkdir()
        (case.parent / "target" / "marts.duckdb").touch()
    else:
        monkeypatch.setattr(forget_errand, "vars_of_build", lambda target: told)
    assert run(case) == 1
    says = "does not say how" if built == "nobody knows" else "the last build is of another case"
    assert says in capsys.readouterr().err
    assert content(case) == before
