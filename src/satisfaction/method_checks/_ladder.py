"""The loyalty ladder: its levels and the rules that move a customer."""

from ._base import Method, Problem, Problems, boolean, integer, listing, unknown

ASSESSMENTS = ("assessment_level", "assessment_change")
RHYTHMS = ("monthly", "irregular", "new")
CONDITION = ("comparison", "threshold")
TOP = 5  # contracts count the customers of five levels
AND_CONDITION = ("and_metric", "and_comparison", "and_threshold")


def check_ladder_levels(method: Method) -> Problems:
    """Report levels that are not 1 to L without gaps, and no or several levels to start from."""
    table = "ladder_levels"
    rows = method.rows(table)
    if not rows:
        if method.rows("ladder_rules"):
            problem = "There are ladder rules, but the table ladder_levels is empty."
            yield Problem(table, "", "level", problem, "Fill it with the levels 1 to L.")
        return
    levels = [integer(row.get("level")) for row in rows]
    whole = sorted({level for level in levels if level is not None})
    if None not in levels and whole != list(range(1, len(whole) + 1)):
        problem = f"The ladder has the levels {listing(whole)}, not 1 to L without gaps."
        yield Problem(table, "", "level", problem, "Number the levels from 1 upwards.")
    if whole and whole[-1] > TOP:
        problem = f"The ladder has {whole[-1]} levels; the marts count the customers of {TOP}."
        yield Problem(table, "", "level", problem, f"Use at most {TOP} levels.")
    starts = sorted(str(row.get("level")) for row in rows if boolean(row.get("is_start")))
    if len(starts) != 1:
        many = f"several start levels: {listing(starts)}" if starts else "no start level"
        fix = "Set is_start to true in exactly one row."
        yield Problem(table, "", "is_start", f"The ladder has {many}.", fix)
    returns = sorted(str(row.get("level")) for row in rows if boolean(row.get("is_return")))
    if len(returns) > 1:
        problem = f"Customers who come back would start at several levels: {listing(returns)}."
        fix = "Set is_return to true in one row, or in none: then the start level counts."
        yield Problem(table, "", "is_return", problem, fix)


def check_ladder_rhythms(method: Method) -> Problems:
    """Report rhythms that do not exist."""
    for row in method.rows("ladder_rules"):
        for value in (row.get("rhythm") or "").split("|"):
            if value.strip() and value.strip() not in RHYTHMS:
                yield unknown(
                    "ladder_rules", row.get("rule_id") or "?", "rhythm", value.strip(), RHYTHMS
                )


def check_ladder_conditions(method: Method) -> Problems:
    """Report half conditions, changes of nothing, and conditions that nothing reads."""
    table = "ladder_rules"
    for row in method.rows(table):
        key, metric = row.get("rule_id") or "?", row.get("metric")
        if metric in ASSESSMENTS:
            for column in (*CONDITION, *AND_CONDITION, "change"):
                if row.get(column) is not None:
                    problem = f"The {column} of a rule on {metric} is not read."
                    fix = f"Leave {column} blank: the assessment itself says what happens."
                    yield Problem(table, key, column, problem, fix)
            continue
        for column in (*CONDITION, "change"):
            if row.get(column) is None:
                problem = f"The rule has no {column}, so it could never fire."
                yield Problem(table, key, column, problem, f"Fill in {column}.")
        # a return is an event, whether or not it moves the customer from the level for it
        if integer(row.get("change")) == 0 and metric != "months_away":
            problem = "The change is 0, so the rule does nothing."
            fix = "Write how many levels it moves, such as -1, or set enabled to false."
            yield Problem(table, key, "change", problem, fix)
        metrics = (metric, row.get("and_metric"))
        if None not in metrics and "competitor_share" in metrics and metrics[0] != metrics[1]:
            problem = "A share belongs to a service line, the other figure to the customer."
            fix = "Leave the second condition blank, or write two rules."
            yield Problem(table, key, "and_metric", problem, fix)
        missing = [column for column in AND_CONDITION if row.get(column) is None]
        if 0 < len(missing) < len(AND_CONDITION):
            problem = f"The second condition is only half there: {listing(missing)} missing."
            fix = f"Fill in {listing(AND_CONDITION)}, or leave all three blank."
            yield Problem(table, key, missing[0], problem, fix)
