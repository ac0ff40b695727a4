"""Who is a customer, and whether the ladder orders how people buy: simulations and small cases.

Purchases are drawn from models whose truth is known; the build then says what it sees.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from tests.python.engine import Engine

FIRST, MONTHS = date(2022, 1, 1), 36
LAST = date(2024, 12, 31)
DAYS = (LAST - FIRST).days + 1
#: months at whose end the coming quarter is looked at, a quarter apart, after the first year
SNAPSHOTS = pd.date_range("2023-03-01", "2024-09-01", freq="3MS")


def irregular(rng: np.random.Generator, n: int = 2400) -> Iterator[tuple[str, int, float]]:
    """Draw buyers of 12, 6, 3 and 1.5 purchases a year who live two years on average (BG/NBD)."""
    for number in range(n):
        rate = (12, 6, 3, 1.5)[number % 4]
        begin = rng.uniform(0, 365)
        end = begin + rng.exponential(730)
        day = begin
        while day < min(end, DAYS):
            yield f"i{number:04}", int(day), float(rng.lognormal(4, 0.5))
            day += rng.exponential(365 / rate)


def monthly(rng: np.random.Generator, n: int = 800) -> Iterator[tuple[str, int, float]]:
    """Draw customers with a bill a month of whom 2 % leave each month; three in five fade first."""
    for number in range(n):
        begin = int(rng.integers(0, 12))
        stay = int(rng.geometric(0.02))
        fades = rng.random() < 0.6
        usual = rng.lognormal(4.6, 0.4)
        for month in range(begin, min(begin + stay, MONTHS)):
            left = begin + stay - month
            fading = (0.4, 0.6, 0.8)[left - 1] if fades and left <= 3 else 1.0
            on = date(2022 + month // 12, month % 12 + 1, 5)
            amount = usual * fading * rng.lognormal(0, 0.15)
            yield f"m{number:04}", (on - FIRST).days, float(amount)


def every_fourth_month(n: int = 300) -> Iterator[tuple[str, int, float]]:
    """Return customers who buy every fourth month and never leave."""
    for number in range(n):
        for month in range(number % 4, MONTHS, 4):
            on = date(2022 + month // 12, month % 12 + 1, 1 + number % 28)
            yield f"f{number:04}", (on - FIRST).days, 90.0


def build(
    engine: Engine, purchases: Iterator[tuple[str, int, float]], until: date = LAST
) -> pd.DataFrame:
    """Build the ladder; return its months, and whether each is followed by a purchase."""
    rows = [(who, FIRST + timedelta(day), round(amount, 2)) for who, day, amount in purchases]
    lines = "".join(f"t{i},{who},{on},{amount},1\n" for i, (who, on, amount) in enumerate(rows))
    engine.lay(
        {"transactions.csv": f"transaction_id,customer_id,ordered_at,amount,quantity\n{lines}"}
    )
    assert not engine.check("+fct_loyalty_ladder", as_of_date=str(until))
    ladder = pd.DataFrame(
        engine.rows(
            "select customer_id, month_start, ladder_level, evaluation_status"
            " from fct_loyalty_ladder"
        ),
        columns=["customer", "month", "level", "status"],
    )
    ladder["month"] = pd.to_datetime(ladder.month)
    bought = pd.DataFrame(rows, columns=["customer", "on", "amount"])
    bought["month"] = pd.to_datetime(bought.on).dt.to_period("M").dt.to_timestamp()
    bought = bought[["customer", "month"]].drop_duplicates()
    soon = set()
    for ahead in (1, 2, 3):
        before = bought.month - pd.DateOffset(months=ahead)
        soon |= set(zip(bought.customer, before, strict=True))
    ladder["buys"] = [key in soon for key in zip(ladder.customer, ladder.month, strict=True)]
    return ladder


def rises(ladder: pd.DataFrame) -> pd.DataFrame:
    """Return who buys in the coming quarter, by level; left comes first."""
    seen = ladder[ladder.month.isin(SNAPSHOTS)].copy()
    seen["level"] = seen.level.where(seen.status != "left", 0)
    groups = seen.dropna(subset=["level"]).groupby("level").buys
    table = pd.DataFrame({"n": groups.size(), "share": groups.mean()})
    table["error"] = np.sqrt(table.share * (1 - table.share) / table.n)
    return table


@pytest.mark.parametrize("kind", ["irregular", "monthly"])
def test_who_stands_higher_buys_more_often_soon(kind: str, engine: Engine) -> None:
    rng = np.random.default_rng(20241231)
    table = rises(build(engine, irregular(rng) if kind == "irregular" else monthly(rng)))
    # nobody pays a bill for three years and rises by usage in them: level 5 stays empty
    levels = [0, 1, 2, 3, 4, 5] if kind == "irregular" else [0, 1, 2, 3, 4]
    assert list(table.index) == levels and table.n.min() >= 30, table
    low, high = table.iloc[:-1], table.iloc[1:]
    error = np.hypot(low.error.to_numpy(), high.error.to_numpy())
    assert (high.share.to_numpy() >= low.share.to_numpy() - 2 * error).all(), table
    assert table.share.iloc[-1] > table.share.iloc[0] + 0.4, table


def test_who_buys_every_fourth_month_has_not_left(engine: Engine) -> None:
    ladder = build(engine, every_fourth_month())
    assert (ladder.status != "left").all()
    assert ladder.level.min() >= 3
    assert (ladder[ladder.month >= "2023-02-01"].level == 5).all()


def test_a_past_level_stays_when_data_are_added(engine: Engine) -> None:
    """Where a year is known, a month sees the gaps that were known by its end."""
    until = date(2023, 6, 30)
    rows = [row for row in irregular(np.random.default_rng(7), 200) if row[1] < DAYS]
    seen = [row for row in rows if FIRST + timedelta(row[1]) <= until]
    columns = ["customer", "month", "level", "status"]
    early = build(engine, iter(seen), until)[columns]
    late = build(engine, iter(rows))[columns]
    past = late[late.month <= pd.Timestamp(until)].merge(
        early, on=["customer", "month"], how="outer", suffixes=("_late", "_early")
    )
    assert len(past) == len(early) > 1000
    assert (past.status_late == past.status_early).all()
    assert past.level_late.fillna(0).equals(past.level_early.fillna(0))
