"""The playbook: every line can fit somebody, and everybody has a line."""

from itertools import product

from ._base import OVERALL_LEVELS, Method, Problem, Problems, integer, unknown

LINES = "playbook_lines"
# condition: the method table and the column that name what it may ask for
HOMES = {
    "tier_id": ("tier_rules", "tier_id"),
    "loyalty_class": ("loyalty_classes", "class_id"),
    "relation_id": ("loyalty_relations", "relation_id"),
    "weakest_factor_id": ("factors", "factor_id"),
}
BOUNDED = ("overall_level", "ladder_level")
CONDITIONS = (
    *HOMES,
    *(f"{end}_{level}" for level in BOUNDED for end in ("min", "max")),
    "is_satisfied",
    "is_active",
    "has_open_complaint",
    "has_weakest_factor",
)


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
    """Report bounds that leave no level between them."""
    ladder = [integer(level) for level in method.values("ladder_levels", "level")]
    known = {
        "overall_level": list(OVERALL_LEVELS),
        "ladder_level": sorted(level for level in ladder if level is not None),
    }
    for row, name in product(method.rows(LINES), BOUNDED):
        levels = known[name] or list(OVERALL_LEVELS)
        bounds = [integer(row.get(f"{end}_{name}")) for end in ("min", "max")]
        low = levels[0] if bounds[0] is None else bounds[0]
        high = levels[-1] if bounds[1] is None else bounds[1]
        if not any(low <= level <= high for level in levels):
            problem = f"No {name} lies between {low} and {high}."
            fix = f"Give bounds from {levels[0]} to {levels[-1]}, the lower one first."
            yield Problem(LINES, row.get("line_order") or "?", f"min_{name}", problem, fix)


def check_playbook_is_whole(method: Method) -> Problems:
    """Report a playbook without a line for the rest, and lines that share an id."""
    rows = list(method.rows(LINES))
    seen: set[str] = set()
    for line in (row.get("line_id") for row in rows):
        if line and line in seen:
            problem = f"The line {line} stands twice, so that nobody knows which one fitted."
            yield Problem(LINES, line, "line_id", problem, "Give each line an id of its own.")
        seen.add(line or "")
    rows = sorted(rows, key=lambda row: integer(row.get("line_order")) or 0)
    open_lines = [row for row in rows if all(not row.get(name) for name in CONDITIONS)]
    if rows and not open_lines:
        problem = "No line fits the customers whom no other line fits."
        fix = "Add a last line without conditions."
        yield Problem(LINES, "", "line_order", problem, fix)
    for row in open_lines:
        if row is not rows[-1]:
            line = row.get("line_order") or "?"
            problem = "The line fits everybody, so that no line after it is ever reached."
            yield Problem(
                LINES, line, "line_order", problem, "Give it a condition, or the last place."
            )
