"""A case folder becomes dbt vars, or one plain message."""

from __future__ import annotations

import datetime
import json
import os
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scripts import cases, vars_text


def lay(folder: Path, *names: str, dbt_vars: str = "") -> str:
    """Write empty files, and a vars.yml where there is text for it."""
    folder.mkdir()
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    if dbt_vars:
        (folder / "vars.yml").write_text(dbt_vars, "utf-8")
    return str(folder)


def test_the_demo_needs_no_vars() -> None:
    assert cases.case_vars("", "", "") == {}


def test_a_data_folder_is_a_whole_case(tmp_path: Path) -> None:
    data = lay(tmp_path / "数据 'x'", "customers.csv", "factors.csv", dbt_vars="min_respondents: 5")
    assert cases.case_vars(data, "", "") == {
        "raw_mode": "files",
        "raw_dir": data,
        "min_respondents": 5,
    }


def test_a_method_folder_alone_leaves_the_demo(tmp_path: Path) -> None:
    method = lay(tmp_path / "method", "ahp_judgements.csv")
    assert cases.case_vars("", method, "") == {"method_dir": method}


def test_the_nearer_vars_win(tmp_path: Path) -> None:
    own = "{min_respondents: 5, weight_source: equal, segment_by: [region]}"
    method = lay(tmp_path / "method", "factors.csv", dbt_vars=own)
    more = "{min_respondents: 6, weight_source: entropy}"
    data = lay(tmp_path / "data", "survey_wide.parquet", dbt_vars=more)
    found = cases.case_vars(data, method, "{min_respondents: 7}")
    assert found == {
        "method_dir": method,
        "raw_mode": "files",
        "raw_dir": data,
        "min_respondents": 7,
        "weight_source": "entropy",
        "segment_by": ["region"],
    }


def test_a_folder_in_vars_is_seen_from_where_they_stand(tmp_path: Path) -> None:
    lay(tmp_path / "method", "factors.csv")
    data = lay(tmp_path / "data", "customers.csv", dbt_vars="method_dir: ../method")
    assert cases.case_vars(data, "", "")["method_dir"] == str(tmp_path / "method")


def test_parts_of_a_table_in_a_folder(tmp_path: Path) -> None:
    data = lay(tmp_path / "data", "survey_answers/part_1.parquet")
    assert cases.case_vars(data, "", "")["raw_dir"] == data


def test_a_misnamed_table_is_mentioned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = lay(tmp_path / "data", "customers.csv", "transaction.csv", "notes.txt")
    cases.case_vars(data, "", "")
    said = capsys.readouterr().out
    assert said == f"note: {data}/transaction is not read; transactions is meant?\n"


@pytest.mark.parametrize(
    ("files", "dbt_vars", "says"),
    [
        ([], "", "none of the tables is there"),
        (["notes.txt"], "", "none of the tables is there"),
        (["factors.csv"], "", "none of the tables is there"),
        (["customers.csv"], "min_respondent: 5", "unknown var min_respondent. min_respondents?"),
        (["customers.csv"], "- a\n- b", "must be a mapping"),
        (["customers.csv"], "segment_by: [", "not valid YAML"),
    ],
)
def test_a_folder_that_cannot_be_used(
    tmp_path: Path, files: list[str], dbt_vars: str, says: str
) -> None:
    data = lay(tmp_path / "data", *files, dbt_vars=dbt_vars)
    with pytest.raises(cases.CaseError, match=says.replace("?", r"\?")):
        cases.case_vars(data, "", "")


def test_no_such_folder() -> None:
    with pytest.raises(cases.CaseError, match="DATA=nowhere: no such folder"):
        cases.case_vars("nowhere", "", "")


def test_vars_that_are_no_mapping() -> None:
    with pytest.raises(cases.CaseError, match="--vars: must be a mapping"):
        cases.case_vars("", "", "min_respondents")


