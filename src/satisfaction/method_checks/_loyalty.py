"""Loyalty: the values of its factors, and the rules that make bands, classes and relations."""

from itertools import product
from typing import NamedTuple

from ._base import (
    OVERALL_LEVELS,
    WEIGHT_TOLERANCE,
    Method,
    Problem,
    Problems,
    Row,
    band_gap,
    boolean,
    fits,
    grouped,
    integer,
    key_of,
    listing,
    number,
    unknown,
)

COMPONENTS = (
    "customer_type",
    "product_count",
    "tenure_months",
    "breadth",
    "sole_supplier",
    "never_switched",
)
BANDED = {"repeat_probability": "repeat_band", "recommendation": "recommend_band"}


def check_component_rows(method: Method) -> Problems:
    """Report unknown components, and values outside 0 to their maximum."""
    table = "loyalty_factor_values"
    for row in method.rows(table):
        component, code = row.get("component"), row.get("code")
        key = key_of(row.get("factor_id"), component, *([code] if code else []))
        value, maximum = number(row.get("value")), number(row.get("maximum"))
        weight = number(row.get("weight"))
        if component and component not in COMPONENTS:
            yield unknown(table, key, "component", component, COMPONENTS)
        elif component == "customer_type":
            for column in ("code", "value"):
                if row.get(column) is None:
                    problem = f"A row of component customer_type has no {column}."
                    yield Problem(table, key, column, problem, f"Fill in {column}.")
        elif component:
            for column in ("code", "value"):
                if row.get(column) is not None:
                    problem = f"The component {component} is measured, so its {column} is not read."
                    yield Problem(table, key, column, problem, f"Leave {column} blank.")
        if maximum is not None and maximum <= 0:
            problem = f"The maximum {maximum:g} is not above 0, and values are divided by it."
            yield Problem(table, key, "maximum", problem, "Write the largest value that can occur.")
        elif value is not None and maximum is not None and value > maximum:
            problem = f"The value {value:g} is above the maximum {maximum:g}."
            yield Problem(table, key, "value", problem, "Lower the value, or raise the maximum.")
        for column, figure in (("value", value), ("weight", weight)):
            if figure is not None and figure < 0:
                problem = f"The {column} {figure:g} is negative."
                yield Problem(table, key, column, problem, "Write 0 or more.")


def check_component_weights(method: Method) -> Problems:
    """Report components whose rows disagree, and factors whose weights do not sum to 1."""
    table = "loyalty_factor_values"
    for (factor,), rows in grouped(method.rows(table), "factor_id").items():
        weights: list[float | None] = []
        for (component,), same in grouped(rows, "component").items():
            for column in ("weight", "maximum"):
                found = {number(row.get(column)) for row in same}
                if len(found) > 1 and None not in found:
                    shown = listing(f"{value:g}" for value in sorted(filter(None, found)))
                    problem = f"Rows of component {component} have different {column}s: {shown}."
                    fix = f"Give all rows of the component the same {column}."
                    yield Problem(table, key_of(factor, component), column, problem, fix)
            weights.append(number(same[0].get("weight")))
        total = sum(weight for weight in weights if weight is not None)
        if None not in weights and abs(total - 1) > WEIGHT_TOLERANCE:
            problem = f"The weights of the components of {factor} sum to {total:g}, not to 1."
            yield Problem(table, factor, "weight", problem, "Change the weights so that they do.")


def check_bands(method: Method) -> Problems:
    """Report unknown indicators, bounds out of order, and probabilities without a band."""
    table = "loyalty_bands"
    for (indicator,), rows in grouped(method.rows(table), "indicator").items():
        if indicator not in BANDED:
            yield unknown(table, indicator, "indicator", indicator, BANDED)
        for row in rows:
            lower, upper = number(row.get("lower_bound")), number(row.get("upper_bound"))
            if lower is not None and upper is not None and lower > upper:
                key = key_of(indicator, row.get("rule_order"))
                problem = f"The lower bound {lower:g} is above the upper bound {upper:g}."
                yield Problem(table, key, "lower_bound", problem, "Swap or correct the bounds.")
        if indicator == "repeat_probability":
            gap = band_gap(rows, 0, 1)
            if gap:
                problem = (
                    f"A repeat probability between {gap[0]:g} and {gap[1]:g} falls into no band."
                )
                fix = "Let the bands meet, or add a last band with both bounds blank for the rest."
                yield Problem(table, indicator, "lower_bound", problem, fix)


