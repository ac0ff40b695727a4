"""Write the demo's raw tables: a made-up telecom firm and its customers, 2024 and 2025.

Usage: ``python scripts/make_demo.py [--out seeds/raw]``. The same bytes come out each time.

The stories that the models ought to find:

- wholesale customers grow unhappy from wave to wave, buy less and leave;
- speed matters most to the overall verdict, is rated worst, and complaints wait longer in 2025;
- customer care is poor; a training in the north in July 2025 worked there, a hotline for speed in
  the south did not;
- satisfaction keeps customers: the less satisfied leave, month after month, and new ones come;
- intentions come true in part: retail and wholesale customers hold no service, and buy as they said
  in six, three and one of ten cases;
- a kept promise wins a complaining customer back; after a broken one compensation helps;
- billing errors double the complaints of November 2025, and stay the main cause;
- those who are better off answer more: business customers are satisfied, and retail ones few;
- customers of the west are less satisfied, government ones are not satisfied at all and stay;
- the east is slow and otherwise better, so that its place among the regions hangs on the weights;
- one of the largest customers goes to a rival in September 2025;
- who expects more finds less, and what attracted in June is taken for granted in December.

Nobody in these tables exists. ``demo_dirt.csv`` lists every row that must be refused, and why.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SURVEY = ROOT / "seeds" / "method" / "survey"
DIRT = Path(__file__).with_name("demo_dirt.csv")
SEED = 20251231
FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)
MONTHS = [date(2024 + m // 12, m % 12 + 1, 1) for m in range(24)]
LINES = ["voice", "broadband", "cloud", "security", "iot"]
Row = dict[str, str]
Tables = dict[str, list[Row]]
Random = np.random.Generator


def read(path: Path) -> list[Row]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# fmt: off
# customers, monthly purchases, monthly fee, service lines held (fewest, most)
TYPES = {
    "government": (20, 620, 2600, 3, 5), "public_benefit": (25, 420, 1500, 2, 4),
    "key_account": (30, 700, 2400, 3, 5), "large": (45, 460, 1100, 2, 4),
    "wholesale": (60, 760, 0, 0, 5), "retail": (164, 330, 0, 0, 3),
}
# the first day of each wave, and the roles asked beside the core
CORE = ["performance", "overall", "recommend", "repurchase", "effort"]
KANO_ROLES = ["kano_functional", "kano_dysfunctional"]
# how much better a kind of customer and a region fare, on the scale 1 to 5
FARES = {"government": -0.8, "public_benefit": 0.55, "key_account": 0.65, "large": 0.6,
         "wholesale": 0.05, "retail": -0.7, "west": -0.7}
# chance to answer by kind, and how it goes up at the ends of the overall verdict, level 1 to 5
ANSWERS = {"government": 0.8, "public_benefit": 0.8, "key_account": 0.85, "large": 0.85,
           "wholesale": 0.5, "retail": 0.55}
ZEAL = [1.15, 1.0, 0.85, 1.0, 1.15]
# chance to leave in a month by the last overall verdict, level 1 to 5
LEAVES = [0.10, 0.06, 0.025, 0.010, 0.004]
# chances of a high and a medium intention by overall verdict; what comes true in a quarter
INTENDS = [(0.02, 0.25), (0.04, 0.40), (0.35, 0.50), (0.80, 0.16), (0.95, 0.04)]
COMES_TRUE = {"low": 0.10, "medium": 0.30, "high": 0.60}
# who holds no service and pays per use
PER_USE = ("retail", "wholesale")
# customers who complain in each month
COMPLAINING = [14] * 12 + [12] * 4 + [20] * 6 + [40, 22]
CAUSES = {"fault": 0.35, "billing": 0.18, "delivery": 0.17, "attitude": 0.15, "contract": 0.15}
CAUSES_LATER = {"fault": 0.17, "billing": 0.55, "delivery": 0.1, "attitude": 0.09, "contract": 0.09}
# what delivered value costs the customer, on the scale 1 to 5
COSTS = {"money": 3.2, "time": 2.8, "energy": 2.6, "psychic": 2.4}
# who asked to be forgotten, and answered which wave: their rows are gone
FORGOTTEN = [
    *(("2025q1", "2025-05-12"), ("2025q1", "2025-10-06")),
    *(("2025q2", "2025-10-06"), ("2025q3", "2025-11-03")),
]
WAVES = {
    date(2025, 3, 3): ["expectation", "importance", "cost"], date(2025, 6, 2): KANO_ROLES,
    date(2025, 9, 1): [],
    date(2025, 12, 1): ["expectation", "importance", "cost", *KANO_ROLES],
}
# mean answer in each wave, on the scale 1 to 5
LEVEL = {
    "image": [3.9] * 4, "care": [2.7, 2.6, 2.75, 2.8], "attitude": [4.1] * 4,
    "procedures": [3.5] * 4, "application": [3.8] * 4, "reliability": [3.8] * 4,
    "security": [4.1] * 4, "speed": [2.9, 2.8, 2.75, 2.7], "error_rate": [3.3] * 4,
    "profit": [3.5] * 4, "cost_saving": [3.4] * 4, "gains": [3.6] * 4,
}
# chance to write something by overall verdict, level 1 to 5, and what about: a factor, where its
# middle is, what customers write who find it worse and better, in Chinese and in English
WRITES = [0.6, 0.5, 0.25, 0.2, 0.3]
WRITTEN = [
    ("speed", 3.2, ("报修以后要等很久", "处理太慢了"), ("Response is too slow", "Waiting for days"),
     ("处理很快", "问题解决得很及时"), ("Quick to help", "They answered fast")),
    ("attitude", 3.6, ("客服有点不耐烦",), ("The hotline was rude",), ("客服态度好，很热情",),
     ("Very friendly staff",)),
    ("cost_saving", 3.0, ("价格有点贵",), ("Too expensive for what we use",), ("套餐很划算",),
     ("Cheap for what it does",)),
    ("error_rate", 3.0, ("账单错了两次",), ("A mistake on the bill again",), (), ()),
    ("procedures", 3.2, ("变更手续太麻烦",), ("Too much paperwork",), ("办理手续简单，不麻烦",),
     ()),
    ("care", 2.6, ("希望多回访",), ("Nobody follows up",), ("回访很周到",), ()),
]
OTHERS = (("没有意见", "一切都好，谢谢"), ("Nothing to add", "All good so far"))
# customers who buy and answer, but are missing from the customers table: too few to be passed on
UNLISTED = ["retail", "retail", "large", "large"]
# years of birth by band of age, in turn, so that each band is large enough to be passed on
BORN = [(1962, 1969), (1972, 1979), (1982, 1989), (1992, 1998), (2001, 2005)]
REGIONS = (0.4, 0.2, 0.2, 0.1, 0.1)  # shares of the customers, in the order of the labels
TRAINED = "north"  # where customer care was trained after the second wave
# where some things are worse than elsewhere and others better, on the scale 1 to 5
LOCAL = {"east": {"speed": -0.8, "image": 0.6, "application": 0.6, "procedures": 0.5, "gains": 0.5}}
POACHED = date(2025, 9, 5)  # when one of the largest customers goes to a rival
DECLINE = {"wholesale": [0.1, -0.25, -0.65, -1.05]}
# what is held up to expectations: who expects more finds it worse
HELD_UP = ("error_rate", "reliability", "security", "speed")
# what the overall verdict is made of, and what customers say matters (3.5 where not named)
MATTERS = {"speed": 0.4, "reliability": 0.2, "care": 0.15, "error_rate": 0.15, "cost_saving": 0.1}
STATED = {"speed": 4.6, "reliability": 4.5, "security": 4.2, "error_rate": 4.1, "image": 2.9}
KANO = {
    "care": "attractive", "speed": "one_dimensional", "security": "must_be",
    "cost_saving": "attractive", "application": "one_dimensional", "reliability": "must_be",
}
# what has become of them in December
KANO_LATER = KANO | {"care": "one_dimensional", "cost_saving": "reverse"}
KANO_LATER |= {"application": "questionable"}
# a customer's behaviour may take one turn: purchases after it, services lost, services gained
TURNS = {
    "": (1, 0, 0), "drop": (0.55, 0, 0), "cut": (0.75, 1, 0), "mass_cancel": (0.5, 3, 0),
    "vanish": (0.35, 9, 0), "growth": (1.45, 0, 1), "mass_add": (1.6, 0, 3),
}
ODD_NAMES = [
    "<script>alert(1)</script>", 'Ashby "The Lamp", Sons\n& Daughters',
    "'; drop table customers; --", "星光小店 🌟", "=1+1", "O'Neill, Bríd",
]
# fmt: on


def add_dirt(tables: Tables) -> None:
    """Append the rows that must be refused, or that supersede older ones with the same key.

    A refused row is the table's first row, with a key of its own and spoiled cells. A repeat is
    the second row in a later version, or the fourth as it is. One questionnaire comes twice.
    """
    session = tables["survey_answers"][200]["response_id"]
    again = [r for r in tables["survey_answers"] if r["response_id"] == session]
    for number, bad in enumerate(read(DIRT), 1):
        rows, cells = tables[bad["table"]], bad["cells"]
        spoiled = dict(cell.split("=") for cell in cells.split(";") if cell)
        if bad["reason"] == "superseded":
            rows.append(rows[1 if cells else 3] | spoiled)
        else:
            rows.append(rows[0] | {next(iter(rows[0])): f"BAD{number:02d}"} | spoiled)
    tables["survey_answers"] += [r | {"answered_at": "2025-03-21 23:30:00"} for r in again]


@dataclass
class Person:
    """A customer, with what nobody sees: mood, loyalty and the turn to come."""

    id: str
    name: str
    kind: str
    region: str
    joined: date
    english: bool  # the language of name and answers
    digits: bool  # answers by digit
    listed: bool  # else known only from facts
    mood: float  # mean 0, levels of the five-level scale
    loyal: float  # mean 0
    base: float  # usual monthly purchases
    expects: float = 0.0  # mean 0: how much more than others
    is_served_well: bool = False  # what is promised to it is mostly kept
    turn: str = ""
    turn_month: int = 0  # 0 = January 2024
    left: date = date.max
    felt: list[dict[str, float]] = field(default_factory=list)  # of each wave, by question

    @property
    def is_per_use(self) -> bool:
        """Tell whether the customer holds no service."""
        return self.kind in PER_USE

    def spoil(self, wave: int) -> None:
        """Let the customer think worse of everything in a wave, and not mean to buy again."""
        for question, value in self.felt[wave].items():
            if question.startswith("q_"):
                self.felt[wave][question] = value - 0.7
        self.felt[wave]["q_repurchase"] = min(self.felt[wave]["q_repurchase"], 5)

    def level(self, wave: int) -> int:
        """Return the overall verdict of a wave, level 1 to 5."""
        return min(max(round(self.felt[wave]["q_overall"]), 1), 5)

    def intention(self, wave: int) -> str:
        """Return whether the customer means to buy again: low, medium or high."""
        stated = round(self.felt[wave]["q_repurchase"])
        return "high" if stated >= 7 else "medium" if stated >= 4 else "low"


def stream(name: str) -> Random:
    """Return the random numbers of one table, so that editing one leaves the others alone."""
    return np.random.default_rng([SEED, *name.encode()])


def choose(rng: Random, words: str, *odds: float) -> str:
    """Return one of the words, drawn by the odds; even ones where none are given."""
    return str(rng.choice(words.split(), p=odds or None))


def day_between(rng: Random, first: date, last: date) -> date:
    """Return a day drawn from ``first`` to ``last``, both included."""
    return first + timedelta(days=int(rng.integers(0, (last - first).days + 1)))


def spell_day(rng: Random, day: date) -> str:
    """Return a date as people write it: 2025-03-05, 2025/3/5 or with a time of day."""
    clock = f"{rng.integers(8, 20):02d}:{rng.integers(0, 60):02d}:00"
    odd = {0: f"{day.year}/{day.month}/{day.day}", 1: f"{day} {clock}", 2: f"{day} {clock}"}
    return odd.get(int(rng.integers(0, 30)), f"{day}")


def read_day(text: str) -> date:
    """Return the day that `spell_day` wrote."""
    year, month, day = text.split(" ")[0].replace("/", "-").split("-")
    return date(int(year), int(month), int(day))


# fmt: off
def name_of(rng: Random, kind: str, english: bool) -> str:
    """Return a made-up name: a person's for retail, an organisation's otherwise."""
    if kind == "retail":
        first = choose(rng, "Emma Liam Olivia Noah Ava Ethan Mia Lucas")
        last = choose(rng, "Clark Hughes Martin Foster Bennett Price Lowell Hart")
        zh = choose(rng, "王 李 张 刘 陈 杨 赵 黄") + choose(rng, "丽 伟 芳 敏 静 磊 建国 晓东")
        return f"{first} {last}" if english else zh
    trades = {
        "government": ("市财政局 市教育局 区政务中心", "Council Treasury Schools_Board"),
        "public_benefit": ("医院 图书馆 大学", "Hospital Library University Trust"),
        "wholesale": ("批发市场 商贸行 供应链公司", "Wholesale Trading_Co Supplies"),
    }.get(kind, ("物流公司 制造厂 软件公司 连锁酒店", "Logistics Works Software Hotels"))
    place = choose(rng, "Linford Eastmere Stonebridge Ashby Riverton Kingsdale Marlow Fenwick")
    zh = choose(rng, "青河 云岭 临泉 松江口 白沙湾 石桥 南浦 长岭") + choose(rng, trades[0])
    return f"{place} {choose(rng, trades[1])}".replace("_", " ") if english else zh
# fmt: on


def turn_of(rng: Random, p: Person) -> tuple[str, int]:
    """Return the turn that a customer's behaviour takes, if any, and its month."""
    month = int(rng.integers(14 if p.kind == "wholesale" else 6, 23))
    turn = choose(rng, "growth mass_add", 0.7, 0.3) if p.loyal > 0.4 else ""
    if p.loyal < -0.5:
        turn = choose(rng, "drop cut mass_cancel vanish", 0.4, 0.25, 0.2, 0.15)
        month = int(rng.integers(6, 14)) if turn == "vanish" else month
    return (turn, month) if rng.random() < 0.7 and p.joined < MONTHS[month - 4] else ("", 0)


