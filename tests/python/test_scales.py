"""The shipped scales: sets of words, labels with numbers, turned and moved questions."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from satisfaction.method_checks import normalise_answer
from scripts import scale_page
from tests.python.engine import ANSWERS, Engine
from tests.shared import ROOT

SEEDS = ROOT / "seeds" / "method" / "survey"
#: words from the worst to the best as published questionnaires have them
with Path(__file__).with_name("scale_sets.csv").open(encoding="utf-8", newline="") as file:
    SETS = [(row["scale_id"], row["words"], row["first_satisfied"]) for row in csv.DictReader(file)]


def rows(table: str) -> list[dict[str, str]]:
    with (SEEDS / f"seed_{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ANSWERS_OF = {
    (row["scale_id"], normalise_answer(row["answer"])): row["level"]
    for row in rows("scale_answers")
}
LEVELS = rows("scale_levels")


@pytest.mark.parametrize(("scale", "words", "least"), SETS)
def test_a_set_stands_on_its_levels(scale: str, words: str, least: str) -> None:
    given = words.split("/")
    found = [ANSWERS_OF.get((scale, normalise_answer(word))) for word in given]
    assert found == [str(level) for level in range(1, len(given) + 1)]
    levels = {int(row["level"]): row for row in LEVELS if row["scale_id"] == scale}
    assert len(levels) == len(given)
    if least:
        satisfied = [level for level, row in levels.items() if row["is_satisfied"] == "true"]
        assert satisfied == list(range(int(least), len(given) + 1))


def test_the_page_shows_every_scale() -> None:
    assert scale_page.PAGE.read_text("utf-8") == scale_page.page(), "python scripts/scale_page.py"


def test_no_spelling_is_there_twice() -> None:
    spelt = Counter(
        (row["scale_id"], normalise_answer(row["answer"])) for row in rows("scale_answers")
    )
    assert [key for key, n in spelt.items() if n > 1] == []


def test_every_level_is_labelled_and_spelt() -> None:
    spelt = {(row["scale_id"], row["level"]) for row in rows("scale_answers")}
    for row in LEVELS:
        assert row["label_zh"] and row["label_en"], row
        assert (row["scale_id"], row["level"]) in spelt, row
        for label in (row["label_zh"], row["label_en"]):
            level = ANSWERS_OF.get((row["scale_id"], normalise_answer(label)))
            assert level in (None, row["level"]), row


LABELS = {
    "q_image": {
        "5 - Very satisfied": 5, "5. 非常满意": 5, "A.非常满意（5分）": 5, "(5) Very satisfied": 5,
        "很不满意(1)": 1, "4=Satisfied": 4, "2分 不满意": 2, "B、满意": 4, "Satisfied - 4": 4,
        "1 - Very satisfied": 5, "4 - Splendid": 4, "9 - Splendid": None, "x4": None, "n/a": None,
        # the words decide where the number is only that of the option
        "1. 非常满意": 5,
        "【5】非常满意": 5, "[4]": 4, "05": 5, "3 -": 3, "4 stars": 4, "2 / 5": 2, "5/10": None,
        "Very satisfied.": 5, "满意。": 4, "A．非常满意": 5, "①很不满意": 1, "５": 5, "−99": None,
        "4 (Splendid)": 4, "(非常满意)": 5, "–99.0": None, "-99.0": None,
    },
    "q_recommend": {
        "0 - Not at all likely": 1, "10 – Extremely likely": 11, "7 - Quite likely": 8,
        "Extremely likely (10)": 11, "0 (Not at all likely)": 1, "0（完全不可能）": 1, "10/10": 11,
    },
}  # fmt: skip


def wide(cells: dict[str, list[str]]) -> str:
    n = max(map(len, cells.values()))
    table = pd.DataFrame(
        {name: [*given, *[""] * (n - len(given))] for name, given in cells.items()}
    )
    table.insert(0, "response_id", [f"r{i}" for i in range(n)])
    table.insert(1, "survey_id", "w")
    table.insert(2, "answered_at", "2025-03-01")
    return table.to_csv(index=False)


def levels_of(engine: Engine) -> dict[tuple[str, str], int | None]:
    return {
        (question, answer): level
        for question, answer, level in engine.rows(
            "select question_text, answer_text, level from base_answer_codes "
            "where answer_text != ''"
        )
    }


def test_labels_with_numbers_are_read(engine: Engine) -> None:
    engine.lay({"survey_wide.csv": wide({name: list(given) for name, given in LABELS.items()})})
    assert not engine.run(*ANSWERS, max_unknown_answers=1)
    found = levels_of(engine)
    for question, given in LABELS.items():
        for answer, level in given.items():
            assert found.get((question, answer)) == level, answer


@pytest.mark.parametrize("is_wide", [True, False])
def test_a_question_is_turned_and_another_moved(engine: Engine, is_wide: bool) -> None:
    questions = pd.read_csv(SEEDS / "seed_questions.csv", dtype="str", keep_default_na=False)
    name = questions["question_id"]
    questions.loc[name == "q_care", "is_reversed"] = "true"
    questions.loc[name == "q_recommend", "first_level"] = "1"
    given = {"q_image": ["1", "5"], "q_care": ["1", "5", "满意"], "q_recommend": ["1", "11", "0"]}
    table = wide(given)
    if not is_wide:
        long = [
            {"response_id": f"r{i}", "survey_id": "w", "question_id": question, "answer": answer}
            for question, answers in given.items()
            for i, answer in enumerate(answers)
        ]
        table = (
            pd.DataFrame(long).assign(answered_at="2025-03-01", customer_id="").to_csv(index=False)
        )
    engine.lay({
        f"survey_{'wide' if is_wide else 'answers'}.csv": table,
        "questions.csv": questions.to_csv(index=False),
    })  # fmt: skip
    assert not engine.run("+" + ANSWERS[-1], max_unknown_answers=1)
    assert levels_of(engine) == {
        ("q_image", "1"): 1, ("q_image", "5"): 5,
        ("q_care", "1"): 5, ("q_care", "5"): 1, ("q_care", "满意"): 2,
        ("q_recommend", "1"): 1, ("q_recommend", "11"): 11,
    }  # fmt: skip
