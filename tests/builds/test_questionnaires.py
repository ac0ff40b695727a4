"""Questionnaires of no weighted factor, of one, and of forty: summary and report read well."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from reports import pages
from reports.language import CHINESE, ENGLISH
from reports.marts import Marts
from reports.parts import Figure, Missing, Page
from scripts import areas
from tests.bi.pages import is_presentable, texts
from tests.python.engine import Engine
from tests.shared import Built

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
def asked(
    request: pytest.FixtureRequest, engine: Engine, tmp_path_factory
) -> Iterator[tuple[int, Built]]:
    folder = tmp_path_factory.mktemp("asked")
    data = questionnaire(folder / "data", request.param)
    arguments = ("--data", str(data))
    built = engine.build(
        folder / "target", *arguments, report=True, min_respondents=10, areas=areas.every()
    )
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


@pytest.fixture(scope="module")
def read(asked: tuple[int, Built]) -> Iterator[dict[str, Page]]:
    with closing(Marts(asked[1].target / "marts.duckdb")) as marts:
        yield {page.key: page for page in pages.of(marts)}


def figures(page: Page) -> set[str]:
    return {part.key for part in page.parts if isinstance(part, Figure)}


def test_the_index_is_the_mean_of_factors_that_weigh_the_same(asked: tuple[int, Built]) -> None:
    n, built = asked
    found = built.rows(
        "select satisfaction_index from fct_segment_satisfaction "
        "where segment_type = 'total' order by survey_id"
    )
    means = [
        sum(level(c, i, wave) for c in range(RESPONDENTS) for i in range(n)) / RESPONDENTS / n
        for wave in range(len(WAVES))
        if n
    ]
    assert [index for (index,) in found] == pytest.approx([20 * mean for mean in means])


def test_the_satisfied_share_is_that_of_the_verdicts(asked: tuple[int, Built]) -> None:
    found = asked[1].rows(
        "select score from fct_survey_scores join dim_waves using (survey_id) "
        "where segment_type = 'total' and measure = 'satisfied_share' and role = 'overall' "
        "order by wave_number"
    )
    shares = [
        100 * sum(level(c, 0, wave) >= 3 for c in range(RESPONDENTS)) / RESPONDENTS
        for wave in range(len(WAVES))
    ]
    assert [share for (share,) in found] == pytest.approx(shares)


def test_no_page_asks_for_answers_or_shows_a_shipped_expert(read: dict[str, Page]) -> None:
    for page in read.values():
        assert is_presentable(page)
        assert not re.search("survey_answers|survey_wide|CR |judgement matri", texts(page)), (
            page.key
        )


def test_the_first_pages_draw_what_was_asked(
    asked: tuple[int, Built], read: dict[str, Page]
) -> None:
    n, _ = asked
    overview, satisfaction = figures(read["overview"]), figures(read["satisfaction"])
    whole = "satisfied-share-by-wave"
    assert (whole in overview, "index-by-wave" in overview) == (n == 0, n > 0)
    assert (whole in satisfaction, "levels" in satisfaction) == (n == 0, n > 0)
    assert "quadrants" not in overview  # one factor, or as many factors as respondents
    if n == 0:
        title = read["overview"].parts[0].title
        assert title(ENGLISH) == (
            "The satisfied share is 60.0 %, +2.5 percentage points since the wave before, "
            "within chance"
        )
        assert title(CHINESE) == "满意客户占比 60.0 %：较上期 +2.5 个百分点，在随机波动之内"
        assert "satisfied-share-by-segment" in satisfaction


def test_what_cannot_be_told_has_a_reason(asked: tuple[int, Built], read: dict[str, Page]) -> None:
    said = {
        part.title(ENGLISH): part.fix(ENGLISH)
        for page in read.values()
        for part in page.parts
        if isinstance(part, Missing)
    }
    reasons = {
        0: ("No ratings of factors", "No question asks how a factor performs"),
        1: ("No loyalty class", "A survey must also ask for the probability of buying again"),
        40: ("No drivers", "too few respondents for so many factors"),
    }
    title, reason = reasons[asked[0]]
    assert reason in said[title]


def test_nobody_is_advised_on_a_factor_that_was_not_asked_about(
    asked: tuple[int, Built],
) -> None:
    n, built = asked
    lines = {line for (line,) in built.rows("select distinct line_id from fct_next_best_action")}
    of_a_factor = {"fix_service", "steady"}
    assert (lines & of_a_factor == of_a_factor) == (n > 0)
    # who rates every factor as the best has no weakest one either
    assert lines - of_a_factor == {"keep_in_touch"} | ({"ask_what_failed"} if n == 0 else set())
