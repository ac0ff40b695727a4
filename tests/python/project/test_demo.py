"""The demo's raw tables: reproducible, dirty on purpose, and telling the story they should."""

import csv
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from statistics import mean

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[3]
RAW, METHOD = ROOT / "seeds" / "raw", ROOT / "seeds" / "method" / "survey"
KEYS = {
    "customers": ["customer_id", "valid_from"],
    "surveys": ["survey_id"],
    "survey_answers": ["response_id", "question_id"],
    "survey_wide": ["response_id"],
    "transactions": ["transaction_id"],
    "subscriptions": ["subscription_id"],
    "complaints": ["complaint_id"],
    "competitor_shares": ["customer_id", "service_line", "observed_on"],
    "survey_invitations": ["survey_id", "customer_id"],
    "survey_forgotten": ["survey_id", "forgotten_on", "how"],
    "loyalty_assessments": ["customer_id", "assessed_on"],
    "customer_profiles": ["customer_id", "attribute", "as_of"],
    "actions": ["action_id"],
    "next_action_results": ["customer_id", "line_id", "done_on"],
}


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def raw():
    return {table: read(RAW / f"raw_{table}.csv") for table in KEYS}


@pytest.fixture(scope="module")
def dirt():
    return read(ROOT / "scripts" / "demo_dirt.csv")


def cells(text):
    return dict(cell.split("=") for cell in text.split(";") if cell)


def is_good(row):
    return not next(iter(row.values())).startswith("BAD")


def normal(answer):
    digits = str.maketrans("０１２３４５６７８９", "0123456789")
    text = " ".join(answer.replace("\u3000", " ").lower().translate(digits).split())
    return text.removesuffix(".0")


@pytest.fixture(scope="module")
def answers(raw):
    """Wave, response, customer, question and level (None: missing) of good answers on scales."""
    questions = read(METHOD / "seed_questions.csv")
    scale = {q["question_id"]: q["scale_id"] for q in questions if q["scale_id"]}
    spelled = {
        (a["scale_id"], a["answer"]): a["level"] for a in read(METHOD / "seed_scale_answers.csv")
    }
    long = [r for r in raw["survey_answers"] if is_good(r) and r["question_id"] in scale]
    for r in filter(is_good, raw["survey_wide"]):
        long += [r | {"question_id": q, "answer": r[q]} for q in r if q in scale]
    found = []
    for r in long:
        text = normal(r["answer"])
        level = spelled[scale[r["question_id"]], text] if text else ""
        found.append(r | {"level": int(level) if level else None})
    return found


def levels(answers, question, keep=lambda row: True):
    """Mean level of a question in each wave."""
    waves = defaultdict(list)
    for a in answers:
        if a["question_id"] == question and a["level"] and keep(a):
            waves[a["survey_id"]].append(a["level"])
    return [mean(waves[wave]) for wave in sorted(waves)]


def test_the_generator_writes_the_committed_bytes(tmp_path):
    script = ROOT / "scripts" / "make_demo.py"
    subprocess.run([sys.executable, str(script), "--out", str(tmp_path)], check=True)
    assert {p.name for p in tmp_path.iterdir()} == {p.name for p in RAW.glob("*.csv")}
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (RAW / path.name).read_bytes(), path.name


def test_seeds_stay_small(raw):
    assert sum(p.stat().st_size for p in (ROOT / "seeds").rglob("*.csv")) < 3_000_000
    assert len(raw["survey_answers"]) < 22_000
    assert len(raw["transactions"]) < 8_000


def test_files_are_plain_utf8_with_unix_lines():
    for path in (ROOT / "seeds").rglob("*.csv"):
        text = path.read_bytes()
        assert b"\r" not in text and not text.startswith(b"\xef\xbb\xbf"), path.name
        text.decode("utf-8")


