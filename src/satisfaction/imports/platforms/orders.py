"""Orders of shops: one row per line item, kept as it is."""

from __future__ import annotations

import re

from satisfaction.imports.headers import by_name, folded, squeezed
from satisfaction.imports.platforms.description import Description, Table, column, known

_ADDRESS = re.compile(
    r"^(billing|shipping)\b(?!$| method| total| tax| cost| price| amount| lines?| discount)"
    r"|\((billing|shipping)\)$"
)
_PERSONAL_WORDS = re.compile(
    r"\b(notes?|note attributes|device id|payment reference|customer note|employee|ip address|user agent"
    r"|transaction id|receipt number|company)\b"
)


def _describe(table: Table, kinds: dict[str, str]) -> Description:
    columns = []
    for i, header in enumerate(table.first):
        kind = known(header, kinds)
        name = folded(header.replace("_", " "))
        if kind is None and (_ADDRESS.search(name) or _PERSONAL_WORDS.search(name)):
            kind = "personal"
        columns.append(column(i, header, kind=kind, question=header, key=header))
    return Description(1, columns, area="orders")


class Shopify:
    """Shopify's export of orders, always in English."""

    NAME = "shopify_orders"
    KINDS = by_name(
        {
            "response_id": ["Name"],
            "answered_at": ["Created at"],
            "status": ["Financial Status"],
            "channel": ["Source"],
            "personal": ["Email", "Phone", "Tags"],
        }
    )

    def recognise(self, table: Table) -> bool:
        """Tell it by its columns."""
        return {"name", "financialstatus", "lineitemquantity"} <= {squeezed(h) for h in table.first}

    def describe(self, table: Table) -> Description:
        """Say what rows and columns are."""
        return _describe(table, self.KINDS)


class WooCommerce:
    """Exports of WooCommerce and its plugins: the order on every row."""

    NAME = "woocommerce_orders"
    KINDS = by_name(
        {
            "response_id": [
                "Order Number",
                "Order ID",
                "Order #",
                "Order",
                "Order No",
                "Order No.",
            ],
            "answered_at": [
                "Order Date",
                "Date",
                "Date Created",
                "Created",
                "Order Created",
                "Created Date",
            ],
            "status": ["Order Status", "Status"],
            "customer_id": ["Customer ID", "Customer User ID", "User ID", "Customer User"],
            "personal": [
                "Customer",
                "Customer Name",
                "Customer User Name",
                "Billing",
                "Shipping Address",
            ],
        }
    )
    _AMOUNT = {
        "ordertotal", "ordertotalamount", "total", "netsales", "nrevenueformatted", "netrevenue",
        "orderamount", "itemname", "productname", "products", "ordersubtotal", "itemcost",
    }  # fmt: skip

    def recognise(self, table: Table) -> bool:
        """Tell it by an order, its status, its date and its amount."""
        kinds = {known(h, self.KINDS) for h in table.first}
        names = {squeezed(h) for h in table.first}
        number = names & {"ordernumber", "orderid", "order", "orderno"}
        return bool(number) and {"answered_at", "status"} <= kinds and bool(names & self._AMOUNT)

    def describe(self, table: Table) -> Description:
        """Say what rows and columns are."""
        return _describe(table, self.KINDS)