def test_thousands_of_other_files_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = [f"{number:04d}.csv" for number in range(3000)]
    data = lay(tmp_path / "data", "customers.csv", "custmers.csv", *others)
    cases.case_vars(data, "", "")
    assert capsys.readouterr().out.splitlines() == [
        f"note: {data}/custmers is not read; customers is meant?",
        f"note: 3,000 tables in {data} are not read: 0000, 0001, 0002 and 2,997 more.",
    ]


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("survey.xlsx", "survey.xlsx is there"),
        ("wave 3.sav", "wave 3.sav is there"),
        ("panel.dta", "panel.dta is there"),
        ("answers.tsv", "answers.tsv is there"),
        ("导出_2025.csv", "导出_2025.csv is there"),
        ("CUSTOMERS.CSV", "CUSTOMERS.CSV is there"),
    ],
)
def test_what_lies_there_instead_of_a_table_is_named(tmp_path: Path, name: str, named: str) -> None:
    data = lay(tmp_path / "data", name)
    with pytest.raises(cases.CaseError) as caught:
        cases.case_vars(data, "", "")
    assert named in str(caught.value)
    assert "save it as 'CSV UTF-8'" in str(caught.value)
    assert "survey_wide" in str(caught.value)


@pytest.mark.parametrize("name", ["vars.yaml", "Vars.yml", "VARS.YML", "vars.yml.txt"])
def test_settings_under_another_name_are_not_passed_over(tmp_path: Path, name: str) -> None:
    data = lay(tmp_path / "data", "customers.csv", "vars.yml", name)
    with pytest.raises(cases.CaseError, match=f"{name} is not read; the name is vars.yml.\nFix:"):
        cases.case_vars(data, "", "")
    method = lay(tmp_path / "method", "factors.csv", name)
    with pytest.raises(cases.CaseError, match="the name is vars.yml"):
        cases.case_vars("", method, "")


@pytest.mark.parametrize(
    "name", ["vars.yml", "customers.csv", "transactions.parquet", "factors.csv"]
)
@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "device"])
def test_what_is_no_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str
) -> None:
    data = lay(tmp_path / "data", "survey_wide.csv")
    monkeypatch.chdir(data)  # a socket's path may not be long
    if kind == "pipe":
        os.mkfifo(name)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(name)
    elif kind == "folder":
        Path(name).mkdir()
    else:
        Path(name).symlink_to(os.devnull)
    words = {"pipe": r"a pipe \(FIFO\)", "folder": "a folder"}.get(kind, f"a {kind}")
    for case in ((data, "", ""), ("", "", json.dumps({"raw_mode": "files", "raw_dir": data}))):
        with pytest.raises(cases.CaseError, match=f"{name}: {words}, where a file is meant"):
            cases.case_vars(*case)


def test_a_part_of_a_table_that_is_no_file_is_refused(tmp_path: Path) -> None:
    data = lay(tmp_path / "data", "survey_answers/part_1.parquet")
    os.mkfifo(Path(data) / "survey_answers" / "part_2.parquet")
    with pytest.raises(cases.CaseError, match=r"part_2.parquet: a pipe"):
        cases.case_vars(data, "", "")


def test_a_folder_without_parts_is_no_table(tmp_path: Path) -> None:
    data = lay(tmp_path / "data", "customers.csv", "transactions/part_1.csv")
    with pytest.raises(cases.CaseError, match="a folder without Parquet files is no table"):
        cases.case_vars(data, "", "")


@pytest.mark.parametrize("name", ["x" * 5000, "x" * 300, "a\0b", "\udcff"])
def test_a_name_that_no_folder_can_have(name: str) -> None:
    for case in ((name, "", ""), ("", name, "")):
        with pytest.raises(cases.CaseError, match="Fix: ") as caught:
            cases.case_vars(*case)
        assert len(str(caught.value)) < 1000
    cases.case_vars("", "", json.dumps({"method_dir": "x" * 5000}))  # dbt says that it is not there


BOMB = "a: &a0 [x, x]\n" + "".join(
    f"b{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 9)
)
WRONG = {
    "as_of_date: 2025-02-30": "2025-02-30 is not a date or time that exists",
    "as_of_date: 2025-13-01": "2025-13-01 is not a date or time that exists",
    "segment_by: &a [*a]": "&a holds itself",
    "extra_columns: &a {customers: *a}": "&a holds itself",
    "segment_by: " + "[" * 5000: "more than 40 mappings or lists",
    "segment_by: " + "[" * 5000 + "]" * 5000: "more than 40 mappings or lists",
    "min_respondents: " + "9" * 5000: "is not a number that a var can hold",
    "min_respondents: .inf": "is not a number that a var can hold",
    'raw_dir: "a\\0b"': "holds NUL or half a letter",
    'raw_dir: "\\ud800"': "holds NUL or half a letter",
    'raw_dir: "\\U00110000"': "not valid YAML",
    "raw_dir: \a": "not valid YAML: a control character",
    BOMB: "more than 10,000 values",
    f"a: &a {'x' * 90_000}\nb: [{', '.join(['*a'] * 2000)}]": "more than 10,000 values",
    "x" * 200_000: "longer than 100,000 letters",
    "key_factors: 3\nas_of_date: null\nkey_factors: 4": "there twice, on line 1 and on line 3",
    "segment_by: !!set {gender, region}": "a var cannot hold !!set",
    "segment_by: !!binary aGVsbG8=": "a var cannot hold !!binary",
    "segment_by: !!python/name:os.system ''": "a var cannot hold !!python/name:os.system",
    "? [a]\n: 1": "cannot be a name",
    "as_of_date: !!timestamp x": "is not a date or time that exists",
    "as_of_date: !!bool x": "is not true or false",
}


