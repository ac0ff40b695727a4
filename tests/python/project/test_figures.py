"""Expected figures against a build: what is the same, and what is told of what is not."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from scripts import figures
from scripts.catalogue import Column, Mart

ROWS = """
    select * from (values
        ('w1', 'total', 70.5123456789::double, 20::bigint, true, date '2025-03-01', 'a, "b"'),
        ('w1', 'north', 1e-13, 0, false, null, ''),
        ('w2', 'total', null, 5, null, date '2025-06-01', null)
    ) as t(survey_id, segment, score, n, ok, day, label)
"""
HEAD = "survey_id,segment,score,n,ok,day,label\n"
SAME = HEAD + (
    'w1,total,70.51,20,true,2025-03-01,"a, ""b"""\nw1,north,0,0,False,,\nw2,total,,5,,2025-06-01,\n'
)


def mart(*grain: str) -> Mart:
    """Return the mart of the rows above."""
    columns = {name: Column(name, "", "") for name in HEAD.strip().split(",")}
    return Mart("model.x", "fct_x", '"main"."fct_x"', "core", "", grain, columns, (), True)


@pytest.fixture
def build_file(tmp_path: Path) -> Path:
    path = tmp_path / "satisfaction.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(f"create table fct_x as {ROWS}")
    return path


def differences(
    build_file: Path, text: str, grain: tuple[str, ...] = ("survey_id", "segment")
) -> list[str]:
    """Write a file with expected figures, and compare."""
    folder = build_file.parent / "expected"
    folder.mkdir(exist_ok=True)
    (folder / "fct_x.csv").write_text(text, "utf-8")
    return figures.compare(build_file, [mart(*grain)], figures.files(build_file.parent)).differences


@pytest.mark.parametrize("grain", [("survey_id", "segment"), ()])
def test_figures_as_expected(build_file: Path, grain: tuple[str, ...]) -> None:
    assert differences(build_file, SAME, grain) == []
    assert differences(build_file, "\ufeff" + SAME.replace("\n", "\r\n"), grain) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "70.51,20",
            "70.52,20",
            "  fct_x, line 2: survey_id=w1, segment=total: score: expected 70.52, "
            "found 70.5123456789",
        ),
        (
            ",0,0,F",
            ",0,1,F",
            "  fct_x, line 3: survey_id=w1, segment=north: n: expected 1, found 0",
        ),
        (
            "2025-06-01",
            "2025-06-02",
            "  fct_x, line 4: survey_id=w2, segment=total: day: expected 2025-06-02, "
            "found 2025-06-01",
        ),
        (
            "total,,5",
            "total,1,5",
            "  fct_x, line 4: survey_id=w2, segment=total: score: expected 1, found nothing",
        ),
        ("70.51,20", "x,20", "  fct_x, line 2: score 'x' is no double"),
    ],
)
def test_a_difference_is_told_with_its_place(
    build_file: Path, old: str, new: str, says: str
) -> None:
    found = differences(build_file, SAME.replace(old, new))
    assert found[0] == says


def test_rows_too_many_and_too_few_are_told(build_file: Path) -> None:
    text = "survey_id,segment,n\nw1,total,20\nw1,south,3\nw1,total,20\n"
    assert differences(build_file, text) == [
        "  fct_x, line 3: survey_id=w1, segment=south: the build has no such row",
        "  fct_x, line 4: survey_id=w1, segment=total: the build has no such row",
        "  fct_x: survey_id=w1, segment=north: is in the build and not in the file",
        "  fct_x: survey_id=w2, segment=total: is in the build and not in the file",
    ]


def test_a_part_of_the_key_does_where_it_tells_rows_apart(build_file: Path) -> None:
    (said,) = differences(build_file, "segment,n\ntotal,20\n")
    assert said == (
        "  fct_x: segment do not tell its rows apart.\n  Fix: add survey_id to expected/fct_x.csv."
    )
    with duckdb.connect(str(build_file)) as con:
        con.execute("delete from fct_x where survey_id = 'w2'")
    assert differences(build_file, "segment,n\ntotal,20\nnorth,0\n") == []


def test_names_that_are_not_there_are_told(build_file: Path) -> None:
    (said,) = differences(build_file, "survey_id,segmnt\nw1,total\n")
    assert said.startswith("  expected/fct_x.csv: fct_x has no column segmnt. segment?\nFix: ")
    (build_file.parent / "expected" / "fct_x.csv").rename(build_file.parent / "expected/fct_y.csv")
    done = figures.compare(build_file, [mart()], figures.files(build_file.parent))
    assert done.differences[0].startswith("  expected/fct_y.csv: there is no mart fct_y. fct_x?")


def test_at_most_twenty_are_printed() -> None:
    done = figures.Compared(1, 30, [f"  fct_x, line {n}: …" for n in range(30)])
    lines = done.message().splitlines()
    assert lines[0] == "figures: 30 differ from what expected/ holds:"
    assert lines[21] == "… and 10 more"
    assert lines[22].startswith("Fix: ")


@pytest.mark.parametrize(
    ("written", "found", "is_near"),
    [
        ("70.5", 70.549, True),
        ("70.5", 70.551, False),
        ("70", 70.4, True),
        ("1e3", 1400.0, True),
        ("0.333333333", 1 / 3, True),
        ("0.33333333333", 1 / 3 + 1e-12, True),
        ("0.33333333333", 1 / 3 + 1e-9, False),
        ("123456789012", 123456789013.0, True),
        ("0.0000000000", 1e-13, True),
    ],
)
def test_digits(written: str, found: float, is_near: bool) -> None:
    assert figures.number(written).is_near(found) is is_near
