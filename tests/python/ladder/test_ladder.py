"""The loyalty ladder: against a slow independent replay, at its thresholds, and as the page says.

One build holds the worked example of docs/methods/ladder/loyalty-ladder.md, customers that stand
exactly on and just off every threshold, and a few hundred random histories. A smaller second build
replays random histories under rules, levels and vars of its own.
"""

from __future__ import annotations

import csv
import io
import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from satisfaction.method_checks._declared import options
from tests.python.conftest import Built
from tests.python.engine import Engine
from tests.python.ladder_replay import Method, day, last_day, month_of, read_method, replay

ROOT = Path(__file__).resolve().parents[3]
CASE = ROOT / "tests" / "cases" / "ladder"
PAGE = ROOT / "docs" / "methods" / "ladder" / "loyalty-ladder.md"
COLUMNS = {
    "customers": "customer_id joined_on",
    "transactions": "transaction_id customer_id ordered_at amount quantity status",
    "subscriptions": "subscription_id customer_id service_line started_on ended_on monthly_fee "
    "end_reason",
    "competitor_shares": "customer_id service_line observed_on competitor share",
    "loyalty_assessments": "customer_id assessed_on author level change reason expires_on",
}
FIRST, NEWEST = date(2024, 1, 1), date(2025, 3, 11)  # March 2025 is not complete
EVALUATED = date(2024, 4, 1)  # the month that the threshold customers are looked at in


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def texts(rows: Sequence[dict[str, str]], columns: Sequence[str]) -> str:
    """Return rows as the text of a CSV file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@dataclass
class Case:
    """Raw tables in the making; what is not said is blank."""

    tables: dict[str, list[dict[str, str]]] = field(
        default_factory=lambda: {table: [] for table in COLUMNS}
    )

    def add(self, table: str, **cells: Any) -> None:
        row = dict.fromkeys(COLUMNS[table].split(), "")
        self.tables[table].append(row | {name: str(cell) for name, cell in cells.items()})

    def buys(
        self, customer: str, on: date | str, amount: Any, quantity: Any = 1, status: str = ""
    ) -> None:
        number = f"t{len(self.tables['transactions'])}"
        self.add("transactions", transaction_id=number, customer_id=customer, ordered_at=on,
                 amount=amount, quantity=quantity, status=status)  # fmt: skip

    def serves(
        self, customer: str, start: date | str, end: date | str, fee: Any, reason: str, line: str
    ) -> None:
        number = f"s{len(self.tables['subscriptions'])}"
        self.add("subscriptions", subscription_id=number, customer_id=customer, service_line=line,
                 started_on=start, ended_on=end, monthly_fee=fee, end_reason=reason)  # fmt: skip

    def files(self) -> dict[str, str]:
        return {f"{t}.csv": texts(rows, COLUMNS[t].split()) for t, rows in self.tables.items()}

    def take(self, folder: Path) -> None:
        """Add the rows of a case folder; columns that the ladder does not read are left out."""
        for path in folder.glob("*.csv"):
            kept = COLUMNS[path.stem].split()
            for row in read(path):
                self.add(path.stem, **{name: row[name] for name in kept})


# Customers on the thresholds -----------------------------------------------------------------


def edge(
    case: Case,
    name: str,
    amounts: Sequence[Any] = (100, 100, 100, 100),
    quantities: Sequence[Any] = (10, 10, 10, 10),
    kept: int = 0,
    lost: Sequence[str] = (),
    won: int = 0,
    fee: Any = 0,
    joined: str = "2024-01-05",
) -> None:
    """Add a customer whose fourth month is the one to look at.

    kept, lost, won: services held throughout, cancelled in that month (for which reason), and
    added in it, each for the same fee.
    """
    case.add("customers", customer_id=name, joined_on=joined)
    for number, (amount, quantity) in enumerate(zip(amounts, quantities, strict=False)):
        if amount:
            case.buys(name, last_day(month_of(FIRST) + number), amount, quantity)
    for reason in ["kept"] * kept + ["won"] * won + list(lost):
        start = "2024-04-30" if reason == "won" else "2023-12-31"
        end = "" if reason in ("kept", "won") else "2024-04-30"
        case.serves(name, start, end, fee, reason if end else "", "voice")


def add_edges(case: Case) -> dict[str, set[str]]:
    """Add the customers on the thresholds; return the rules that each fires in that month."""
    fires: dict[str, set[str]] = {}

    def expect(name: str, *rules: str, **history: Any) -> None:
        edge(case, name, **history)
        fires[name] = set(rules)

    # purchases: baseline 100, or 50, the least that counts; then too thin, then too short
    expect("fall", "purchase_fall", amounts=(100, 100, 100, 70))
    expect("fall not", amounts=(100, 100, 100, "70.01"))
    expect("fall uneven", "purchase_fall", amounts=("33.40", "66.50", "50.10", 35))
    expect("fall thin", amounts=("50", "49.99", "50", 1))
    expect("fall short", amounts=(0, 100, 100, 1), joined="2024-02-01")
    # three cancelled: revenue 100 + 30, then 104 or 104.01 without fees: -20 %
    three = ("price",) * 3
    expect("lost", "services_lost", "cancellation_cuts_revenue", lost=three, fee=10,
           amounts=(100, 100, 100, 104))  # fmt: skip
    expect("lost not", "cancellation_cuts_revenue", lost=three, fee=10,
           amounts=(100, 100, 100, "104.01"))  # fmt: skip
    expect("lost two", "cancellation_cuts_revenue", lost=three[:2], fee=15,
           amounts=(100, 100, 100, 104))  # fmt: skip
    # one cancelled, revenue to nine tenths; a mean that is no round number; none cancelled
    expect("cut", "cancellation_cuts_revenue", lost=["moved"], amounts=(100, 100, 100, 90))
    expect("cut not", lost=["moved"], amounts=(100, 100, 100, "90.01"))
    expect("cut uneven", "cancellation_cuts_revenue", lost=["moved"],
           amounts=("83.30", "83.40", "83.40", "75.03"))  # fmt: skip
    expect("cut none", kept=1, amounts=(100, 100, 100, 90))
    # whereabouts unknown: 2 of 4, 1 of 3, and a service of a few days beside one that is kept
    expect("unknown", "unknown_cancellations", lost=["", "unknown"], kept=2)
    expect("unknown not", lost=["unknown"], kept=2)
    expect("unknown told", lost=["price", "competitor"], kept=2)
    expect("unknown brief", kept=1)
    case.serves("unknown brief", "2024-04-02", "2024-04-12", 0, "", "cloud")
    # usage and fees up a fifth
    up = (100, 100, 100, 120)
    expect("growth", "usage_growth", amounts=up, quantities=(10, 10, 10, 12))
    expect("growth usage", amounts=up, quantities=(10, 10, 10, "11.99"))
    expect("growth fees", amounts=(100, 100, 100, "119.99"), quantities=(10, 10, 10, 12))
    expect("gained", "services_gained", won=3, fee="6.67", amounts=(100, 100, 100, 100))
    expect("gained fees", won=3, fee="6.66", amounts=(100, 100, 100, 100))
    expect("gained two", won=2, fee=10, amounts=(100, 100, 100, 100))
    # tenure: a milestone in the month, a month before it, and a month after
    for years in (1, 3, 5):
        rule = f"tenure_{12 * years}"
        expect(rule, rule, joined=f"{2024 - years}-04-30")
        expect(rule + " before", joined=f"{2024 - years}-05-01")
        expect(rule + " after", joined=f"{2024 - years}-03-31")
    # competitors: shares observed before April and in it
    half, most = "competitor_half", "competitor_most"
    for name, before, now, rules in [
        ("half", "0.4999", "0.5", [half]),
        ("half not", "0.1", "0.4999", []),
        ("half again", "0.5", "0.6", []),
        ("half to most", "0.5", "0.8", [most]),
        ("most", "0.4", "0.8", [half, most]),
        ("most not", "0.4", "0.7999", [half]),
        ("most less", "0.8", "0.5", []),
    ]:
        expect(name, *rules)
        for on, share in (("2024-02-10", before), ("2024-04-30", now)):
            case.add("competitor_shares", customer_id=name, service_line="iot", observed_on=on,
                     competitor="Northwave", share=share)  # fmt: skip
    # silence against a typical gap of 30 days, which is the own one of who bought once
    for name, on, rules in [
        ("overdue", "2024-03-16", ["overdue"]),
        ("overdue not", "2024-03-17", []),
        ("long overdue", "2024-03-01", ["overdue", "long_overdue"]),
        ("long overdue not", "2024-03-02", ["overdue"]),
    ]:
        fires[name] = set(rules)
        case.buys(name, on, 10)
    # bought again: after months without a purchase, and every month
    fires["again"], fires["again monthly"] = {"repeat_purchase"}, set()
    for month in ("01", "04"):
        case.buys("again", f"2024-{month}-10", 10)
    for month in ("01", "02", "03", "04"):
        case.buys("again monthly", f"2024-{month}-10", 10)
    # back after two months without a service, and without a month between
    fires["back"], fires["back not"] = {"returned"}, set()
    for name, end in (("back", "2024-02-10"), ("back not", "2024-04-02")):
        case.serves(name, "2023-12-31", end, 0, "price", "voice")
        case.buys(name, "2024-04-20", 10)
    return fires


# Judgements worked out by hand: who judged what, and the published levels from January to June.
# These customers buy for 10 a month, too little for any rule about purchases.
JUDGED: dict[str, tuple[list[tuple[str, str, str]], list[int]]] = {
    "nobody": ([], [3, 3, 3, 3, 3, 3]),
    "shift": ([("2024-02-10", "+1", "")], [3, 4, 4, 4, 4, 4]),
    "shift until April": ([("2024-02-10", "+1", "2024-04-30")], [3, 4, 4, 4, 3, 3]),
    "shift until the 29th": ([("2024-02-10", "+1", "2024-04-29")], [3, 4, 4, 3, 3, 3]),
    "shift before": ([("2023-11-05", "-1", "")], [2, 2, 2, 2, 2, 2]),
    "shifts add up": ([("2023-11-05", "-1", ""), ("2024-01-07", "-1", "")], [1, 1, 1, 1, 1, 1]),
    "shift and back": ([("2023-11-05", "-2", "2024-03-30")], [1, 1, 3, 3, 3, 3]),
    "level": ([("2024-02-29", "5", "")], [3, 5, 5, 5, 5, 5]),
    "level until April": ([("2024-02-01", "1", "2024-04-30")], [3, 1, 1, 1, 3, 3]),
    # 2024-02-28 is not the end of a leap year's February
    "level too short": ([("2024-02-01", "1", "2024-02-28")], [3, 3, 3, 3, 3, 3]),
    "level to the end": ([("2024-02-01", "1", "2024-02-29")], [3, 1, 3, 3, 3, 3]),
    "level before": ([("2023-11-05", "5", "2024-01-31")], [5, 3, 3, 3, 3, 3]),
    "level long ago": ([("2023-11-05", "5", "2023-12-31")], [3, 3, 3, 3, 3, 3]),
    "last of two": ([("2024-02-03", "1", ""), ("2024-02-20", "4", "")], [3, 4, 4, 4, 4, 4]),
    "level over shift": ([("2024-02-03", "2", ""), ("2024-02-20", "+2", "")], [3, 2, 2, 2, 2, 2]),
    # the later judgement holds while it is in force, then the earlier one again
    "hold in hold": (
        [("2024-02-05", "5", "2024-05-31"), ("2024-02-20", "2", "2024-03-31")],
        [3, 2, 2, 5, 5, 3],
    ),
    # the shift goes on under the hold and shows when it lets go
    "shift under hold": (
        [("2024-02-05", "1", "2024-04-30"), ("2024-03-05", "+1", "")],
        [3, 1, 1, 1, 4, 4],
    ),
    # a level without expiry ends what was judged before it
    "level after hold": (
        [("2024-02-05", "5", "2024-05-31"), ("2024-03-20", "2", "")],
        [3, 5, 2, 2, 2, 2],
    ),
    "level after shift": (
        [("2024-02-05", "-1", "2024-04-30"), ("2024-03-20", "4", "")],
        [3, 2, 4, 4, 4, 4],
    ),
    # a shift that the top swallows takes nothing with it when it ends
    "shift at the top": (
        [("2024-01-05", "5", ""), ("2024-02-05", "+1", "2024-04-30")],
        [5, 5, 5, 5, 5, 5],
    ),
    "up and up": ([("2024-02-05", "+2", ""), ("2024-03-05", "+1", "")], [3, 5, 5, 5, 5, 5]),
    "down and down": ([("2024-02-05", "-4", ""), ("2024-03-05", "+1", "")], [3, 1, 2, 2, 2, 2]),
}


def add_judged(case: Case) -> None:
    for name, (judgements, _) in JUDGED.items():
        for month in range(1, 7):
            case.buys(name, f"2024-{month:02}-15", 10)
        for on, what, until in judgements:
            cell = {"change" if what[0] in "+-" else "level": what}
            case.add("loyalty_assessments", customer_id=name, assessed_on=on, expires_on=until,
                     author="Key accounts", reason="by hand", **cell)  # fmt: skip


# Random histories ----------------------------------------------------------------------------

FACTORS = (0, 0, "0.5", "0.7", "0.8", "0.9", 1, 1, 1, 1, "1.1", "1.2", "1.5", 3)


def some_day(rng: random.Random, first: date, last: date) -> date:
    """Return a day from first to last; the last of its month more often than by chance."""
    on = first + timedelta(rng.randrange((last - first).days + 1))
    return min(last, last_day(month_of(on))) if rng.random() < 0.2 else on


def add_random(case: Case, rng: random.Random, name: str, highest: int) -> None:
    """Add a customer with a random past; about a third of them have each kind of row."""
    if rng.random() < 0.7:
        case.add("customers", customer_id=name,
                 joined_on=some_day(rng, date(2018, 10, 1), NEWEST))  # fmt: skip
    kinds = [rng.random() < p for p in (0.85, 0.6, 0.4, 0.5)]
    if kinds[0]:
        add_purchases(case, rng, name)
    if kinds[1]:
        add_services(case, rng, name)
    if kinds[2]:
        add_shares(case, rng, name)
    if kinds[3]:
        add_judgements(case, rng, name, highest)


def add_purchases(case: Case, rng: random.Random, name: str) -> None:
    price = rng.choice((10, 10, 25, "3.30", "4.10"))
    units = rng.choice((5, 10, 10, 20))
    begin = rng.choice((0, 0, 0, 0, rng.randrange(14)))
    for month in range(month_of(FIRST) + begin, month_of(NEWEST) + 1):
        end = min(last_day(month), NEWEST)
        for _ in range(rng.choice((1, 1, 1, 2))):
            quantity = float(units) * float(rng.choice(FACTORS))
            amount = round(quantity * float(price), 2)
            if quantity:
                on = some_day(rng, end.replace(day=1), end)
                more = rng.choice((quantity, quantity, units, ""))
                case.buys(name, f"{on} 14:05:00", amount, more, rng.choice(("", "completed")))
        if rng.random() < 0.1:
            case.buys(name, end, 500, 50, rng.choice(("returned", "cancelled")))


def add_services(case: Case, rng: random.Random, name: str) -> None:
    """Services come and go alone or in bundles of three; some last a few days."""
    for _ in range(rng.choice((1, 2, 3))):
        start = some_day(rng, date(2023, 6, 1), date(2025, 3, 1))
        end = rng.choice(("", "", some_day(rng, start, date(2025, 9, 1)),
                          min(start + timedelta(9), NEWEST)))  # fmt: skip
        for _ in range(rng.choice((1, 1, 3))):
            fee = rng.choice(("", 0, 10, "19.90", 30))
            reason = rng.choice(("", "unknown", "price", "competitor")) if end else ""
            case.serves(name, start, end, fee, reason, rng.choice(("voice", "cloud")))


def add_shares(case: Case, rng: random.Random, name: str) -> None:
    for line in rng.sample(("voice", "broadband", "cloud", "iot"), rng.choice((1, 1, 2, 3))):
        days = {some_day(rng, date(2023, 10, 1), NEWEST) for _ in range(rng.randrange(1, 8))}
        for on in sorted(days):
            share = rng.choice(("0.1", "0.3", "0.49", "0.5", "0.6", "0.79", "0.8", "0.95"))
            case.add("competitor_shares", customer_id=name, service_line=line, observed_on=on,
                     competitor=rng.choice(("", "Northwave")), share=share)  # fmt: skip


def add_judgements(case: Case, rng: random.Random, name: str, highest: int) -> None:
    days = {some_day(rng, date(2023, 8, 1), NEWEST) for _ in range(rng.randrange(1, 5))}
    if rng.random() < 0.4:  # several in one month
        days |= {min(on.replace(day=n), NEWEST) for on in sorted(days)[:1] for n in (3, 4, 20)}
    for on in sorted(days):
        until = some_day(rng, on, on + timedelta(rng.choice((20, 300))))
        is_level = rng.random() < 0.5
        case.add("loyalty_assessments", customer_id=name, assessed_on=on,
                 author=rng.choice(("", "Key accounts", "大客户部")),
                 level=rng.randint(1, highest) if is_level else "",
                 change="" if is_level else rng.choice((-2, -1, 0, 1, 2)),
                 reason=rng.choice(("", "merger")),
                 expires_on=rng.choice(("", until, until)))  # fmt: skip


# The builds ----------------------------------------------------------------------------------


@dataclass
class Replayed:
    """A case, what the slow replay makes of it, and what the build made of it."""

    case: Case
    fires: dict[str, set[str]]
    ladder: dict[Any, Any]
    trail: dict[Any, Any]
    built_ladder: dict[Any, Any]
    built_trail: dict[Any, Any]


def read_marts(engine: Engine, table: str, keys: int, sample: dict[Any, Any]) -> dict[Any, Any]:
    """Read a mart as a mapping from its key to the columns that the replay has too."""
    key = ["month_start", "customer_id", "rule_id"][:keys]
    columns = list(next(iter(sample.values())))
    rows = engine.rows(f"select {', '.join(key + columns)} from {table}")
    found = {row[:keys]: dict(zip(columns, row[keys:], strict=True)) for row in rows}
    assert len(found) == len(rows)
    return found


def build_and_replay(
    case: Case, method: Method, engine: Engine, more: dict[str, str], **dbt_vars: Any
) -> Replayed:
    engine.lay({**case.files(), **more})
    marts = ["+fct_loyalty_ladder", "+fct_loyalty_ladder_events", "+rejected_rows"]
    assert not engine.check(*marts, **dbt_vars)
    refused = "select table_name, record_key, reason from rejected_rows"
    assert engine.rows(refused) == [], "a random row was refused"
    ladder, trail = replay(case.tables, method)
    return Replayed(
        case,
        {},
        ladder,
        trail,
        read_marts(engine, "fct_loyalty_ladder", 2, ladder),
        read_marts(engine, "fct_loyalty_ladder_events", 3, trail),
    )


@pytest.fixture(scope="module")
def shipped(engine: Engine) -> Replayed:
    """Worked example, threshold customers and random histories under the shipped rules."""
    case, rng = Case(), random.Random(20240101)
    case.take(CASE)
    fires = add_edges(case)
    add_judged(case)
    for number in range(320):
        add_random(case, rng, f"r{number:03}", highest=5)
    case.buys("newest", NEWEST, 10)
    # seen, but not on the ladder: declared only, or with nothing but a returned purchase
    case.add("customers", customer_id="declared only", joined_on="2020-01-01")
    case.buys("returned only", "2024-02-02", 10, 1, "returned")
    seeds = ROOT / "seeds" / "method" / "ladder"
    levels = read(seeds / "seed_ladder_levels.csv")
    # the thresholds are about one typical gap; the other case has that of its data
    method = read_method(read(seeds / "seed_ladder_rules.csv"), levels, typical_gap_days=30)
    replayed = build_and_replay(case, method, engine, {}, typical_gap_days=30)
    replayed.fires = fires
    return replayed


OWN_LEVELS = "level,is_start,is_return\n1,false,true\n2,true,false\n3,false,false\n4,false,false\n"
OWN_RULES = """
dip,purchase_change,<=,-0.1,,,,-1,purchases,crossing,true
drop,purchase_change,<=,-0.5,,,,-2,purchases,crossing,true
stop,purchase_change,<=,-1,,,,-3,purchases,crossing,true
boom,purchase_change,>,0.2,usage_change,>=,0.1,2,purchases,monthly,true
fees,fee_change,<,-0.1,,,,-1,,monthly,true
shrink,usage_change,<,-0.2,services_added,<=,0,-1,,crossing,true
joined,tenure_months,>=,3,,,,1,,crossing,true
silent,overdue_ratio,>=,0.8,,,,-1,,crossing,true
quick,waited_ratio,<,1,,,,1,,monthly,true
back,months_away,>=,2,,,,-1,,monthly,true
off,tenure_months,>=,0,,,,-4,,monthly,false
third,competitor_share,>,0.3,,,,-1,rivals,crossing,true
half,competitor_share,>=,0.5,,,,-1,rivals,crossing,true
judged,assessment_level,,,,,,,,monthly,true
shifted,assessment_change,,,,,,,,monthly,true
""".strip()
RULE_COLUMNS = (
    "rule_id,metric,comparison,threshold,and_metric,and_comparison,and_threshold,change,"
    "exclusive_group,firing,enabled"
)


@pytest.fixture(scope="module")
def own(engine: Engine) -> Replayed:
    """Random histories under four levels, other rules, and a baseline of two months."""
    case, rng = Case(), random.Random(7)
    for number in range(120):
        add_random(case, rng, f"o{number:03}", highest=4)
    case.buys("newest", NEWEST, 10)
    rules = list(csv.DictReader(io.StringIO(f"{RULE_COLUMNS}\n{OWN_RULES}")))
    levels = list(csv.DictReader(io.StringIO(OWN_LEVELS)))
    options = {"baseline_months": 2, "baseline_min_amount": 80}
    told = [row | {"reason_zh": "理由", "reason_en": "a reason"} for row in rules]
    more = {
        "ladder_levels.csv": OWN_LEVELS,
        "ladder_rules.csv": texts(told, [*RULE_COLUMNS.split(","), "reason_zh", "reason_en"]),
    }
    method = read_method(rules, levels, **options)
    return build_and_replay(case, method, engine, more, **options)


# The tests -----------------------------------------------------------------------------------


def same(wanted: Any, found: Any) -> bool:
    """Whether a cell is equal; evidence to 1e-9."""
    if wanted is None or found is None or isinstance(found, (str, bool, date)):
        return bool(wanted == found)
    return abs(float(wanted) - float(found)) <= 1e-9


def differences(wanted: dict[Any, Any], found: dict[Any, Any]) -> list[Any]:
    """Return the first rows that are missing, too many, or not the same, with both versions."""
    out: list[Any] = []
    for key in sorted(wanted.keys() | found.keys()):
        ours, theirs = wanted.get(key), found.get(key)
        if ours is None or theirs is None:
            out.append((key, "replay:", ours, "mart:", theirs))
        elif not all(same(ours[name], theirs[name]) for name in ours):
            cells = {n: (ours[n], theirs[n]) for n in ours if not same(ours[n], theirs[n])}
            out.append((key, "replay and mart:", cells))
    return out[:5]


@pytest.mark.parametrize("name", ["shipped", "own"])
def test_the_marts_are_what_the_slow_replay_says(name: str, request: pytest.FixtureRequest) -> None:
    replayed: Replayed = request.getfixturevalue(name)
    assert len(replayed.ladder) > 1000
    for wanted, found in (
        (replayed.ladder, replayed.built_ladder),
        (replayed.trail, replayed.built_trail),
    ):
        wrong = differences(wanted, found)
        assert not wrong, "\n".join(map(str, wrong))


def test_every_metric_that_a_rule_may_name_is_a_column(demo: Built) -> None:
    """The checks let a rule name a metric; the SQL of the rule then asks for that column."""
    (columns,) = demo.build_rows(
        "select list(column_name) from duckdb_columns() where table_name = 'int_month_metrics'"
    )[0]
    assert set(options("ladder_rules", "and_metric")) - set(columns) == {"competitor_share"}


def test_the_random_histories_meet_every_kind_of_event(shipped: Replayed) -> None:
    """What never occurs in the data is not proven by comparing it."""
    events = {k: e for k, e in shipped.trail.items() if is_random(k[1])}
    rows = {k: r for k, r in shipped.ladder.items() if is_random(k[1])}
    by_effect = Counter(e["effect"] for e in events.values())
    assert set(by_effect) == {
        "moves",
        "outweighed",
        "sets",
        "holds",
        "shifts",
        "lets_go",
        "overruled",
        "none",
    }
    # few are judged after they have left
    assert by_effect.pop("none") >= 5 and min(by_effect.values()) >= 20, by_effect
    moves = Counter(k[2] for k, e in events.items() if e["effect"] == "moves")
    for row in read(ROOT / "seeds" / "method" / "ladder" / "seed_ladder_rules.csv"):
        assert row["metric"] == "assessment_level" or moves[row["rule_id"]] >= 3, row["rule_id"]
    clamped = Counter(r["replayed_level"] for r in rows.values() if r["is_clamped"])
    assert clamped.keys() == {1, 5} and min(clamped.values()) >= 10, clamped
    assert Counter(r["evaluation_status"] for r in rows.values())["not_evaluable"] > 100
    # a crossing rule that counts all, or only the difference
    most = {e["change"] for k, e in events.items() if k[2] == "competitor_most"}
    assert most == {-1, -2}
    # a held level under which the replay went on; rules that a set level overruled
    assert any(r["held_level"] and r["change_sum"] for r in rows.values())
    assert any(r["set_level"] and r["n_events"] > 1 for r in rows.values())


def test_the_random_rows_have_every_awkward_shape(shipped: Replayed) -> None:
    tables = {
        table: [row for row in rows if is_random(row["customer_id"])]
        for table, rows in shipped.case.tables.items()
    }
    services, judgements = tables["subscriptions"], tables["loyalty_assessments"]
    assert any(s["ended_on"][:7] == s["started_on"][:7] for s in services)
    assert any(s["ended_on"] > str(NEWEST) for s in services)
    assert any(j["assessed_on"] < str(FIRST) for j in judgements)
    assert any(j["expires_on"][:7] == j["assessed_on"][:7] for j in judgements)
    assert any(day(j["expires_on"]) == last_day(month_of(day(j["expires_on"])))
               for j in judgements if j["expires_on"])  # fmt: skip
    several = Counter((j["customer_id"], j["assessed_on"][:7], j["level"] > "") for j in judgements)
    assert {n for (_, _, is_level), n in several.items() if is_level} >= {1, 2, 3}
    shares = Counter((r["customer_id"], r["service_line"], r["observed_on"][:7])
                     for r in tables["competitor_shares"])  # fmt: skip
    assert max(shares.values()) > 1
    months = Counter(customer for _, customer in shipped.ladder if is_random(customer))
    assert min(months.values()) <= 3 and max(months.values()) == 14


def is_random(customer: str) -> bool:
    return re.fullmatch(r"r\d+", customer) is not None


def test_own_rules_meet_what_the_shipped_ones_do_not(own: Replayed) -> None:
    found = defaultdict(set)
    for (_, _, rule), event in own.trail.items():
        found[rule].add(event["change"])
    assert "off" not in found, "a rule that is not enabled fired"
    # of three crossing rules over one figure only what is new counts
    assert found["stop"] == {-3, -2, -1} and found["drop"] >= {-2, -1}
    assert found["half"] == {-1, 0}
    assert {
        "boom",
        "fees",
        "shrink",
        "joined",
        "third",
        "judged",
        "shifted",
        "silent",
        "quick",
        "back",
    } <= found.keys()
    assert {r["ladder_level"] for r in own.built_ladder.values()} == {1, 2, 3, 4, None}


def test_every_rule_fires_on_its_threshold_and_not_beside_it(shipped: Replayed) -> None:
    found: dict[str, set[str]] = {name: set() for name in shipped.fires}
    for month, customer, rule in shipped.built_trail:
        if month == EVALUATED and customer in found:
            found[customer].add(rule)
    assert found == shipped.fires
    rules = {row["rule_id"] for row in read(ROOT / "seeds/method/ladder/seed_ladder_rules.csv")}
    assert set().union(*found.values()) == rules - {"assessed_level", "assessed_change"}


def test_from_fifty_to_eighty_percent_counts_the_difference(shipped: Replayed) -> None:
    rows = {k[1]: r for k, r in shipped.built_ladder.items() if k[0] == EVALUATED}
    moves = {name: rows[name]["change_sum"] for name in ("half", "half to most", "most")}
    assert moves == {"half": -1, "half to most": -1, "most": -2}


@pytest.mark.parametrize("name", JUDGED)
def test_judgements_worked_out_by_hand(name: str, shipped: Replayed) -> None:
    months = [date(2024, month, 1) for month in range(1, 7)]
    assert [shipped.built_ladder[m, name]["ladder_level"] for m in months] == JUDGED[name][1]


def test_who_has_no_behaviour_is_not_on_the_ladder(shipped: Replayed) -> None:
    on_it = {customer for _, customer in shipped.built_ladder}
    assert "newest" not in on_it, "its only month is not complete"
    assert not on_it & {"declared only", "returned only"}
    assert max(month for month, _ in shipped.built_ladder) == date(2025, 2, 1)


def page_table(heading: str) -> list[list[str]]:
    """Return the rows of the first table of the page after a heading."""
    text = PAGE.read_text("utf-8").split(heading, 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert lines, heading
    cells = [line.strip("| ").split("|") for line in lines[0].splitlines()]
    return [[cell.strip() for cell in row] for row in cells[2:]]


def test_the_page_shows_what_the_build_says(shipped: Replayed) -> None:
    """Month, change, replayed and published level of the worked example, and the rules."""
    rows = page_table("## Worked example")
    assert len(rows) == 12
    for month, _, rules, change, replayed, published in rows:
        key = (date.fromisoformat(month + "-01"), "yun")
        found = shipped.built_ladder[key]
        fired = {k[2]: e for k, e in shipped.built_trail.items() if k[:2] == key}
        told = {rule: effect for rule, effect in re.findall(r"`(\w+)` (\w+)", rules)}
        assert told == {rule: event["effect"] for rule, event in fired.items()}, month
        wanted = "set" if found["set_level"] else f"{found['change_sum']:+d}".replace("+0", "0")
        assert change.replace("−", "-") == wanted + (", clamped" if found["is_clamped"] else "")
        assert int(replayed) == found["replayed_level"], month
        assert int(published) == found["ladder_level"], month
