"""The shape of every method table: columns, keys, and text that should be a number."""

from collections import Counter
from typing import NamedTuple

from ._base import BLANKS, Method, Problem, Problems, Row, boolean, integer, key_of, number


class Shape(NamedTuple):
    """What a table must look like; every column that is not named here is free text."""

    key: tuple[str, ...]
    required: tuple[str, ...] = ()
    may_be_blank: tuple[str, ...] = ()
    """Parts of the key that may be blank."""
    integers: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    booleans: tuple[str, ...] = ()
    is_unique: bool = True


SHAPES = {
    "questions": Shape(
        key=("question_id",),
        required=("scale_id", "role"),
        integers=("first_level",),
        booleans=("is_reversed",),
    ),
    "factors": Shape(key=("factor_id",), integers=("sort_order",)),
    "scales": Shape(key=("scale_id",)),
    "scale_levels": Shape(
        key=("scale_id", "level"),
        required=("value", "is_satisfied"),
        integers=("level",),
        numbers=("value",),
        booleans=("is_satisfied", "is_neutral"),
    ),
    # answers are compared in their normal form, by a check of their own
    "scale_answers": Shape(key=("scale_id", "answer"), integers=("level",), is_unique=False),
    "ahp_hierarchy": Shape(
        key=("model", "node_id", "parent_id"),
        may_be_blank=("parent_id",),
        integers=("sort_order",),
    ),
    "ahp_experts": Shape(key=("expert_id",), required=("weight",), numbers=("weight",)),
    "ahp_judgements": Shape(
        key=("model", "expert_id", "parent_id", "left_id", "right_id"), required=("judgement",)
    ),
    "loyalty_factor_values": Shape(
        key=("factor_id", "component", "code"),
        required=("maximum", "weight"),
        may_be_blank=("code",),
        numbers=("value", "maximum", "weight"),
    ),
    "ladder_levels": Shape(
        key=("level",),
        required=("is_start",),
        integers=("level",),
        booleans=("is_start", "is_return"),
    ),
    "ladder_rules": Shape(
        key=("rule_id",),
        required=("metric", "firing", "enabled", "reason_zh", "reason_en"),
        integers=("change",),
        numbers=("threshold", "and_threshold"),
        booleans=("enabled",),
    ),
    "loyalty_bands": Shape(
        key=("indicator", "rule_order"),
        required=("band",),
        integers=("rule_order",),
        numbers=("lower_bound", "upper_bound"),
    ),
    "loyalty_classes": Shape(
        key=("rule_order",),
        required=("class_id", "is_loyal"),
        integers=("rule_order", "min_overall_level", "max_overall_level"),
        booleans=("is_satisfied", "is_loyal"),
    ),
    "loyalty_relations": Shape(
        key=("rule_order",),
        required=("relation_id",),
        integers=("rule_order", "min_overall_level", "max_overall_level"),
        booleans=("is_satisfied", "is_loyal"),
    ),
    "tier_bands": Shape(
        key=("dimension", "rule_order"),
        required=("metric", "how", "band"),
        integers=("rule_order",),
        numbers=("lower_bound", "upper_bound"),
    ),
    "tier_rules": Shape(
        key=("rule_order",),
        required=("tier_id", "reason_zh", "reason_en"),
        integers=("rule_order",),
    ),
    "scorecard_parts": Shape(
        key=("playbook_id", "part_id"),
        required=("metric", "how", "weight"),
        numbers=("weight",),
    ),
    "scorecard_points": Shape(
        key=("playbook_id", "part_id", "lower_bound"),
        required=("points",),
        may_be_blank=("lower_bound",),
        numbers=("lower_bound", "points"),
    ),
    "path_blocks": Shape(key=("block_id",), required=("mode",), integers=("sort_order",)),
    "path_items": Shape(key=("question_id",), required=("block_id",)),
    "path_links": Shape(key=("from_block", "to_block")),
    "hypotheses": Shape(
        key=("claim_id",),
        required=("measure", "enabled"),
        integers=("upper_from", "upper_to", "lower_from", "lower_to"),
        numbers=("claimed_low", "claimed_high"),
        booleans=("upper_is_satisfied", "lower_is_satisfied", "enabled"),
    ),
    "playbook_lines": Shape(
        key=("line_order",),
        required=("line_id", "action_zh", "action_en"),
        integers=(
            "line_order",
            "min_overall_level",
            "max_overall_level",
            "min_ladder_level",
            "max_ladder_level",
            "due_days",
        ),
        booleans=("is_satisfied", "is_active", "has_open_complaint"),
    ),
    "service_promises": Shape(
        key=("promise_id",),
        required=("measure", "enabled"),
        numbers=("limit_value", "target_share"),
        booleans=("uses_business_hours", "enabled"),
    ),
    "business_hours": Shape(
        key=("weekday", "opens_at"), required=("closes_at",), integers=("weekday",)
    ),
    "business_days": Shape(
        key=("day", "opens_at"),
        required=("is_open",),
        may_be_blank=("opens_at",),
        booleans=("is_open",),
    ),
    "status_codes": Shape(key=("code",), required=("status",)),
    "currency_rates": Shape(
        key=("currency", "valid_from"),
        required=("rate",),
        may_be_blank=("valid_from",),
        numbers=("rate",),
    ),
    "segments": Shape(
        key=("segment_type", "segment_value"),
        may_be_blank=("segment_value",),
        integers=("sort_order",),
        numbers=("lower_bound", "upper_bound"),
    ),
}