def make_people() -> list[Person]:
    """Return all customers, of whom a few are missing from the customers table."""
    rng, people = stream("people"), list[Person]()
    segments = [s for s in read(SURVEY / "seed_segments.csv") if s["segment_type"] == "region"]
    regions = " ".join(s["segment_value"] for s in segments)
    kinds = [kind for kind, (count, *_) in TYPES.items() for _ in range(count)]
    known = len(kinds)
    for number, kind in enumerate(kinds + UNLISTED, 1):
        english, recent = rng.random() < 0.3, rng.random() < 0.12
        mood, listed = rng.normal(0, 0.5), number <= known
        spell = (FIRST, date(2025, 8, 31)) if recent else (date(2015, 1, 1), date(2023, 12, 31))
        p = Person(
            f"C{number:04d}" if listed else f"Z{9000 + number - known}",
            name_of(rng, kind, english), kind, choose(rng, regions, *REGIONS),
            day_between(rng, *spell), english, rng.random() < 0.15, listed, mood,
            loyal=0.9 * mood + rng.normal(0, 0.3) - 0.7 * (kind == "wholesale"),
            base=TYPES[kind][1] * float(np.exp(rng.normal(0, 0.45))),
        )  # fmt: skip
        p.turn, p.turn_month = turn_of(rng, p)
        p.left = MONTHS[p.turn_month] if p.turn == "vanish" else date.max
        people.append(p)
    people += newcomers(regions, known)
    people[6].id = "007"  # an id that must stay text
    for p, name in zip(people[185:300:20], ODD_NAMES, strict=True):
        p.name = name
    return people


