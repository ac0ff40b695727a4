"""Categories of complaints: what they are called, and which factor each belongs to."""

from ._base import Method, Problem, Problems, unknown

TABLE = "complaint_categories"


def check_category_factors(method: Method) -> Problems:
    """Report factors that do not exist."""
    if TABLE not in method.own:
        return  # the shipped ones may speak of factors that another questionnaire does not have
    factors = sorted(method.values("factors", "factor_id"))
    for row in method.rows(TABLE):
        factor = row.get("factor_id")
        if factor and factor not in factors:
            key = row.get("category") or "?"
            yield unknown(TABLE, key, "factor_id", factor, factors, "factors")


def check_category_names(method: Method) -> Problems:
    """Report categories that differ by capitals alone: complaints are matched without them."""
    first: dict[str, str] = {}
    for category in sorted(method.values(TABLE, "category")):
        known = first.setdefault(category.lower(), category)
        if known != category:
            problem = f"{category} and {known} are the same category: capitals are no difference."
            yield Problem(TABLE, category, "category", problem, "Keep one of the rows.")
