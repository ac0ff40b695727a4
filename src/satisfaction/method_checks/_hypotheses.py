"""Claims of the folklore: what they compare, and which ratio they name."""

from ._base import OVERALL_LEVELS, Method, Problem, Problems, Row, integer, number, unknown

TABLE = "hypotheses"
COSTS = "cost_ratio"
MEASURES = (
    "loyal_class",
    "repurchase_high",
    "kept",
    "revenue_held",
    "bought",
    "purchases",
    COSTS,
)
SIDES = (("upper_from", "upper_to"), ("lower_from", "lower_to"))


def check_measures(method: Method) -> Problems:
    """Report measures that do not exist."""
    for row in method.rows(TABLE):
        measure = row.get("measure")
        if measure and measure not in MEASURES:
            yield unknown(TABLE, row.get("claim_id") or "?", "measure", measure, MEASURES)


def check_levels(method: Method) -> Problems:
    """Report levels that are missing, none of the five or out of order, and sides that overlap."""
    for row in method.rows(TABLE):
        key, measure = row.get("claim_id") or "?", row.get("measure")
        if measure == COSTS or measure not in MEASURES:
            continue
        sides = []
        for side in SIDES:
            levels = [integer(row.get(column)) for column in side]
            for column, level in zip(side, levels, strict=True):
                if row.get(column) is None or (level is not None and level not in OVERALL_LEVELS):
                    problem = f"The {column} of a claim about {measure} is not a level from 1 to 5."
                    yield Problem(TABLE, key, column, problem, "Write 1 to 5.")
            least, most = levels
            if least is not None and most is not None:
                sides.append(range(least, most + 1))
                if least > most:
                    problem = f"The {side[0]} {least} is above the {side[1]} {most}."
                    yield Problem(TABLE, key, side[0], problem, "Swap or correct the two levels.")
        if len(sides) == 2 and set(sides[0]) & set(sides[1]):
            problem = "The same levels are above and below the line of the ratio."
            yield Problem(TABLE, key, "upper_from", problem, "Compare levels that do not overlap.")


def check_claimed_ratios(method: Method) -> Problems:
    """Report claimed ratios that are not above 0, or out of order."""
    for row in method.rows(TABLE):
        yield from _claimed(row)


def _claimed(row: Row) -> Problems:
    key = row.get("claim_id") or "?"
    low, high = number(row.get("claimed_low")), number(row.get("claimed_high"))
    if low is not None and low <= 0:
        problem = f"The claimed ratio {low:g} is not above 0."
        yield Problem(TABLE, key, "claimed_low", problem, "Write the ratio, such as 6 or 0.2.")
    if low is not None and high is not None and low > high:
        problem = f"The claimed_low {low:g} is above the claimed_high {high:g}."
        yield Problem(TABLE, key, "claimed_low", problem, "Swap or correct the two.")
