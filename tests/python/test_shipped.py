"""What belongs to a case: the shipped experts and scorecards go with the shipped questionnaire."""

from __future__ import annotations

import csv

import pytest

from scripts.cases import shipped_method
from tests.python.engine import Engine

BOUGHT = "transaction_id,customer_id,ordered_at,amount\nT1,C1,2025-01-10,5\n"
ANSWERED = "response_id,question_id,customer_id,answer,answered_at\nR1,q_speed,C1,4,2025-01-10\n"
QUESTIONS = "question_id,factor_id,scale_id,role,text_zh,text_en\n"
OVERALL = QUESTIONS + "whole,,satisfaction5,overall,?,?\n"
FACTORS = "factor_id,label_zh,label_en,sort_order\nsatisfaction,满意,Joy,2\nprice,价格,Price,1\n"
RATED = "".join(
    f"q_{name},{name},satisfaction5,performance,?,?\n" for name in ("satisfaction", "price")
)
JUDGED = "model,expert_id,parent_id,left_id,right_id,judgement\n"


def shipped(table: str) -> int:
    with shipped_method()[table].open(encoding="utf-8") as file:
        return len(list(csv.DictReader(file)))


def counted(engine: Engine, files: dict[str, str]) -> dict[str, int]:
    engine.lay(files)
    said = engine.run("+py_method_gate", bootstrap_draws=50)
    assert not said, said
    found = dict(engine.rows("select table_name, count(*) from method_rows group by table_name"))
    return {name: found.get(name, 0) for name in NONE}


NONE = dict.fromkeys(("ahp_experts", "ahp_judgements", "scorecard_parts", "scorecard_points"), 0)


@pytest.mark.parametrize("survey", ["survey_answers.csv", "survey_wide.csv"])
def test_who_asks_the_shipped_questionnaire_has_its_experts(engine: Engine, survey: str) -> None:
    found = counted(engine, {survey: ANSWERED.replace("question_id,", "q_speed,")})
    assert found == {table: shipped(table) for table in NONE}


@pytest.mark.parametrize(
    "files",
    [
        {"transactions.csv": BOUGHT},
        {"transactions.csv": BOUGHT, "survey_answers.csv": ANSWERED, "questions.csv": OVERALL},
        {
            "survey_answers.csv": ANSWERED,
            "questions.csv": QUESTIONS + RATED,
            "factors.csv": FACTORS,
        },
        {"survey_answers.csv": ANSWERED, "ahp_hierarchy.csv": "model,node_id,parent_id\n"},
    ],
    ids=["no survey", "a verdict only", "factors of its own", "a hierarchy of its own"],
)
def test_another_case_has_neither_experts_nor_scorecards(
    engine: Engine, files: dict[str, str]
) -> None:
    if "ahp_hierarchy.csv" in files:
        hierarchy = shipped_method()["ahp_hierarchy"].read_text("utf-8")
        files = files | {"ahp_hierarchy.csv": hierarchy}
    assert counted(engine, files) == NONE


def test_what_a_case_brings_is_its_own(engine: Engine) -> None:
    parts = shipped_method()["scorecard_parts"].read_text("utf-8").splitlines()
    hotel = "\n".join(line for line in parts if not line.startswith("retail"))
    points = shipped_method()["scorecard_points"].read_text("utf-8").splitlines()
    found = counted(
        engine,
        {
            "transactions.csv": BOUGHT,
            "ahp_experts.csv": "expert_id,weight\nme,1\n",
            "scorecard_parts.csv": hotel,
            "scorecard_points.csv": "\n".join(p for p in points if not p.startswith("retail")),
        },
    )
    assert found["ahp_experts"] == 1 and found["ahp_judgements"] == 0
    assert found["scorecard_parts"] == len(hotel.splitlines()) - 1
    assert found["scorecard_points"] > found["scorecard_parts"]


def hierarchy(engine: Engine, model: str) -> list[tuple[str, str | None]]:
    return engine.rows(
        "select row_json ->> 'node_id', row_json ->> 'parent_id' from method_rows "
        f"where table_name = 'ahp_hierarchy' and row_json ->> 'model' = '{model}' "
        "order by (row_json ->> 'sort_order')::integer, 1, 2"
    )


def test_factors_that_nobody_ordered_lie_side_by_side(engine: Engine) -> None:
    """Also one that is called as the shipped goal is."""
    files = {"survey_answers.csv": ANSWERED, "factors.csv": FACTORS}
    counted(engine, files | {"questions.csv": QUESTIONS + RATED})
    goal = "all_factors"
    assert hierarchy(engine, "satisfaction") == [
        (goal, None),
        ("price", goal),
        ("satisfaction", goal),
    ]
    assert len(hierarchy(engine, "loyalty")) == 13  # as shipped


def test_without_a_factor_that_is_asked_about_there_is_no_hierarchy(engine: Engine) -> None:
    counted(engine, {"survey_answers.csv": ANSWERED, "questions.csv": OVERALL})
    assert hierarchy(engine, "satisfaction") == []
    assert hierarchy(engine, "loyalty")


def test_judgements_of_factors_that_are_not_in_the_hierarchy_stop_the_build(engine: Engine) -> None:
    engine.lay(
        {
            "survey_answers.csv": ANSWERED,
            "questions.csv": QUESTIONS + RATED,
            "factors.csv": FACTORS,
            "ahp_judgements.csv": JUDGED + "satisfaction,me,all_factors,price,satisfaction,2\n",
        }
    )
    (said,) = engine.run("+py_method_gate", bootstrap_draws=50)
    assert "Factor price has performance questions but is not in the hierarchy" in said
