"""The pages of the report, in reading order."""

from __future__ import annotations

from dataclasses import replace

from reports.language import Words, day, say
from reports.marts import Marts
from reports.pages import customers, loyalty, overview, quality, satisfaction, weights, withheld
from reports.parts import Missing, Page, Part

PAGES = (
    overview.page,
    satisfaction.page,
    loyalty.page,
    customers.page,
    weights.page,
    quality.page,
)


def of(marts: Marts) -> list[Page]:
    """Return the pages of a report: what its areas have, and customers where it may name them."""
    found = []
    for page in PAGES:
        if marts.names_customers or page is not customers.page:
            made = page(marts)
            parts = [part for part in made.parts if not is_off(part, marts)]
            if page is satisfaction.page and (listed := withheld.segments(marts)):
                parts.append(listed)
            if parts:
                found.append(replace(made, parts=parts))
    return found


def is_off(part: Part, marts: Marts) -> bool:
    """Tell whether a part is missing because its area is off in this case."""
    return isinstance(part, Missing) and part.mart not in marts.published


def header(marts: Marts) -> Words:
    """Say what the report is about: how many customers, as of which day."""
    as_of = day(marts.value("select max(as_of_date) from row_accounting"))
    if "dim_customers" not in marts.published:
        return say("For passing on · as of {as_of}", as_of=as_of)
    customers = marts.value("select count(*) from dim_customers")
    return say("{customers} customers · as of {as_of}", customers=f"{customers:,}", as_of=as_of)
