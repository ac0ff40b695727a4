"""Codes and rates by which transactions are read."""

from ._base import Method, Problem, Problems, number, unknown

STATUSES = ["cancelled", "completed", "returned"]


def check_statuses(method: Method) -> Problems:
    """Report a status that the contract does not know."""
    for row in method.rows("status_codes"):
        status = row.get("status")
        if status and status.lower() not in STATUSES:
            code = row.get("code") or "?"
            yield unknown("status_codes", code, "status", status, STATUSES)


def check_rates(method: Method) -> Problems:
    """Report rates that are nothing or negative."""
    for row in method.rows("currency_rates"):
        rate = number(row.get("rate"))
        if rate is not None and rate <= 0:
            key = " ".join(filter(None, (row.get("currency"), row.get("valid_from")))) or "?"
            fix = "Give a number above 0."
            yield Problem("currency_rates", key, "rate", f"{rate:g} is no rate.", fix)
