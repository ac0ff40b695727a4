"""Answer sheets: what they hold is what a look at every row for itself would keep.

The reference ranks every row of a key in plain Python; it knows nothing of digits, of exclusive or,
or of responses that pass by because nothing is repeated in them.
"""

from __future__ import annotations

import csv
import io
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

import pytest

from tests.python.engine import ANSWERS, Engine

COLUMNS = ["response_id", "question_id", "survey_id", "customer_id", "answer", "answered_at"]
# more questions than one sheet holds, of two scales
QUESTIONS = ["q_image", "q_care", "q_attitude", "q_speed", "q_recommend", "q_effort", "i_care"]
SPELLINGS = {
    "q_recommend": {"0": 1, "10": 11, "７": 8, "1": 2, "5": 6, "": None},
    "q_effort": {"1": 1, "5": 5, "7": 7, "": None},
    "i_care": {"1": 1, "5": 5, "": None},
}
FIVE = {"5": 5, "1": 1, "非常满意": 5, " 4": 4, "SATISFIED　": 4, "1.0": 1, "N/A": None, "": None}
BLANKS = " \t\r\n\u00a0\u3000\ufeff"

Row = dict[str, str]


def draw(chance: random.Random, n_responses: int) -> list[Row]:
    """Draw answers in which keys repeat in every way that was thought of."""
    rows: list[Row] = []
    for number in range(n_responses):
        survey, customer = chance.choice(["w1", "w2"]), f"c{chance.randint(1, n_responses // 2)}"
        session = [
            {
                "response_id": f"r{number}",
                "question_id": question,
                "survey_id": survey,
                "customer_id": chance.choice([customer, customer, ""])
                if number % 9 == 0
                else customer,
                "answer": chance.choice(list(SPELLINGS.get(question, FIVE))),
                "answered_at": f"2025-03-0{chance.randint(1, 3)} 10:00",
            }
            for question in QUESTIONS
            if chance.random() < 0.9
        ]
        rows += session
        if not session:
            continue
        kind = number % 12
        if kind == 0:  # the whole session once more, later
            rows += [row | {"answered_at": "2025-03-09", "answer": "1"} for row in session]
        elif kind == 1:  # exact copies, more of them than a digit could hold
            rows += [session[0]] * chance.choice([1, 2, 15, 16])
        elif kind == 2:  # a tie in time with another answer
            rows.append(session[-1] | {"answer": chance.choice(["1", "5", ""])})
        elif kind == 3:  # of another customer
            rows.append(session[0] | {"customer_id": "c0", "answered_at": "2025-03-08"})
        elif kind == 4:  # in another survey
            other = "w1" if survey == "w2" else "w2"
            rows += [row | {"survey_id": other, "answered_at": "2025-03-07"} for row in session[:2]]
        elif kind == 5:  # spelled with blanks
            rows.append(session[0] | {"response_id": f" r{number}　", "answered_at": "2025-03-06"})
        elif kind == 6:  # an older version, and one without a time
            rows.append(session[0] | {"answered_at": "2025-01-01"})
            rows.append(session[-1] | {"answered_at": ""})
        elif kind == 7:  # a newer version that is refused
            rows.append(session[0] | {"answer": "??", "answered_at": "2025-03-09"})
        elif kind == 8:  # refused for every reason
            rows.append(session[0] | {"question_id": "q_unknown"})
            rows.append(session[0] | {"response_id": "  "})
            rows.append(session[0] | {"survey_id": ""})
            rows.append(session[0] | {"answered_at": "next week", "answer": "5"})
            rows.append(session[0] | {"answered_at": "2999-01-01", "answer": "5"})
    chance.shuffle(rows)
    return rows


