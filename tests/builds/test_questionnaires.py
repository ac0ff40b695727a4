"""Questionnaires of no weighted factor, of one, and of forty: summary and report read well."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.shared import Built, run_build

WAVES = ("2025q1", "2025q2")
RESPONDENTS = 40
SIZES = (0, 1, 40)


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def level(customer: int, factor: int, wave: int) -> int:
    """Return an answer from 1 to 5 that hangs on the customer more than on the factor."""
    return 1 + (customer + (customer * (factor + 2)) // 7 % 2 + wave) % 5


def questionnaire(folder: Path, n_factors: int) -> Path:
    """Write a case that asks about so many factors, and for a verdict; nobody has judged."""
    folder.mkdir(parents=True)
    names = [f"f{number:02d}" for number in range(1, n_factors + 1)]
    texts = {"text_zh": "您满意吗？", "text_en": "How satisfied are you?"}
    questions = [
        {"question_id": f"q_{name}", "factor_id": name, "scale_id": "satisfaction5"}
        | {"role": "performance"}
        | texts
        for name in names
    ]
    whole = {"question_id": "total", "factor_id": "", "scale_id": "satisfaction5"}
    write(folder / "questions.csv", [*questions, whole | {"role": "overall"} | texts])
    if names:
        labels = [{"label_zh": f"因素{name}", "label_en": f"Factor {name}"} for name in names]
        rows = [{"factor_id": n} | label for n, label in zip(names, labels, strict=True)]
        write(folder / "factors.csv", rows)
    answers = []
    for wave, survey in enumerate(WAVES):
        for customer in range(RESPONDENTS):
            answers.append(
                {"response_id": f"{survey}-{customer}", "survey_id": survey}
                | {"customer_id": f"C{customer:03d}", "answered_at": f"2025-0{3 + 3 * wave}-20"}
                | {f"q_{n}": level(customer, i, wave) for i, n in enumerate(names)}
                | {"total": level(customer, 0, wave)}
            )
    write(folder / "survey_wide.csv", answers)
    regions = ({"customer_id": f"C{c:03d}", "region": "ns"[c % 2]} for c in range(RESPONDENTS))
    write(folder / "customers.csv", list(regions))
    return folder


@pytest.fixture(scope="module", params=SIZES)
def asked(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[tuple[int, Built]]:
    folder = tmp_path_factory.mktemp("asked")
    data = questionnaire(folder / "data", request.param)
    built = run_build(folder / "target", "--data", str(data), report=True, min_respondents=10)
    assert built.code == 0, built.out + built.err
    yield request.param, built


def test_the_summary_says_what_there_is(asked: tuple[int, Built]) -> None:
    n, built = asked
    assert not re.search(r"\b(nan|NaN|None|inf)\b", built.out), built.out
    assert ("Satisfaction index" in built.out) == (n > 0)
    assert ("Overall verdicts, for no factor was asked about" in built.out) == (n == 0)
    weights = "Weights of satisfaction: all 40 factors weigh the same, for no expert has judged"
    assert (weights in built.out) == (n == 40)
    assert ("Weights of satisfaction" in built.out) == (n == 40)
    assert "AHP" not in built.out
