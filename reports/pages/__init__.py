"""The pages of the report, in reading order."""

from __future__ import annotations

from reports.language import Words, both, day
from reports.marts import Marts
from reports.pages import loyalty, overview, satisfaction, weights

PAGES = (overview.page, satisfaction.page, loyalty.page, weights.page)


def header(marts: Marts) -> Words:
    """Say what the report is about: how many customers, as of which day."""
    customers = marts.value("select count(*) from dim_customers")
    as_of = day(marts.value("select max(as_of_date) from row_accounting"))
    return both(f"{customers:,} 位客户 · 截至 {as_of}", f"{customers:,} customers · as of {as_of}")
