"""Causes of complaints: the page's example, figures complaint by complaint, odd categories."""

from __future__ import annotations

import csv
import random
import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from io import StringIO
from math import sqrt
from pathlib import Path
from statistics import NormalDist, median
from typing import Any

import pytest

from tests.python.conftest import Built
from tests.python.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "methods" / "service" / "complaint-causes.md").read_text("utf-8")
COUNTS, SHARES = (
    list(csv.DictReader(StringIO(block)))
    for block in re.findall(r"```csv\n(.*?)```", PAGE, flags=re.S)
)
Z = NormalDist().inv_cdf(0.975)
MART = "+fct_complaint_causes"
HEAD = "complaint_id,customer_id,opened_at,first_response_at,resolved_at,category,severity,reopened"
COMPENSATION = ("compensation_kind", "compensation_amount", "decided_by")
#: nobody wrote it down; nothing; an apology of nobody known; a voucher; money, and no kind
GIVEN = [("", "", ""), ("none", "", "front"), ("Apology", "", ""), ("voucher", "50", "manager")]
GIVEN += [("", "7.25", "Front")]
#: a promise of an hour that counts every hour
PROMISES = (
    "promise_id,measure,limit_value,unit,uses_business_hours,target_share,enabled\n"
    "hour,first_response_time,1,hours,false,0.9,true\n"
)


def causes(engine: Engine, where: str, *columns: str) -> dict[str, tuple[Any, ...]]:
    """Some columns of the categories of one cell, by category."""
    rows = engine.rows(
        f"select category, {', '.join(columns)} from fct_complaint_causes where {where}"
    )
    found = {category: tuple(figures) for category, *figures in rows}
    assert len(found) == len(rows)
    return found


def test_the_example_of_the_page(engine: Engine) -> None:
    lines = [HEAD]
    for row in COUNTS:
        for _ in range(int(row["n"])):
            k = len(lines)
            lines.append(f"K{k},c{k},2025-03-03 10:00,,,{row['category']},,")
    engine.lay({"complaints.csv": "\n".join(lines) + "\n"})
    assert not engine.check(
        MART, "+fct_service_promises", segment_by=[], as_of_date="2025-03-31", min_respondents=20
    )
    columns = ("cause_rank", "complaint_share", "share_low", "share_high", "cumulative_share")
    found = causes(engine, "severity = 'all'", *columns, "is_vital", "n_all", "is_reliable")
    assert list(found) and set(found) == {row["category"] for row in SHARES}
    for row in SHARES:
        *figures, is_vital, n_all, is_reliable = found[row["category"]]
        assert figures == pytest.approx([float(row[name]) for name in columns], abs=5e-5)
        assert is_vital is (row["is_vital"] == "true")
        assert (n_all, is_reliable) == (20, True)
    # nobody wrote down how severe they were: they are the same complaints
    assert engine.rows(
        "select severity, sum(n_complaints) from fct_complaint_causes group by 1 order by 1"
    ) == [("all", 20), ("unknown", 20)]


def test_odd_categories(engine: Engine) -> None:
    """One blank, one in capitals, one without a row, one whose factor nobody asks about."""
    rows = ["", "Unknown", "", "BILLING", "billing", "noise", "smell", "smell"]
    lines = [HEAD]
    for k, name in enumerate(rows):
        lines.append(f"K{k},ann,2025-03-{k + 1:02} 10:00,,,{name},high,")
    own = (
        "category,label_zh,label_en,factor_id,failure_kind\n"
        "Billing,账单,Bills,error_rate,failure\nsmell,,,,communication\n"
    )
    engine.lay({"complaints.csv": "\n".join(lines) + "\n", "complaint_categories.csv": own})
    assert not engine.run(MART, segment_by=[], as_of_date="2025-03-31")
    columns = ("n_complaints", "cause_rank", "is_vital", "is_mapped", "label_zh", "label_en")
    columns += ("factor_id", "failure_kind", "n_repeat")
    assert causes(engine, "severity = 'high'", *columns) == {
        # the most frequent, but nobody can work on it
        "unknown": (3, 1, False, False, "未知", "Unknown", None, None, None),
        "Billing": (2, 2, True, True, "账单", "Bills", "error_rate", "failure", 1),
        "smell": (2, 3, True, True, "smell", "smell", None, "communication", 1),
        "noise": (1, 4, False, False, "noise", "noise", None, None, 0),
    }