def newcomers(regions: str, known: int) -> list[Person]:
    """Return five customers more for every month of 2025, in the place of those who leave."""
    rng, people = stream("newcomers"), list[Person]()
    for month in MONTHS[12:]:
        for kind in ("retail", "retail", "retail", "public_benefit", "large"):
            english, mood = rng.random() < 0.3, rng.normal(0.1, 0.5)
            people.append(Person(
                f"C{known + len(people) + 1:04d}", name_of(rng, kind, english), kind,
                choose(rng, regions, *REGIONS), day_between(rng, month, month.replace(day=28)),
                english, rng.random() < 0.15, True, mood, loyal=0.9 * mood + rng.normal(0, 0.3),
                base=TYPES[kind][1] * float(np.exp(rng.normal(0, 0.45))),
            ))  # fmt: skip
    return people


def feel(people: list[Person]) -> None:
    """Give every customer what it feels in each wave, whether or not it is asked or answers."""
    rng, questions = stream("feelings"), read(SURVEY / "seed_questions.csv")
    questions = [q for q in questions if q["role"] != "comment"]  # see add_comments
    for p in people:
        p.expects, p.is_served_well = rng.normal(), rng.random() < 0.4
    for wave in range(len(WAVES)):
        for p in people:
            p.felt.append(feelings(rng, p, wave, questions))


def last_wave(month: date) -> int:
    """Return the newest wave that opened before a month; the first one before all of them."""
    return max([wave for wave, opened in enumerate(WAVES) if opened < month], default=0)


