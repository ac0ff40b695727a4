"""Measures from raw files to their mart, against a slow loop over respondents."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.python.engine import Engine

WAVES = {"w1": "2025-03-10", "w2": "2025-06-10", "w3": "2025-09-10"}
COLUMNS = "action_id,factor_id,promise_id,category,segment_type,segment_value,"
COLUMNS += "started_on,due_on,done_on,target_points,cancelled\n"
ROWS = """\
north,speed,,,region,north,2025-04-01,2025-04-30,2025-05-11,10,
care,care,,,region,south,2025-04-01,,2025-04-30,,
late,speed,,,region,north,2025-04-01,2025-09-01,2025-05-12,30,
all,speed,,,,,2025-03-11,,2025-04-01,1,
total,speed,,,total,total,2025-03-11,,2025-04-01,1,
women,care,,,gender,f,2025-07-01,2025-08-31,,,
early,speed,,,gender,f,,,2025-08-30,,
first,speed,,,gender,f,2025-03-10,,,,
given up,speed,,,gender,f,2025-04-01,2025-05-01,2025-05-01,,true
promise,,first_response,,,,2025-04-01,2025-05-01,,,
bills,,,billing,,,2025-09-01,,,,
nobody,speed,,,region,unknown,2025-04-01,,2025-04-01,,
next year,speed,,,region,north,,2026-05-01,,,
"""
ACTIONS = COLUMNS + ROWS


def written(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def case() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return customers, of whom some move, and their answers, of which some are blank."""
    rng, people, answers = np.random.default_rng(3), [], []
    for number in range(60):
        who = f"C{number:02d}"
        region, gender = ("north", "south", "east")[number % 3], "fm"[number % 2]
        person = {"customer_id": who, "gender": gender, "valid_from": "", "region": region}
        people.append(person)
        if number % 10 == 0:  # moved between the first two waves
            people.append(person | {"valid_from": "2025-05-01", "region": "west"})
        for wave, day in WAVES.items():
            if rng.random() < 0.15:
                continue
            row: dict[str, Any] = {"survey_id": wave, "customer_id": who}
            row["response_id"] = f"{wave}{who}"
            row["answered_at"] = day
            for factor, questions in (("speed", 2), ("care", 1)):
                mean = 2.3 + 1.7 * (factor == "speed" and region == "north" and wave > "w1")
                for i in range(questions):
                    level = int(np.clip(round(rng.normal(mean, 1)), 1, 5))
                    row[f"{factor}{i}"] = "" if rng.random() < 0.1 else level
            if number == 59:
                row["customer_id"] = ""  # who is anonymous never answers twice
            answers.append(row)
    return people, answers


@pytest.fixture(scope="module")
def measured(engine: Engine) -> dict[str, dict[str, Any]]:
    people, answers = case()
    questions = [
        {"question_id": f"{factor}{i}", "factor_id": factor, "scale_id": "satisfaction5"}
        | {"role": "performance"}
        for factor, i in (("speed", 0), ("speed", 1), ("care", 0))
    ]
    engine.lay(
        {
            "customers.csv": written(people),
            "survey_wide.csv": written(answers),
            "questions.csv": written(questions),
            "factors.csv": "factor_id\nspeed\ncare\n",
            "actions.csv": ACTIONS,
        }
    )
    dbt_vars = {"segment_by": ["region", "gender"], "min_respondents": 5}
    assert engine.run("+fct_improvement_actions", as_of_date="2025-09-10", **dbt_vars) == []
    rows = engine.rows("select to_json(found) from fct_improvement_actions as found")
    return {row["action_id"]: row for row in (json.loads(text) for (text,) in rows)}


def scores(factor: str) -> dict[tuple[str, str], float]:
    """Return the score of every customer in every wave, 0 to 100."""
    found = {}
    for row in case()[1]:
        given = [row[name] for name in row if name.startswith(factor) and row[name] != ""]
        if row["customer_id"] and given:
            found[row["survey_id"], row["customer_id"]] = 25 * (float(np.mean(given)) - 1)
    return found


def attributes(who: str, on: str) -> dict[str, str]:
    """Return the attributes of a customer on a day, and that it is one of all."""
    versions = [p for p in case()[0] if p["customer_id"] == who and p["valid_from"] <= on]
    return max(versions, key=lambda version: version["valid_from"]) | {"total": "total"}


def slow(action: dict[str, str]) -> dict[bool, list[float]]:
    """List the changes of the treated and the others, customer by customer."""
    began = action["started_on"] or action["done_on"]
    shown = date.fromisoformat(action["done_on"] or began) + timedelta(days=30)
    before = max((w for w in WAVES if WAVES[w] < began), key=lambda w: WAVES[w])
    after = min((w for w in WAVES if WAVES[w] >= str(shown)), key=lambda w: WAVES[w])
    kind, value = action["segment_type"] or "total", action["segment_value"] or "total"
    found, said = defaultdict(list), scores(action["factor_id"])
    for (wave, who), score in said.items():
        if wave == before and (after, who) in said:
            is_treated = attributes(who, WAVES[before])[kind] == value
            found[is_treated].append(said[after, who] - score)
    return found