def csv_text(rows: Iterable[Row]) -> str:
    text = io.StringIO()
    rows = list(rows)
    writer = csv.DictWriter(text, rows[0] if rows else COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def slow_look(rows: Iterable[Row]) -> tuple[Counter[Any], Counter[Any]]:
    """Count the kept answers (response, question, survey, customer, level) and the refused ones."""
    versions = defaultdict(list)
    refused: Counter[Any] = Counter()
    for raw in rows:
        row = {name: text.strip(BLANKS) for name, text in raw.items()}
        levels = SPELLINGS.get(row["question_id"], FIVE)
        known = {spelling.strip(BLANKS): level for spelling, level in levels.items()}
        if not row["response_id"]:
            refused["missing_key"] += 1
        elif row["answered_at"] == "next week":
            refused["not_a_date"] += 1
        elif row["answered_at"].startswith("2999"):
            refused["in_future"] += 1
        elif not row["survey_id"]:
            refused["missing_survey"] += 1
        elif row["question_id"] not in QUESTIONS:
            refused["unknown_question"] += 1
        elif row["answer"] not in known:
            refused["unknown_answer"] += 1
        else:
            versions[row["survey_id"], row["response_id"], row["question_id"]].append(row)
    kept: Counter[Any] = Counter()
    for (survey, response, question), found in versions.items():
        # an unknown time, customer or answer comes last; then the content decides
        time = {row["answered_at"]: row["answered_at"].ljust(16) for row in found}
        names = ("customer_id", "answer", "answered_at")
        newest = max(found, key=lambda row: (time[row["answered_at"]], *(row[n] for n in names)))
        levels = {k.strip(BLANKS): v for k, v in SPELLINGS.get(question, FIVE).items()}
        customer = newest["customer_id"] or f"anonymous {survey} | {response}"
        kept[response, question, survey, customer, levels[newest["answer"]]] += 1
        refused["superseded"] += len(found) - 1
    return kept, refused


def in_columns(engine: Engine) -> Counter[Any]:
    """Read the column of every question."""
    questions = [
        row[0]
        for row in engine.rows("select question_id from method_questions where role <> 'comment'")
    ]
    words = ", ".join(f'"{question}"' for question in questions)
    found: Counter[Any] = Counter()
    rows = engine.rows(f"select response_id, survey_id, customer_id, {words} from stg_responses")
    for response, survey, customer, *levels in rows:
        for question, level in zip(questions, levels, strict=True):
            if level is not None:
                found[response, question, survey, customer, level or None] += 1
    return found


@pytest.mark.parametrize("seed", range(3))
def test_sheets_hold_what_a_look_at_every_row_would_keep(engine: Engine, seed: int) -> None:
    rows = draw(random.Random(seed), 240)
    kept, refused = slow_look(rows)
    engine.lay({"survey_answers.csv": csv_text(rows)})
    waves = ["int_respondent_answers"]
    assert not engine.run(*ANSWERS, "stg_answers", *waves, max_unknown_answers=1)
    assert in_columns(engine) == kept
    reasons = engine.rows("select reject_reason, count(*) from base_refused_answers group by all")
    assert dict(reasons) == dict(refused)
    # the same as rows
    window = engine.rows(
        "select response_id, question_id, survey_id, customer_id, level from stg_answers"
    )
    assert Counter(window) == kept
    responses = {(survey, customer, r) for r, _, survey, customer, _ in kept}
    per_wave = Counter((survey, customer) for survey, customer, _ in responses)
    waves = engine.rows("select survey_id, customer_id, n_responses from int_respondent_answers")
    assert {(survey, customer): n for survey, customer, n in waves} == per_wave
    assert len(waves) == len(per_wave)
    # q_image is the only question about its factor
    images = Counter(
        (survey, customer, level)
        for _, question, survey, customer, level in kept.elements()
        if question == "q_image"
    )
    counts = ", ".join([*(f"image_level_{level}" for level in range(1, 6)), "image_blank"])
    found = engine.rows(f"select survey_id, customer_id, {counts} from int_respondent_answers")
    assert len(found) == len(per_wave)
    for survey, customer, *levels in found:
        expected = [images[survey, customer, level] for level in (1, 2, 3, 4, 5, None)]
        assert levels == expected, customer
    counted = engine.rows("select sum(n_answers), sum(n_valid_answers) from stg_responses")
    assert counted == [(kept.total(), sum(n for key, n in kept.items() if key[-1] is not None))]


def test_clean_answers_are_looked_at_once(engine: Engine) -> None:
    rows = [
        dict(zip(COLUMNS, (f"r{i}", question, "w", f"c{i}", "5", "2025-03-01"), strict=True))
        for i in range(30)
        for question in QUESTIONS
    ]
    engine.lay({"survey_answers.csv": csv_text(rows)})
    assert not engine.run(*ANSWERS, max_unknown_answers=1)
    assert engine.rows("select count(*) from base_refused_answers") == [(0,)]
    assert in_columns(engine).total() == len(rows)
