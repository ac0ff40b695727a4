"""Customer value in the engine: by hand, and against summaries made a second time in Python."""

from __future__ import annotations

from datetime import date, timedelta
from math import log

import numpy as np
import pandas as pd
import pytest

from satisfaction.value import bg_nbd, gamma_gamma, purchase_values
from satisfaction.value.bg_nbd import Purchases
from satisfaction.value.gamma_gamma import Amounts
from tests.python.conftest import on_duckdb
from tests.python.engine import Engine
from tests.python.value.purchase_processes import simulated_purchases

AS_OF = date(2025, 12, 31)
HEAD = "transaction_id,customer_id,product_id,service_line,ordered_at,amount,quantity,status\n"
VALUE = (
    "n_purchases, average_amount, purchases_per_year, horizon_years, expected_purchases, "
    "expected_value, discounted_value, purchase_status"
)


def test_average_method_by_hand(engine: Engine) -> None:
    """Ann is observed for 730 days, bob for 100; of three who hold a service dan leaves in June."""
    bought = [
        ("ann", "2024-01-01", "10", ""),
        ("ann", "2024-05-31", "20", "completed"),
        ("ann", "2024-05-31", "10", "completed"),
        ("ann", "2024-06-01", "999", "returned"),
        ("ann", "2025-01-01", "40", "completed"),
        ("ann", "2025-12-31", "40", "completed"),
        ("bob", "2025-09-22", "60", "completed"),
        ("bob", "2025-10-22", "30", "completed"),
        ("eve", "2025-10-22", "30", "cancelled"),
    ]
    rows = [f"t{i},{c},p,l,{day},{a},1,{s}\n" for i, (c, day, a, s) in enumerate(bought)]
    head = "subscription_id,customer_id,service_line,started_on,ended_on,monthly_fee,end_reason\n"
    held = [
        "s1,ann,l,2024-01-01,,5,",
        "s2,cho,l,2024-01-01,,5,",
        "s3,dan,l,2024-01-01,2025-06-30,5,",
    ]
    # bob is active for four months to come, and so at risk from October on: 12 + 12 + 6 + 3
    engine.lay({
        "transactions.csv": HEAD + "".join(rows),
        "subscriptions.csv": head + "\n".join(held) + "\n",
    })  # fmt: skip
    assert not engine.check("+fct_customer_value", "+fct_value_model_fits")
    query = f"select customer_id, {VALUE} from fct_customer_value where method = 'average'"
    found = {row[0]: row[1:] for row in engine.rows(query)}
    years = 33 / 12
    present = (1 - 1.1**-years) / log(1.1)
    # four repeats in 830 days; a year of that beside each one's own, three in 730 and one in 100
    population = 4 / (830 / 365.25)
    ann, bob = ((n + population) / (days / 365.25 + 1) for n, days in ((3, 730), (1, 100)))
    assert (round(ann, 2), round(bob, 2)) == (1.59, 2.17)
    assert {row[-1] for row in found.values()} == {"estimated"}
    for name, n, mean, often in (("ann", 4, 30, ann), ("bob", 2, 45, bob)):
        value = mean * often
        wanted = n, mean, often, years, often * years, value * years, value * present
        assert found[name][:-1] == pytest.approx(wanted)
    # the models say that they cannot: two customers have bought again
    models = "select distinct model, status from fct_value_model_fits order by model"
    told = dict(engine.rows(models))
    assert set(told) == {"bg_nbd", "gamma_gamma"} and "estimated" not in told.values()
    # the customer's own mean stands in: 120 over four days, 90 over two
    shown = (
        "select average_amount, amount_source, is_purchases_reliable, is_value_reliable "
        "from fct_customer_value where method <> 'average' order by customer_id"
    )
    assert engine.rows(shown) == [(mean, "own_mean", False, False) for mean in (30, 45)]

    assert not engine.run("fct_customer_value", value_years_cap=2, discount_rate_annual=0)
    (_, *figures, status) = engine.rows(f"{query} and customer_id = 'bob'")[0]
    assert figures == pytest.approx([2, 45, bob, 2, 2 * bob, 90 * bob, 90 * bob])
    assert status == "capped"


