"""Method tables of tiers and scorecards that are wrong: the shipped ones with one small edit."""

from __future__ import annotations

import pytest

from tests.python.method.test_method_checks import Case, add, assert_said, case, drop, problems, put

LAST = {"dimension": "risk", "rule_order": "9"}
TOP = {"dimension": "contribution", "rule_order": "1"}
SPEND = {"playbook_id": "hotel", "part_id": "spend"}
FREQUENT = {"playbook_id": "hotel", "part_id": "frequency"}

CASES = [
    case(
        "a dimension that does not exist",
        add("tier_bands", dimension="charm", rule_order="1", metric="revenue", how="threshold",
            band="low"),
        at="tier_bands: charm | 1",
        says="The dimension 'charm' is not known.",
    ),
    case(
        "a metric that does not exist",
        put("tier_bands", "metric", "revenues", **TOP),
        at="tier_bands: contribution | 1",
        says="Did you mean 'revenue'?",
    ),
    case(
        "a way that does not exist",
        put("tier_bands", "how", "percentile", **TOP),
        at="tier_bands: contribution | 1",
        says="The how 'percentile' is not known.",
    ),
    case(
        "a band that does not exist",
        put("tier_bands", "band", "hihg", **TOP),
        at="tier_bands: contribution | 1",
        says="Did you mean 'high'?",
    ),
    case(
        "no band",
        put("tier_bands", "band", None, **TOP),
        at="tier_bands: contribution | 1",
        says="The band is missing in 1 row.",
    ),
    case(
        "bounds out of order",
        put("tier_bands", "upper_bound", "0.7", **TOP),
        at="tier_bands: contribution | 1",
        says="The lower bound 0.8 is above the upper bound 0.7.",
    ),
    case(
        "a rank in per cent",
        put("tier_bands", "lower_bound", "80", **TOP),
        at="tier_bands: contribution | 1",
        says="80 of a percentile rank is not from 0 to 1.",
    ),
    case(
        "ranks without a band",
        put("tier_bands", "upper_bound", "0.4", dimension="contribution", rule_order="3"),
        at="tier_bands: contribution",
        says="between 0.4 and 0.5 fall into no band of contribution.",
    ),
    case(
        "values below all bands",
        put("tier_bands", "lower_bound", "1", dimension="loyalty", rule_order="1"),
        put("tier_bands", "lower_bound", "1", dimension="loyalty", rule_order="7"),
        at="tier_bands: loyalty",
        says="Values of ladder_level below 1 fall into no band of loyalty.",
    ),
    case(
        "values above all bands",
        put("tier_bands", "upper_bound", "0", **LAST),
        at="tier_bands: risk",
        says="Values of is_active above 0 fall into no band of risk.",
    ),
    case(
        "a tier of a band that does not exist",
        put("tier_rules", "risk_band", "none", rule_order="4"),
        at="tier_rules: 4",
        says="Known values: high, medium, low, unknown.",
    ),
    case(
        "half a condition",
        put("tier_rules", "attribute", "region", rule_order="3"),
        at="tier_rules: 3",
        says="only half there: attribute_value is missing.",
    ),
    case(
        "a condition on what customers lack",
        put("tier_rules", "attribute", "regiom", rule_order="1"),
        put("tier_rules", "attribute_value", "north", rule_order="1"),
        at="tier_rules: 1",
        says="Did you mean 'region'?",
    ),
    case(
        "no rule for the rest",
        drop("tier_rules", rule_order="10"),
        at="tier_rules: medium | medium | medium",
        says="No tier matches contribution_band medium, loyalty_band medium, risk_band medium.",
    ),
    case(
        "a rule for the rest of one region",
        put("tier_rules", "attribute", "region", rule_order="10"),
        put("tier_rules", "attribute_value", "north", rule_order="10"),
        at="tier_rules: medium | medium | medium",
        says="No tier matches",
    ),
    case(
        "no reason",
        put("tier_rules", "reason_en", None, rule_order="2"),
        at="tier_rules: 2",
        says="The reason_en is missing",
    ),
    case(
        "a scorecard's metric that does not exist",
        put("scorecard_parts", "metric", "satisfaction", **FREQUENT),
        at="scorecard_parts: hotel | frequency",
        says="The metric 'satisfaction' is not known.",
    ),
    case(
        "weights that miss 1",
        put("scorecard_parts", "weight", "0.25", **FREQUENT),
        at="scorecard_parts: hotel",
        says="The weights of the parts of hotel sum to 1.05, not to 1.",
    ),
    case(
        "a negative weight",
        put("scorecard_parts", "weight", "-0.2", **FREQUENT),
        at="scorecard_parts: hotel | frequency",
        says="The weight -0.2 is negative.",
        alone=False,
    ),
    case(
        "a part with the name of the score",
        put("scorecard_parts", "part_id", "total", **SPEND),
        put("scorecard_points", "part_id", "total", **SPEND),
        at="scorecard_parts: hotel | total",
        says="A part cannot be called total",
    ),
    case(
        "a part without points",
        drop("scorecard_points", **SPEND),
        at="scorecard_points: hotel | spend",
        says="The least figures of spend have no points.",
    ),
    case(
        "points of no part",
        add("scorecard_points", playbook_id="hotel", part_id="loyalty", points="1"),
        at="scorecard_points: hotel | loyalty",
        says="The part_id 'loyalty' is not in scorecard_parts.",
    ),
    case(
        "points beyond 100",
        put("scorecard_points", "points", "120", lower_bound="12", **FREQUENT),
        at="scorecard_points: hotel | frequency | 12",
        says="The points 120 are not from 0 to 100.",
    ),
    case(
        "a bound twice",
        add("scorecard_points", lower_bound="12", points="90", **FREQUENT),
        at="scorecard_points: hotel | frequency | 12",
        says="have the same key",
    ),
    case(
        "a part's rank in per cent",
        put("scorecard_points", "lower_bound", "80", **SPEND | {"lower_bound": "0.8"}),
        at="scorecard_points: hotel | spend",
        says="80 of a percentile rank is not from 0 to 1.",
    ),
]  # fmt: skip


@pytest.mark.parametrize("wrong", CASES, ids=[wrong.name for wrong in CASES])
def test_each_problem_is_named(wrong: Case) -> None:
    assert_said(wrong)


def test_an_extra_column_may_be_asked_for() -> None:
    """Whether it is declared is looked at where dbt knows: in macros/behaviour/tiers.sql."""
    condition = {"attribute": "x_card", "attribute_value": "gold"}
    assert problems(*(put("tier_rules", k, v, rule_order="1") for k, v in condition.items())).empty


def test_tiers_and_scorecards_may_be_left_out() -> None:
    names = ("tier_bands", "tier_rules", "scorecard_parts", "scorecard_points")
    assert problems(*(lambda t, n=name: t.update({n: t[n].iloc[:0]}) for name in names)).empty
