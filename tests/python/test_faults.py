"""The fault suite itself: its oracle by hand, its seeds, and how it goes on where it stopped."""

from __future__ import annotations

import datetime
from fractions import Fraction
from pathlib import Path

import pytest

from tests.faults import drawing, inputs, oracle, trials

FIVE = [Fraction(value) for value in (1, 2, 3, 4, 5)]
#: speed weighs 0.5, care 0.3 and price 0.2, as in docs/methods/survey/satisfaction-index.md
METHOD = oracle.Method(
    questions={
        "speed": oracle.Question("speed", "five", "performance"),
        "care_1": oracle.Question("care", "five", "performance"),
        "care_2": oracle.Question("care", "five", "performance"),
        "price": oracle.Question("price", "five", "performance"),
        "nps": oracle.Question(None, "marks", "recommend"),
    },
    values={"five": FIVE, "marks": [Fraction(mark) for mark in range(11)]},
    satisfied_from={"five": 3, "marks": 10},
    spellings={
        "five": {str(level): level for level in range(1, 6)} | {"n/a": None},
        "marks": {str(mark): mark + 1 for mark in range(11)},
    },
    weights={"speed": Fraction(1, 2), "care": Fraction(3, 10), "price": Fraction(1, 5)},
    min_coverage=Fraction(1, 2),
    last_day=datetime.date(2025, 12, 31),
)
NOBODY_KNOWN = oracle.Segments((), {})


def row(customer: str, question: str, answer: str, **other: str) -> dict[str, str]:
    """Return a raw answer; the response is the customer's."""
    fixed = {"response_id": f"r {customer}", "survey_id": "w", "customer_id": customer}
    asked = {"question_id": question, "answer": answer, "answered_at": "2025-03-05", "channel": ""}
    return fixed | asked | other


def given(*answers: tuple[str, str, str]) -> list[oracle.Answer]:
    """Settle answers of which none may be refused."""
    found, refused = oracle.settled([row(*answer) for answer in answers], METHOD)
    assert not refused
    return found


ANSWERS = [
    *[("ann", "speed", "5"), ("ann", "care_1", "4"), ("ann", "care_2", "3"), ("ann", "price", "2")],
    *[("bo", "speed", "3"), ("bo", "price", "4.0"), ("bo", "care_1", "n/a"), ("cy", "price", "１")],
]


def test_the_oracle_finds_the_indices_that_the_docs_compute_by_hand() -> None:
    found = oracle.figures(given(*ANSWERS), METHOD, NOBODY_KNOWN, {"w": 4})
    customers = found["fct_customer_satisfaction"]
    assert customers["w", "ann"]["satisfaction_index"] == pytest.approx(79.0)
    assert customers["w", "ann"]["satisfaction_index_0_100"] == pytest.approx(73.75)
    assert customers["w", "bo"]["satisfaction_index"] == pytest.approx(65.714285714)
    assert customers["w", "bo"]["n_missing_answers"] == 1
    assert customers["w", "cy"]["satisfaction_index"] is None  # 0.2 of the weights
    total = found["fct_segment_satisfaction"]["w", "total", "total"]
    assert total["satisfaction_index"] == pytest.approx(70 + 1 / 3)
    assert total["mean_customer_index"] == pytest.approx(72.357142857)
    price = found["fct_segment_factor_satisfaction"]["w", "total", "total", "price"]
    assert [price[f"n_level_{level}"] for level in (1, 2, 3, 4, 5, 6)] == [1, 1, 0, 1, 0, None]
    rate = found["fct_survey_scores"]["w", "total", "total", "response_rate", "survey"]
    assert (rate["n_counted"], rate["score"]) == (3, 75.0)


