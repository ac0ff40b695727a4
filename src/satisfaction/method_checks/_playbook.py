"""The playbook: every line can fit somebody, and everybody has a line."""

from ._base import Method, Problem, Problems, integer, unknown

LINES = "playbook_lines"
# condition: the method table and the column that name what it may ask for
HOMES = {
    "tier_id": ("tier_rules", "tier_id"),
    "loyalty_class": ("loyalty_classes", "class_id"),
    "relation_id": ("loyalty_relations", "relation_id"),
    "weakest_factor_id": ("factors", "factor_id"),
}
BOUNDS = ("min_ladder_level", "max_ladder_level")
CONDITIONS = (*HOMES, *BOUNDS, "is_active", "has_verdict", "has_open_complaint")


def check_playbook_references(method: Method) -> Problems:
    """Report conditions that no customer can meet.

    The shipped lines may name a class that a user's own table lacks: they just fit nobody.
    """
    if LINES not in method.own:
        return
    for row in method.rows(LINES):
        for column, (table, home) in HOMES.items():
            known = sorted(method.values(table, home))
            value = row.get(column)
            if value and value not in known:
                yield unknown(LINES, row.get("line_order") or "?", column, value, known, table)


def check_playbook_levels(method: Method) -> Problems:
    """Report bounds on the ladder that leave no level between them."""
    levels = [integer(level) for level in method.values("ladder_levels", "level")]
    known = sorted(level for level in levels if level is not None)
    for row in method.rows(LINES) if known else ():
        bounds = [integer(row.get(column)) for column in BOUNDS]
        low = known[0] if bounds[0] is None else bounds[0]
        high = known[-1] if bounds[1] is None else bounds[1]
        if not any(low <= level <= high for level in known):
            problem = f"No level of the ladder lies between {low} and {high}."
            mend = f"Give bounds from {known[0]} to {known[-1]}, the lower one first."
            yield Problem(LINES, row.get("line_order") or "?", BOUNDS[0], problem, mend)


def check_playbook_is_whole(method: Method) -> Problems:
    """Report a playbook without a line for the rest, and lines that share an id."""
    rows = method.rows(LINES)
    seen: set[str] = set()
    for line in (row.get("line_id") for row in rows):
        if line and line in seen:
            problem = f"The line {line} stands twice, so that nobody knows which one fitted."
            yield Problem(LINES, line, "line_id", problem, "Give each line an id of its own.")
        seen.add(line or "")
    if rows and not any(all(not row.get(name) for name in CONDITIONS) for row in rows):
        problem = "No line fits the customers whom no other line fits."
        mend = "Add a last line without conditions."
        yield Problem(LINES, "", "line_order", problem, mend)