def leave(people: list[Person]) -> None:
    """Let customers leave after the first wave, by how satisfied they were in the last one."""
    rng = stream("leaving")
    for p in people:
        for month in MONTHS[15:]:
            goes = rng.random() < LEAVES[p.level(last_wave(month)) - 1]
            day = day_between(rng, month, month.replace(day=28))
            # a contract binds the government
            if goes and p.joined < month < p.left and p.kind != "government":
                p.left = day
    accounts = [p for p in people if p.kind == "key_account" and p.left > LAST]
    max(accounts, key=lambda p: p.base).left = POACHED


def make_customers(people: list[Person]) -> list[Row]:
    """Return the customers; every twelfth has a second version since mid-2025."""
    rng, rows = stream("customers"), list[Row]()
    for number, p in enumerate([p for p in people if p.listed]):
        row = {"customer_id": p.id, "customer_name": p.name, "customer_type": p.kind}
        row |= {"region": p.region, "joined_on": spell_day(rng, p.joined)}
        if p.kind == "retail":
            row["gender"] = choose(rng, "female male")
            born, until = BORN[number % len(BORN)]
            row["birth_date"] = f"{day_between(rng, date(born, 1, 1), date(until, 12, 31))}"
            row["education"] = choose(rng, "secondary college bachelor master")
        else:
            row["industry"] = choose(rng, "manufacturing logistics software hospitality energy")
        rows.append(row)
        if number % 12 == 5 and p.joined < date(2025, 6, 1):
            row["valid_from"] = f"{p.joined}"
            change = {"region": "south" if p.region == "east" else "east"}
            if p.kind == "large":
                change = {"customer_type": "key_account"}
            rows.append(row | change | {"valid_from": "2025-07-01"})
    return rows


def kano_pair(rng: Random, usual: str) -> tuple[int, int]:
    """Return the answers to a functional and a dysfunctional question, 5 (like) to 1 (dislike)."""
    yes, no = (int(x) for x in rng.integers(2, 5, 2))
    pairs = {"attractive": (5, no), "one_dimensional": (5, 1), "must_be": (yes, 1)}
    pairs |= {"indifferent": (yes, no), "reverse": (1, 5), "questionable": (5, 5)}
    kind = choose(rng, " ".join(pairs), 0.25, 0.2, 0.2, 0.29, 0.05, 0.01)
    return pairs[usual if rng.random() < 0.65 else kind]


def intended(rng: Random, p: Person, overall: float) -> float:
    """Return the stated chance to buy again, 0 to 10: high, medium or low by the verdict."""
    high, medium = INTENDS[min(max(round(overall), 1), 5) - 1]
    if p.kind == "government":  # bound, whatever it thinks
        high, medium = 0.65, 0.30
    # of two with the same verdict the more loyal one means it
    loyal = p.loyal - 0.9 * p.mood + 0.7 * (p.kind == "wholesale")
    draw = norm_cdf(0.6 * loyal / 0.3 + 0.8 * rng.normal())
    bounds = (7, 11) if draw > 1 - high else (4, 7) if draw > 1 - high - medium else (0, 4)
    return float(rng.integers(*bounds))


def norm_cdf(x: float) -> float:
    """Return the share of a normal distribution below x."""
    return (1 + math.erf(x / math.sqrt(2))) / 2


def feelings(rng: Random, p: Person, wave: int, asked: list[Row]) -> dict[str, float]:
    """Return what the customer feels in a wave: question_id to value, not yet rounded."""
    own = p.mood + rng.normal(0, 0.25) + DECLINE.get(p.kind, [0.0] * 4)[wave]
    own += FARES[p.kind] + FARES.get(p.region, 0.0)
    felt = {f: means[wave] + own + rng.normal(0, 0.6) for f, means in LEVEL.items()}
    felt["care"] += 0.95 * (wave >= 2 and p.region == TRAINED)
    for factor, more in LOCAL.get(p.region, {}).items():
        felt[factor] += more
    for factor in HELD_UP:
        felt[factor] -= 0.35 * p.expects
    kano = {f: kano_pair(rng, usual) for f, usual in (KANO_LATER if wave == 3 else KANO).items()}
    overall = sum(weight * felt[f] for f, weight in MATTERS.items()) + 0.25 + 0.3 * rng.normal()
    again, values = intended(rng, p, overall), {}
    for q in asked:
        factor, noise = q["factor_id"], rng.normal()
        values[q["question_id"]] = {
            "performance": felt.get(factor, 0),
            "overall": overall,
            "recommend": 7.2 + 2.4 * (overall - 3.2) + 0.9 * noise,
            "repurchase": again,
            "effort": 4.4 + 0.9 * (felt["speed"] + felt["procedures"] - 6.3) + 0.7 * noise,
            "expectation": 3.8 + 0.3 * (factor in MATTERS) + 0.6 * p.expects + 0.4 * noise,
            "importance": STATED.get(factor, 3.5) + 0.6 * noise,
            "cost": COSTS.get(factor, 3) - 0.3 * p.mood + 0.6 * noise,
            "kano_functional": kano.get(factor, (0, 0))[0],
            "kano_dysfunctional": kano.get(factor, (0, 0))[1],
        }[q["role"]]
    return values


def make_speller(rng: Random) -> Callable[[Person, str, float], str]:
    """Return a function that writes a value as a person would: 满意, Satisfied, 4 or nothing."""
    scales: dict[str, list[Row]] = {}
    for level in read(SURVEY / "seed_scale_levels.csv"):
        scales.setdefault(level["scale_id"], []).append(level)

    def spell(p: Person, scale: str, raw: float) -> str:
        levels, draw = scales[scale], rng.random()
        if draw < 0.035:
            return str(rng.choice(["", "", "", "不适用", "N/A", "-", "不清楚", "Don't know"]))
        lowest = int(levels[0]["value"])
        value = min(max(round(raw), lowest), lowest + len(levels) - 1)
        text = levels[value - lowest]["label_en" if p.english else "label_zh"]
        forms = [f"\u3000{text}\u3000", f" {text} ", text.upper()]
        if len(levels) == 11 or (p.digits and scale != "kano5"):
            text = str(value)
            forms = [f"{value}.0", f" {text}\u3000", "".join(chr(0xFF10 + int(c)) for c in text)]
        odd = int((draw - 0.04) * 1000)  # each odd form comes once in a thousand answers
        return forms[odd] if 0 <= odd < len(forms) else text

    return spell