def test_months_in_which_nobody_can_be_lost_are_no_time_at_risk(engine: Engine) -> None:
    """The data begin in January: who bought before and left is seen from April on."""
    days = [("ann", month) for month in range(1, 7)] + [("bob", 1)]
    rows = [f"t{i},{c},p,l,2025-0{m}-15,10,1,\n" for i, (c, m) in enumerate(days)]
    engine.lay({"transactions.csv": HEAD + "".join(rows)})
    assert not engine.run("+fct_customer_value", as_of_date="2025-06-30")
    # ann in April, May and June, bob in April, when he is lost
    shown = "select distinct horizon_years from fct_customer_value where method = 'average'"
    assert engine.rows(shown) == [(pytest.approx(4 / 12),)]


def bought_again(n_again: int) -> str:
    """Return purchases of 361 customers over two years, of whom so many bought twice."""
    rows = []
    for n in range(361):
        day = date(2024, 1, 1) + timedelta(days=2 * n)
        rows.append(f"t{n},c{n},p,l,{day},150,1,completed\n")
        if n < n_again:
            rows.append(f"a{n},c{n},p,l,{day + timedelta(days=40)},150,1,completed\n")
    return HEAD + "".join(rows)


def test_nobody_buys_twice_and_too_few_do(engine: Engine) -> None:
    """A first purchase is no yearly rate, however many customers have made one."""
    figures = "purchases_per_year, expected_purchases, expected_value, discounted_value"
    query = (
        f"select distinct purchase_status, is_value_reliable, is_purchases_reliable, {figures} "
        "from fct_customer_value where method = 'average' and purchase_status <> 'left'"
    )
    dbt_vars = {"as_of_date": "2025-12-31", "segment_by": []}
    engine.lay({"transactions.csv": bought_again(0)})
    assert not engine.run("+fct_customer_value", **dbt_vars)
    assert engine.rows(query) == [("no_repeat_purchases", False, False, None, None, None, None)]
    for n_again, is_reliable in ((29, False), (30, True)):
        engine.lay({"transactions.csv": bought_again(n_again)})
        assert not engine.run("+fct_customer_value", **dbt_vars)
        found = engine.rows(query)
        assert {row[:3] for row in found} == {("estimated", is_reliable, is_reliable)}
        # far less than a purchase a year each: hardly anybody came back
        assert 0 < min(row[3] for row in found) < max(row[3] for row in found) < 1.2


def test_who_is_lost_stops_the_clock(engine: Engine) -> None:
    """Ann buys in January and February 2024 and is lost in May; bob comes in the last days."""
    days = [
        ("ann", "2024-01-10"),
        ("ann", "2024-02-20"),
        ("bob", "2025-11-30"),
        ("bob", "2026-01-05"),
    ]
    rows = [f"t{i},{c},p,l,{day},10,1,\n" for i, (c, day) in enumerate(days)]
    engine.lay({"transactions.csv": HEAD + "".join(rows)})
    dbt_vars = {"active_gaps": 0, "as_of_date": "2026-01-15", "segment_by": []}
    assert not engine.run("+fct_customer_value", **dbt_vars)
    active = {"ann": (date(2024, 5, 1) - date(2024, 1, 10)).days, "bob": 46}
    assert (
        dict(engine.rows("select customer_id, days_active from int_purchase_summaries")) == active
    )
    population = 2 / (sum(active.values()) / 365.25)
    shown = (
        "select customer_id, purchases_per_year from fct_customer_value where method = 'average'"
    )
    # of ann, who has left, nothing more is expected
    rate = (1 + population) / (active["bob"] / 365.25 + 1)
    assert dict(engine.rows(shown)) == {"ann": None, "bob": pytest.approx(rate)}