@pytest.mark.parametrize(("text", "says"), WRONG.items(), ids=range(len(WRONG)))
def test_a_text_that_holds_no_vars(tmp_path: Path, text: str, says: str) -> None:
    data = lay(tmp_path / "data", "customers.csv", dbt_vars=f"# mine\n{text}")
    says = says.replace("line 1", "line 2").replace("line 3", "line 4")
    for case in ((data, "", ""), ("", "", f"\n{text}")):
        with pytest.raises(cases.CaseError) as caught:
            cases.case_vars(*case)
        assert says in str(caught.value) and "\nFix: " in str(caught.value)
        assert len(str(caught.value)) < 600


def test_the_line_is_told(tmp_path: Path) -> None:
    data = lay(tmp_path / "data", "customers.csv", dbt_vars="a: 1\nas_of_date: 2025-02-30")
    with pytest.raises(
        cases.CaseError, match="vars.yml, line 2: as_of_date: 2025-02-30 is not a date"
    ):
        cases.case_vars(data, "", "")


def test_a_file_of_vars_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    data = lay(tmp_path / "data", "customers.csv", dbt_vars="x")
    os.truncate(Path(data) / "vars.yml", 10**12)  # a file of a terabyte that takes no room
    with pytest.raises(cases.CaseError, match="too long"):
        cases.case_vars(data, "", "")


def test_what_yaml_means_is_what_is_read() -> None:
    text = "a: &x {p: 1, q: [true, null, 0.5, 'ä']}\nb: {<<: *x, p: 2}\nc: 2025-03-31\nd: =\ne: *x"
    first = {"p": 1, "q": [True, None, 0.5, "ä"]}
    wanted = {"a": first, "b": first | {"p": 2}, "c": "2025-03-31", "d": "=", "e": first}
    assert vars_text.read(text) == wanted
    assert datetime.date.fromisoformat(wanted["c"])


WORDS = st.sampled_from(
    [
        "segment_by",
        "raw_dir",
        "as_of_date",
        ": ",
        "\n",
        "  ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "&a ",
        "*a",
    ]
    + [
        "&b ",
        "*b",
        "<<: ",
        "? ",
        "!!set ",
        "!!binary ",
        "!!int ",
        "!!float ",
        "!!timestamp ",
        "!!omap ",
    ]
    + [
        "2025-02-30",
        "99:99:99",
        "0x_",
        "0b_",
        "1e999",
        ".nan",
        "~",
        "'",
        '"',
        "\\",
        "\\0",
        "\\ud800",
    ]
    + [
        "|",
        ">",
        "%YAML 1.1\n",
        "--- ",
        "...",
        "#",
        "\t",
        "\ufeff",
        "\x85",
        "\u2028",
        "\0",
        "=",
        "@",
        "`",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(WORDS | st.text(max_size=5), max_size=40).map("".join))
@example("segment_by: " + "[" * 5000)
@example("- " * 5000)
@example("? " * 5000)
@example("a: " + "-1" * 5000)
@example("[" + "&a " * 50)
@example("&a *a")
def test_any_text_is_vars_or_one_message(text: str) -> None:
    try:
        read = cases.read_vars(text, "vars.yml", cases_known())
    except cases.CaseError as error:
        assert str(error).startswith("vars.yml") and len(str(error)) < 1000
    else:
        assert set(read) <= cases_known()
        json.dumps(read, allow_nan=False).encode()


def cases_known() -> set[str]:
    return {"segment_by", "raw_dir", "as_of_date"}
