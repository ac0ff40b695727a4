"""Claims of the folklore: what they compare, and which ratio they name."""

from itertools import product

from ._base import (
    OVERALL_LEVELS,
    Method,
    Problem,
    Problems,
    Row,
    boolean,
    integer,
    number,
)
from ._declared import options

TABLE = "hypotheses"
COSTS = "cost_ratio"
# bounds of a side, and the column that asks whether its verdicts are satisfied ones
SIDES = {
    ("upper_from", "upper_to"): "upper_is_satisfied",
    ("lower_from", "lower_to"): "lower_is_satisfied",
}


def check_levels(method: Method) -> Problems:
    """Report levels that are missing, none of the five or out of order, and sides that overlap."""
    for row in method.rows(TABLE):
        key, measure = row.get("claim_id") or "?", row.get("measure")
        if measure == COSTS or measure not in options(TABLE, "measure"):
            continue
        sides = []
        for side, satisfied in SIDES.items():
            says = boolean(row.get(satisfied))
            levels = [integer(row.get(column)) for column in side]
            for column, level in zip(side, levels, strict=True):
                is_blank = row.get(column) is None
                if (is_blank and says is None) or (not is_blank and level not in OVERALL_LEVELS):
                    problem = f"The {column} of a claim about {measure} is not a level from 1 to 5."
                    yield Problem(
                        TABLE, key, column, problem, f"Write 1 to 5, or say it by {satisfied}."
                    )
            least = levels[0] or OVERALL_LEVELS[0]
            most = levels[1] or OVERALL_LEVELS[-1]
            if says is not None or None not in levels:
                verdicts = [says] if says is not None else [True, False]
                sides.append(set(product(range(least, most + 1), verdicts)))
            if least > most:
                problem = f"The {side[0]} {least} is above the {side[1]} {most}."
                yield Problem(TABLE, key, side[0], problem, "Swap or correct the two levels.")
        if len(sides) == 2 and sides[0] & sides[1]:
            problem = "The same levels are above and below the line of the ratio."
            yield Problem(TABLE, key, "upper_from", problem, "Compare levels that do not overlap.")


def check_claimed_ratios(method: Method) -> Problems:
    """Report claimed ratios that are not above 0, or out of order."""
    for row in method.rows(TABLE):
        yield from _claimed(row)


def _claimed(row: Row) -> Problems:
    key = row.get("claim_id") or "?"
    low, high = number(row.get("claimed_low")), number(row.get("claimed_high"))
    if row.get("claimed_low") is None and row.get("claimed_high") is None:
        problem = "The claim names no ratio: both ends of its range are open."
        yield Problem(
            TABLE, key, "claimed_low", problem, "Write one end at least, such as 6 or 0.2."
        )
    for column, end in (("claimed_low", low), ("claimed_high", high)):
        if end is not None and end <= 0:
            problem = f"The claimed ratio {end:g} is not above 0."
            yield Problem(TABLE, key, column, problem, "Write the ratio, such as 6 or 0.2.")
    if low is not None and high is not None and low > high:
        problem = f"The claimed_low {low:g} is above the claimed_high {high:g}."
        yield Problem(TABLE, key, "claimed_low", problem, "Swap or correct the two.")