def test_without_purchases_there_is_nothing(engine: Engine) -> None:
    engine.lay({"customers.csv": "customer_id,joined_on\nann,2025-01-01\n"})
    marts = ("fct_value_model_fits", "int_loyalty_indicators")
    assert not engine.run(*(f"+{mart}" for mart in marts))
    for empty in ("int_purchase_summaries", "py_purchase_predictions", *marts):
        assert engine.rows(f"select * from {empty}") == []


def simulated() -> pd.DataFrame:
    """Lay out purchases of 500 customers: day and amount of each."""
    drawn = simulated_purchases((1.2, 6.0, 0.9, 2.2), 500, 103, seed=5)
    random = np.random.default_rng(6)
    rows = []
    for number, (x, last, age) in enumerate(zip(drawn.x, drawn.t_x, drawn.age, strict=True)):
        first = AS_OF - timedelta(days=int(age * 7))
        # the summary says when the last purchase was; those before it may be anywhere
        places = np.append(random.uniform(0, 1, max(int(x) - 1, 0)), [1.0] if x else [])
        usual = random.gamma(4, 1 / 20)
        for after in (0.0, *places):
            day = first + timedelta(days=int(after * last * 7))
            rows.append((f"c{number:03}", day, round(random.gamma(6, 1 / usual), 2)))
    return pd.DataFrame(rows, columns=["customer_id", "day", "amount"])


ANSWERS = {
    # wave, customer, overall, repurchase, recommend
    "stated": ("2025-03-01", "c000", 5, 10, 10),
    "not asked": ("2025-03-01", "c011", 5, "", 10),
    "later": ("2025-12-05", "c009", 4, "", 9),
    "never bought": ("2025-03-01", "zoe", 5, "", 9),
}


@pytest.fixture(scope="module")
def built(engine: Engine) -> pd.DataFrame:
    """Run the models on them; return what was bought, a row per customer and day."""
    bought = simulated()
    rows = [
        f"t{i},{row.customer_id},p,l,{row.day},{row.amount},1,completed\n"
        for i, row in enumerate(bought.itertuples())
    ]
    answers = ["response_id,survey_id,customer_id,answered_at,q_overall,q_repurchase,q_recommend\n"]
    for i, (day, customer, *told) in enumerate(ANSWERS.values()):
        answers.append(f"r{i},w{day[5:7]},{customer},{day},{','.join(map(str, told))}\n")
    engine.lay({
        "transactions.csv": HEAD + "".join(rows),
        "survey_wide.csv": "".join(answers),
    })  # fmt: skip
    marts = ("+fct_customer_value", "+fct_value_model_fits", "+fct_customer_loyalty")
    # by months alone, so that a loop can count them
    assert not engine.check(*marts, as_of_date=AS_OF.isoformat(), active_gaps=0)
    return bought.groupby(["customer_id", "day"], as_index=False)["amount"].sum()


def days_of(bought: pd.DataFrame) -> dict[str, list[date]]:
    """Return the days of purchase of every customer."""
    return {name: list(days) for name, days in bought.groupby("customer_id")["day"]}


def has_not_left(days: list[date]) -> bool:
    """Whether the last purchase is of December 2025, the last month, or of the two before."""
    last = max(days)
    return 2025 * 12 + 12 - (last.year * 12 + last.month) < 3


def summaries(days: pd.DataFrame) -> pd.DataFrame:
    """Make summaries from the days, without a line of the project's."""
    of_customer = days.sort_values("day").groupby("customer_id")
    first, last = of_customer["day"].min(), of_customer["day"].max()
    return pd.DataFrame(
        {
            "x": of_customer.size() - 1,
            "t_x": [(b - a).days / 7 for a, b in zip(first, last, strict=True)],
            "age": [(AS_OF - a).days / 7 for a in first],
            "mean": of_customer["amount"].apply(lambda amounts: amounts.iloc[1:].mean()),
        }
    )


