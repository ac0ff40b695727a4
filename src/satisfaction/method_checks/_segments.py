"""Segments: plain values, or bands of a number with lower <= x < upper."""

from math import inf

from ._base import Method, Problem, Problems, Row, grouped, key_of, number

TABLE = "segments"
BOUNDS = ("lower_bound", "upper_bound")


def check_segment_bounds(method: Method) -> Problems:
    """Report bounds that are out of order, and bounds on the label of a type."""
    for row in method.rows(TABLE):
        lower, upper = (number(row.get(column)) for column in BOUNDS)
        value = row.get("segment_value")
        key = key_of(row.get("segment_type"), *([value] if value else []))
        if lower is not None and upper is not None and lower >= upper:
            problem = f"The lower bound {lower:g} is not below the upper bound {upper:g}."
            yield Problem(TABLE, key, "lower_bound", problem, "Swap or correct the bounds.")
        if value is None and _is_banded(row):
            problem = "The row is the label of a segment type, so its bounds are not read."
            fix = "Fill in segment_value, or leave the bounds blank."
            yield Problem(TABLE, key, "segment_value", problem, fix)


def check_segment_bands(method: Method) -> Problems:
    """Report types with some bands only, and bands that overlap or leave a gap."""
    for (segment_type,), rows in grouped(method.rows(TABLE), "segment_type").items():
        values = [row for row in rows if row.get("segment_value") is not None]
        banded = [row for row in values if _is_banded(row)]
        for row in values if banded else ():
            if not _is_banded(row):
                problem = f"Other values of {segment_type} have bounds, but this one has none."
                fix = "Give every value of the type a bound, or none."
                key = key_of(segment_type, row.get("segment_value"))
                yield Problem(TABLE, key, "lower_bound", problem, fix)
        yield from _meeting_problems(segment_type, banded)


def _meeting_problems(segment_type: str, rows: list[Row]) -> Problems:
    if any(row.get(name) and number(row.get(name)) is None for row in rows for name in BOUNDS):
        return  # reported as no number
    bands = sorted(
        (float(row.get("lower_bound") or -inf), float(row.get("upper_bound") or inf), str(name))
        for row in rows
        if (name := row.get("segment_value"))
    )
    reach = bands[:1]
    for start, stop, second in bands[1:]:
        _, end, first = reach[-1]
        if stop > end:
            reach.append((start, stop, second))  # the band that ends last so far
        if start < end:
            problem = f"The bands {first} and {second} overlap: {second} begins at {start:g}."
            fix = f"Let {second} begin where {first} ends, at {end:g}."
        elif start > end:
            problem = f"No band of {segment_type} holds {end:g} to {start:g}: upper is excluded."
            fix = f"Let {second} begin where {first} ends."
        else:
            continue
        yield Problem(TABLE, key_of(segment_type, second), "lower_bound", problem, fix)


def _is_banded(row: Row) -> bool:
    return any(row.get(column) is not None for column in BOUNDS)
