"""Scorecards: their parts with weights, and the points of each part."""

from ._base import (
    WEIGHT_TOLERANCE,
    Method,
    Problem,
    Problems,
    grouped,
    key_of,
    number,
    unknown,
)

PARTS, POINTS = "scorecard_parts", "scorecard_points"
TOTAL = "total"
"""Row of the mart that holds the score itself."""


def check_scorecard_parts(method: Method) -> Problems:
    """Report points of no part, and a part with the name of the score."""
    parts = grouped(method.rows(PARTS), "playbook_id", "part_id")
    for playbook, part in parts:
        if part == TOTAL:
            problem = "A part cannot be called total: that is the row of the score itself."
            key = key_of(playbook, part)
            yield Problem(PARTS, key, "part_id", problem, "Give it another name.")
    for playbook, part in grouped(method.rows(POINTS), "playbook_id", "part_id"):
        if (playbook, part) not in parts:
            known = [name for of, name in parts if of == playbook]
            yield unknown(POINTS, key_of(playbook, part), "part_id", part, known, PARTS)


def check_scorecard_weights(method: Method) -> Problems:
    """Report negative weights, and playbooks whose weights do not sum to 1."""
    for (playbook,), rows in grouped(method.rows(PARTS), "playbook_id").items():
        weights = [number(row.get("weight")) for row in rows]
        for row, weight in zip(rows, weights, strict=True):
            if weight is not None and weight < 0:
                problem = f"The weight {weight:g} is negative."
                key = key_of(playbook, row.get("part_id"))
                yield Problem(PARTS, key, "weight", problem, "Write 0 or more.")
        total = sum(weight for weight in weights if weight is not None)
        if None not in weights and abs(total - 1) > WEIGHT_TOLERANCE:
            problem = f"The weights of the parts of {playbook} sum to {total:g}, not to 1."
            yield Problem(PARTS, playbook, "weight", problem, "Change the weights so that they do.")


def check_scorecard_points(method: Method) -> Problems:
    """Report points outside 0 to 100, bounds off their range, and figures without points."""
    steps = grouped(method.rows(POINTS), "playbook_id", "part_id")
    for row in method.rows(POINTS):
        points = number(row.get("points"))
        if points is not None and not 0 <= points <= 100:
            start = row.get("lower_bound")
            key = key_of(row.get("playbook_id"), row.get("part_id"), *([start] if start else []))
            problem = f"The points {points:g} are not from 0 to 100."
            yield Problem(POINTS, key, "points", problem, "Write points from 0 to 100.")
    for (playbook, part), (row, *_) in grouped(
        method.rows(PARTS), "playbook_id", "part_id"
    ).items():
        key, rows = key_of(playbook, part), steps.get((playbook, part), [])
        if not any(step.get("lower_bound") is None for step in rows):
            problem = f"The least figures of {part} have no points."
            fix = "Add a row whose lower_bound is blank, for all that reach no other."
            yield Problem(POINTS, key, "lower_bound", problem, fix)
        for step in rows if row.get("how") == "quantile" else ():
            bound = number(step.get("lower_bound"))
            if bound is not None and not 0 <= bound <= 1:
                problem = f"The lower_bound {bound:g} of a percentile rank is not from 0 to 1."
                fix = "Write a share, such as 0.8 for the top fifth."
                yield Problem(POINTS, key, "lower_bound", problem, fix)
