"""Labels of options: numbers and letters beside the words, reversed and moved numbers."""

from __future__ import annotations

import csv
import io

import pytest

from tests.python.engine import ANSWERS, Engine

QUESTIONS = """question_id,factor_id,scale_id,role,text_zh,text_en,is_reversed,first_level
like,,satisfaction5_neutral,overall,?,?,,
turned,,satisfaction5_neutral,overall,?,?,true,
nps,,nps11,recommend,?,?,,
moved,,nps11,recommend,?,?,,1
"""
#: question, answer, level
READ = [
    ("like", "5 - Very satisfied", 5),
    ("like", "5. 非常满意", 5),
    ("like", "A.非常满意（5分）", 5),
    ("like", "(5) Very satisfied", 5),
    ("like", "很满意(5)", 5),
    # the words decide where the number is only that of the option
    ("like", "1. 非常满意", 5),
    ("turned", "5", 1),
    ("turned", "很不满意", 5),
    ("nps", "0 - Not at all likely", 1),
    ("nps", "10 – Extremely likely", 11),
    ("moved", "1", 1),
    ("moved", "11", 11),
]


@pytest.fixture(scope="module")
def levels(engine: Engine) -> dict[tuple[str, str], int]:
    """Each answer given by one person, and the level that it is read as."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["response_id", "question_id", "customer_id", "answer", "answered_at"])
    for i, (question, answer, _) in enumerate(READ):
        rows.writerow([f"R{i}", question, f"C{i}", answer, "2025-01-10"])
    engine.lay({"survey_answers.csv": text.getvalue(), "questions.csv": QUESTIONS})
    said = engine.run(*[model for model in ANSWERS if "gate" not in model])
    assert not said, said
    found = engine.rows("select question_text, answer_text, level from base_answer_codes")
    return {(question, answer): level for question, answer, level in found}


@pytest.mark.parametrize(("question", "answer", "level"), READ)
def test_the_level_of_a_label(
    levels: dict[tuple[str, str], int], question: str, answer: str, level: int
) -> None:
    assert levels.get((question, answer)) == level