def make_surveys(people: list[Person]) -> Tables:
    """Return the four waves: three with a row an answer, the last with a row a questionnaire."""
    rng = stream("surveys")
    spell, questions = make_speller(rng), read(SURVEY / "seed_questions.csv")
    scales = {q["question_id"]: q["scale_id"] for q in questions}
    tables: Tables = {"surveys": [], "survey_invitations": []}
    tables |= {"survey_forgotten": [], "survey_answers": [], "survey_wide": []}
    for survey, day in FORGOTTEN:
        gone = {"survey_id": survey, "forgotten_on": day, "how": "deleted", "people": "1"}
        tables["survey_forgotten"].append(gone)
    for wave, (opened, extra) in enumerate(WAVES.items()):
        survey, closed = f"2025q{wave + 1}", opened + timedelta(days=18)
        invited = [p for p in people if p.joined < opened < p.left]
        asked = [q for q in questions if q["role"] in CORE + extra]
        row = {"survey_id": survey, "survey_name_zh": f"2025 年第{'一二三四'[wave]}季度满意度调查"}
        row |= {"survey_name_en": f"Satisfaction survey, quarter {wave + 1} of 2025"}
        row |= {"opened_on": f"{opened}", "closed_on": f"{closed}", "invited": f"{len(invited)}"}
        tables["surveys"].append(row)
        for p in invited:
            asking = {"survey_id": survey, "customer_id": p.id, "invited_on": f"{opened}"}
            asking |= {"stratum": "", "channel": "email"}
            tables["survey_invitations"].append(asking)
        for number, p in enumerate(invited, 1):
            eager = ANSWERS[p.kind] if p.listed else 0.8
            if rng.random() > eager * ZEAL[p.level(wave) - 1]:
                continue
            felt = {q["question_id"]: p.felt[wave][q["question_id"]] for q in asked}
            head = {"response_id": f"{survey}-{number:03d}", "survey_id": survey}
            head["customer_id"] = "" if number % 97 == 40 else p.id
            head["answered_at"] = spell_day(rng, day_between(rng, opened, closed))
            head["channel"] = choose(rng, "online phone branch email")
            head["duration_seconds"] = ""
            if head["channel"] == "online":
                hasty = rng.random() < 0.08
                head["duration_seconds"] = f"{rng.lognormal(4.3 if hasty else 6.1, 0.25):.0f}"
            if rng.random() < 0.04:  # the same answer all the way down
                alike = [q for q in felt if q.startswith("q_") and q[2:] in LEVEL]
                felt |= dict.fromkeys(alike, p.level(wave))
            answers = {q: spell(p, scales[q], value) for q, value in felt.items()}
            if wave == 3:
                tables["survey_wide"].append(head | answers)
            for q, answer in answers.items() if wave < 3 else ():
                tables["survey_answers"].append(head | {"question_id": q, "answer": answer})
    return tables


def add_comments(tables: Tables, people: list[Person]) -> None:
    """Let some of those who answered write what bothers or pleases them most."""
    rng, known = stream("comments"), {p.id: p for p in people}
    rows = tables["survey_answers"] + tables["survey_wide"]
    first = {row["response_id"]: row for row in reversed(rows)}
    for row in sorted(first.values(), key=lambda row: row["response_id"]):
        wave, p = int(row["survey_id"][-1]) - 1, known.get(row["customer_id"])
        text = written(rng, p, wave) if p else ""
        if wave == 3:
            row["o_comment"] = text
        elif text:
            tables["survey_answers"].append(row | {"question_id": "o_comment", "answer": text})


def written(rng: Random, p: Person, wave: int) -> str:
    """Return what a customer writes in a wave, mostly about what is furthest from usual."""
    draw, pick = rng.random(), rng.random()
    if draw > WRITES[p.level(wave) - 1]:
        return ""
    felt = p.felt[wave]
    far = sorted(WRITTEN, key=lambda about: -abs(felt[f"q_{about[0]}"] - about[1]))
    for factor, middle, *texts in far:
        found = texts[2 * (felt[f"q_{factor}"] > middle) + p.english]
        if found and pick < 0.85:
            return found[int(pick * 100) % len(found)]
    return OTHERS[p.english][int(pick * 100) % 2]


