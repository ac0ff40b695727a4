"""Areas of a case: what its folder brings, and what its last build had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from scripts import areas

ANSWERS = ["weights", "survey", "taxonomies", "drivers", "sensitivity", "quality"]
BEHAVIOUR = ["weights", "behaviour", "value", "ladder", "loyalty", "tiers", "service", "actions"]
#: what a table of its own brings
OF_ONE = ["follow_up", "improvement"]
WITHOUT = [area for area in areas.every() if area not in OF_ONE]
#: what the shipped questionnaire asks for
OF_SHIPPED = ["gap", "comments", "path"]
OWN = "question_id,factor_id,scale_id,role\nq1,care,satisfaction5,performance\n"


def case(folder: Path, *names: str, **files: str) -> dict[str, Any]:
    """Lay empty tables into a folder, and files with a content; return the vars of the case."""
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text("")
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return {"raw_mode": "files", "raw_dir": str(folder)}


@pytest.mark.parametrize(
    ("names", "files", "found"),
    [
        (["survey_answers.csv"], {"questions": OWN}, ANSWERS),
        (["survey_wide.parquet"], {}, [*ANSWERS, *OF_SHIPPED]),
        (["survey_wide.csv"], {"questions": OWN + "e1,care,satisfaction5,expectation"}, ["gap"]),
        (["survey_wide.csv"], {"questions": OWN + "o,,,comment"}, ["comments"]),
        (["survey_wide.csv", "path_items.csv"], {"questions": OWN}, ["path"]),
        (["survey_answers.csv", "customers.csv"], {"questions": OWN}, ["coverage"]),
        (["transactions.csv", "customers.csv"], {}, BEHAVIOUR),
        (["complaints.csv"], {"questions": OWN}, BEHAVIOUR),
        (["survey_answers.csv", "subscriptions.csv"], {}, WITHOUT),
        (["survey_answers.csv", "actions.csv"], {"questions": OWN}, ["improvement"]),
        (["subscriptions.csv", "next_action_results.csv"], {}, [*BEHAVIOUR, "follow_up"]),
        # neither says anything of satisfaction or behaviour by itself
        (["subscriptions.csv", "actions.csv"], {}, BEHAVIOUR),
        (["survey_answers.csv", "next_action_results.csv"], {"questions": OWN}, ANSWERS),
        # what is no questions table is left to the gate of the build
        (["survey_answers.csv"], {"questions": "nothing\n"}, [*ANSWERS, *OF_SHIPPED]),
    ],
)
def test_a_folder_has_the_areas_of_its_tables(
    tmp_path: Path, names: list[str], files: dict[str, str], found: list[str]
) -> None:
    expected = found if len(found) > 1 else [*ANSWERS, *found]
    derived = areas.derived(case(tmp_path / "case", *names, **files))
    assert derived == [area for area in areas.every() if area in expected]


def test_only_a_folder_with_tables_says_areas(tmp_path: Path) -> None:
    assert areas.derived({}) is None
    assert areas.derived({"raw_mode": "tables", "raw_schema": "raw"}) is None
    assert areas.derived(case(tmp_path / "case", "customers.csv")) is None


def remembered(build_file: Path, *builds: dict[str, Any]) -> Path:
    """Write the record of builds, the last one the newest."""
    with duckdb.connect(str(build_file)) as con:
        con.execute("create table build_vars (happened_at timestamp, vars varchar)")
        for day, told in enumerate(builds, start=1):
            con.execute(
                "insert into build_vars values (?, ?)", [f"2025-01-0{day}", yaml.dump(told)]
            )
    return build_file


def test_an_area_that_was_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A delivery that lacks a table is stopped by the build, not shrunk to what it has."""
    now = case(tmp_path / "2025-02", "survey_answers.csv", questions=OWN)
    before = now | {"raw_dir": str(tmp_path / "2025-01"), "areas": areas.every()}
    other = now | {"raw_dir": str(tmp_path / "elsewhere"), "areas": ["weights", "survey"]}
    build_file = remembered(tmp_path / "a.duckdb", before, other)
    assert areas.with_areas(now, build_file)["areas"] == areas.every()
    # an older version built all of them
    del before["areas"]
    assert (
        areas.with_areas(now, remembered(tmp_path / "b.duckdb", before))["areas"] == areas.every()
    )
    assert areas.with_areas(now, tmp_path / "none.duckdb")["areas"] == ANSWERS
    assert "(off: coverage, path, gap, comments, behaviour," in capsys.readouterr().out


def test_the_var_says_it_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = case(tmp_path / "case", "survey_answers.csv") | {"areas": ["weights", "survey"]}
    build_file = remembered(
        tmp_path / "a.duckdb", now | {"areas": ["weights", "survey", "quality"]}
    )
    assert areas.with_areas(now, build_file)["areas"] == ["weights", "survey"]
    assert "note: quality is no area of this build" in capsys.readouterr().out
