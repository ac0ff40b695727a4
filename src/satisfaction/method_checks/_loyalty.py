"""Loyalty: the values of its factors, and the rules that make bands, classes and relations."""

import math
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
    """Report bands in the rules that loyalty_bands does not define."""
    known = _bands(method)
    for table in ("loyalty_classes", "loyalty_relations"):
        for row in method.rows(table):
            for indicator, column in BANDED.items():
                band, key = row.get(column), row.get("rule_order") or "?"
                if band and band not in known[indicator]:
                    yield unknown(table, key, column, band, known[indicator], "loyalty_bands")


def check_classes_complete(method: Method) -> Problems:
    """Report the first combination of known indicators to which no class applies."""
    rules, bands = method.rows("loyalty_classes"), _bands(method)
    if not rules:
        return
    for verdict, (repeat, recommend) in product(_verdicts(method), product(*bands.values())):
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
    repeats = _bands(method)["repeat_probability"] or [""]
    for verdict, repeat, loyal in product(_verdicts(method), repeats, (True, False)):
        case = {"repeat_band": repeat}
        fitting = (rule for rule in rules if _verdict_fits(rule, verdict) and fits(rule, case))
        if not any(boolean(rule.get("is_loyal")) in (None, loyal) for rule in fitting):
            said = "true" if loyal else "false"
            problem = (
                f"No relation matches overall level {verdict}, repeat_band {repeat}, "
                f"is_loyal {said}."
            )
            key = key_of(str(verdict.level), repeat, said)
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


def check_who_is_loyal(method: Method) -> Problems:
    """Report rules that call loyal who is dissatisfied, will hardly return or would not recommend.

    A customer in such a class is at risk or vulnerable, whatever the class is called.
    """
    rules = sorted(
        method.rows("loyalty_classes"), key=lambda row: number(row.get("rule_order")) or 0
    )
    bands, lowest = _bands(method), _lowest_bands(method)
    for rule in rules:
        for indicator, column in BANDED.items():
            band = rule.get(column)
            if boolean(rule.get("is_loyal")) and band and band == lowest.get(indicator):
                problem = f"The rule calls customers loyal whose {column} is {band}, the lowest."
                yield _not_loyal(rule, problem)
    found: set[str] = set()
    dissatisfied = sorted(verdict for verdict in _asked(method) if not verdict.is_satisfied)
    for verdict, (repeat, recommend) in product(dissatisfied, product(*bands.values())):
        case = {"repeat_band": repeat, "recommend_band": recommend}
        fitting = [rule for rule in rules if _verdict_fits(rule, verdict) and fits(rule, case)]
        order = fitting[0].get("rule_order") or "?" if fitting else "?"
        if fitting and boolean(fitting[0].get("is_loyal")) and order not in found:
            found.add(order)
            problem = f"The rule calls customers loyal whose overall level is {verdict}."
            yield _not_loyal(fitting[0], problem)


def _not_loyal(rule: Row, problem: str) -> Problem:
    fix = "Set is_loyal to false, or ask for is_satisfied true and better bands."
    return Problem("loyalty_classes", rule.get("rule_order") or "?", "is_loyal", problem, fix)


def _lowest_bands(method: Method) -> dict[str, str]:
    """Return the band that 0 falls into, of indicators that have several."""
    found: dict[str, str] = {}
    rows = sorted(method.rows("loyalty_bands"), key=lambda row: number(row.get("rule_order")) or 0)
    for row in rows:
        # a blank bound is open
        lower, upper = number(row.get("lower_bound") or "0"), number(row.get("upper_bound") or "0")
        if lower is not None and upper is not None and lower <= 0 <= upper:
            found.setdefault(row.get("indicator") or "", row.get("band") or "")
    return {name: band for name, band in found.items() if len(_bands(method).get(name, ())) > 1}


def _asked(method: Method) -> set["Verdict"]:
    """Return the verdicts that the scales of the overall questions can give."""
    scales = {row.get("scale_id") for row in method.questions("overall")}
    found: set[Verdict] = set()
    for (scale,), rows in grouped(method.rows("scale_levels"), "scale_id").items():
        if scale in scales and len(rows) > 1:
            for row in rows:
                level, said = integer(row.get("level")), boolean(row.get("is_satisfied"))
                if level is not None and said is not None:
                    of_five = 1 + math.floor(4 * (level - 1) / (len(rows) - 1) + 0.5)
                    found.add(Verdict(of_five, said))
    return found


class Verdict(NamedTuple):
    """A level of five, and whether its scale counts it as satisfied."""

    level: int
    is_satisfied: bool

    def __str__(self) -> str:
        return f"{self.level} ({'satisfied' if self.is_satisfied else 'not satisfied'})"


def _verdicts(method: Method) -> list[Verdict]:
    """Return what can be said of every level; both of one that no scale of the case has."""
    every = [Verdict(level, said) for level in OVERALL_LEVELS for said in (True, False)]
    asked = _asked(method)
    known = {verdict.level for verdict in asked}
    return [verdict for verdict in every if verdict in asked or verdict.level not in known]


def _verdict_fits(rule: Row, verdict: Verdict) -> bool:
    least, most = integer(rule.get("min_overall_level")), integer(rule.get("max_overall_level"))
    return (
        boolean(rule.get("is_satisfied")) in (None, verdict.is_satisfied)
        and (least is None or least <= verdict.level)
        and (most is None or verdict.level <= most)
    )
