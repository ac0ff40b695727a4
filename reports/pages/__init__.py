"""The pages of the report, in reading order."""

from __future__ import annotations

from collections.abc import Callable

from reports.language import Words, day, say
from reports.marts import Marts
from reports.pages import customers, loyalty, overview, quality, satisfaction, weights
from reports.parts import Page

PAGES = (
    overview.page,
    satisfaction.page,
    loyalty.page,
    customers.page,
    weights.page,
    quality.page,
)


def of(marts: Marts) -> list[Callable[[Marts], Page]]:
    """Return the pages of a report: the one of customers only where it may name them."""
    return [page for page in PAGES if marts.names_customers or page is not customers.page]


def header(marts: Marts) -> Words:
    """Say what the report is about: how many customers, as of which day."""
    customers = marts.value("select count(*) from dim_customers")
    as_of = day(marts.value("select max(as_of_date) from row_accounting"))
    return say("{customers} customers · as of {as_of}", customers=f"{customers:,}", as_of=as_of)
