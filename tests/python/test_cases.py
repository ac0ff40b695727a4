"""A case folder becomes dbt vars, or one plain message."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import cases


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
