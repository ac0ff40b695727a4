"""Which rows and figures of single marts are withheld, looked at one by one."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from satisfaction.disclosure.cells import Mart, Plan, Verdict, judge, plan_of
from satisfaction.disclosure.rules import Rule

LEAST = 5


def by_wave(counts: dict[str, dict[str, int]], kind: str = "region", **rule: Any) -> Mart:
    """Return a mart of waves: counts by wave and segment, and the total."""
    rows = [
        {"survey_id": wave, "segment_type": kind, "segment_value": value, "n": n}
        for wave, values in counts.items()
        for value, n in values.items()
    ]
    rows += [
        {"survey_id": wave, "segment_type": "total", "segment_value": "total", "n": sum(v.values())}
        for wave, v in counts.items()
    ]
    grain = ("survey_id", "segment_type", "segment_value")
    return Mart("fct", pd.DataFrame(rows), grain, Rule(**{"people": ("n",)} | rule))


def hidden(mart: Mart, verdict: Verdict) -> set[tuple[str, str]]:
    """Return wave and segment of the rows that are withheld."""
    rows = mart.rows[verdict.status == "suppressed"]
    return set(zip(rows[mart.period or ""], rows.segment_value, strict=True))


def test_the_same_segments_in_every_wave() -> None:
    counts = {"w1": {"a": 3, "b": 20, "c": 30, "d": 40}, "w2": {"a": 9, "b": 20, "c": 30, "d": 40}}
    mart = by_wave(counts)
    plan = plan_of([mart], LEAST)
    assert plan.values == {"region": {"a", "b", "c"}}
    verdict = judge(mart, plan)
    assert hidden(mart, verdict) == {(wave, value) for wave in counts for value in "abc"}
    assert [other["n"] for other in verdict.others] == [53, 59]


def test_nothing_small_is_nothing_withheld() -> None:
    mart = by_wave({"w1": {"a": 5, "b": 0, "c": 30}})
    verdict = judge(mart, plan_of([mart], LEAST))
    assert (hidden(mart, verdict), verdict.others) == (set(), [])


def test_two_segments_go_together_and_the_total_stays() -> None:
    mart = by_wave({"w1": {"a": 2, "b": 200}})
    verdict = judge(mart, plan_of([mart], LEAST))
    assert hidden(mart, verdict) == {("w1", "a"), ("w1", "b")}
    assert verdict.others == []


def test_a_wave_of_few_is_withheld_with_its_total() -> None:
    mart = by_wave({"w1": {"a": 2, "b": 1}, "w2": {"a": 50, "b": 60}})
    plan = plan_of([mart], LEAST)
    assert plan.thin >= {("w1", "total")}
    verdict = judge(mart, plan)
    assert hidden(mart, verdict) == {("w1", "a"), ("w1", "b"), ("w1", "total")}


def test_a_wave_of_small_segments_is_withheld_alone() -> None:
    """And changes since are null in all waves of that kind."""
    mart = by_wave({"w1": {"a": 3, "b": 4, "c": 9}, "w2": {"a": 50, "b": 60, "c": 70}})
    mart.rows["previous_n"] = mart.rows.groupby("segment_value").n.shift()
    verdict = judge(mart, plan_of([mart], LEAST))
    assert hidden(mart, verdict) == {("w1", "a"), ("w1", "b"), ("w1", "c")}
    assert verdict.nulls["previous_n"][mart.rows.segment_type == "region"].all()
    assert not verdict.nulls["previous_n"][mart.rows.segment_type == "total"].any()


def test_after_a_month_of_small_segments_the_next_goes_too() -> None:
    mart = by_wave({f"2025-0{m}-01": dict.fromkeys("abc", 3 if m == 1 else 40) for m in (1, 2, 3)})
    mart.rows = mart.rows.rename(columns={"survey_id": "month_start"})
    mart.grain = ("month_start", "segment_type", "segment_value")
    verdict = judge(mart, plan_of([mart], LEAST))
    assert {month for month, _ in hidden(mart, verdict)} == {"2025-01-01", "2025-02-01"}


def test_a_cell_of_one_answer_is_small() -> None:
    mart = by_wave({"w1": {"a": 30, "b": 40, "c": 50, "d": 60}}, levels="n_level_")
    mart.rows["n_level_1"] = [0, 10, 10, 10, 30]
    mart.rows["n_level_2"] = [30, 30, 40, 50, 150]
    plan = plan_of([mart], LEAST)
    assert plan.values["region"] >= {"a"}
    assert len(plan.values["region"]) == 2


def test_what_is_joined_has_answers_of_several_levels() -> None:
    mart = by_wave({"w1": {"a": 30, "b": 40, "c": 50, "d": 60}}, levels="n_level_")
    mart.rows["n_level_1"] = [0, 0, 10, 10, 20]
    mart.rows["n_level_2"] = [30, 40, 40, 50, 160]
    assert plan_of([mart], LEAST).values["region"] == {"a", "b", "c"}


def test_a_question_with_a_small_count_goes_as_a_whole() -> None:
    base = by_wave({"w1": {"a": 20, "b": 30, "c": 40}})
    mart = by_wave({"w1": {"a": 2, "b": 30, "c": 40}})
    mart.rows["question_id"] = "q"
    mart.grain = (*mart.grain, "question_id")
    verdict = judge(mart, plan_of([base, mart], LEAST))
    assert hidden(mart, verdict) == {("w1", "a"), ("w1", "b"), ("w1", "c")}


def test_a_segment_without_a_row_is_not_worked_out() -> None:
    base = by_wave({"w1": {"a": 20, "b": 30, "c": 40}})
    mart = by_wave({"w1": {"a": 3, "b": 30, "c": 40}})
    mart.rows = mart.rows[mart.rows.segment_value != "a"].reset_index(drop=True)
    mart.rows["question_id"] = "q"
    mart.grain = (*mart.grain, "question_id")
    verdict = judge(mart, plan_of([base, mart], LEAST))
    assert hidden(mart, verdict) == {("w1", "b"), ("w1", "c")}


def test_a_rate_of_few_is_null_for_the_kind() -> None:
    mart = by_wave({"w1": {"a": 20, "b": 30}}, parts={"n_known": ("share",)})
    mart.rows["n_known"], mart.rows["share"] = [2, 20, 22], 0.5
    verdict = judge(mart, plan_of([mart], LEAST))
    assert verdict.nulls["share"].tolist() == verdict.nulls["n_known"].tolist() == [1, 1, 0]


def test_ranks_among_segments_are_null_where_one_is_withheld() -> None:
    mart = by_wave({"w1": {"a": 2, "b": 30, "c": 40, "d": 50}})
    mart.rows["index_rank"] = 1
    assert judge(mart, plan_of([mart], LEAST)).nulls["index_rank"].all()


def test_what_is_adjusted_for_a_withheld_cell_is_null() -> None:
    """The adjusted p-value of one segment may be a multiple of that of another."""
    mart = by_wave({"w1": {"a": 2, "b": 20, "c": 30, "d": 40}})
    mart.rows[["rest_p_value", "rest_q_value"]] = [0.03, 0.04]
    verdict = judge(mart, plan_of([mart], LEAST))
    assert verdict.nulls["rest_q_value"].all()
    assert "rest_p_value" not in verdict.nulls


def test_an_adjusted_p_value_of_a_change_tells_of_all_waves() -> None:
    mart = by_wave({"w1": {"a": 3, "b": 4, "c": 9}, "w2": {"a": 50, "b": 60, "c": 70}})
    mart.rows["change_q_value"] = 0.5
    verdict = judge(mart, plan_of([mart], LEAST))
    assert verdict.nulls["change_q_value"][mart.rows.segment_type == "region"].all()


def test_a_segment_called_other_keeps_its_name() -> None:
    mart = by_wave({"w1": {"other": 2, "b": 30, "c": 40, "d": 50}})
    verdict = judge(mart, plan_of([mart], LEAST))
    assert [other["segment_value"] for other in verdict.others] == ["other_joined"]


def test_counts_that_overlap_are_not_joined() -> None:
    mart = by_wave({"w1": {"a": 2, "b": 30, "c": 40, "d": 50}})
    mart.rows["n_twice"] = [1, 2, 3, 4, 5]
    (other,) = judge(mart, plan_of([mart], LEAST)).others
    assert (other["n"], other["n_twice"]) == (72, None)


@pytest.mark.parametrize("is_steady", [False, True])
def test_of_a_cut_only_the_total_and_no_small_part(is_steady: bool) -> None:
    parts = {"w1": [40, 3, 30, 20], "w2": [40, 30, 30, 20]}
    rows = [
        {"survey_id": w, "segment_type": kind, "segment_value": kind, "band": band, "n": n}
        for w, counts in parts.items()
        for kind in ("total", "region")
        for band, n in zip("abcd", counts, strict=True)
    ]
    grain = ("survey_id", "segment_type", "segment_value", "band")
    rule = Rule(people=("n",), cut="band", is_steady=is_steady)
    mart = Mart("fct", pd.DataFrame(rows), grain, rule)
    status = judge(mart, Plan(LEAST)).status
    assert {mart.rows.segment_type[n] for n, word in enumerate(status) if word} == {"total"}
    withheld = mart.rows[status == "suppressed"]
    waves = withheld.groupby("survey_id").band.apply("".join).to_dict()
    assert waves == ({"w1": "bcd", "w2": "bcd"} if is_steady else {"w1": "bcd"})


def test_parts_of_a_part_are_not_passed_on() -> None:
    """Of 30 in c 27 are shown as d: without the rule e would be the other three."""
    rows = pd.DataFrame({"band": list("abcde"), "n": [40, 40, 30, 27, 3]})
    rows["segment_type"] = rows["segment_value"] = "total"
    grain = ("segment_type", "segment_value", "band")
    mart = Mart("fct", rows, grain, Rule(people=("n",), cut="band", inner=("d", "e")))
    assert judge(mart, Plan(LEAST)).status.tolist() == ["shown"] * 3 + [None] * 2


def test_the_tail_of_a_sequence_goes() -> None:
    rows = pd.DataFrame({"age": [0, 1, 2, 3], "n": [30, 9, 4, 6]})
    rows["segment_type"] = rows["segment_value"] = "total"
    grain = ("segment_type", "segment_value", "age")
    mart = Mart("fct", rows, grain, Rule(people=("n",), tail="age"))
    assert judge(mart, Plan(LEAST)).status.tolist() == ["shown"] * 2 + ["suppressed"] * 2