def test_every_listed_refusal_is_in_the_tables(raw, dirt):
    for bad in dirt:
        spoiled = cells(bad["cells"]).items()
        assert any(spoiled <= row.items() for row in raw[bad["table"]]), bad
    assert {bad["table"] for bad in dirt} == set(KEYS)
    assert {bad["reason"] for bad in dirt} == {
        "missing_key", "missing_value", "not_a_number", "not_a_date", "not_a_boolean",
        "out_of_range", "unknown_code", "unknown_question", "unknown_answer", "in_future",
        "missing_survey", "superseded",
    }  # fmt: skip


def test_every_table_is_refused_something_common(dirt):
    kinds = defaultdict(set)
    for bad in dirt:
        kinds[bad["table"]].add(bad["reason"])
    for table, reasons in kinds.items():
        assert {"missing_key", "not_a_date", "in_future", "superseded"} <= reasons, table


def test_refused_rows_have_keys_of_their_own(raw, dirt):
    """A refused row never supersedes a good one, and the repeats are just the listed ones."""
    listed = Counter(bad["table"] for bad in dirt if bad["reason"] == "superseded")
    session = sum(r["answered_at"] == "2025-03-21 23:30:00" for r in raw["survey_answers"])
    assert session == 44
    listed["survey_answers"] += session
    for table, key in KEYS.items():
        repeats = Counter(tuple(r[k] for k in key) for r in raw[table] if is_good(r))
        assert sum(n - 1 for n in repeats.values()) == listed[table], table


def test_no_accepted_row_lies_after_the_end(raw):
    ends = {"ordered_at": "transactions", "opened_at": "complaints", "observed_on":
            "competitor_shares", "assessed_on": "loyalty_assessments", "as_of":
            "customer_profiles", "started_on": "subscriptions", "joined_on": "customers",
            "answered_at": "survey_wide"}  # fmt: skip
    for column, table in ends.items():
        days = [r[column].replace("/", "-") for r in raw[table] if is_good(r)]
        assert max(days) < "2026", table
    days = [r["ordered_at"].replace("/", "-") for r in raw["transactions"]]
    assert any(day.startswith("2025-12-31") for day in days)


def test_awkward_rows_that_must_be_accepted(raw):
    names = {r["customer_name"] for r in raw["customers"]}
    assert {"<script>alert(1)</script>", "'; drop table customers; --"} <= names
    assert any('"' in n and "," in n and "\n" in n for n in names)
    assert any("🌟" in n for n in names)
    assert "007" in {r["customer_id"] for r in raw["customers"]}
    good = [r for r in raw["transactions"] if is_good(r)]
    assert any("," in r["amount"] for r in good)
    assert any("/" in r["ordered_at"] for r in good)
    assert any(":" in r["ordered_at"] for r in good)
    given = [r["answer"] for r in raw["survey_answers"]]
    assert any(a.startswith("\u3000") for a in given) and any("０" <= a <= "９" for a in given)
    assert {"", "N/A", "不适用", "满意", "Satisfied", "4", "4.0"} <= set(given)
    assert any(a.isupper() and len(a) > 5 for a in given)


def test_every_good_answer_is_known_and_few_are_missing(answers):
    share = mean(a["level"] is None for a in answers)
    assert 0.02 < share < 0.05


def test_waves_and_panel(raw, answers):
    panel = defaultdict(set)
    for a in answers:
        if a["survey_id"] and a["customer_id"]:
            panel[a["survey_id"]].add(a["customer_id"])
    assert sorted(panel) == ["2025q1", "2025q2", "2025q3", "2025q4"]
    invited = {r["survey_id"]: int(r["invited"]) for r in raw["surveys"] if is_good(r)}
    for wave, customers in panel.items():
        assert 0.45 < len(customers) / invited[wave] < 0.68
    assert len(set.intersection(*panel.values())) > 40
    anonymous = {a["response_id"] for a in answers if not a["customer_id"]}
    assert 3 <= len(anonymous) <= 15


