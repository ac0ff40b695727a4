"""Keys: responses within their survey, ids that a spreadsheet damaged, ids that join nothing."""

from __future__ import annotations

import pytest

from tests.python.engine import ANSWERS, Engine

ITEMS = ["q_care", "q_image", "q_speed"]
# means of 3.5 and 2.6 on five levels are 70 and 52 of 100
WAVES = {"2025q1": [5, 5, 4, 4, 4, 4, 3, 3, 2, 1], "2025q2": [4, 4, 3, 3, 3, 3, 2, 2, 1, 1]}


def wide(name: str = "") -> str:
    """Two waves whose responses are numbered from 1; who answered has a name, or none."""
    rows = [
        f"{i},{name and name + str(i)},{wave},2025-0{3 * number}-{i:02}" + f",{level}" * 3
        for number, (wave, levels) in enumerate(WAVES.items(), 1)
        for i, level in enumerate(levels, 1)
    ]
    return "\n".join([f"response_id,customer_id,survey_id,answered_at,{','.join(ITEMS)}", *rows])


@pytest.mark.parametrize("name", ["C", ""])
def test_running_numbers_of_two_waves_lose_nothing(engine: Engine, name: str) -> None:
    engine.lay({"survey_wide.csv": wide(name)})
    assert not engine.run(*ANSWERS, "stg_answers", "int_respondent_answers")
    assert engine.rows("select count(*) from base_refused_answers") == [(0,)]
    means = "select survey_id, avg(level) * 20 from stg_answers group by 1 order by 1"
    assert engine.rows(means) == [("2025q1", 70.0), ("2025q2", 52.0)]
    people = "select count(distinct customer_id), bool_or(is_anonymous) from int_respondent_answers"
    assert engine.rows(people) == [(10, False) if name else (20, True)]
    if not name:
        one = (
            "select count(*) from int_respondent_answers where customer_id = 'anonymous 2025q2 | 1'"
        )
        assert engine.rows(one) == [(1,)]


PEOPLE = ["1.38E+10", "1.38E+10", "0912345678", "c005", "C006 ", "C-007", "8619900000000", ""]
KNOWN = ["13800138001", "912345678", "C005", "C006", "C007", "8.6138E+12"]


def test_damaged_ids_are_refused_and_near_ids_are_named(engine: Engine) -> None:
    answers = [f"r{i},{person},2025-03-03,4,4,4" for i, person in enumerate(PEOPLE)]
    answers.append('"1,4E+5",C006,2025-03-03,4,4,4')
    bought = [f"t{i},{person},2025-03-03,5" for i, person in enumerate(PEOPLE[:-1])]
    heads = {
        "survey_wide": (f"response_id,customer_id,answered_at,{','.join(ITEMS)}", answers),
        "transactions": ("transaction_id,customer_id,ordered_at,amount", bought),
        "customers": ("customer_id", KNOWN),
    }
    engine.lay({f"{table}.csv": "\n".join([head, *rows]) for table, (head, rows) in heads.items()})
    assert not engine.check("+customer_links", "+rejected_rows", "+stg_answers")
    refused = (
        "select table_name, column_name, offending_value, count(*) from rejected_rows "
        "where reason = 'damaged_key' group by all order by all"
    )
    assert engine.rows(refused) == [
        ("customers", "customer_id", "8.6138E+12", 1),
        ("survey_wide", "customer_id", "1.38E+10", 6),
        ("survey_wide", "response_id", "1,4E+5", 3),
        ("transactions", "customer_id", "1.38E+10", 2),
    ]
    # and as rows
    kept = "select count(distinct response_id), count(*) from stg_answers"
    assert engine.rows(kept) == [(6, 18)]
    assert engine.rows("select count(*) from stg_responses") == [(6,)]
    near = "0912345678 → 912345678, C-007 → C007, c005 → C005"
    links = "select * from customer_links where n_customers > 0 order by table_name"
    assert engine.rows(links) == [
        ("survey_wide", 5, 1, 3, near),
        ("transactions", 5, 1, 3, near),
    ]