def make_transactions(people: list[Person], upset: set[tuple[str, int]]) -> list[Row]:
    """Return two years of purchases: steady each month, or as intentions come true; some returns.

    Who is upset, customer and month, buys less or not at all.
    """
    rng, rows = stream("transactions"), list[Row]()

    def add(p: Person, day: date, amount: float, status: str = "completed") -> None:
        row = {"transaction_id": f"T{len(rows) + 1:05d}", "customer_id": p.id, "status": status}
        row["service_line"] = choose(rng, " ".join(LINES[: TYPES[p.kind][4]]))
        row["product_id"] = f"{row['service_line']}-{choose(rng, 'a b c')}"
        row["ordered_at"] = spell_day(rng, day)
        row["amount"] = f"{amount:,.2f}" if rng.random() < 0.1 else f"{amount:.2f}"
        row["quantity"] = str(max(1, round(30 * amount / p.base)))
        rows.append(row)

    for p in people:
        day = int(rng.integers(1, 29))
        # whoever was there before the data begin is seen in their first months
        seen = int(rng.integers(0, 3)) if p.joined < FIRST else -1
        for m, month in enumerate(MONTHS):
            if not p.joined <= month.replace(day=28) or month > p.left:
                continue
            is_upset = (p.id, m) in upset
            if p.is_per_use:
                often = -math.log(1 - COMES_TRUE[p.intention(last_wave(month))]) / 3
                drawn = rng.integers(1, 29, rng.poisson(0 if is_upset else often))
                days = [month.replace(day=int(day)) for day in sorted(drawn)]
                days = [day for day in days if p.joined <= day < p.left]
                if (p.joined >= month or m == seen) and not days:
                    days = [month.replace(day=28)]
                for bought in days:
                    add(p, bought, p.base * np.exp(rng.normal(0, 0.25)))
                continue
            after = TURNS[p.turn][0] if m >= p.turn_month else 1.0
            after *= rng.uniform(0.5, 0.65) if is_upset else 1.0
            season = 1 + 0.05 * np.sin(2 * np.pi * m / 12) + 0.006 * m * p.loyal
            if p.joined <= month.replace(day=day) < p.left:
                amount = p.base * after * season * np.exp(rng.normal(0, 0.055))
                add(p, month.replace(day=day), amount)
                if rng.random() < 0.025:
                    part = p.base * rng.uniform(0.05, 0.2)
                    add(p, month.replace(day=day), part, choose(rng, "returned cancelled"))
    add(people[0], LAST, people[0].base * 0.1)  # so that December is complete
    add_deliveries(rows)
    return rows


def add_deliveries(rows: list[Row]) -> None:
    """Promise a day of delivery for purchases of equipment; one in eight comes late."""
    rng = stream("deliveries")
    for row in rows:
        if row["service_line"] not in ("iot", "security") or row["status"] != "completed":
            continue
        promised = read_day(row["ordered_at"]) + timedelta(days=5)
        late = int(rng.integers(1, 6)) if rng.random() < 0.125 else -int(rng.integers(0, 4))
        row["promised_on"], delivered = f"{promised}", promised + timedelta(days=late)
        row["delivered_on"] = f"{delivered}" if delivered <= LAST else ""


def add_visitors(tables: Tables) -> None:
    """Append buyers without a service, who come by chance and some day stay away for good.

    Rates differ from customer to customer, and so does the chance to leave after a purchase: what
    the BG/NBD model takes for granted. Nobody asked them.
    """
    rng, rows = stream("visitors"), tables["transactions"]
    for number in range(1, 91):
        customer, english = f"V{number:04d}", rng.random() < 0.3
        joined = day_between(rng, date(2024, 1, 2), date(2025, 9, 30))
        tables["customers"].append({
            "customer_id": customer, "customer_name": name_of(rng, "retail", english),
            "customer_type": "retail", "region": choose(rng, "north east south central west"),
            "joined_on": f"{joined}", "gender": choose(rng, "female male"),
        })  # fmt: skip
        rate, leaving = rng.gamma(1.2, 1 / 35), rng.beta(0.8, 3.0)
        usual, day, stays = 330 / rng.gamma(4, 1 / 3), joined, True
        while stays and day <= LAST:
            row = {"transaction_id": f"T{len(rows) + 1:05d}", "customer_id": customer}
            row |= {"status": "completed", "service_line": choose(rng, "voice broadband")}
            row["product_id"] = f"{row['service_line']}-{choose(rng, 'a b c')}"
            row |= {"ordered_at": f"{day}", "amount": f"{rng.gamma(6, usual / 6):.2f}"}
            rows.append(row | {"quantity": "1"})
            stays = rng.random() > leaving
            day += timedelta(days=max(1, round(rng.exponential(1 / rate))))


def make_subscriptions(people: list[Person]) -> list[Row]:
    """Return the services held; a turn opens or ends some of them."""
    rng, rows = stream("subscriptions"), list[Row]()
    for p in [p for p in people if not p.is_per_use]:
        _, _, fee, fewest, most = TYPES[p.kind]
        _, lost, gained = TURNS[p.turn]
        held = max(int(rng.integers(fewest, most + 1)), 4 if p.turn == "mass_cancel" else 1)
        turned = MONTHS[p.turn_month].replace(day=int(rng.integers(1, 25)))
        for n in range(held + gained):
            start = day_between(rng, p.joined, LAST) if rng.random() < 0.15 else p.joined
            start = turned if n >= held else start
            row = {"subscription_id": f"S{len(rows) + 1:04d}", "customer_id": p.id}
            row |= {"service_line": LINES[n % 5], "started_on": f"{start}"}
            row["monthly_fee"] = f"{fee * rng.uniform(0.3, 0.5):.2f}"
            why = choose(rng, "competitor price moved closed", 0.5, 0.3, 0.1, 0.1)
            if n < min(lost, held) and start < turned:
                row["ended_on"] = f"{turned + timedelta(days=n)}"
                row["end_reason"] = ("unknown" if n % 2 else "") if p.turn == "vanish" else why
            elif date.fromisoformat(row["started_on"]) >= p.left:
                continue
            elif p.left < LAST:
                row["ended_on"], row["end_reason"] = f"{p.left}", why
            rows.append(row)
    return rows


def complaining(people: list[Person]) -> list[tuple[Person, int]]:
    """Return who complains, and in which month: as many as planned, mostly the disloyal."""
    rng, found = stream("complaining"), list[tuple[Person, int]]()
    for m, n in enumerate(COMPLAINING):
        here = [p for p in people if p.joined < MONTHS[m] and MONTHS[m].replace(day=28) < p.left]
        # who holds a service has more that can fail
        odds = np.exp([-1.2 * p.loyal + 2.4 * (not p.is_per_use) for p in here])
        drawn = rng.choice(len(here), n, replace=False, p=odds / odds.sum())
        found += [(here[number], m) for number in sorted(drawn)]
    return found