def test_some_customers_are_known_only_from_facts(raw):
    listed = {r["customer_id"] for r in raw["customers"]}
    buyers = {r["customer_id"] for r in raw["transactions"] if r["customer_id"]}
    assert 3 <= len(buyers - listed) <= 6
    types = Counter(r["customer_type"] for r in raw["customers"] if is_good(r))
    assert len(types) == 6 and len({r["region"] for r in raw["customers"]}) == 5


def test_story_wholesale_declines(raw, answers):
    wholesale = {r["customer_id"] for r in raw["customers"] if r["customer_type"] == "wholesale"}
    for question in ("q_overall", "q_speed", "q_reliability", "q_profit"):
        waves = levels(answers, question, lambda a: a["customer_id"] in wholesale)
        assert waves[-1] < waves[0] - 0.6, question
        others = levels(answers, question, lambda a: a["customer_id"] not in wholesale)
        assert others[-1] - others[0] > waves[-1] - waves[0] + 0.3, question
    spent = Counter()
    for r in filter(is_good, raw["transactions"]):
        if r["customer_id"] in wholesale and r["amount"] and r["status"] == "completed":
            spent[r["ordered_at"][:4]] += float(r["amount"].replace(",", ""))
    assert spent["2025"] < 0.92 * spent["2024"]


def test_story_speed_fails_and_matters(answers):
    factors = [q["factor_id"] for q in read(METHOD / "seed_questions.csv")
               if q["role"] == "performance"]  # fmt: skip
    rated = {f: mean(levels(answers, f"q_{f}")) for f in factors}
    assert min(rated, key=rated.get) == "speed" and rated["speed"] < 2.9
    stated = {f: mean(levels(answers, f"i_{f}")) for f in factors}
    assert max(stated, key=stated.get) == "speed"
    sheets = defaultdict(dict)
    for a in answers:
        sheets[a["response_id"]][a["question_id"]] = a["level"]
    matters = {}
    for f in factors:
        pairs = [(s[f"q_{f}"], s["q_overall"]) for s in sheets.values()
                 if s.get(f"q_{f}") and s.get("q_overall")]  # fmt: skip
        matters[f] = np.corrcoef(np.array(pairs).T)[0, 1]
    assert max(matters, key=matters.get) == "speed"


def test_story_care_is_better_where_it_was_trained(raw, answers):
    north = {r["customer_id"] for r in raw["customers"] if r["region"] == "north"}
    first, second, third, fourth = levels(answers, "q_care", lambda a: a["customer_id"] in north)
    assert min(third, fourth) > max(first, second) + 0.5
    others = levels(answers, "q_care", lambda a: a["customer_id"] not in north)
    assert max(others) - min(others) < 0.3


def test_story_behaviour_follows_what_is_said(raw, answers):
    """Of retail customers, who pay per use."""
    said, bought = defaultdict(list), Counter()
    retail = {r["customer_id"] for r in raw["customers"] if r["customer_type"] == "retail"}
    for a in answers:
        if a["question_id"] == "q_repurchase" and a["level"] and a["customer_id"] in retail:
            said[a["customer_id"]].append(a["level"])
    for r in filter(is_good, raw["transactions"]):
        bought[r["customer_id"]] += r["status"] == "completed" and "2025-04" < r["ordered_at"]
    pairs = [(mean(levels), bought[customer]) for customer, levels in said.items()]
    assert np.corrcoef(np.array(pairs).T)[0, 1] > 0.25


def test_competitors_cross_half_and_four_fifths(raw):
    paths = defaultdict(list)
    for r in filter(is_good, raw["competitor_shares"]):
        if r["service_line"] and r["share"]:
            paths[r["customer_id"]].append((r["observed_on"], float(r["share"])))
    for limit in (0.5, 0.8):
        crossed = [p for p in paths.values() if min(p)[1] < limit <= max(s for _, s in p)]
        assert 2 <= len(crossed) <= 15
