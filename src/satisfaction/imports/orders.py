"""Orders of shops as transactions: one order once, refunds negative, what was not paid left out."""

from __future__ import annotations

import csv
from pathlib import Path

from satisfaction.core.errors import SatisfactionError
from satisfaction.imports import behaviour, rows, shipped, showing
from satisfaction.imports.export import Column, Export
from satisfaction.imports.import_file import NAME, Document
from satisfaction.imports.labels import normal
from satisfaction.imports.task import Task
from satisfaction.imports.writing import STATUS_CODES

COLUMNS = (
    "transaction_id",
    "line_id",
    "customer_id",
    "ordered_at",
    "amount",
    "quantity",
    "status",
    "currency",
)
#: what a status of the contract is
_MEANINGS = ("completed", "returned", "cancelled")
_ID = "name;order (number|id|no\\.?|name);order;id"
_TIME = "created at;order date;date created;date;paid at;order date time;date paid"
_TOTAL = "total;order total( amount)?;total amount;order total .*;amount;net sales"
_STATUS = "financial status;order status;status"
_REFUND = (
    "refunded amount;order refund( amount)?;refund( amount)?;total refunded( amount)?;refund total"
)
_CURRENCY = "currency;order currency;currency code"
_CUSTOMER = "customer id;customer user id;customer user;user id;customer number"
_EMAIL = "email;e-mail;email \\(billing\\);billing email( address)?;customer email;customer e-mail"
_QUANTITY = "lineitem quantity;item quantity;quantity( .*)?;items sold;qty"


def import_orders(export: Export, task: Task) -> bool:
    """Import the orders of a shop.

    Parameters
    ----------
    export : Export
        One row per order, or per line of an order.
    task : Task

    Returns
    -------
    bool
        Whether the case has changed.
    """
    say = task.say
    email = behaviour.find(export, _EMAIL)
    ids = behaviour.find(export, _CUSTOMER)
    who, customer, key = behaviour.customer(export, task, "orders", ids, email)
    time = behaviour.needed(export, _TIME, "the time of an order")
    order = behaviour.order_of_times(export, task, "orders", [time])
    task.decisions.finish(f"{task.folder.name}/{NAME}")
    named = _gather(export, who, rows.time_of(time.name, order))
    currency = _one_currency(export)
    dropped, examples = _statuses(export, task.folder)
    _make_rows(export)
    save, change = behaviour.replace_rows(
        export.con, task.folder, "transactions", "transaction_id", COLUMNS
    )
    in_file, n_orders, kept = export.con.execute(
        "select (select count(*) from cells), (select count(*) from orders), "
        "(select count(distinct transaction_id) from arrived)"
    ).fetchone() or (0, 0, 0)
    behaviour.tell(export, task, named, customer, key)
    say(f"Currency: {currency or 'not told'}")
    rest = showing.rows_line(n_orders, kept, dropped, examples).partition(": ")[2]
    say(f"{export.path.name}: {in_file:,} lines, {n_orders:,} orders: {rest}")
    (refunds,) = export.con.execute(
        "select count(*) from arrived where line_id = 'refund'"
    ).fetchone() or (0,)
    if refunds:
        say(f"Refunds:  {refunds:,}, as rows below 0 on the day of their order: no other is told.")
    say(f"transactions: {change}")
    file = {
        "file": export.path.name,
        "sha256": export.sha256,
        "rows": in_file,
        "orders": n_orders,
        "kept": kept,
        "dropped": dict(sorted(dropped.items())),
    }
    lines: Document = {"platform": export.platform, "columns": named, "customer": customer}
    return behaviour.write(task, "orders", lines, order, file, key, ("transactions.csv", save))


def _gather(export: Export, who: str, when: str) -> dict[str, str]:
    """Make the table `orders`: what stands on the first of an order's lines, quantities added."""
    total = behaviour.needed(export, _TOTAL, "the total of an order")
    order = behaviour.needed(export, _ID, "the number of an order")
    optional = {
        "status": behaviour.find(export, _STATUS),
        "refund": behaviour.find(export, _REFUND),
        "currency": behaviour.find(export, _CURRENCY),
        "quantity": behaviour.find(export, _QUANTITY),
    }
    named = {"id": order.header, "total": total.header}
    named |= {what: column.header for what, column in optional.items() if column is not None}

    def first(sql: str) -> str:
        return f"first({sql} order by row_number) filter (where ({sql}) is not null)"

    def cell(column: Column | None) -> str:
        return first(column.name) if column is not None else "null::varchar"

    quantity, refund = optional["quantity"], optional["refund"]
    amount = rows.amount_of(total.name)
    zoned = rf"regexp_replace({when}, ' ([+-][0-9][0-9]):?([0-9][0-9])$', '\1:\2')"
    columns = {
        "id": order.name,
        "total": first(amount),
        "spread": f"max({amount}) - min({amount})",
        "status": cell(optional["status"]),
        "refund": first(rows.amount_of(refund.name)) if refund else "null::double",
        "currency": cell(optional["currency"]),
        "quantity": f"sum({rows.amount_of(quantity.name)})" if quantity else "null::double",
        "customer_id": first(who),
        "ordered_at": first(zoned),
        "row_number": "min(row_number)",
    }
    cells = ", ".join(f"{sql} as {name}" for name, sql in columns.items())
    export.con.execute(
        f"create or replace temp table orders as select {cells} from cells "
        f"where {order.name} is not null and row_number not in (select row_number from dropped) "
        f"group by {order.name}"
    )
    for condition, what, fix in (
        (
            "spread > 0.005",
            "have lines with several totals",
            "Export with the total of the order, not of its lines",
        ),
        ("total is null", "have no total that is a number", "Export with amounts as 1234.50"),
    ):
        (n,) = export.con.execute(f"select count(*) from orders where {condition}").fetchone() or (
            0,
        )
        if n:
            raise SatisfactionError(
                f"{n} orders {what}", table=export.path.name, column=total.header, fix=fix
            )
    return named


