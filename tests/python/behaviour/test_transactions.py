"""What rows of transactions mean together: lines, refunds, statuses, currencies; and their ids."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.python.engine import Engine

ASKED = ["+int_purchases", "+int_purchase_summaries"]
HEAD = "transaction_id,customer_id,ordered_at,amount"


def bought(engine: Engine, csv: str, **dbt_vars: str) -> list[tuple[object, ...]]:
    """Amount, purchases and returns of each customer."""
    return accepted(engine, {"transactions.csv": csv}, **dbt_vars)


def accepted(engine: Engine, files: Mapping[str, str], **dbt_vars: str) -> list[tuple[object, ...]]:
    """Lay files and count what was bought."""
    engine.lay(files)
    assert not engine.run(*ASKED, **dbt_vars)
    return engine.rows(
        "select customer_id, sum(amount)::double, sum(n_purchases), sum(n_returns) "
        "from int_purchases group by 1 order by 1"
    )


LINES = f"""{HEAD},product_id,status
#1001,C1,2025-03-01 10:00:00 +0200,34.90,mask,completed
#1001,C1,2025-03-01 10:00:00 +0200,25.00,serum,completed
#1001,C1,2025-03-01 10:00:00 +0200,40.10,cream,completed
#1002,C2,2025-03-02 10:00:00 +0200,34.90,mask,completed
"""


def test_order_lines_stop_and_are_counted_by_their_line(engine: Engine) -> None:
    engine.lay({"transactions.csv": LINES})
    (said,) = engine.run(*ASKED)
    assert "transactions.transaction_id: 1 transaction(s)" in said
    assert "#1001 (3 rows)" in said and "line_id" in said
    head, *rows = LINES.splitlines()
    numbered = "\n".join([f"{head},line_id", *(f"{row},{i}" for i, row in enumerate(rows))])
    assert bought(engine, numbered) == [("C1", 100.0, 1, 0), ("C2", 34.9, 1, 0)]


def test_rows_that_differ_in_status_alone_are_versions(engine: Engine) -> None:
    again = f"{HEAD},status\nt1,C1,2025-03-01,5,completed\nt1,C1,2025-03-01,5,returned\n"
    copies = "t2,C2,2025-03-01,7,\nt2,C2,2025-03-01,7,\nt3,C2,2025-03-01,1,\nt3,C2,2025-03-02,2,\n"
    assert bought(engine, again + copies) == [("C1", None, 0, 1), ("C2", 9.0, 2, 0)]


OWN_CODES = "code,status\nPicked,completed\nprocessing,cancelled\ncompleted,returned\n"


def test_statuses_of_shops_are_understood(engine: Engine) -> None:
    codes = "processing wc-Completed 已完成 已发货 refunded 已退款 Pending 已取消 canceled".split()
    codes += ["COMPLETED", "", "teleported", "picked"]
    rows = "".join(f"t{i},C1,2025-03-01,1,{code}\n" for i, code in enumerate(codes))
    files = {
        "transactions.csv": f"{HEAD},status\n{rows}",
        "status_codes.csv": OWN_CODES,
    }
    # the case's own word for processing counts, the contract's own words cannot change
    assert accepted(engine, files) == [("C1", 6.0, 6, 2)]
    refused = "select reject_reason, reject_column, reject_value from base_refused_transactions"
    assert engine.rows(refused) == [("unknown_code", "status", "teleported")]


def test_statuses_that_nobody_knows_stop_before_their_orders_drop_out(engine: Engine) -> None:
    words = ["Teleported"] * 2 + ["beamed, twice"] + ["paid"] * 97
    rows = "".join(f't{i},C{i % 9},2025-03-01,1,"{word}"\n' for i, word in enumerate(words))
    files = {"transactions.csv": f"{HEAD},status\n{rows}"}
    engine.lay(files)
    (said,) = engine.run(*ASKED)
    assert "transactions.status: 3 of 100 rows hold a code that is not known" in said
    assert "teleported (2), beamed, twice (1)" in said
    assert said.endswith('status_codes what each of them means, one of completed, returned, '
                         'cancelled:\ncode,status\nteleported,?\n"beamed, twice",?')  # fmt: skip
    assert not engine.run(*ASKED, max_unknown_codes=0.03)
    codes = 'code,status\nteleported,cancelled\n"beamed, twice",returned\n'
    # what the message asks for
    engine.lay(files | {"status_codes.csv": codes})
    assert not engine.run(*ASKED)
    assert engine.rows("select sum(n_purchases), sum(n_returns) from int_purchases") == [(97, 1)]


def test_refunds_are_rows_below_nothing_where_the_var_says_so(engine: Engine) -> None:
    csv = f"{HEAD},quantity,status\nt1,C1,2025-03-01,10,2,refunded\nt2,C1,2025-03-03,-4,-1,\n"
    assert bought(engine, csv) == [("C1", None, 0, 1)]
    refused = "select reject_reason, reject_column from base_refused_transactions"
    assert engine.rows(refused) == [("out_of_range", "amount")]
    assert bought(engine, csv, refunds="negative_rows") == [("C1", 6.0, 1, 1)]
    assert engine.rows("select sum(quantity)::double from int_purchases") == [(1.0,)]
    # a refund under the id of the order is no newer version of it
    engine.lay({"transactions.csv": csv.replace("t2", "t1")})
    (said,) = engine.run(*ASKED, refunds="negative_rows")
    assert "such as t1 (2 rows)" in said


def test_several_currencies_need_rates(engine: Engine) -> None:
    csv = f"{HEAD},currency\nt1,C1,2025-03-01,10,EUR\nt2,C1,2025-03-02,10,usd\n"
    csv += "t3,C1,2025-04-02,10,USD\n"
    engine.lay({"transactions.csv": csv})
    (said,) = engine.run(*ASKED)
    assert "amounts are in EUR, USD" in said and "currency_rates" in said
    rates = "currency,valid_from,rate\nEUR,,1\nUSD,2025-03-02,0.9\nUSD,2025-04-01,0.8\n"
    files = {"transactions.csv": csv, "currency_rates.csv": rates}
    assert accepted(engine, files) == [("C1", 27.0, 3, 0)]
    late = files | {"currency_rates.csv": rates.replace("03-02", "03-03")}
    engine.lay(late)
    (said,) = engine.run(*ASKED)
    assert "USD (1 of 2 rows, the first of 2025-03-02)" in said
    alone = f"{HEAD},currency\nt1,C1,2025-03-01,10,EUR\n"
    assert bought(engine, alone) == [("C1", 10.0, 1, 0)]


def test_one_currency_written_in_several_ways_is_one(engine: Engine) -> None:
    """A sign that several currencies share is the one that the table names, else a doubt."""
    rows = "".join(
        f"t{i},C1,2025-03-01,10,{currency}\n"
        for i, currency in enumerate(["CNY", "rmb", "¥", "￥", "人民币"])
    )
    csv = f"{HEAD},currency\n{rows}"
    assert bought(engine, csv) == [("C1", 50.0, 5, 0)]
    csv += "t9,C1,2025-03-01,10,€\n"
    rates = "currency,valid_from,rate\nRMB,,1\nEuro,,8\n"
    assert accepted(engine, {"transactions.csv": csv, "currency_rates.csv": rates}) == [
        ("C1", 130.0, 6, 0)
    ]
    engine.lay({"transactions.csv": csv + "t10,C1,2025-03-01,10,jpy\n"})
    (said,) = engine.run(*ASKED)
    assert "amounts are in CNY, EUR, JPY, ¥, and no rate" in said


@pytest.mark.parametrize("text", ["1.38E+10", "1,38E+10", "1.38e10", "2E+07"])
def test_ids_that_a_spreadsheet_damaged_are_refused(engine: Engine, text: str) -> None:
    rows = f't1,"{text}",2025-03-01,1\n"{text}",C1,2025-03-01,1\n7e12,e5,2025-03-01,1\n'
    assert bought(engine, f"{HEAD}\n{rows}") == [("e5", 1.0, 1, 0)]
    refused = "select reject_reason, reject_column, reject_value from base_refused_transactions"
    assert engine.rows(f"{refused} order by 2") == [
        ("damaged_key", "customer_id", text),
        ("damaged_key", "transaction_id", text),
    ]