def make_complaints(people: list[Person]) -> tuple[list[Row], set[tuple[str, int]]]:
    """Return the complaints, and who is upset in which month.

    A promise is kept, and the first answer comes within the hour, or broken: then it takes a
    working day, in 2025 three, and most of these customers buy less for three months; half of those
    for whom it is made good.
    """
    rng, rows, upset = stream("complaints"), list[Row](), set[tuple[str, int]]()
    kept, where = set[str](), list[tuple[Person, int]]()
    for p, m in complaining(people):
        for _ in range(1 + (rng.random() < 0.08)):
            day = day_between(rng, MONTHS[m], MONTHS[m].replace(day=28))
            chance = 0.9 if p.is_served_well else 0.15 if day.year == 2024 else 0.05
            is_kept = rng.random() < chance
            if not is_kept and day.weekday() > 2:  # an office that is closed breaks no promise
                day += timedelta(days=(7 if day.day < 15 else 0) - day.weekday())
            opened = datetime(day.year, day.month, day.day, int(rng.integers(8, 20)))
            hours = rng.lognormal(np.log(25 if day.year == 2024 else 45), 0.2)
            wait = timedelta(minutes=int(rng.integers(5, 56)))
            wait = wait if is_kept else timedelta(hours=hours)
            done = opened + wait + timedelta(hours=rng.lognormal(2.5 if is_kept else 3.7, 0.8))
            if m == len(MONTHS) - 1 and rng.random() < 0.7:  # still open at the year's end
                done = opened + timedelta(days=60)
            times = {"opened_at": opened, "first_response_at": opened + wait, "resolved_at": done}
            row = {"complaint_id": f"K{len(rows) + 1:04d}", "customer_id": p.id}
            row |= {k: f"{t:%Y-%m-%d %H:%M:%S}" for k, t in times.items() if t.date() <= LAST}
            causes = CAUSES if m < 20 else CAUSES_LATER
            row["category"] = choose(rng, " ".join(causes), *causes.values())
            row["severity"] = choose(rng, "low medium high", 0.4, 0.4, 0.2)
            reopened = "no false 0" if is_kept else "no false 0 yes true"
            row["reopened"] = choose(rng, reopened)
            rows.append(row)
            where.append((p, m))
            if is_kept:
                kept.add(row["complaint_id"])
    add_dispatches(rows, kept)
    add_compensations(rows)
    for row, (p, m) in zip(rows, where, strict=True):
        is_made_good = row.get("compensation_kind", "none") != "none"
        if rng.random() < (0.03 if row["complaint_id"] in kept else 0.35 if is_made_good else 0.95):
            upset |= {(p.id, month) for month in range(m + 1, m + 4)}
    for p in people:
        for wave, first in enumerate(WAVES):
            if (p.id, 12 * (first.year - FIRST.year) + first.month - 1) in upset:
                p.spoil(wave)
    return rows, upset


def add_dispatches(rows: list[Row], kept: set[str]) -> None:
    """Hand faults and deliveries to a technician, who calls and comes; most are settled at once.

    Where the promise is kept the technician calls in time and settles it at once.
    """
    rng = stream("dispatches")
    for row in rows:
        row |= dict.fromkeys(("dispatched_at", "contacted_at", "fixed_first_time"), "")
        if row["category"] not in ("fault", "delivery"):
            continue
        opened = datetime.fromisoformat(row["opened_at"])
        dispatched = opened + timedelta(minutes=float(rng.lognormal(3, 0.7)))
        is_kept = row["complaint_id"] in kept
        minutes = float(rng.lognormal(3, 0.6))
        contacted = dispatched + timedelta(minutes=min(minutes, 29) if is_kept else minutes)
        for name, at in (("dispatched_at", dispatched), ("contacted_at", contacted)):
            row[name] = f"{at:%Y-%m-%d %H:%M:%S}" if at.date() <= LAST else ""
        fixed = "yes" if is_kept else choose(rng, "yes no", 0.7, 0.3)
        row["fixed_first_time"] = fixed if row.get("resolved_at") else ""


def add_compensations(rows: list[Row]) -> None:
    """Give half of the customers whose complaint was settled something for it."""
    rng = stream("compensations")
    for row in rows:
        kind = choose(rng, "none apology voucher refund replacement", 0.5, 0.1, 0.25, 0.1, 0.05)
        refund, days = f"{rng.lognormal(4, 0.5):.2f}", int(rng.integers(0, 6))
        if not row.get("resolved_at"):
            continue
        given = min(datetime.fromisoformat(row["resolved_at"]).date() + timedelta(days), LAST)
        decider = choose(rng, "front manager", 0.6, 0.4)
        row["compensation_kind"] = kind
        if kind != "none":
            row["compensation_amount"] = {"voucher": "50.00", "apology": "0"}.get(kind, refund)
            row |= {"compensated_on": f"{given}", "decided_by": decider}


def make_competitor_shares(people: list[Person]) -> list[Row]:
    """Return quarterly shares of competitors at business customers; some cross 50 and 80 %."""
    rng, rows = stream("competitors"), list[Row]()
    for p in [p for p in people if p.kind not in ("retail", "public_benefit")][::3]:
        share, losing = rng.uniform(0.05, 0.42), p.kind == "wholesale" and p.loyal < -0.3
        slope = rng.uniform(0.01, 0.09) if losing else 0.0
        row = {"customer_id": p.id, "service_line": choose(rng, " ".join(LINES))}
        row["competitor"] = choose(rng, "蓝桥通信 Northwave 云帆电信")
        for month in MONTHS[2::3]:
            share = min(max(share + slope + rng.normal(0, 0.025), 0.02), 0.95)
            rows.append(row | {"observed_on": f"{month.replace(day=30)}", "share": f"{share:.3f}"})
    return rows