def check_level_bounds(method: Method) -> Problems:
    """Report levels of overall satisfaction that are not 1 to 5, or out of order."""
    for table in ("loyalty_classes", "loyalty_relations"):
        for row in method.rows(table):
            key = row.get("rule_order") or "?"
            columns = ("min_overall_level", "max_overall_level")
            bounds = [integer(row.get(column)) for column in columns]
            for column, bound in zip(columns, bounds, strict=True):
                if bound is not None and bound not in OVERALL_LEVELS:
                    problem = f"The {column} {bound} is not a level from 1 to {OVERALL_LEVELS[-1]}."
                    yield Problem(table, key, column, problem, "Write 1 to 5, or leave it blank.")
            least, most = bounds
            if least is not None and most is not None and least > most:
                problem = f"The min_overall_level {least} is above the max_overall_level {most}."
                fix = "Swap or correct the two levels."
                yield Problem(table, key, "min_overall_level", problem, fix)


def check_class_bands(method: Method) -> Problems:
    """Report bands in loyalty_classes that loyalty_bands does not define."""
    known = _bands(method)
    for row in method.rows("loyalty_classes"):
        for indicator, column in BANDED.items():
            band, key = row.get(column), row.get("rule_order") or "?"
            if band and band not in known[indicator]:
                home = "loyalty_bands"
                yield unknown("loyalty_classes", key, column, band, known[indicator], home)


def check_classes_complete(method: Method) -> Problems:
    """Report the first combination of known indicators to which no class applies."""
    rules, bands = method.rows("loyalty_classes"), _bands(method)
    if not rules:
        return
    for verdict, (repeat, recommend) in product(_verdicts(), product(*bands.values())):
        case = {"repeat_band": repeat, "recommend_band": recommend}
        if not any(_verdict_fits(rule, verdict) and fits(rule, case) for rule in rules):
            key = key_of(str(verdict.level), repeat, recommend)
            problem = (
                f"No class matches overall level {verdict}, repeat_band {repeat}, "
                f"recommend_band {recommend}."
            )
            fix = "Add a rule for it, or widen one; a blank band means any."
            yield Problem("loyalty_classes", key, "class_id", problem, fix)
            return


def check_relations_complete(method: Method) -> Problems:
    """Report the first combination of satisfaction and loyalty without a relation."""
    rules = method.rows("loyalty_relations")
    if not rules:
        return
    for verdict, loyal in product(_verdicts(), (True, False)):
        fitting = (rule for rule in rules if _verdict_fits(rule, verdict))
        if not any(boolean(rule.get("is_loyal")) in (None, loyal) for rule in fitting):
            said = "true" if loyal else "false"
            problem = f"No relation matches overall level {verdict} with is_loyal {said}."
            key = key_of(str(verdict.level), said)
            yield Problem("loyalty_relations", key, "relation_id", problem, "Add a rule for it.")
            return


def _bands(method: Method) -> dict[str, list[str]]:
    """Bands of both indicators in the order of their rules."""
    found: dict[str, list[str]] = {indicator: [] for indicator in BANDED}
    rows = sorted(method.rows("loyalty_bands"), key=lambda row: number(row.get("rule_order")) or 0)
    for row in rows:
        indicator, band = row.get("indicator"), row.get("band")
        if indicator in found and band and band not in found[indicator]:
            found[indicator].append(band)
    return found


class Verdict(NamedTuple):
    """A level of five, and whether its scale counts it as satisfied."""

    level: int
    is_satisfied: bool

    def __str__(self) -> str:
        return f"{self.level} ({'satisfied' if self.is_satisfied else 'not satisfied'})"


def _verdicts() -> list[Verdict]:
    return [Verdict(level, said) for level in OVERALL_LEVELS for said in (True, False)]


def _verdict_fits(rule: Row, verdict: Verdict) -> bool:
    least, most = integer(rule.get("min_overall_level")), integer(rule.get("max_overall_level"))
    return (
        boolean(rule.get("is_satisfied")) in (None, verdict.is_satisfied)
        and (least is None or least <= verdict.level)
        and (most is None or verdict.level <= most)
    )
