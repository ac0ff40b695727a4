"""Tiers: the bands of contribution, loyalty and risk, and the rules that join them."""

from itertools import product
from math import inf

from ._base import (
    Method,
    Problem,
    Problems,
    band_gap,
    fits,
    grouped,
    integer,
    key_of,
    number,
    unknown,
)
from ._declared import options

ATTRIBUTES = (
    "customer_type",
    "gender",
    "region",
    "education",
    "industry",
    "customer_status",
    "loyalty_class",
    "satisfaction_loyalty_relation",
)
"""Besides declared extra columns of customers, x_…, which dbt looks at."""

_RULES = "tier_rules"
_BANDS = "tier_bands"


def check_tier_bounds(method: Method) -> Problems:
    """Report bounds out of order, and bounds of percentile ranks outside 0 to 1."""
    for row in method.rows(_BANDS):
        key = key_of(row.get("dimension"), row.get("rule_order"))
        lower, upper = number(row.get("lower_bound")), number(row.get("upper_bound"))
        if lower is not None and upper is not None and lower > upper:
            problem = f"The lower bound {lower:g} is above the upper bound {upper:g}."
            yield Problem(_BANDS, key, "lower_bound", problem, "Swap or correct the bounds.")
        for column, bound in (("lower_bound", lower), ("upper_bound", upper)):
            if row.get("how") == "quantile" and bound is not None and not 0 <= bound <= 1:
                problem = f"The {column} {bound:g} of a percentile rank is not from 0 to 1."
                fix = "Write a share, such as 0.8 for the top fifth."
                yield Problem(_BANDS, key, column, problem, fix)


def check_tier_gaps(method: Method) -> Problems:
    """Report values of a dimension's last metric that fall into no band."""
    for (dimension,), rows in grouped(method.rows(_BANDS), "dimension").items():
        if any(integer(row.get("rule_order")) is None for row in rows):
            continue  # reported as missing or as no whole number
        last = max(rows, key=lambda row: number(row.get("rule_order")) or 0)
        metric, how = last.get("metric"), last.get("how")
        same = [row for row in rows if (row.get("metric"), row.get("how")) == (metric, how)]
        gap = band_gap(same, *((0, 1) if how == "quantile" else (-inf, inf)))
        if gap:
            start, stop = gap
            where = f"between {start:g} and {stop:g}"
            where = f"below {stop:g}" if start == -inf else where
            where = f"above {start:g}" if stop == inf else where
            problem = f"Values of {metric} {where} fall into no band of {dimension}."
            fix = "Let the bands meet, or add a last row with both bounds blank for the rest."
            yield Problem(_BANDS, dimension, "lower_bound", problem, fix)


def check_tier_conditions(method: Method) -> Problems:
    """Report conditions on attributes that are half there or ask for what customers lack."""
    for row in method.rows(_RULES):
        key, attribute = row.get("rule_order") or "?", row.get("attribute")
        if (attribute is None) != (row.get("attribute_value") is None):
            column = "attribute" if attribute is None else "attribute_value"
            problem = f"The condition is only half there: {column} is missing."
            fix = "Fill in attribute and attribute_value, or leave both blank."
            yield Problem(_RULES, key, column, problem, fix)
        if attribute and attribute not in ATTRIBUTES and not attribute.startswith("x_"):
            yield unknown(_RULES, key, "attribute", attribute, ATTRIBUTES)


def check_tiers_complete(method: Method) -> Problems:
    """Report the first combination of bands without a tier, whatever the attributes."""
    rules = [row for row in method.rows(_RULES) if row.get("attribute") is None]
    if not method.rows(_RULES):
        return
    columns = [f"{dimension}_band" for dimension in options(_BANDS, "dimension")]
    for bands in product(*(options(_RULES, column) for column in columns)):
        case = dict(zip(columns, bands, strict=True))
        if not any(fits(rule, case) for rule in rules):
            said = ", ".join(f"{column} {band}" for column, band in case.items())
            problem = f"No tier matches {said}."
            fix = "Add a rule for it, or widen one; a blank band means any, unknown included."
            yield Problem(_RULES, key_of(*bands), "tier_id", problem, fix)
            return
