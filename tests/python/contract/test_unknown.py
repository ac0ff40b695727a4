"""What is not known is not zero: behaviour that an export does not say, and amounts to the end."""

from __future__ import annotations

import pytest

from tests.python.engine import Engine

ASKED = [
    "+fct_customer_loyalty",
    "+fct_customer_factor_loyalty",
    "+fct_loyalty_ladder_events",
    "+fct_segment_behaviour",
    "+fct_customer_behaviour",
    "+fct_customer_funnel",
    "+base_refused_transactions",
]
MONTHS = [f"{year}-{month:02}" for year in (2023, 2024) for month in range(1, 13)]


def bought(customer: str, *more: str, months: list[str] = MONTHS) -> str:
    """One purchase in each month, with what else its rows say."""
    rows = [[f"{customer}-{month}", customer, f"{month}-10", *more] for month in months]
    return "".join(",".join(row) + "\n" for row in rows)


# nobody has judged for this case, so each of the three loyalty factors weighs a third
@pytest.fixture(scope="module")
def bare(engine: Engine) -> Engine:
    """An export of order, customer, day and amount; usage would double in 2024-06."""
    rows = bought("K1", "10.0", months=MONTHS[:12]) + bought("K1", "30.0", months=MONTHS[12:])
    calls = "".join(f"c{i},K2,2024-12-{i % 28 + 1:02},0.004\n" for i in range(100))
    calls += "".join(f"d{i},K3,2024-12-{i % 28 + 1:02},1.005\n" for i in range(100))
    twice = "".join(f"e{i},K1,2024-06-11,30.0\n" for i in range(20))
    head = "transaction_id,customer_id,ordered_at,amount\n"
    engine.lay({"transactions.csv": head + rows + calls + twice})
    assert not engine.run(*ASKED, as_of_date="2024-12-31", min_weight_coverage=0.3)
    return engine


def test_products_and_lines_without_a_name_are_unknown(bare: Engine) -> None:
    """The factor is left out, and the share of the weights that are known falls."""
    assert bare.rows(
        "select distinct product_count, breadth from fct_customer_loyalty "
        "where loyalty_index is not null"
    ) == [(None, None)]
    factors = bare.rows(
        "select distinct factor_id from fct_customer_factor_loyalty where factor_score is not null"
    )
    assert factors == [("usage_behaviour",)]
    ((least, most, weight),) = bare.rows(
        "select min(weight_coverage), max(weight_coverage), min(weights.weight) "
        "from fct_customer_loyalty cross join py_loyalty_weights as weights "
        "where factor_id = 'usage_behaviour' and loyalty_index is not null"
    )
    assert least == most == pytest.approx(weight) and weight < 1
    assert bare.rows("select distinct breadth_share from fct_customer_behaviour") == [(None,)]
    assert bare.rows("select distinct mean_breadth_share from fct_segment_behaviour") == [(None,)]


def test_usage_is_unknown_without_quantities(bare: Engine) -> None:
    assert bare.rows("select distinct usage_change from int_month_metrics") == [(None,)]
    events = bare.rows("select distinct rule_id from fct_loyalty_ladder_events")
    assert "usage_growth" not in {rule for (rule,) in events}


def test_amounts_keep_their_decimals(bare: Engine) -> None:
    """A hundred calls for 0.004 cost 0.40, not nothing."""
    for table in ("fct_customer_behaviour", "fct_customer_loyalty"):
        found = bare.rows(
            f"select customer_id, sum(amount) from {table} where customer_id != 'K1' "
            "group by 1 order by 1"
        )
        assert found == [("K2", 0.40), ("K3", 100.50)], table
    assert bare.rows(
        "select amount_in_window from fct_customer_behaviour "
        "where customer_id = 'K2' and month_start = '2024-12-01'"
    ) == [(0.40,)]
    assert bare.rows(
        "select amount from fct_segment_behaviour "
        "where segment_type = 'total' and month_start = '2024-12-01'"
    ) == [(0.40 + 100.50 + 30.0,)]