@pytest.mark.parametrize("name", ["north", "care", "late", "women"])
def test_effects_are_those_of_a_loop_over_respondents(
    measured: dict[str, dict[str, Any]], name: str
) -> None:
    [action] = [row for row in csv.DictReader(io.StringIO(ACTIONS)) if row["action_id"] == name]
    row, groups = measured[name], slow(action)
    treated, others = groups[True], groups[False]
    assert (row["n_treated"], row["n_control"]) == (len(treated), len(others))
    assert min(len(treated), len(others)) > 8
    assert row["paired_change"] == pytest.approx(np.mean(treated))
    assert row["control_change"] == pytest.approx(np.mean(others))
    assert row["net_effect"] == pytest.approx(np.mean(treated) - np.mean(others))
    test = stats.ttest_ind(treated, others, equal_var=False)
    low, high = test.confidence_interval(0.95)
    assert (row["net_effect_low"], row["net_effect_high"]) == pytest.approx((low, high))
    assert row["p_value"] == pytest.approx(test.pvalue)
    verdict = "worked" if low > 0 else "worse" if high < 0 else "no_effect_seen"
    assert (row["verdict"], row["verdict_reason"]) == (verdict, None)
    assert row["is_reliable"]


def test_waves_are_chosen_by_days(measured: dict[str, dict[str, Any]]) -> None:
    """11 May and 30 days are 10 June, the day of the second wave; a day more is too late."""
    waves = {n: (r["before_survey_id"], r["after_survey_id"]) for n, r in measured.items()}
    assert waves["north"] == ("w1", "w2")
    assert waves["late"] == ("w1", "w3")
    assert waves["women"] == ("w2", "w3")
    assert waves["early"] == ("w2", None)
    assert waves["first"] == (None, "w2")
    assert measured["north"]["verdict"] == "worked"
    q_values = [r["q_value"] for r in measured.values() if r["q_value"] is not None]
    p_values = [r["p_value"] for r in measured.values() if r["p_value"] is not None]
    assert sorted(q_values) == pytest.approx(sorted(stats.false_discovery_control(p_values)))


def test_status_and_days(measured: dict[str, dict[str, Any]]) -> None:
    status = {name: (row["status"], row["days_overdue"]) for name, row in measured.items()}
    assert status == {
        **dict.fromkeys(("north", "care", "late", "all", "total", "nobody"), ("done", None)),
        "early": ("done", None),
        "women": ("overdue", 10),
        "promise": ("overdue", 132),
        "first": ("running", None),
        "bills": ("running", None),
        "given up": ("cancelled", None),
        "next year": ("planned", None),
    }


def test_what_is_not_measured_says_why(measured: dict[str, dict[str, Any]]) -> None:
    found = {n: (r["verdict"], r["verdict_reason"]) for n, r in measured.items()}
    assert found["all"] == found["total"] == ("not_measurable", "no_comparison")
    assert found["early"] == found["next year"] == ("too_early", "no_wave_after")
    assert found["first"] == ("not_measurable", "no_wave_before")
    assert found["given up"] == ("not_measurable", "cancelled")
    assert found["promise"] == ("not_measurable", "no_factor")
    assert found["nobody"] == ("not_measurable", "too_few_pairs")
    of_all, changes = measured["all"], slow({"segment_type": "", "segment_value": "", "factor_id":
        "speed", "started_on": "2025-03-11", "done_on": "2025-04-01"})[True]  # fmt: skip
    assert of_all["paired_change"] == pytest.approx(np.mean(changes))
    low, high = stats.ttest_1samp(changes, 0).confidence_interval(0.95)
    ends = of_all["paired_change_low"], of_all["paired_change_high"]
    assert ends == pytest.approx((low, high))
    assert (of_all["net_effect"], of_all["control_change"]) == (None, None)


def test_targets_are_of_the_change(measured: dict[str, dict[str, Any]]) -> None:
    for name, target in {"north": 10, "late": 30, "all": 1}.items():
        assert measured[name]["is_target_met"] == (measured[name]["paired_change"] >= target)
    assert measured["care"]["is_target_met"] is None


def test_scores_before_and_after_are_those_of_the_segment(
    measured: dict[str, dict[str, Any]],
) -> None:
    """All answers of the segment count, of customers as they are at each wave."""
    for name, kind, value in (("north", "region", "north"), ("care", "region", "south")):
        factor = {"north": "speed", "care": "care"}[name]
        for wave, column in (("w1", "before_score"), ("w2", "after_score")):
            given = [
                row[q]
                for row in case()[1]
                for q in row
                if row["survey_id"] == wave and row["customer_id"] and q.startswith(factor)
                and row[q] != "" and attributes(row["customer_id"], WAVES[wave])[kind] == value
            ]  # fmt: skip
            assert measured[name][column] == pytest.approx(25 * (np.mean(given) - 1))