def test_models_in_the_engine(engine: Engine, built: pd.DataFrame) -> None:
    made = summaries(built)
    ones = np.ones(len(made))
    bought = Purchases(*(made[c].to_numpy(float) for c in ("x", "t_x", "age")), ones)
    again = made[made["x"] > 0]
    spent = Amounts(again["x"].to_numpy(float), again["mean"].to_numpy(), np.ones(len(again)))
    frequency, amount = bg_nbd.fit(bought), gamma_gamma.fit(spent)
    assert frequency.status == amount.status == "estimated"
    fits = engine.rows(
        "select parameter, estimate, standard_error, n_repeating from fct_value_model_fits "
        "where parameter not like '%correlation'"
    )
    names = (*bg_nbd.PARAMETERS, *gamma_gamma.PARAMETERS)
    values = zip(
        np.append(frequency.estimates, amount.estimates),
        np.append(frequency.standard_errors, amount.standard_errors),
        strict=True,
    )
    expected = {
        name: (pytest.approx(value, rel=1e-5), pytest.approx(error, rel=1e-3), len(again))
        for name, (value, error) in zip(names, values, strict=True)
    }
    assert {name: tuple(figures) for name, *figures in fits} == expected

    weeks = 365.25 / 7
    mean = gamma_gamma.expected_amount(
        amount.estimates, bought.x, made["mean"].fillna(0).to_numpy()
    )
    orders = bg_nbd.expected_purchases(frequency.estimates, bought, weeks)
    worth = mean * bg_nbd.expected_purchases(frequency.estimates, bought, weeks, log(1.1) / weeks)
    alive = bg_nbd.probability_alive(frequency.estimates, bought)
    returns = bg_nbd.repeat_probability(
        frequency.estimates, frequency.log_covariance, bought, weeks
    )
    figures = [alive, mean, orders, mean * orders, worth, returns.value, returns.low, returns.high]
    found = engine.rows(
        "select probability_alive, average_amount, expected_purchases, expected_value, "
        "discounted_value, repeat_probability, repeat_low, repeat_high, customer_id, "
        "purchase_status, amount_status, amount_source, is_value_reliable "
        "from fct_customer_value where method <> 'average' order by customer_id"
    )
    assert [row[8] for row in found] == list(made.index)
    there = np.array([has_not_left(days) for _, days in days_of(built).items()])
    assert 150 < there.sum() < 400
    assert {row[9:] for row, is_there in zip(found, there, strict=True) if is_there} == {
        ("estimated", "estimated", "gamma_gamma", True)
    }
    got = np.array([row[:8] for row in found], dtype=float)
    np.testing.assert_allclose(got[there], np.array(figures).T[there], rtol=1e-4)
    # of who has left nothing is expected; what a purchase would cost is told
    gone = [row for row, is_there in zip(found, there, strict=True) if not is_there]
    assert {row[9:] for row in gone} == {("left", "estimated", "gamma_gamma", False)}
    assert {(row[0], *row[2:8]) for row in gone} == {(None,) * 7}


