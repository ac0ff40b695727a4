"""Open questions: read where import.yml says so, and left out else."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from satisfaction.core.errors import SatisfactionError
from satisfaction.imports import import_file, showing
from tests.python.imports.test_imports_understanding import (
    contents,
    imported,
    planned,
    survey,
    wide,
)

ASKED = ["How satisfied are you with the price?", "How satisfied are you with the staff?"]
OPEN = "What else would you like to tell us?"
WRITTEN = [
    "Far too slow, I waited two weeks for an answer",
    "",
    " The staff is friendly and knows the product well ",
    'They said "soon", and nothing came of it',
    "Nothing, thank you, I am content with everything",
    "It is expensive compared with what others take for it",
    "第一次使用，觉得手续有点麻烦，希望能更简单一些",
    "",
    "We would like to have invoices as files that can be read",
    "Please call before the technician comes to our place",
]


def asked(**more: Any) -> Any:
    return survey(ASKED, extra=[(OPEN, WRITTEN)], **more)


def test_what_was_written_is_left_out_unless_somebody_asks_for_it(tmp_path: Path) -> None:
    plan, _ = planned(asked())
    assert plan.open_questions == []
    (line,) = [line for line in showing.left_out(plan) if line.startswith("free text")]
    assert "role comment in import.yml" in line
    imported(asked(), tmp_path)
    assert not any("slow" in text.decode() for text in contents(tmp_path).values())


def test_an_open_question_is_read_as_it_was_written(tmp_path: Path) -> None:
    role = {"questions": {OPEN: {"role": "comment"}}}
    assert imported(asked(), tmp_path, **role)
    rows = wide(tmp_path)
    (name,) = [key for key in rows[0] if rows[0][key] == WRITTEN[0]]
    assert [row[name] for row in rows] == [text.strip() for text in WRITTEN]
    with (tmp_path / "questions.csv").open(encoding="utf-8", newline="") as file:
        (row,) = [row for row in csv.DictReader(file) if row["role"] == "comment"]
    assert (row["question_id"], row["scale_id"], row["text_en"]) == (name, "", OPEN)
    assert import_file.read(tmp_path)["questions"][OPEN] == {
        "id": name,
        "text": OPEN,
        "role": "comment",
    }


def test_the_next_file_brings_it_too(tmp_path: Path) -> None:
    imported(asked(), tmp_path, **{"questions": {OPEN: {"role": "comment"}}})
    before = contents(tmp_path)
    # the same file changes nothing, and a later wave needs no further word
    assert not imported(asked(), tmp_path)
    assert contents(tmp_path) == before
    imported(asked(first_id=11, month="2025-09"), tmp_path)
    said = [row for row in wide(tmp_path) if WRITTEN[0] in row.values()]
    assert len(said) == 2


def test_who_only_wrote_something_counts(tmp_path: Path) -> None:
    found = survey(ASKED, extra=[(OPEN, WRITTEN)], nps="")
    found.con.execute(
        f"update cells set {', '.join(f'{c.name} = null' for c in found.columns[2:4])} "
        "where row_number = 1"
    )
    imported(found, tmp_path, **{"questions": {OPEN: {"role": "comment"}}})
    assert len(wide(tmp_path)) == 10


def test_a_column_of_names_is_no_open_question() -> None:
    names = [f"Ann Miller {i}" for i in range(10)]
    with pytest.raises(SatisfactionError, match="names a person"):
        planned(
            survey(ASKED, extra=[("Your name", names)]),
            questions={"Your name": {"role": "comment"}},
        )
