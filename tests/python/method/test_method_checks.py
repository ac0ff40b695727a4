"""Method tables that are wrong: each case is the shipped tables with one small edit."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from satisfaction.method_checks import method_problems, normalise_answer
from scripts.cases import shipped_method

COLUMNS = ["table_name", "key", "column_name", "problem", "fix"]
#: "n/a" is an answer here, not a null
SHIPPED = {
    table: pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""]).astype(object)
    for table, path in sorted(shipped_method().items())
}

Tables = dict[str, pd.DataFrame]
Edit = Callable[[Tables], None]


def hits(frame: pd.DataFrame, where: dict[str, str]) -> pd.Series:
    """Rows that an edit means; a case that means none has outlived the shipped tables."""
    found = pd.Series(True, index=frame.index)
    for column, value in where.items():
        found &= frame[column].fillna("") == value
    assert found.any(), f"no row has {where}"
    return found


def put(table: str, column: str, value: object, **where: str) -> Edit:
    def edit(tables: Tables) -> None:
        frame = tables[table].copy()
        frame.loc[hits(frame, where), column] = value
        tables[table] = frame

    return edit


def drop(table: str, **where: str) -> Edit:
    def edit(tables: Tables) -> None:
        tables[table] = tables[table][~hits(tables[table], where)]

    return edit


def add(table: str, **values: object) -> Edit:
    def edit(tables: Tables) -> None:
        tables[table] = pd.concat([tables[table], pd.DataFrame([values])], ignore_index=True)

    return edit


def empty(*names: str) -> Edit:
    def edit(tables: Tables) -> None:
        for table in names:
            tables[table] = tables[table].iloc[:0]

    return edit


def lacking(table: str, column: str) -> Edit:
    def edit(tables: Tables) -> None:
        tables[table] = tables[table].drop(columns=column)

    return edit


def problems(*edits: Edit, weight_source: str = "ahp", own: Collection[str] = ()) -> pd.DataFrame:
    tables = dict(SHIPPED)
    for edit in edits:
        edit(tables)
    return method_problems(tables, weight_source=weight_source, own=own)


class Case(NamedTuple):
    """Edits, and what must be said of them; ``alone``: nothing else may be said."""

    name: str
    edits: tuple[Edit, ...]
    table: str
    key: str
    phrase: str
    alone: bool = True
    weight_source: str = "ahp"
    own: Collection[str] = ()


def case(name: str, *edits: Edit, at: str, says: str, **options: object) -> Case:
    table, _, key = at.partition(": ")
    return Case(name, edits, table, key, says, **options)  # type: ignore[arg-type]


def assert_said(wrong: Case) -> None:
    """See that the problem of a case is said once, plainly, and nothing else."""
    found = problems(*wrong.edits, weight_source=wrong.weight_source, own=wrong.own)
    told = [
        row
        for row in found.itertuples()
        if (row.table_name, row.key) == (wrong.table, wrong.key)
        and wrong.phrase in f"{row.problem} {row.fix}"
    ]
    assert len(told) == 1, found.to_string()
    assert not wrong.alone or len(found) == 1, found.to_string()
    assert all(text.endswith((".", "?")) and "None" not in text for text in found["problem"])
    assert all(text.endswith((".", "?")) and "\n" not in text for text in found["fix"])


def level(scale: str, number: int, column: str, value: object) -> Edit:
    return put("scale_levels", column, value, scale_id=scale, level=str(number))


def judgement(value: object) -> Edit:
    pair = {"left_id": "service_content", "right_id": "benefit"}
    return put("ahp_judgements", "judgement", value, expert_id="operations", **pair)


JUDGED = "ahp_judgements: satisfaction | operations | satisfaction | service_content | benefit"
A_JUDGEMENT = {
    "model": "satisfaction",
    "expert_id": "operations",
    "parent_id": "satisfaction",
    "left_id": "service_content",
    "right_id": "benefit",
    "judgement": "1",
}
A_LEVEL = {"scale_id": "kano5", "label_en": "?", "is_satisfied": "false"}
A_NODE = {"model": "satisfaction", "label_en": "?"}
A_QUESTION = {"factor_id": "care", "scale_id": "satisfaction5", "role": "performance"}
A_RULE = {
    "rule_id": "new",
    "metric": "fee_change",
    "comparison": "<",
    "threshold": "-0.5",
    "change": "-1",
    "firing": "monthly",
    "enabled": "true",
    "reason_zh": "费用减半",
    "reason_en": "fees halved",
}
RATINGS = ("performance", "expectation", "importance", "kano_functional", "kano_dysfunctional")
NO_RATINGS = tuple(drop("questions", role=role) for role in RATINGS)


CASES = [
    # the shape of a table
    case(
        "a question twice",
        add("questions", question_id="q_care", **A_QUESTION),
        at="questions: q_care",
        says="2 rows of questions have the same key",
    ),
    case(
        "a factor twice",
        add("factors", factor_id="care"),
        at="factors: care",
        says="have the same key",
    ),
    case(
        "an expert twice",
        put("ahp_experts", "weight", "0.1", expert_id="research"),
        add("ahp_experts", expert_id="research", weight="0.1"),
        at="ahp_experts: research",
        says="2 rows of ahp_experts have the same key",
    ),
    case(
        "an edge twice",
        add("ahp_hierarchy", node_id="care", parent_id="service_content", **A_NODE),
        at="ahp_hierarchy: satisfaction | care | service_content",
        says="have the same key (model, node_id, parent_id)",
    ),
    case(
        "a pair judged twice",
        add("ahp_judgements", **A_JUDGEMENT),
        at=JUDGED,
        says="2 rows of ahp_judgements have the same key",
    ),
    case(
        "a level twice, once as 1.0",
        add("scale_levels", level="5.0", value="5", **A_LEVEL),
        at="scale_levels: kano5 | 5",
        says="have the same key",
    ),
    case(
        "one rule order twice",
        put("loyalty_classes", "rule_order", "11", rule_order="12"),
        at="loyalty_classes: 11",
        says="have the same key (rule_order)",
    ),
    case(
        "one rule order twice in the relations",
        put("loyalty_relations", "rule_order", 4, rule_order="5"),
        at="loyalty_relations: 4",
        says="have the same key (rule_order)",
    ),
    case(
        "one rule order twice in the bands",
        put("loyalty_bands", "rule_order", "1", rule_order="2"),
        at="loyalty_bands: repeat_probability | 1",
        says="have the same key (indicator, rule_order)",
    ),
    case(
        "a segment twice",
        add("segments", segment_type="region", segment_value="west"),
        at="segments: region | west",
        says="have the same key",
    ),
    case(
        "a missing key",
        put("factors", "factor_id", " \u3000", factor_id="gains"),
        at="factors: ?",
        says="The factor_id is missing in 1 row.",
        alone=False,
    ),
    case(
        "no reason text",
        put("ladder_rules", "reason_en", None, rule_id="tenure_12"),
        at="ladder_rules: tenure_12",
        says="The reason_en is missing",
    ),
    case(
        "a column that is blank all the way",
        put("ladder_rules", "reason_zh", None),
        at="ladder_rules: ",
        says="The reason_zh is blank in every row of ladder_rules.",
    ),
    case(
        "a missing column",
        lacking("ladder_rules", "firing"),
        at="ladder_rules: ",
        says="The table ladder_rules has no column firing.",
    ),
    case(
        "a blank after a key",
        put("segments", "segment_value", "west\u00a0", segment_value="west"),
        at="segments: region | west\u00a0",
        says="begins or ends with a blank",
    ),
    case(
        "a level that is no whole number",
        level("satisfaction7", 7, "level", "7.5"),
        at="scale_levels: satisfaction7 | 7.5",
        says="The level '7.5' is not a whole number.",
        alone=False,
    ),
    case(
        "a value that is not finite",
        level("satisfaction5", 5, "value", np.inf),
        at="scale_levels: satisfaction5 | 5",
        says="The value 'inf' is not a finite number.",
    ),
    case(
        "a boolean that is none",
        put("ladder_rules", "enabled", "maybe", rule_id="tenure_12"),
        at="ladder_rules: tenure_12",
        says="The enabled 'maybe' is not a boolean.",
    ),
    case(
        "a threshold that is no number",
        put("ladder_rules", "threshold", "30 %", rule_id="purchase_fall"),
        at="ladder_rules: purchase_fall",
        says="The threshold '30 %' is not a finite number.",
    ),
    case(
        "a change that is no whole number",
        put("ladder_rules", "change", "-0.5", rule_id="purchase_fall"),
        at="ladder_rules: purchase_fall",
        says="The change '-0.5' is not a whole number.",
    ),
    case(
        "a segment bound that is no number",
        put("segments", "upper_bound", "1_000", segment_value="under_25"),
        at="segments: age_band | under_25",
        says="The upper_bound '1_000' is not a finite number.",
    ),
    case(
        "a weight that is no number",
        put("ahp_experts", "weight", "20%", expert_id="research"),
        at="ahp_experts: research",
        says="The weight '20%' is not a finite number.",
    ),
    # questions
    case(
        "no scales although there are questions",
        empty("scales"),
        at="scales: ",
        says="There are questions, but the table scales is empty.",
    ),
    case(
        "no factors although factors are rated",
        empty("factors"),
        at="factors: ",
        says="There are performance questions, but the table factors is empty.",
    ),
    case(
        "an unknown factor",
        put("questions", "factor_id", "carre", question_id="e_care"),
        at="questions: e_care",
        says="The factor_id 'carre' is not in factors. Did you mean 'care'?",
    ),
    case(
        "an unknown scale",
        put("questions", "scale_id", "stars", question_id="q_effort"),
        at="questions: q_effort",
        says="The scale_id 'stars' is not in scales.",
    ),
    case(
        "an unknown role",
        put("questions", "role", "Performance", question_id="q_care"),
        at="questions: q_care",
        says="The role 'Performance' is not known. Did you mean 'performance'?",
    ),
    *(
        case(
            f"no factor in the role {role}",
            put("questions", "factor_id", None, question_id=question),
            at=f"questions: {question}",
            says=f"A question in the role {role} names no factor.",
            alone=not role.startswith("kano"),
        )
        for role, question in (
            ("performance", "q_care"),
            ("expectation", "e_care"),
            ("importance", "i_care"),
            ("kano_functional", "kf_care"),
        )
    ),
    case(
        "one factor on two scales",
        add("questions", question_id="q2", **A_QUESTION | {"scale_id": "satisfaction7"}),
        at="questions: care",
        says="performance questions of factor care use different scales: satisfaction5, satisf",
    ),
    case(
        "overall satisfaction on two scales",
        add("questions", question_id="q2", scale_id="nps11", role="overall"),
        at="questions: overall",
        says="The overall questions of the whole use different scales: nps11, satisfaction5.",
        alone=False,
    ),
    case(
        "an unknown part of delivered value",
        put("factors", "value_component", "services", factor_id="speed"),
        at="factors: speed",
        says="The value_component 'services' is not known. Did you mean 'service'?",
    ),
    case(
        "a cost that is a benefit",
        add("questions", question_id="m_care", **A_QUESTION | {"role": "cost"}),
        at="factors: care",
        says="Questions ask what factor care costs, but it is no cost of any kind.",
    ),
    case(
        "half a Kano pair",
        drop("questions", question_id="kd_care"),
        at="questions: care",
        says="Factor care has no kano_dysfunctional question",
    ),
    case(
        "the other half of a Kano pair",
        drop("questions", question_id="kf_care"),
        at="questions: care",
        says="Factor care has no kano_functional question",
    ),
    case(
        "a Kano question too many",
        add("questions", question_id="k", **A_QUESTION | {"scale_id": "kano5"}),
        put("questions", "role", "kano_functional", question_id="k"),
        at="questions: care",
        says="Factor care has 2 kano_functional question",
    ),
    case(
        "Kano on seven levels",
        put("questions", "scale_id", "effort7", question_id="kf_care"),
        at="questions: kf_care",
        says="scale effort7 has 7",
    ),
    case(
        "a question called as a fixed column",
        put("questions", "question_id", "Channel", question_id="q_effort"),
        at="questions: Channel",
        says="is also a fixed column of survey_wide",
    ),
    case(
        "two questions that differ in case only",
        put("questions", "question_id", "Q_Overall", question_id="q_effort"),
        at="questions: q_overall",
        says="when upper and lower case are one",
        alone=False,
    ),
    # scales
    case(
        "a scale without levels",
        add("scales", scale_id="stars"),
        at="scale_levels: stars",
        says="Scale stars has no levels.",
    ),
    case(
        "a scale with one level",
        add("scales", scale_id="stars"),
        add("scale_levels", **A_LEVEL | {"scale_id": "stars"}, level="1", value="1"),
        at="scale_levels: stars",
        says="Scale stars has one level only",
    ),
    case(
        "a gap in the levels",
        level("effort7", 7, "level", "8"),
        at="scale_levels: effort7",
        says="Scale effort7 has the levels 1, 2, 3, 4, 5, 6, 8, not 1 to L",
        alone=False,
    ),
    case(
        "levels from 0",
        add("scale_levels", level="0", value="0", **A_LEVEL | {"scale_id": "effort7"}),
        at="scale_levels: effort7",
        says="has the levels 0, 1, 2",
        alone=False,
    ),
    case(
        "twelve levels",
        add("scale_levels", **A_LEVEL | {"scale_id": "nps11"}, level="12", value="11"),
        at="scale_levels: nps11",
        says="Scale nps11 has 12 levels, more than 11.",
        alone=False,
    ),
    case(
        "values that do not rise",
        level("satisfaction5", 4, "value", "3"),
        at="scale_levels: satisfaction5 | 4",
        says="The value 3 of level 4 is not above the value 3 of level 3.",
    ),
    case(
        "a negative value",
        level("satisfaction5", 1, "value", "-1"),
        at="scale_levels: satisfaction5 | 1",
        says="The value -1 of level 1 is negative.",
    ),
    case(
        "a maximum of 0",
        put("scale_levels", "value", "0", scale_id="effort7"),
        at="scale_levels: effort7",
        says="The largest value of scale effort7 is not above 0.",
        alone=False,
    ),
    case(
        "a satisfied level below one that is not",
        level("satisfaction5", 4, "is_satisfied", False),
        at="scale_levels: satisfaction5 | 4",
        says="Level 3 counts as satisfied, but the better level 4 does not.",
    ),
    case(
        "nobody can be satisfied",
        put("scale_levels", "is_satisfied", "false", scale_id="satisfaction5"),
        at="scale_levels: satisfaction5",
        says="No level of scale satisfaction5 counts as satisfied",
    ),
    case(
        "everybody is satisfied",
        put("scale_levels", "is_satisfied", "true", scale_id="satisfaction5"),
        at="scale_levels: satisfaction5",
        says="Every level of scale satisfaction5 counts as satisfied",
    ),
    case(
        "levels of an unknown scale",
        add("scale_levels", **A_LEVEL | {"scale_id": "efort7"}, level="1", value="1"),
        at="scale_levels: efort7",
        says="The scale_id 'efort7' is not in scales. Did you mean 'effort7'?",
    ),
    case(
        "answers of an unknown scale",
        add("scale_answers", scale_id="stars", answer="*", level="1"),
        at="scale_answers: stars",
        says="The scale_id 'stars' is not in scales.",
    ),
    case(
        "an answer at an unknown level",
        add("scale_answers", scale_id="satisfaction5", answer="Delighted", level="6"),
        at="scale_answers: satisfaction5 | delighted",
        says="The level '6' is not in scale_levels.",
    ),
    case(
        "two spellings that are one",
        add("scale_answers", scale_id="satisfaction5", answer=" VERY\u3000Satisfied", level="4"),
        at="scale_answers: satisfaction5 | very satisfied",
        says="stands for several levels: 4, 5.",
    ),
    case(
        "an answer that is a level and is not applicable",
        add("scale_answers", scale_id="satisfaction5", answer="５.0", level=None),
        at="scale_answers: satisfaction5 | 5",
        says="stands for several levels: 5, not applicable.",
    ),
    case(
        "an answer twice",
        add("scale_answers", scale_id="satisfaction5", answer="非常满意", level="5"),
        at="scale_answers: satisfaction5 | 非常满意",
        says="The answer '非常满意' is listed more than once.",
    ),
    case(
        "a level that nobody can answer",
        drop("scale_answers", scale_id="satisfaction5", level="2"),
        at="scale_answers: satisfaction5",
        says="No accepted answer leads to level 2 of scale satisfaction5.",
    ),
    # the hierarchy
    case(
        "an unknown parent",
        put("ahp_hierarchy", "parent_id", "benefits", node_id="gains"),
        at="ahp_hierarchy: satisfaction | gains | benefits",
        says="The parent_id 'benefits' is not in ahp_hierarchy. Did you mean 'benefit'?",
        alone=False,
    ),
    case(
        "no root",
        drop("ahp_hierarchy", model="loyalty", parent_id=""),
        at="ahp_hierarchy: loyalty",
        says="Model loyalty has no root.",
        alone=False,
    ),
    case(
        "two roots",
        put("ahp_hierarchy", "parent_id", None, node_id="benefit"),
        at="ahp_hierarchy: satisfaction",
        says="Model satisfaction has several roots: benefit, satisfaction.",
        alone=False,
    ),
    case(
        "a cycle",
        add("ahp_hierarchy", node_id="benefit", parent_id="gains", **A_NODE),
        at="ahp_hierarchy: satisfaction | benefit",
        says="goes round in a circle: benefit → gains → benefit.",
        alone=False,
    ),
    case(
        "a long cycle through the root",
        add("ahp_hierarchy", node_id="satisfaction", parent_id="speed", **A_NODE),
        at="ahp_hierarchy: satisfaction | satisfaction",
        says="circle: satisfaction → service_quality → speed → satisfaction.",
        alone=False,
    ),
    case(
        "a node above itself",
        add("ahp_hierarchy", node_id="benefit", parent_id="benefit", **A_NODE),
        at="ahp_hierarchy: satisfaction | benefit",
        says="goes round in a circle: benefit → benefit.",
        alone=False,
    ),
    case(
        "an orphan",
        put("ahp_hierarchy", "parent_id", "nowhere", node_id="benefit"),
        at="ahp_hierarchy: satisfaction | gains",
        says="The node gains is an orphan",
        alone=False,
    ),
    case(
        "a leaf that is no factor",
        add("ahp_hierarchy", node_id="price", parent_id="benefit", **A_NODE),
        add("ahp_judgements", **A_JUDGEMENT | {"parent_id": "benefit", "left_id": "price"}),
        put("ahp_judgements", "right_id", "gains", left_id="price"),
        at="ahp_hierarchy: satisfaction | price",
        says="The node_id 'price' is not in factors.",
    ),
    case(
        "a rated factor without a leaf",
        drop("ahp_hierarchy", node_id="gains"),
        at="ahp_hierarchy: satisfaction | gains",
        says="Factor gains has performance questions but is not in the hierarchy.",
        alone=False,
    ),
    case(
        "a factor with nodes below it",
        put("ahp_hierarchy", "parent_id", "profit", node_id="gains"),
        at="ahp_hierarchy: satisfaction | profit",
        says="The factor profit has nodes below it",
        alone=False,
    ),
    case(
        "no hierarchy of satisfaction",
        drop("ahp_hierarchy", model="satisfaction"),
        at="ahp_hierarchy: satisfaction",
        says="ahp_hierarchy has no model satisfaction",
        weight_source="equal",
    ),
    case(
        "a loyalty leaf without values",
        drop("loyalty_factor_values", factor_id="products_held"),
        at="ahp_hierarchy: loyalty | products_held",
        says="The node_id 'products_held' is not in loyalty_factor_values.",
    ),
    case(
        "loyalty values without a leaf",
        add(
            "loyalty_factor_values", factor_id="reach", component="breadth", maximum="4", weight="1"
        ),
        at="loyalty_factor_values: reach",
        says="is not a leaf of model loyalty",
    ),
    # experts and judgements
    case(
        "expert weights that do not sum to 1",
        put("ahp_experts", "weight", 0.3, expert_id="research"),
        at="ahp_experts: ",
        says="The weights of the experts sum to 1.1, not to 1.",
    ),
    case(
        "a negative expert weight",
        put("ahp_experts", "weight", "-0.2", expert_id="research"),
        put("ahp_experts", "weight", "0.6", expert_id="key_accounts"),
        at="ahp_experts: research",
        says="The weight -0.2 is negative.",
    ),
    case(
        "judgements of an unknown model",
        add("ahp_judgements", **A_JUDGEMENT | {"model": "loyalti"}),
        at="ahp_judgements: loyalti",
        says="The model 'loyalti' is not in ahp_hierarchy. Did you mean 'loyalty'?",
    ),
    case(
        "an unknown expert",
        add("ahp_judgements", **A_JUDGEMENT | {"expert_id": "guru"}),
        at="ahp_judgements: satisfaction | guru",
        says="The expert_id 'guru' is not in ahp_experts.",
    ),
    case(
        "an unknown parent of a judgement",
        add("ahp_judgements", **A_JUDGEMENT | {"parent_id": "image_"}),
        at="ahp_judgements: satisfaction | image_",
        says="The parent_id 'image_' is not in ahp_hierarchy. Did you mean 'image'?",
    ),
    case(
        "an unknown node in a judgement",
        add("ahp_judgements", **A_JUDGEMENT | {"right_id": "benefits"}),
        at="ahp_judgements: satisfaction | satisfaction | benefits",
        says="The right_id 'benefits' is not in ahp_hierarchy. Did you mean 'benefit'?",
    ),
    case(
        "a node that hangs elsewhere",
        add("ahp_judgements", **A_JUDGEMENT | {"left_id": "speed"}),
        at="ahp_judgements: satisfaction | satisfaction | speed",
        says="The node speed is not a child of satisfaction.",
    ),
    case(
        "a node against itself",
        add("ahp_judgements", **A_JUDGEMENT | {"left_id": "benefit"}),
        at="ahp_judgements: satisfaction | operations | satisfaction | benefit | benefit",
        says="The node benefit is compared with itself.",
    ),
    *(
        case(
            f"the judgement {value}",
            judgement(value),
            at=JUDGED,
            says=f"The judgement '{value}' is not a number on the scale from 1/9 to 9.",
        )
        for value in ("0", "-3", "three", "10", "1/10", "1/0", "nan")
    ),
    case(
        "a judgement that is missing",
        judgement(None),
        at=JUDGED,
        says="The judgement is missing in 1 row.",
    ),
    case(
        "judgements that contradict each other",
        add(
            "ahp_judgements",
            **A_JUDGEMENT | {"left_id": "service_quality", "right_id": "service_content"},
        ),
        at=JUDGED.removesuffix("benefit") + "service_quality",
        says="service_content over service_quality is 0.5, but service_quality over "
        "service_content is 1.",
    ),
    case(
        "a parent that nobody judged",
        drop("ahp_judgements", parent_id="benefit"),
        at="ahp_judgements: satisfaction | benefit",
        says="No expert judged the children of benefit in model satisfaction.",
    ),
    case(
        "a parent judged only by experts of weight 0",
        put("ahp_experts", "weight", "0", expert_id="research"),
        put("ahp_experts", "weight", "0.4", expert_id="key_accounts"),
        put("ahp_judgements", "expert_id", "research", parent_id="benefit"),
        at="ahp_judgements: satisfaction | benefit",
        says="No expert judged the children of benefit",
        alone=False,
    ),
    case(
        "groups that nobody compared",
        drop("ahp_judgements", left_id="reliability", right_id="security"),
        drop("ahp_judgements", left_id="reliability", right_id="speed"),
        drop("ahp_judgements", left_id="security", right_id="error_rate"),
        drop("ahp_judgements", left_id="speed", right_id="error_rate"),
        at="ahp_judgements: satisfaction | service_quality",
        says="nobody compared the groups {error_rate, reliability} and {security, speed}",
    ),
    case(
        "judgements of nobody",
        empty("ahp_experts"),
        at="ahp_experts: ",
        says="There are judgements, but ahp_experts, the table of those who judged, is empty.",
        weight_source="equal",
    ),
    # sources of weights
    case(
        "an unknown source of weights",
        at="vars: weight_source",
        says="The weight_source 'entropie' is not known. Did you mean 'entropy'?",
        weight_source="entropie",
    ),
    case(
        "stated importance that nobody asks for",
        drop("questions", role="importance"),
        at="questions: importance",
        says="no question asks for importance",
        weight_source="importance",
    ),
    case(
        "stated importance that one factor lacks",
        drop("questions", question_id="i_speed"),
        at="questions: speed",
        says="no question asks it of factor speed",
        weight_source="importance",
    ),
    case(
        "derived weights without an overall question",
        drop("questions", role="overall"),
        at="questions: overall",
        says="derived from overall satisfaction, but no question asks for it",
        weight_source="derived",
    ),
    # loyalty
    case(
        "component weights that do not sum to 1",
        put("loyalty_factor_values", "weight", "0.25", component="tenure_months"),
        at="loyalty_factor_values: usage_behaviour",
        says="The weights of the components of usage_behaviour sum to 0.85, not to 1.",
    ),
    case(
        "a component with two weights",
        put("loyalty_factor_values", "weight", "0.9", code="retail"),
        at="loyalty_factor_values: customer_nature | customer_type",
        says="have different weights: 0.9, 1.",
        alone=False,
    ),
    case(
        "a component with two maxima",
        put("loyalty_factor_values", "maximum", "12", code="retail"),
        at="loyalty_factor_values: customer_nature | customer_type",
        says="have different maximums: 10, 12.",
    ),
    case(
        "a maximum of nothing",
        put("loyalty_factor_values", "maximum", "0", component="breadth"),
        at="loyalty_factor_values: usage_behaviour | breadth",
        says="The maximum 0 is not above 0",
    ),
    case(
        "a value above the maximum",
        put("loyalty_factor_values", "value", "11", code="government"),
        at="loyalty_factor_values: customer_nature | customer_type | government",
        says="The value 11 is above the maximum 10.",
    ),
    case(
        "a negative loyalty value",
        put("loyalty_factor_values", "value", "-1", code="retail"),
        at="loyalty_factor_values: customer_nature | customer_type | retail",
        says="The value -1 is negative.",
    ),
    case(
        "a customer type without a value",
        put("loyalty_factor_values", "value", None, code="retail"),
        at="loyalty_factor_values: customer_nature | customer_type | retail",
        says="has no value",
    ),
    case(
        "a code that nothing reads",
        put("loyalty_factor_values", "code", "x", component="breadth"),
        at="loyalty_factor_values: usage_behaviour | breadth | x",
        says="so its code is not read",
    ),
    case(
        "an unknown component",
        put("loyalty_factor_values", "component", "tenure", component="tenure_months"),
        at="loyalty_factor_values: usage_behaviour | tenure",
        says="The component 'tenure' is not known.",
    ),
    case(
        "an unknown indicator",
        add("loyalty_bands", rule_order="9", indicator="mood", band="good"),
        at="loyalty_bands: mood",
        says="The indicator 'mood' is not known.",
    ),
    case(
        "band bounds upside down",
        put("loyalty_bands", "lower_bound", "0.5", band="low"),
        at="loyalty_bands: repeat_probability | 2",
        says="The lower bound 0.5 is above the upper bound 0.3.",
    ),
    case(
        "a probability without a band",
        put("loyalty_bands", "lower_bound", "0.4", band="medium"),
        at="loyalty_bands: repeat_probability",
        says="A repeat probability between 0.3 and 0.4 falls into no band.",
    ),
    case(
        "a probability above every band",
        put("loyalty_bands", "upper_bound", "0.95", band="high"),
        put("loyalty_bands", "upper_bound", "0.7", band="medium"),
        at="loyalty_bands: repeat_probability",
        says="A repeat probability between 0.95 and 1 falls into no band.",
    ),
    case(
        "a band bound that is no number",
        put("loyalty_bands", "lower_bound", "70%", band="high"),
        at="loyalty_bands: repeat_probability | 1",
        says="The lower_bound '70%' is not a finite number.",
    ),
    case(
        "a class of level 6",
        put("loyalty_classes", "max_overall_level", "6", rule_order="1"),
        at="loyalty_classes: 1",
        says="The max_overall_level 6 is not a level from 1 to 5.",
    ),
    case(
        "a class from 3 down to 2",
        put("loyalty_classes", "min_overall_level", "4", rule_order="2"),
        at="loyalty_classes: 2",
        says="The min_overall_level 4 is above the max_overall_level 3.",
        alone=False,
    ),
    case(
        "a class with an unknown band",
        put("loyalty_classes", "repeat_band", "highest", rule_order="7"),
        at="loyalty_classes: 7",
        says="The repeat_band 'highest' is not in loyalty_bands.",
        alone=False,
    ),
    case(
        "no class for a combination",
        put("loyalty_classes", "min_overall_level", "2", rule_order="12"),
        at="loyalty_classes: 1 | low | likely",
        says="No class matches overall level 1 (not satisfied), repeat_band low, recommend_band li",
    ),
    case(
        "no relation for a combination",
        put("loyalty_relations", "max_overall_level", "3", rule_order="2"),
        at="loyalty_relations: 4 | high | true",
        says="No relation matches overall level 4 (satisfied), repeat_band high, is_loyal true.",
    ),
    case(
        "a relation of an unknown band",
        put("loyalty_relations", "repeat_band", "higher", rule_order="4"),
        at="loyalty_relations: 4",
        says="The repeat_band 'higher' is not in loyalty_bands. Did you mean 'high'?",
    ),
    case(
        "a loyal class of people who would not recommend",
        put("loyalty_classes", "is_loyal", "true", rule_order="6"),
        at="loyalty_classes: 6",
        says="The rule calls customers loyal whose recommend_band is unlikely, the lowest.",
    ),
    case(
        "a loyal class of people who will hardly buy again",
        put("loyalty_classes", "is_loyal", "true", rule_order="12"),
        put("loyalty_classes", "is_satisfied", "true", rule_order="12"),
        add("loyalty_classes", rule_order="13", class_id="at_risk", is_loyal="false"),
        at="loyalty_classes: 12",
        says="The rule calls customers loyal whose repeat_band is low, the lowest.",
    ),
    case(
        "a loyal class of dissatisfied people",
        put("loyalty_classes", "is_loyal", "true", rule_order="7"),
        at="loyalty_classes: 7",
        says="The rule calls customers loyal whose overall level is 1 (not satisfied).",
    ),
    case(
        "a loyal class of levels that this scale does not count as satisfied",
        put("questions", "scale_id", "satisfaction5_neutral", question_id="q_overall"),
        put("loyalty_classes", "is_satisfied", None, rule_order="2"),
        put("loyalty_classes", "min_overall_level", "3", rule_order="2"),
        at="loyalty_classes: 2",
        says="The rule calls customers loyal whose overall level is 3 (not satisfied).",
    ),
    # the ladder
    case(
        "two start levels",
        put("ladder_levels", "is_start", "true", level="2"),
        at="ladder_levels: ",
        says="The ladder has several start levels: 2, 3.",
    ),
    case(
        "no start level",
        put("ladder_levels", "is_start", False, level="3"),
        at="ladder_levels: ",
        says="The ladder has no start level.",
    ),
    case(
        "a gap in the ladder",
        drop("ladder_levels", level="4"),
        at="ladder_levels: ",
        says="The ladder has the levels 1, 2, 3, 5, not 1 to L without gaps.",
    ),
    case(
        "a ladder of six levels",
        add("ladder_levels", level="6", label_zh="顶", label_en="Top", is_start="false"),
        at="ladder_levels: ",
        says="The ladder has 6 levels; the marts count the customers of 5.",
    ),
    case(
        "rules without a ladder",
        empty("ladder_levels"),
        at="ladder_levels: ",
        says="the table ladder_levels is empty",
    ),
    *(
        case(
            f"a rule with an unknown {column}",
            add("ladder_rules", **A_RULE | values),
            at="ladder_rules: new",
            says=f"The {column} '{values[column]}' is not known.",
        )
        for column, values in (
            ("metric", {"metric": "moon_phase"}),
            ("comparison", {"comparison": "="}),
            ("firing", {"firing": "daily"}),
            ("and_metric", {"and_metric": "?", "and_comparison": "<", "and_threshold": "1"}),
            (
                "and_comparison",
                {"and_metric": "fee_change", "and_comparison": "=>", "and_threshold": "1"},
            ),
        )
    ),
    case(
        "a rule without a threshold",
        add("ladder_rules", **A_RULE | {"threshold": ""}),
        at="ladder_rules: new",
        says="The rule has no threshold",
    ),
    case(
        "a rule that changes nothing",
        add("ladder_rules", **A_RULE | {"change": 0}),
        at="ladder_rules: new",
        says="The change is 0",
    ),
    case(
        "half an and-condition",
        add("ladder_rules", **A_RULE | {"and_metric": "fee_change", "and_comparison": "<"}),
        at="ladder_rules: new",
        says="The second condition is only half there: and_threshold missing.",
    ),
    case(
        "a share beside a figure of the customer",
        add(
            "ladder_rules",
            **A_RULE
            | {
                "metric": "competitor_share",
                "and_metric": "fee_change",
                "and_comparison": "<",
                "and_threshold": "0",
            },
        ),
        at="ladder_rules: new",
        says="A share belongs to a service line, the other figure to the customer.",
    ),
    case(
        "an assessment with a change of its own",
        put("ladder_rules", "change", "1", rule_id="assessed_change"),
        at="ladder_rules: assessed_change",
        says="The change of a rule on assessment_change is not read.",
    ),
    # segments
    case(
        "segment bounds upside down",
        put("segments", "upper_bound", "25", segment_value="25_34"),
        at="segments: age_band | 25_34",
        says="The lower bound 25 is not below the upper bound 25.",
        alone=False,
    ),
    case(
        "bands that overlap",
        put("segments", "upper_bound", "40", segment_value="25_34"),
        at="segments: age_band | 35_44",
        says="The bands 25_34 and 35_44 overlap: 35_44 begins at 35.",
    ),
    case(
        "a band inside another",
        put("segments", "upper_bound", None, segment_value="25_34"),
        at="segments: age_band | 45_54",
        says="The bands 25_34 and 45_54 overlap",
        alone=False,
    ),
    case(
        "a gap between bands",
        put("segments", "upper_bound", "34", segment_value="25_34"),
        at="segments: age_band | 35_44",
        says="No band of age_band holds 34 to 35: upper is excluded.",
    ),
    case(
        "a value without bounds among bands",
        add("segments", segment_type="age_band", segment_value="unknown"),
        at="segments: age_band | unknown",
        says="Other values of age_band have bounds, but this one has none.",
    ),
    case(
        "bounds on a label",
        put("segments", "lower_bound", 0, segment_type="region", segment_value=""),
        at="segments: region",
        says="the label of a segment type",
    ),
    # the path model
    case(
        "a question of the path model that nobody asks",
        put("path_items", "question_id", "q_imago", question_id="q_image"),
        at="path_items: q_imago",
        says="The question_id 'q_imago' is not in questions. Did you mean 'q_image'?",
        own=["path_items"],
    ),
    case(
        "a question of an unknown construct",
        put("path_items", "block_id", "qualty", question_id="q_speed"),
        at="path_items: q_speed",
        says="The block_id 'qualty' is not in path_blocks. Did you mean 'quality'?",
    ),
    case(
        "a question that measures two constructs",
        add("path_items", question_id="q_speed", block_id="value"),
        at="path_items: q_speed",
        says="2 rows of path_items have the same key",
    ),
    case(
        "an unknown mode",
        put("path_blocks", "mode", "formativ", block_id="value"),
        at="path_blocks: value",
        says="Did you mean 'formative'?",
    ),
    case(
        "an empty construct",
        drop("path_items", block_id="value"),
        at="path_blocks: value",
        says="The construct value is empty: no question measures it.",
    ),
    case(
        "a construct without an arrow",
        add("path_blocks", block_id="trust", mode="reflective"),
        add("path_items", question_id="q_effort", block_id="trust"),
        at="path_blocks: trust",
        says="The construct trust has no arrow",
    ),
    case(
        "an arrow to an unknown construct",
        add("path_links", from_block="satisfaction", to_block="complaints"),
        at="path_links: satisfaction | complaints",
        says="The to_block 'complaints' is not in path_blocks.",
    ),
    case(
        "a circle of arrows",
        add("path_links", from_block="loyalty", to_block="image"),
        at="path_links: image | loyalty",
        says="in a circle: image → loyalty → image.",
    ),
    case(
        "a construct that acts on itself",
        add("path_links", from_block="value", to_block="value"),
        at="path_links: value | value",
        says="in a circle: value → value.",
    ),
]


@pytest.mark.parametrize("wrong", CASES, ids=[wrong.name for wrong in CASES])
def test_each_problem_is_named(wrong: Case) -> None:
    assert_said(wrong)


@pytest.mark.parametrize("source", ["ahp", "importance", "derived", "entropy", "equal"])
def test_the_shipped_tables_are_right(source: str) -> None:
    found = problems(weight_source=source, own=SHIPPED)
    assert found.empty, found.to_string()
    assert list(found.columns) == COLUMNS
    assert all(isinstance(kind, pd.StringDtype) for kind in found.dtypes)


def test_many_problems_are_sorted_and_do_not_depend_on_the_order_of_rows() -> None:
    tables = dict(SHIPPED)
    # edits that would hide one another, or that an assertion on rows would trip over, stay out
    for edit in (
        judgement("0"),
        put("questions", "factor_id", "carre", question_id="e_care"),
        add("scale_answers", scale_id="satisfaction5", answer="VERY satisfied", level="4"),
        add("ahp_hierarchy", node_id="benefit", parent_id="gains", **A_NODE),
        put("segments", "upper_bound", "40", segment_value="25_34"),
        put("ladder_levels", "is_start", "true", level="2"),
        put("loyalty_classes", "min_overall_level", "2", rule_order="12"),
        put("factors", "factor_id", None, factor_id="image"),
    ):
        edit(tables)
    expected = method_problems(tables)
    assert len(expected) > 8
    pd.testing.assert_frame_equal(
        expected, expected.sort_values(COLUMNS, ignore_index=True), check_dtype=True
    )
    for seed in range(5):
        shuffled = {
            name: frame.sample(frac=1, random_state=seed)[sorted(frame.columns, reverse=True)]
            for name, frame in reversed(tables.items())
        }
        pd.testing.assert_frame_equal(method_problems(shuffled), expected)


def test_numbers_and_booleans_may_come_typed() -> None:
    tables = {name: frame.copy() for name, frame in SHIPPED.items()}
    levels = tables["scale_levels"]
    levels["level"] = levels["level"].astype("Int64")
    levels["value"] = levels["value"].astype(float)
    levels["is_satisfied"] = levels["is_satisfied"] == "true"
    # a column of whole numbers with nulls arrives as floats
    tables["scale_answers"]["level"] = tables["scale_answers"]["level"].astype(float)
    tables["ladder_rules"]["change"] = tables["ladder_rules"]["change"].astype(float)
    tables["segments"]["lower_bound"] = tables["segments"]["lower_bound"].astype(object)
    tables["segments"].loc[0, "lower_bound"] = pd.NA
    found = method_problems(tables)
    assert found.empty, found.to_string()


def test_without_a_survey_nothing_is_said_of_satisfaction() -> None:
    questions = empty("questions")
    assert problems(questions).empty
    satisfaction = (
        drop("ahp_judgements", model="satisfaction"),
        empty("factors", "scales", "scale_levels", "scale_answers"),
    )
    assert problems(questions, *satisfaction).empty
    assert problems(questions, *satisfaction, weight_source="derived").empty


def test_a_survey_that_rates_no_factor_needs_no_weights() -> None:
    assert problems(*NO_RATINGS, drop("ahp_judgements", model="satisfaction")).empty


@pytest.mark.parametrize("source", ["equal", "derived", "entropy"])
def test_a_survey_of_ones_own_needs_no_experts(source: str) -> None:
    flags = {1: "false", 2: "true"}
    own = {
        "questions": pd.DataFrame(
            [("cabin", "cabin", "verdict", "performance"), ("all", None, "verdict", "overall")],
            columns=["question_id", "factor_id", "scale_id", "role"],
        ),
        "factors": pd.DataFrame({"factor_id": ["cabin", "image"]}),
        "scales": pd.DataFrame({"scale_id": ["verdict"]}),
        "scale_levels": pd.DataFrame(
            {
                "scale_id": "verdict",
                "level": list(flags),
                "value": list(flags),
                "is_satisfied": list(flags.values()),
            }
        ),
        "scale_answers": pd.DataFrame(
            {"scale_id": "verdict", "answer": ["neutral", "satisfied", 0], "level": [1, 2, None]}
        ),
    }
    nodes = [("satisfaction", None), ("cabin", "satisfaction"), ("image", "satisfaction")]
    mine = pd.DataFrame(nodes, columns=["node_id", "parent_id"]).assign(model="satisfaction")
    shipped = SHIPPED["ahp_hierarchy"]
    own["ahp_hierarchy"] = pd.concat([mine, shipped[shipped["model"] == "loyalty"]])
    found = method_problems(SHIPPED | own, weight_source=source)
    assert found.empty, found.to_string()
    # under ahp the shipped judgements do not fit
    found = method_problems(SHIPPED | own)
    assert set(found["table_name"]) == {"ahp_judgements"}
    assert "No expert judged the children of satisfaction" in found["problem"].str.cat()


def test_absent_and_foreign_tables_are_fine() -> None:
    assert method_problems({}).empty
    assert method_problems({"questions": pd.DataFrame(), "notes": pd.DataFrame({"a": [1]})}).empty


@pytest.mark.parametrize("source", ["ahp", "equal"])
def test_a_model_that_nobody_judged_is_no_problem(source: str) -> None:
    assert problems(empty("ahp_judgements"), weight_source=source).empty
    nobody = (empty("ahp_judgements"), empty("ahp_experts"))
    assert problems(*nobody, weight_source=source).empty
    assert problems(drop("ahp_judgements", model="loyalty"), weight_source=source).empty
    assert problems(drop("ahp_judgements", model="satisfaction"), weight_source=source).empty


@pytest.mark.parametrize("source", ["importance", "derived", "entropy", "equal"])
def test_judgements_that_nothing_reads_are_left_alone(source: str) -> None:
    wrong = (judgement("0"), add("ahp_judgements", **A_JUDGEMENT | {"left_id": "image"}))
    assert problems(*wrong, weight_source=source).empty
    assert problems(drop("ahp_judgements", model="satisfaction"), weight_source=source).empty


def test_what_merely_looks_odd_is_accepted() -> None:
    assert problems(
        # two spellings of one level
        add("scale_answers", scale_id="satisfaction5", answer="VERY  satisfied", level="5"),
        # both directions, in agreement, one of them rounded
        add(
            "ahp_judgements",
            **A_JUDGEMENT
            | {"expert_id": "research", "left_id": "benefit", "right_id": "service_quality"}
            | {"judgement": "0.33"},
        ),
        # a factor in the hierarchy that no question rates
        drop("questions", question_id="q_image"),
        # a model of one's own
        add("ahp_hierarchy", model="village", node_id="all"),
        add("ahp_hierarchy", model="village", node_id="well", parent_id="all"),
    ).empty


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("  Very   Satisfied\t", "very satisfied"),
        ("\u3000非常\u3000满意\u00a0", "非常 满意"),
        ("５", "5"),
        ("5.0", "5"),
        ("１０.00", "10"),
        ("5.5", "5.5"),
        ("5.", "5."),
        ("a\r\n b", "a b"),
        ("\ufeffN/A", "n/a"),
        ("\u3000 ", ""),
        ("⭐\ufe0f⭐", "⭐⭐"),
        ("☹\ufe0f ", "☹"),
        (" \ufe0f ", ""),
    ],
)
def test_normal_form_of_answers(written: str, normal: str) -> None:
    assert normalise_answer(written) == normal
    assert normalise_answer(normal) == normal


ODD = st.sampled_from(
    ["", " ", "0", "-1", "1e400", "nan", "inf", "-0", "1/0", "1/3", "9" * 5000, "0x1", "1_0", "١"]
    + [
        "2025-02-30",
        "24:00",
        "25:61",
        "9:00",
        "a\0b",
        "=1",
        "满意",
        "|",
        "'",
        '"',
        "true",
    ]
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_text_in_a_method_table_is_a_problem_at_most(data: st.DataObject) -> None:
    tables = dict(SHIPPED)
    for _ in range(data.draw(st.integers(1, 4))):
        name = data.draw(st.sampled_from(sorted(tables)))
        frame = tables[name].copy()
        change = data.draw(
            st.sampled_from(["cell", "cell", "cell", "drop", "twice", "column", "empty"])
        )
        column = data.draw(st.sampled_from(sorted(frame.columns)))
        row = data.draw(st.integers(0, max(0, len(frame) - 1)))
        if change == "cell" and len(frame):
            frame.iloc[row, frame.columns.get_loc(column)] = data.draw(ODD | st.text(max_size=8))
        elif change == "drop":
            frame = frame.drop(frame.index[row : row + 3])
        elif change == "twice":
            frame = pd.concat([frame, frame.iloc[row : row + 1]])
        elif change == "column" and len(frame.columns) > 1:
            frame = frame.drop(columns=column)
        elif change == "empty":
            frame = frame.iloc[:0]
        tables[name] = frame
    weight_source = data.draw(st.sampled_from(["ahp", "importance", "equal"]))
    found = method_problems(tables, weight_source=weight_source, own=set(tables))
    assert list(found.columns) == COLUMNS
