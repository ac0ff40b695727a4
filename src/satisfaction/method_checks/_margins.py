"""Margins that respondents are weighted to: how many customers there are by category."""

from itertools import combinations

from ._base import Method, Problem, Problems, Row, grouped, key_of, number

TABLE = "population_margins"
#: how far the customers of two dimensions may differ, relative to the greater number
TOLERANCE = 0.005


def check_margin_rows(method: Method) -> Problems:
    """Report rows without a number of customers above 0, with two, or with a share beyond 1."""
    for row in method.rows(TABLE):
        count, share = number(row.get("n_customers")), number(row.get("share"))
        given = [name for name in ("n_customers", "share") if row.get(name)]
        if len(given) != 1:
            problem = "One of n_customers and share is needed, and not both."
            yield Problem(TABLE, _key(row), "n_customers", problem, "Fill in one of them.")
        elif count is not None and count <= 0:
            problem = f"There cannot be {count:g} customers in a category."
            fix = "Give a number above 0, or leave the row out."
            yield Problem(TABLE, _key(row), "n_customers", problem, fix)
        elif share is not None and not 0 < share <= 1:
            problem = f"{share:g} is no share of the customers."
            yield Problem(TABLE, _key(row), "share", problem, "Give a number above 0, 1 at most.")


def check_margin_sums(method: Method) -> Problems:
    """Report shares that do not sum to 1, and dimensions that count different customers."""
    for (survey,), rows in grouped(method.rows(TABLE), "survey_id").items():
        customers: dict[str, float] = {}
        for (dimension,), of_one in grouped(rows, "dimension").items():
            key = key_of(survey, dimension)
            counts = [number(row.get("n_customers")) for row in of_one]
            shares = [number(row.get("share")) for row in of_one]
            known = [share for share in shares if share is not None]
            if known and len(known) < len(shares):
                problem = f"Some rows of {dimension} give a share, and others customers."
                yield Problem(TABLE, key, "share", problem, "Give the same for all of them.")
            elif known and abs(sum(known) - 1) > 1e-6:
                problem = f"The shares of {dimension} sum to {sum(known):g}, not to 1."
                yield Problem(TABLE, key, "share", problem, "Give shares that sum to 1.")
            elif not known and None not in counts:
                customers[dimension] = sum(count or 0 for count in counts)
        for (one, n), (other, m) in combinations(sorted(customers.items()), 2):
            if abs(n - m) > TOLERANCE * max(n, m):
                problem = f"{one} counts {n:g} customers and {other} {m:g}."
                fix = "Give the same customers by both, or shares."
                yield Problem(TABLE, key_of(survey, other), "n_customers", problem, fix)


def _key(row: Row) -> str:
    return key_of(row.get("survey_id"), row.get("dimension"), row.get("value"))