def make_assessments(people: list[Person]) -> list[Row]:
    """Return 25 judgements of departments: a level, or a shift, some with an expiry."""
    rng, rows = stream("assessments"), list[Row]()
    for number, p in enumerate([p for p in people if p.kind != "retail"][::7][:25]):
        day = day_between(rng, max(date(2024, 6, 1), p.joined), date(2025, 11, 30))
        row = {"customer_id": p.id, "assessed_on": f"{day}"}
        row["author"] = choose(rng, "大客户部 客户服务部 Key-account-team")
        row["reason"] = "续签三年合同" if p.loyal > 0 else "决策人更换，竞争对手频繁拜访"
        row["level"] = "" if number % 3 else "4" if p.loyal > 0 else "2"
        row["change"] = "" if row["level"] else "1" if p.loyal > 0 else "-1"
        row["expires_on"] = "" if number % 4 else f"{day + timedelta(days=180)}"
        rows.append(row)
    return rows


def make_profiles(people: list[Person]) -> list[Row]:
    """Return what other systems know of the customers: risk, engagement, switching, costs."""
    rng, more, rows = stream("profiles"), stream("referrals"), list[Row]()
    for p in people:
        values = {
            "risk_score": f"{np.clip(45 - 25 * p.loyal + rng.normal(0, 8), 0, 100):.0f}",
            "engagement": f"{np.clip(55 + 22 * p.loyal + rng.normal(0, 9), 0, 100):.0f}",
            "sole_supplier": "yes" if rng.random() < 0.35 + 0.3 * p.loyal else "no",
            "ever_switched": "yes" if rng.random() < 0.25 - 0.2 * p.loyal else "no",
        }
        row = {"customer_id": p.id, "as_of": "2025-12-15"}
        known = {name: value for name, value in values.items() if rng.random() < 0.85}
        if more.random() < 0.6:
            known["referrals"] = f"{more.poisson(0.4 * np.exp(p.loyal))}"
            cost = 0.3 * p.base * more.lognormal(0, 0.4)
            known["acquisition_cost"] = f"{cost:.2f}"
            known["retention_cost"] = f"{0.22 * cost * more.lognormal(0, 0.3):.2f}"
        rows += [row | {"attribute": name, "value": value} for name, value in known.items()]
    return rows


def make_actions() -> list[Row]:
    """Return four measures: two done, one overdue, one planned for next year."""
    none = dict.fromkeys(("planned_on", "started_on", "due_on", "done_on", "target_points"), "")
    none |= {"told_customers_on": "", "cancelled": "false"}
    care = {"action_id": "A1", "factor_id": "care", "promise_id": "", "category": ""}
    care |= {"segment_type": "region", "segment_value": "north"}
    care |= {
        "title": "客服培训 · Training for customer care",
        "owner": "客服部 · Customer care",
        **none,
    }
    care |= {"planned_on": "2025-06-01", "started_on": "2025-06-25", "due_on": "2025-07-31"}
    care |= {"done_on": "2025-07-15", "target_points": "15", "told_customers_on": "2025-07-20"}
    line = care | {"action_id": "A2", "factor_id": "speed", "segment_value": "south"}
    line |= {
        "title": "网速热线 · Hotline for speed",
        "owner": "网络部 · Network",
        "target_points": "10",
    }
    line |= {"started_on": "2025-07-01", "done_on": "2025-08-01", "told_customers_on": ""}
    bills = line | {"action_id": "A3", "factor_id": "error_rate"}
    bills |= {"segment_type": "", "segment_value": "", "title": "账单核对 · Checks of bills"}
    bills |= {"owner": "财务部 · Finance", "planned_on": "2025-09-01", "started_on": "2025-10-01"}
    bills |= {"due_on": "2025-11-30", "done_on": "", "target_points": "5"}
    forms = bills | {"action_id": "A4", "factor_id": "procedures", "target_points": "8"}
    forms |= {"segment_type": "customer_type", "segment_value": "wholesale", "started_on": ""}
    forms |= {"title": "简化手续 · Shorter forms", "owner": "销售部 · Sales"}
    forms |= {"planned_on": "2026-02-01", "due_on": "2026-06-30"}
    return [care, line, bills, forms]


def make_results(people: list[Person]) -> list[Row]:
    """Return what came of 60 calls of the last quarter: in December nothing was solved yet."""
    rng, rows = stream("results"), list[Row]()
    lines = "settle_complaint keep_at_risk fix_service leave_trap"
    for number in rng.choice(len(people), 60, replace=False):
        called, day = people[number], day_between(rng, date(2025, 10, 1), LAST)
        outcome = choose(rng, "solved not_solved not_reached", 0.55, 0.25, 0.2)
        if day.month == 12 and outcome == "solved":
            outcome = "not_solved"
        row = {"customer_id": called.id, "line_id": choose(rng, lines, 0.25, 0.25, 0.25, 0.25)}
        row |= {"done_on": f"{day}", "outcome": outcome}
        rows.append(row | {"due_on": f"{day + timedelta(days=int(rng.integers(-4, 10)))}"})
    return rows


def make_tables() -> Tables:
    """Return every raw table, good rows first, then the dirt."""
    people = make_people()
    feel(people)
    leave(people)
    complaints, upset = make_complaints(people)
    tables = {"customers": make_customers(people)} | make_surveys(people)
    add_comments(tables, people)
    tables["transactions"] = make_transactions(people, upset)
    tables["subscriptions"] = make_subscriptions(people)
    tables["complaints"] = complaints
    tables["competitor_shares"] = make_competitor_shares(people)
    tables["loyalty_assessments"] = make_assessments(people)
    tables["customer_profiles"] = make_profiles(people)
    tables["actions"] = make_actions()
    tables["next_action_results"] = make_results(people)
    add_visitors(tables)
    add_dirt(tables)
    return tables


def main() -> None:
    """Write ``raw_<table>.csv`` for every table of the input contract."""
    parser = argparse.ArgumentParser(description="Write the demo's raw tables.")
    parser.add_argument("--out", type=Path, default=ROOT / "seeds" / "raw")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for table, rows in make_tables().items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (out / f"raw_{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