def test_no_return_and_no_complaint_is_no_rate(bare: Engine) -> None:
    """Neither is known to be kept; both are told of in the same way."""
    rates = "return_rate, return_rate_low, complaint_rate, complaint_rate_low"
    flags = "is_return_rate_reliable, is_complaint_rate_reliable"
    assert bare.rows(f"select distinct {rates}, {flags} from fct_segment_behaviour") == [
        (None, None, None, None, False, False)
    ]
    assert bare.rows("select distinct return_rate from fct_customer_behaviour") == [(None,)]


def test_no_share_of_a_stage_that_nobody_is_known_to_have_reached(bare: Engine) -> None:
    """Nobody was asked what they think of the key factors."""
    found = bare.rows(
        "select stage, n_before > 0 and n_unknown = n_before, share_of_all is null "
        "from fct_customer_funnel where segment_type = 'total' and month_start = '2024-12-01' "
        "order by stage_number"
    )
    assert [stage for stage, *_ in found][0] == "all"
    assert found[-1] == ("high_value_satisfied", True, True)
    assert not any(is_null for *_, is_null in found[:-1])


@pytest.fixture(scope="module")
def named(engine: Engine) -> Engine:
    """Some rows say what was bought and how much of it, others do not."""
    head = "transaction_id,customer_id,ordered_at,amount,product_id,service_line,quantity,status\n"
    first, later = MONTHS[:12], MONTHS[12:]
    rows = bought("named", "100", "p1", "l1", "1", "", months=MONTHS)
    rows += bought("half", "100", "p1", "", "2", "", months=MONTHS)
    # nothing of 2023 is held any more at the end of 2024
    rows += bought("lost", "100", "", "", "1", "", months=first[:1])
    rows += bought("forgot", "100", "p1", "l1", "1", "", months=first)
    rows += bought("forgot", "100", "", "", "", "", months=later)
    rows += "b1,named,2024-12-11,100,,,1,\n"
    # nobody needs the amount of what was not sold
    rows += "x1,named,2024-11-01,,p2,l2,1,cancelled\nx2,named,2024-11-02,,p2,l2,1,Returned\n"
    rows += "x3,named,2024-11-03,,p2,l2,1,\nx4,,2024-11-03,5,p2,l2,1,\nx5,named,,5,p2,l2,1,\n"
    engine.lay({"transactions.csv": head + rows})
    assert not engine.run(*ASKED, holding_months=12, as_of_date="2024-12-31")
    return engine


def test_what_has_a_name_is_held_and_what_has_none_is_unknown(named: Engine) -> None:
    held = (
        "select customer_id, product_count, breadth from fct_customer_loyalty where month_start = "
    )
    assert named.rows(held + "'2023-12-01' order by 1") == [
        ("forgot", 1, 1), ("half", 1, None), ("lost", None, None), ("named", 1, 1),
    ]  # fmt: skip
    assert named.rows(held + "'2024-12-01' order by 1") == [
        ("forgot", None, None), ("half", 1, None), ("lost", 0, 0), ("named", 1, 1),
    ]  # fmt: skip


def test_usage_of_a_month_is_unknown_with_one_blank_quantity(named: Engine) -> None:
    found = named.rows(
        "select customer_id, min(usage_change), max(usage_change), count(usage_change) "
        "from int_month_metrics where month_start < '2024-12-01' group by 1 order by 1"
    )
    # from the fourth month on; forgot says nothing of 2024, lost has one baseline: in April 2023
    assert found == [
        ("forgot", 0, 0, 9), ("half", 0, 0, 20), ("lost", -1, -1, 1), ("named", 0, 0, 20),
    ]  # fmt: skip


def test_a_blank_value_that_is_needed_is_no_missing_key(named: Engine) -> None:
    assert named.rows(
        "select record_key, reject_reason, reject_column from base_refused_transactions "
        "where reject_reason is not null order by 1"
    ) == [
        ("x3", "missing_value", "amount"),
        ("x4", "missing_key", "customer_id"),
        ("x5", "missing_value", "ordered_at"),
    ]
    assert named.rows(
        "select n_returns, n_purchases from fct_customer_behaviour "
        "where customer_id = 'named' and month_start = '2024-11-01'"
    ) == [(1, 1)]