_KINDS = (
    ("integers", integer, "a whole number", "digits such as 3"),
    ("numbers", number, "a finite number", "digits such as 3 or 0.5"),
    ("booleans", boolean, "a boolean", "true or false"),
)


def check_columns(method: Method) -> Problems:
    """Report columns that the key or a figure needs and that the table lacks."""
    for table, shape in SHAPES.items():
        present = method.columns.get(table, frozenset())
        for column in shape.key + shape.required:
            if present and column not in present:
                problem = f"The table {table} has no column {column}."
                yield Problem(table, "", column, problem, f"Add the column {column} to {table}.")


def check_missing_values(method: Method) -> Problems:
    """Report blanks where the key or a figure needs a value."""
    for table, shape in SHAPES.items():
        needed = [name for name in shape.key if name not in shape.may_be_blank]
        for column in [*needed, *shape.required]:
            if column not in method.columns.get(table, ()):
                continue
            rows = method.rows(table)
            blank = [row for row in rows if row.get(column) is None]
            if len(blank) == len(rows) > 1:
                problem = f"The {column} is blank in every row of {table}."
                yield Problem(table, "", column, problem, f"Fill in {column}.")
                continue
            for key, count in Counter(_key(shape, row) for row in blank).items():
                where = "1 row" if count == 1 else f"{count} rows"
                problem = f"The {column} is missing in {where}."
                yield Problem(table, key, column, problem, f"Fill in {column}, or drop the row.")


def check_duplicate_keys(method: Method) -> Problems:
    """Report rows with one key: joins would count everything twice."""
    for table, shape in SHAPES.items():
        if not shape.is_unique:
            continue
        full = (row for row in method.rows(table) if _has_key(shape, row))
        for key, count in Counter(_key(shape, row) for row in full).items():
            if count > 1:
                columns = ", ".join(shape.key)
                problem = f"{count} rows of {table} have the same key ({columns})."
                yield Problem(table, key, shape.key[-1], problem, "Keep one of these rows.")


def check_blanks_around_keys(method: Method) -> Problems:
    """Report keys with a blank before or after them, which the raw data never match."""
    for table, shape in SHAPES.items():
        if table == "scale_answers":
            continue
        for row in method.rows(table):
            for column in shape.key:
                value = row.get(column)
                if value is not None and value != value.strip(BLANKS):
                    problem = f"The {column} '{value}' begins or ends with a blank."
                    fix = f"Write '{value.strip(BLANKS)}'."
                    yield Problem(table, _key(shape, row), column, problem, fix)


def check_types(method: Method) -> Problems:
    """Report text that should be a number or a boolean."""
    for table, shape in SHAPES.items():
        for row in method.rows(table):
            for kind, read, name, example in _KINDS:
                for column in getattr(shape, kind):
                    value = row.get(column)
                    if value is not None and read(value) is None:
                        problem = f"The {column} '{value}' is not {name}."
                        fix = f"Write {example}."
                        yield Problem(table, _key(shape, row), column, problem, fix)


def _key(shape: Shape, row: Row) -> str:
    parts = []
    for column in shape.key:
        value = row.get(column)
        whole = integer(value) if column in shape.integers else None
        parts.append(value if whole is None else str(whole))  # '1.0' is level 1 as well
    while parts and parts[-1] is None and shape.key[len(parts) - 1] in shape.may_be_blank:
        parts.pop()
    return key_of(*parts)


def _has_key(shape: Shape, row: Row) -> bool:
    return all(row.get(name) is not None or name in shape.may_be_blank for name in shape.key)