def test_the_oracle_finds_the_net_promoter_score() -> None:
    """Half promoters, 30 of 100 passive, 20 detractors."""
    marks = ["10"] * 50 + ["8"] * 30 + ["3"] * 20
    answers = given(*((f"c{i}", "nps", mark) for i, mark in enumerate(marks)))
    found = oracle.figures(answers, METHOD, NOBODY_KNOWN, {})["fct_survey_scores"]
    of = {measure: row["score"] for (*_, measure, _), row in found.items()}
    assert of == {"item_nonresponse": 0, "mean": 8, "nps": 30} | {
        "promoters": 50,
        "passives": 30,
        "detractors": 20,
        "bottom_box": 0,
    }


def test_the_oracle_finds_the_standard_error_that_the_docs_compute_by_hand() -> None:
    """Spring of docs/methods/survey/uncertainty.md: index 66, standard error 14.22."""
    weights = {"speed": Fraction(3, 5), "care": Fraction(2, 5)}
    method = oracle.Method(**{**vars(METHOD), "weights": weights})
    spring = [("ann", "speed", "5"), ("ann", "care_1", "4"), ("bo", "speed", "3")]
    spring += [("bo", "care_1", "4"), ("cy", "speed", "4"), ("di", "speed", "2")]
    answers = given(*spring, ("di", "care_1", "1"))
    found = oracle.figures(answers, method, NOBODY_KNOWN, {})["fct_segment_satisfaction"]
    total = found["w", "total", "total"]
    assert total["satisfaction_index"] == pytest.approx(66)
    assert total["standard_error"] == pytest.approx(14.22, abs=5e-3)


def test_the_oracle_refuses_what_the_docs_refuse() -> None:
    rows = [
        row("a", "speed", "5"),
        row("a", "speed", "4", answered_at="2025-03-06"),
        row("a", "speed", "3", answered_at="2025-02-30"),
        row("b", "speed", "6"),
        row("b", "parking", "5"),
        row("b", "price", "5", answered_at="2026-01-01"),
        row("b", "price", "5", survey_id=" "),
        row("b", "price", "5", response_id=""),
    ]
    answers, refused = oracle.settled(rows, METHOD)
    assert [(a.customer, a.level) for a in answers] == [("a", 4)]
    assert refused == {
        ("r a | speed | w", "superseded"): 1,
        ("r a | speed | w", "not_a_date"): 1,
        ("r b | speed | w", "unknown_answer"): 1,
        ("r b | parking | w", "unknown_question"): 1,
        ("r b | price | w", "in_future"): 1,
        ("r b | price | ?", "missing_survey"): 1,
        ("? | price | w", "missing_key"): 1,
    }


def test_a_seed_repeats_a_pack_of_surveys() -> None:
    first, again, other = (drawing.draw(seed, 3) for seed in (5, 5, 6))
    assert first.files() == again.files() != other.files()
    assert first.options() == again.options()


def test_a_seed_repeats_bad_inputs() -> None:
    def told(seed: int) -> str:
        return inputs.trial(seed).split(": ")[0]

    assert [told(seed) for seed in (2, 3)] == [told(seed) for seed in (2, 3)]


def test_what_went_well_is_left_out_of_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    journal = trials.Journal(path)

    def fails() -> str:
        raise trials.PromiseError("a reader saw\nhalf a build")

    journal.add(trials.run("kills", 1, lambda: "publish killed at 5%: …, 20 reads"))
    journal.add(trials.run("kills", 2, fails))
    journal.add(trials.run("kills", 3, lambda: str(1 / 0)))
    path.write_text(path.read_text("utf-8") + "kills,4,o", "utf-8")  # killed while it was writing
    assert [trials.Journal(path).is_done("kills", seed) for seed in (1, 2, 3, 4)] == [
        *(True, False, False, False)
    ]
    assert trials.table(journal.trials()).splitlines()[-1] == "| kills | 3 | 20 reads | 2 |"
    assert journal.trials()[1].detail == "a reader saw half a build"
    assert "ZeroDivisionError" in journal.trials()[2].detail
