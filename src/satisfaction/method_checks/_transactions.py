"""Codes and rates by which transactions are read."""

from ._base import Method, Problem, Problems, number, unknown

STATUSES = ["completed", "returned", "cancelled"]


def check_statuses(method: Method) -> Problems:
    """Report a status that the contract does not know."""
    for row in method.rows("status_codes"):
        status = (row.get("status") or "").lower()
        if status and status not in STATUSES:
            code = row.get("code") or "?"
            yield Problem(
                "status_codes",
                "status",
                code,
                f"'{status}' is no status.",
                f"Use one of {', '.join(STATUSES)}.",
            )


def check_rates(method: Method) -> Problems:
    """Report rates that are nothing or negative."""
    for row in method.rows("currency_rates"):
        rate = number(row.get("rate"))
        if rate is not None and rate <= 0:
            key = f"{row.get('currency') or '?'} {row.get('valid_from') or ''}".strip()
            yield Problem(
                "currency_rates", "rate", key, f"{rate:g} is no rate.", "Give a number above 0."
            )
