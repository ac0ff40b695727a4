"""The shape of every method table: columns, keys, codes, and text that should be a number."""

from collections import Counter

from ._base import BLANKS, Method, Problem, Problems, Row, boolean, integer, key_of, number, unknown
from ._declared import Shape, shapes

_KINDS = (
    ("integers", integer, "a whole number", "digits such as 3"),
    ("numbers", number, "a finite number", "digits such as 3 or 0.5"),
    ("booleans", boolean, "a boolean", "true or false"),
)


def check_columns(method: Method) -> Problems:
    """Report columns that the key or a figure needs and that the table lacks."""
    for table, shape in shapes().items():
        present = method.columns.get(table, frozenset())
        for column in shape.key + shape.required:
            if present and column not in present:
                problem = f"The table {table} has no column {column}."
                yield Problem(table, "", column, problem, f"Add the column {column} to {table}.")


def check_missing_values(method: Method) -> Problems:
    """Report blanks where the key or a figure needs a value."""
    for table, shape in shapes().items():
        needed = [name for name in shape.key if name not in shape.may_be_blank]
        for column in [*needed, *shape.required]:
            if column not in method.columns.get(table, ()):
                continue
            rows = method.rows(table)
            blank = [row for row in rows if row.get(column) is None]
            if len(blank) == len(rows) > 1:
                problem = f"The {column} is blank in every row of {table}."
                yield Problem(table, "", column, problem, f"Fill in {column}.")
                continue
            for key, count in Counter(_key(shape, row) for row in blank).items():
                where = "1 row" if count == 1 else f"{count} rows"
                problem = f"The {column} is missing in {where}."
                yield Problem(table, key, column, problem, f"Fill in {column}, or drop the row.")


def check_duplicate_keys(method: Method) -> Problems:
    """Report rows with one key: joins would count everything twice."""
    for table, shape in shapes().items():
        if not shape.is_unique:
            continue
        full = (row for row in method.rows(table) if _has_key(shape, row))
        for key, count in Counter(_key(shape, row) for row in full).items():
            if count > 1:
                columns = ", ".join(shape.key)
                problem = f"{count} rows of {table} have the same key ({columns})."
                yield Problem(table, key, shape.key[-1], problem, "Keep one of these rows.")


def check_blanks_around_keys(method: Method) -> Problems:
    """Report keys with a blank before or after them, which the raw data never match."""
    for table, shape in shapes().items():
        if table == "scale_answers":
            continue
        for row in method.rows(table):
            for column in shape.key:
                value = row.get(column)
                if value is not None and value != value.strip(BLANKS):
                    problem = f"The {column} '{value}' begins or ends with a blank."
                    fix = f"Write '{value.strip(BLANKS)}'."
                    yield Problem(table, _key(shape, row), column, problem, fix)


def check_types(method: Method) -> Problems:
    """Report text that should be a number or a boolean."""
    for table, shape in shapes().items():
        for row in method.rows(table):
            for kind, read, name, example in _KINDS:
                for column in getattr(shape, kind):
                    value = row.get(column)
                    if value is not None and read(value) is None:
                        problem = f"The {column} '{value}' is not {name}."
                        fix = f"Write {example}."
                        yield Problem(table, _key(shape, row), column, problem, fix)


def check_options(method: Method) -> Problems:
    """Report codes that a column does not know."""
    for table, shape in shapes().items():
        for row in method.rows(table):
            for column, known in shape.options.items():
                value = row.get(column)
                if value and value not in known:
                    yield unknown(table, _key(shape, row), column, value, known)


def _key(shape: Shape, row: Row) -> str:
    parts = []
    for column in shape.key:
        value = row.get(column)
        whole = integer(value) if column in shape.integers else None
        parts.append(value if whole is None else str(whole))  # '1.0' is level 1 as well
    while parts and parts[-1] is None and shape.key[len(parts) - 1] in shape.may_be_blank:
        parts.pop()
    return key_of(*parts)


def _has_key(shape: Shape, row: Row) -> bool:
    return all(row.get(name) is not None or name in shape.may_be_blank for name in shape.key)