def test_averages_of_five_hundred_customers(engine: Engine, built: pd.DataFrame) -> None:
    """Month by month, without a line of the project's: three active months after each purchase."""
    repeats, years = {}, {}
    for customer, days in built.groupby("customer_id")["day"]:
        last = max(days)
        month = last.year * 12 + last.month - 1 + 3
        end = min(date(month // 12, month % 12 + 1, 1), AS_OF)
        repeats[customer], years[customer] = len(days) - 1, (end - min(days)).days / 365.25
    population = sum(repeats.values()) / sum(years.values())
    found = engine.rows(
        "select customer_id, purchases_per_year from fct_customer_value where method = 'average'"
    )
    days = days_of(built)
    rates = {name: (n + population) / (years[name] + 1) for name, n in repeats.items()}
    assert {name for name, rate in found if rate is None} == {
        name for name in rates if not has_not_left(days[name])
    }
    there = {name: rate for name, rate in found if rate is not None}
    assert there == pytest.approx({name: rates[name] for name in there})


QUERY = (
    "select repeat_source, repeat_probability, repeat_low, repeat_high, repeat_band, "
    "repeat_straddles, loyalty_class, survey_id from fct_customer_loyalty "
    "where customer_id = '{}' and month_start = '{}'"
)


def test_the_model_stands_in_where_nobody_said(engine: Engine, built: pd.DataFrame) -> None:
    def loyalty(customer: str, month: str = "2025-12-01") -> tuple:
        (row,) = engine.rows(QUERY.format(customer, month))
        return row

    def modelled(customer: str) -> tuple:
        (row,) = engine.rows(
            "select repeat_probability, repeat_low, repeat_high from fct_customer_value "
            f"where method <> 'average' and customer_id = '{customer}'"
        )
        return row

    assert loyalty("c000") == ("stated", 1, None, None, "high", None, "loyal", "w03")
    for customer, wave in (("c011", "w03"), ("c009", "w12"), ("c016", None)):
        source, *figures, band, straddles, _, survey = loyalty(customer)
        assert (source, tuple(figures), survey) == ("bg_nbd", modelled(customer), wave)
        value, low, high = figures
        assert band == ("high" if value >= 0.7 else "low" if value <= 0.3 else "medium")
        assert straddles == (low <= 0.3 <= high or low <= 0.7 <= high)
    assert loyalty("zoe")[0] is None
    # months before are as they were: the model would look ahead
    assert loyalty("c011", "2025-11-01")[0] is None
    assert loyalty("c011", "2025-11-01")[7] == "w03"
    counted = engine.rows(
        "select repeat_straddles, count(*) from fct_customer_loyalty "
        "where repeat_source = 'bg_nbd' group by all"
    )
    assert {straddles for straddles, _ in counted} == {True, False}
    # all who have not left, but the one who stated it
    ((n_there,),) = engine.rows(
        "select count(*) from fct_customer_loyalty where customer_status = 'active' "
        "and month_start = '2025-12-01'"
    )
    assert 150 < n_there < 400 and sum(n for _, n in counted) == n_there - 1

    day = {"as_of_date": AS_OF.isoformat(), "active_gaps": 0}
    steps = ("int_loyalty_indicators", "int_loyalty_classes", "int_loyalty_months")
    assert not engine.run(*steps, repeat_probability_source="modelled", **day)
    assert loyalty("c000")[0] == "bg_nbd" and loyalty("c000")[7] == "w03"
    assert loyalty("c000", "2025-11-01")[0] == "stated"
    assert not engine.run(*steps, repeat_probability_source="stated", **day)
    assert [loyalty(c)[0] for c in ("c000", "c011", "c016")] == ["stated", None, None]


def test_rows_in_any_order_give_the_same_figures() -> None:
    random = np.random.default_rng(7)
    drawn = simulated_purchases((1.2, 6.0, 0.9, 2.2), 300, 103, seed=5)
    frame = pd.DataFrame(
        {
            "n_repeats": drawn.x.astype(int),
            "days_to_last": (drawn.t_x * 7).astype(int),
            "days_observed": (drawn.age * 7).astype(int),
            "mean_repeat_amount": np.where(drawn.x > 0, random.gamma(3, 5, 300), np.nan),
        }
    )
    options = {"min_customers": 30, "max_correlation": 0.2}
    one, other = (
        purchase_values.fits(on_duckdb(rows), **options)
        for rows in (frame, frame.sample(frac=1, random_state=1))
    )
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    few = purchase_values.fits(on_duckdb(frame), min_customers=301, max_correlation=0.2)
    assert few.loc[0, "status"] == "too_few_customers"
    assert few.loc[0, ["note_zh", "note_en"]].notna().all()