def test_a_factor_that_nobody_asks_about(engine: Engine) -> None:
    """The shipped table may name it: the label stays. One's own may not."""
    lines = [HEAD, "K1,ann,2025-03-03 10:00,,,billing,,"]
    files = {"complaints.csv": "\n".join(lines) + "\n"}
    files["factors.csv"] = "factor_id,label_zh,label_en\nspeed,速度,Speed\n"
    files["questions.csv"] = "question_id,factor_id,scale_id,role\n"
    engine.lay(files)
    assert not engine.run(MART, segment_by=[], as_of_date="2025-03-31")
    found = causes(engine, "severity = 'all'", "label_en", "factor_id", "is_mapped")
    assert found == {"billing": ("Billing error", None, True)}
    own = "category,label_zh,label_en,factor_id,failure_kind\nbilling,,,error_rate,failure\n"
    engine.lay(files | {"complaint_categories.csv": own})
    (said,) = engine.run(MART, segment_by=[], as_of_date="2025-03-31")
    assert "complaint_categories.factor_id, billing: " in said and "error_rate" in said


def wilson(k: float, n: float) -> tuple[float, float]:
    """Solve |p̂ - p| = z √(p (1 - p) / n) for p."""
    a, b, c = 1 + Z**2 / n, -2 * k / n - Z**2 / n, (k / n) ** 2
    half = sqrt(max(b * b - 4 * a * c, 0))
    return (-b - half) / (2 * a), (-b + half) / (2 * a)