def _one_currency(export: Export) -> str:
    """Return the currency of all orders.

    Raises
    ------
    SatisfactionError
        If there are several: their amounts cannot be added up.
    """
    names, signs = shipped.currencies()
    found: dict[str, int] = {}
    for written, n in export.con.execute(
        "select upper(trim(currency)), count(*) from orders where currency is not null group by 1"
    ).fetchall():
        code = names.get(written, written)
        found[code] = found.get(code, 0) + n
    for sign, codes in signs.items():
        meant = found.keys() & set(codes)
        if sign in found and len(meant) == 1:
            found[meant.pop()] += found.pop(sign)
    if len(found) > 1:
        told = ", ".join(f"{currency} ({n} orders)" for currency, n in sorted(found.items()))
        raise SatisfactionError(
            f"orders are in several currencies: {told}",
            table=export.path.name,
            column="currency",
            fix="Export one currency at a time, each into a case of its own",
        )
    return next(iter(found), "")


def _meanings(folder: Path) -> dict[str, str]:
    """Return what the words of shops mean: the contract's own win, then the case's.

    Raises
    ------
    SatisfactionError
        If the case's status_codes is no such table, or says something else than one of the three.
    """
    meaning = {normal(row["code"]): row["status"] for row in shipped.rows("status_codes")}
    path = folder / STATUS_CODES
    if path.is_file():
        with path.open(encoding="utf-8-sig", newline="") as file:
            own = list(csv.DictReader(file))
        for row in own:
            code, means = normal(row.get("code") or ""), normal(row.get("status") or "")
            if not code or means not in _MEANINGS:
                raise SatisfactionError(
                    f"the code {row.get('code')!r} has the status {row.get('status')!r}",
                    table=str(path),
                    column="status",
                    fix=f"Give it the columns code and status, one of {', '.join(_MEANINGS)}",
                )
            meaning[code] = means
    return meaning | {word: word for word in _MEANINGS}


def _statuses(export: Export, folder: Path) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Make `order_statuses` of what words mean, and count the orders that were not bought."""
    meaning = _meanings(folder)
    found = [row[0] for row in export.con.execute("select distinct status from orders").fetchall()]
    con = export.con
    con.execute("create or replace temp table order_statuses (status varchar, means varchar)")
    unknown = []
    for status in found:
        if status is None:
            continue
        word = normal(status)
        spellings = (word, word.removeprefix("wc-"), word.replace(" ", "-"))
        means = next((meaning[one] for one in spellings if one in meaning), None)
        if means is None:
            unknown.append(status)
        con.execute("insert into order_statuses values (?, ?)", [status, means])
    if unknown:
        told = ", ".join(repr(status) for status in sorted(unknown))
        raise SatisfactionError(
            f"nobody knows what these statuses mean: {told}",
            table=export.path.name,
            column="status",
            fix=f"Give each of them a row in {folder / STATUS_CODES}, with the columns code and "
            f"status, one of {', '.join(_MEANINGS)}",
        )
    dropped: dict[str, int] = {}
    ids: dict[str, list[str]] = {}
    sql = """select lower(status), count(*), list(id order by row_number)[1:3] from orders
        inner join order_statuses using (status) where means = 'cancelled' group by 1 order by 1"""
    for status, n, some in con.execute(sql).fetchall():
        dropped[status], ids[status] = n, some
    return dropped, ids


def _make_rows(export: Export) -> None:
    """Make `arrived`: a row for every order that was bought, and one for what was paid back."""
    export.con.execute(
        """create or replace temp view arrived as
        with bought as (
            select orders.*, coalesce(means, 'completed') as means,
                coalesce(customer_id, id) as customer
            from orders left join order_statuses using (status)
            where coalesce(means, 'completed') != 'cancelled'
        ),
        refunds as (
            select *, case
                when refund > 0 then refund
                when refund < 0 then -refund
                when means = 'returned' then total
                end as paid_back
            from bought
        )
        select id as transaction_id, 'order' as line_id, customer as customer_id, ordered_at,
            cast(total as varchar) as amount, cast(quantity as varchar) as quantity,
            'completed' as status, currency
        from bought
        union all
        select id, 'refund', customer, ordered_at, cast(-paid_back as varchar), null, 'completed',
            currency
        from refunds where paid_back > 0"""
    )