def months_on(month: date, n: int) -> date:
    """First day of the month that is n months later."""
    number = month.year * 12 + month.month - 1 + n
    return date(number // 12, number % 12 + 1, 1)


def drawn(rng: random.Random) -> list[dict[str, Any]]:
    """Complaints of nine customers in 27 months; the last month is not complete."""
    found = []
    for number in range(260):
        opened = datetime(2023, 2, 1) + timedelta(minutes=rng.randrange(27 * 30 * 1440))
        answer = opened + timedelta(minutes=rng.choice([59, 60, 61, 500]))
        settled = answer + timedelta(seconds=rng.randrange(9 * 86400))
        is_open = rng.random() < 0.1
        found.append({
            "complaint_id": f"K{number:03}", "customer_id": f"c{rng.randrange(9)}",
            "opened_at": opened, "first_response_at": answer,
            "resolved_at": None if is_open else settled,
            "category": rng.choice(["fault", "fault", "fault", "billing", "attitude", "odd", ""]),
            "severity": rng.choice(["low", "high"]),
            "reopened": rng.choice(["yes", "no", "no", ""]),
            **dict(zip(COMPENSATION, rng.choice(GIVEN), strict=True)),
        })  # fmt: skip
    return found


def test_every_cell_is_what_a_list_of_complaints_says(engine: Engine) -> None:
    rows = drawn(random.Random(3))
    text = StringIO()
    writer = csv.DictWriter(text, [*HEAD.split(","), *COMPENSATION])
    writer.writeheader()
    writer.writerows(rows)
    people = "customer_id,region\n" + "".join(f"c{n},{'ab'[n % 2]}\n" for n in range(9))
    engine.lay({
        "complaints.csv": text.getvalue(),
        "customers.csv": people,
        "service_promises.csv": PROMISES,
        # some of the customers are active in some of the months
        "transactions.csv": "transaction_id,customer_id,ordered_at,amount\n"
        + "".join(f"T{n},c{n % 7},202{3 + n % 2}-{n % 12 + 1:02}-05,10\n" for n in range(40)),
    })  # fmt: skip
    last = date(2025, 3, 1)
    arguments = {"segment_by": ["region"], "as_of_date": "2025-04-25", "min_respondents": 40}
    assert not engine.check(MART, "+fct_service_promises", "+fct_segment_behaviour", **arguments)
    by_cell = told(rows, last)
    names = (
        "n_complaints, n_all, cause_rank, n_complaints_before, n_repeat, n_kept, n_broken, "
        "n_settled, median_hours, n_reopened, reopened_share, is_vital, is_reliable, "
        "n_compensated, compensated_share, front_decided_share, compensation_amount"
    )
    found = {
        tuple(row[:6]): tuple(row[6:])
        for row in engine.rows(
            "select month_start, window_months, segment_value, severity, category, "
            f"segment_type, {names} from fct_complaint_causes"
        )
    }
    assert found.keys() == by_cell.keys()
    for cell, figures in found.items():
        assert figures == pytest.approx(by_cell[cell]), cell
    # shares, their change and its interval follow from the counts
    checked = 0
    for k, n, before, all_before, share, low, high, change, *ends in engine.rows(
        "select n_complaints, n_all, n_complaints_before, sum(n_complaints_before) over ("
        "partition by month_start, window_months, segment_type, segment_value, severity), "
        "complaint_share, share_low, share_high, share_change, change_low, change_high "
        "from fct_complaint_causes"
    ):
        assert (share, low, high) == pytest.approx((k / n, *wilson(k, n)), abs=1e-9)
        if not all_before:
            assert (change, *ends) == (None,) * 3
            continue
        p, (below, above) = before / all_before, wilson(before, all_before)
        told_ends = [
            share - p - sqrt((share - low) ** 2 + (above - p) ** 2),
            share - p + sqrt((high - share) ** 2 + (p - below) ** 2),
        ]
        assert [change, *ends] == pytest.approx([share - p, *told_ends], abs=1e-9)
        checked += 1
    assert checked > 500
    # per 1,000 customers: the mean of the months
    at_risk = dict(
        engine.rows(
            "select month_start, n_at_risk from fct_segment_behaviour where segment_type = 'total'"
        )
    )
    seen = 0
    for month, window, n, mean, rate in engine.rows(
        "select month_start, window_months, n_complaints, mean_at_risk, per_1000_customers "
        "from fct_complaint_causes where segment_type = 'total'"
    ):
        numbers = [at_risk.get(months_on(month, -back)) for back in range(window)]
        if months_on(month, 1 - window) < min(at_risk):
            assert (mean, rate) == (None, None)
        else:
            assert mean == pytest.approx(sum(x or 0 for x in numbers) / window)
            assert rate == pytest.approx(1000 * n / mean)
            seen += 1
    assert seen > 100


def told(rows: list[dict[str, Any]], last: date) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Return the figures of each cell, in the order of the test, by going through complaints."""
    held = []
    before: dict[tuple[str, str], datetime] = {}
    for row in sorted(rows, key=lambda row: (row["opened_at"], row["complaint_id"])):
        month = row["opened_at"].date().replace(day=1)
        key = (row["customer_id"], row["category"])
        opened = row["opened_at"].date()
        is_leap_day = (opened.month, opened.day) == (2, 29)
        year_before = opened.replace(year=opened.year - 1, day=28 if is_leap_day else opened.day)
        is_repeat = key in before and before[key].date() >= year_before
        before[key] = row["opened_at"]
        if month <= last:
            held.append(row | {"month": month, "is_repeat": is_repeat})
    first = min(row["month"] for row in held)
    cells: dict[tuple[Any, ...], dict[str, Any]] = defaultdict(dict)
    month = first
    while month <= last:
        for window in (1, 12):
            start = months_on(month, 1 - window)
            earlier = months_on(month, 1 - 2 * window)
            if start < first:
                continue
            for row in held:
                if not max(earlier, first) <= row["month"] <= month:
                    continue
                if row["month"] < start and earlier < first:
                    continue
                region = "ab"[int(row["customer_id"][1:]) % 2]
                for kind, value in (("total", "total"), ("region", region)):
                    for severity in ("all", row["severity"]):
                        cell = cells[month, window, value, severity, kind]
                        group = cell.setdefault(row["category"] or "unknown", ([], []))
                        group[row["month"] < start].append(row)
                        cell["known", ""] = earlier >= first
        month = months_on(month, 1)
    found = {}
    for (month, window, value, severity, kind), cell in cells.items():
        is_known = cell.pop(("known", ""))
        n_all = sum(len(now) for now, _ in cell.values())
        if not n_all:
            continue
        so_far = 0
        order = sorted(cell, key=lambda category: (-len(cell[category][0]), category))
        for rank, category in enumerate(order, 1):
            now, then = cell[category]
            waits = [
                (row["resolved_at"] - row["opened_at"]) // timedelta(minutes=1)
                for row in now
                if row["resolved_at"]
            ]
            late = sum(
                row["first_response_at"] - row["opened_at"] > timedelta(hours=1) for row in now
            )
            again = Counter(
                row["reopened"] for row in now if row["reopened"] == "yes" or row["resolved_at"]
            )
            n_known = again["yes"] + again["no"]
            got = Counter((row["compensation_kind"], row["decided_by"]) for row in now)
            n_front, n_manager = got["", "Front"], got["voucher", "manager"]
            n_given = n_front + n_manager + got["Apology", ""]
            n_told = n_given + got["none", "front"]
            is_unknown = category == "unknown"
            found[month, window, value, severity, category, kind] = (
                *(len(now), n_all, rank, len(then) if is_known else None),
                None if is_unknown else sum(row["is_repeat"] for row in now),
                *(len(now) - late, late, len(waits)),
                median(waits) / 60 if waits else None,
                *(again["yes"], again["yes"] / n_known if n_known else None),
                bool(now) and not is_unknown and so_far / n_all < 0.8,
                n_all >= 40,
                *(n_given, n_given / n_told if n_told else None),
                n_front / (n_front + n_manager) if n_front + n_manager else None,
                n_manager * 50 + n_front * 7.25,
            )
            so_far += len(now)
    return found


def test_the_demo(demo: Built) -> None:
    """Every complaint of the demo has a cause that is mapped to a factor of the questionnaire."""
    assert demo.rows(
        "select sum(n_complaints), bool_and(is_mapped), count(distinct factor_id) "
        "from fct_complaint_causes "
        "where window_months = 1 and segment_type = 'total' and severity = 'all'"
    ) == [(*demo.build_rows("select count(*) from stg_complaints")[0], True, 4)]
