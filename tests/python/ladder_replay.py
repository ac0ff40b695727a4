"""The ladder replayed the slow way: plain Python over raw rows, a month and a customer at a time.

Written from docs/methods/ladder/loyalty-ladder.md, not from the SQL. Figures are exact fractions,
so a change that reaches a threshold exactly does reach it.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

Row = Mapping[str, str]
Tables = Mapping[str, Sequence[Row]]
Figures = Mapping[str, Fraction | None]
CHANGES = {
    "purchase_change": "amount",
    "revenue_change": "revenue",
    "fee_change": "fees",
    "usage_change": "quantity",
}
ASSESSED = {"assessment_level", "assessment_change"}


@dataclass(frozen=True)
class Condition:
    metric: str
    comparison: str
    threshold: Fraction

    def holds(self, figures: Figures) -> bool:
        """Whether the figure is known and stands in this relation to the threshold."""
        value = figures.get(self.metric)
        if value is None:
            return False
        return {
            ">=": value >= self.threshold,
            ">": value > self.threshold,
            "<=": value <= self.threshold,
            "<": value < self.threshold,
        }[self.comparison]


@dataclass(frozen=True)
class Rule:
    rule_id: str
    group: str
    metric: str
    conditions: tuple[Condition, ...]
    change: int
    is_crossing: bool
    rhythms: tuple[str, ...] = ()

    def is_met(self, figures: Figures) -> bool:
        return bool(self.conditions) and all(c.holds(figures) for c in self.conditions)

    def evidence(self, figures: Figures) -> tuple[Fraction | None, Fraction | None]:
        values = [figures.get(c.metric) for c in self.conditions]
        return values[0], values[1] if len(values) > 1 else None


@dataclass(frozen=True)
class Method:
    rules: tuple[Rule, ...]
    lowest: int
    highest: int
    start: int
    start_of_return: int
    baseline_months: int = 3
    baseline_min_amount: int = 50
    active_months: int = 3
    active_gaps: int = 3
    gap_prior: int = 2
    rhythm_months: int = 6
    monthly_from: int = 5
    typical_gap_days: int | None = None
    min_respondents: int = 30


def read_method(rules: Sequence[Row], levels: Sequence[Row], **options: int) -> Method:
    """Read the method tables ladder_rules and ladder_levels; rules that are not enabled are out."""
    read = []
    for row in rules:
        if row["enabled"] != "true":
            continue
        conditions = [
            Condition(row[p + "metric"], row[p + "comparison"], Fraction(row[p + "threshold"]))
            for p in ("", "and_")
            if row[p + "comparison"]
        ]
        read.append(
            Rule(
                rule_id=row["rule_id"],
                group=row["exclusive_group"] or row["rule_id"],
                metric=row["metric"],
                conditions=tuple(conditions),
                change=int(row["change"] or 0),
                is_crossing=row["firing"] == "crossing",
                rhythms=tuple(filter(None, row.get("rhythm", "").split("|"))),
            )
        )
    numbers = [int(row["level"]) for row in levels]
    start = next(int(row["level"]) for row in levels if row["is_start"] == "true")
    returns = [int(row["level"]) for row in levels if row.get("is_return") == "true"]
    back = returns[0] if returns else start
    return Method(tuple(read), min(numbers), max(numbers), start, back, **options)


def day(text: str) -> date:
    return date.fromisoformat(text[:10])


def month_of(on: date) -> int:
    """Months since the year 0."""
    return on.year * 12 + on.month - 1


def first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    year, number = divmod(month, 12)
    return date(year, number + 1, calendar.monthrange(year, number + 1)[1])


@dataclass
class Customer:
    """The raw rows of one customer."""

    joined: list[date] = field(default_factory=list)
    purchases: list[Row] = field(default_factory=list)
    services: list[Row] = field(default_factory=list)
    shares: list[Row] = field(default_factory=list)
    judgements: list[Row] = field(default_factory=list)
    data_begin: int = 0
    typical_gaps: dict[int, Fraction | None] = field(default_factory=dict)
    n_repeat: dict[int, int] = field(default_factory=dict)
    known_stretches: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def seen(self) -> list[date]:
        """Return the days on which the customer did something, or something was done about it."""
        days = [day(row["ordered_at"]) for row in self.purchases]
        days += [day(row["started_on"]) for row in self.services]
        days += [day(row["observed_on"]) for row in self.shares]
        return days + [day(row["assessed_on"]) for row in self.judgements]

    def flows(self, month: int) -> Figures:
        """Return what was bought in a month and the fees of the services held at its end.

        The quantity is None where that of any purchase is blank.
        """
        bought = [row for row in self.purchases if month_of(day(row["ordered_at"])) == month]
        held = [row for row in self.services if is_held(row, month)]
        amount = sum((Fraction(row["amount"]) for row in bought), Fraction(0))
        fees = sum((Fraction(row["monthly_fee"] or 0) for row in held), Fraction(0))
        units = [Fraction(row["quantity"]) for row in bought if row["quantity"]]
        quantity = sum(units, Fraction(0)) if len(units) == len(bought) else None
        return {"amount": amount, "fees": fees, "revenue": amount + fees, "quantity": quantity}

    def uses(self, month: int) -> bool:
        """Whether something is bought or a service is held in a month."""
        bought = any(month_of(day(row["ordered_at"])) == month for row in self.purchases)
        return bought or any(is_held(row, month) for row in self.services)

    def days(self, month: int) -> list[date]:
        """Return the days of purchase up to the end of a month."""
        bought = {day(row["ordered_at"]) for row in self.purchases}
        return sorted(on for on in bought if on <= last_day(month))

    def own_gap(self, days: Sequence[date], month: int, method: Method) -> Fraction | None:
        """Return the own typical gap by some days of purchase, as a month knew that of all."""
        typical = self.typical_gaps[month]
        if typical is None:
            return None
        span = (days[-1] - days[0]).days
        return (method.gap_prior * typical + span) / (method.gap_prior + len(days) - 1)

    def holds(self, month: int) -> bool:
        return any(is_held(row, month) for row in self.services)

    def is_active(self, month: int, method: Method) -> bool:
        """Whether a service is held, or silence is not too long since the last purchase."""
        days = self.days(month) if month >= self.data_begin else []
        if self.holds(month) or not days:
            return self.holds(month)
        last = days[-1]
        # silence that was too long once is not made good by a longer gap of others later
        for m in range(month_of(last) + method.active_months, month + 1):
            gap = self.own_gap(days, m, method)
            if gap is None or (last_day(m) - last).days > method.active_gaps * gap:
                return False
        return True

    def stretches(self, month: int, method: Method) -> list[tuple[int, int]]:
        """Return the first and the last month of each stretch of activity up to a month."""
        if month not in self.known_stretches:
            starts = [month_of(day(row["started_on"])) for row in self.services]
            begin = min([self.data_begin, *starts])
            found: list[tuple[int, int]] = []
            for m in range(begin, month + 1):
                if self.is_active(m, method):
                    if found and found[-1][1] == m - 1:
                        found[-1] = (found[-1][0], m)
                    else:
                        found.append((m, m))
            self.known_stretches[month] = found
        return self.known_stretches[month]

    def tenure(self, month: int, method: Method) -> int:
        """Return the months of use before the latest one up to a month.

        Those of a stretch of activity count up to its last purchase or held service. What came
        before the data begin is believed.
        """
        known_since = month_of(min(self.joined + self.seen()))
        stretches = self.stretches(month, method)
        if not stretches:
            return max(0, self.data_begin - known_since)
        total = -1
        for number, (begins, ends) in enumerate(stretches):
            if number == 0 and known_since < self.data_begin:
                if begins < self.data_begin + method.active_months:
                    begins = min(begins, known_since)
                else:
                    total += self.data_begin - known_since
            used = max(m for m in range(begins, ends + 1) if self.uses(m))
            total += used - begins + 1
        return total

    def status(self, month: int, method: Method) -> str:
        """Say whether the customer is one at the end of a month."""
        stretches = self.stretches(month, method)
        return "unknown" if not stretches else "active" if stretches[-1][1] == month else "left"

    def rhythm(self, month: int, method: Method) -> str | None:
        """Say how the customer buys, judged by the months before."""
        if self.holds(month) or self.holds(month - 1):
            return "monthly"
        days = self.days(month)
        if len(days) < 2:
            return "new" if days else None
        known = min(method.rhythm_months, month - month_of(days[0]))
        bought = {month_of(on) for on in days} & set(range(month - method.rhythm_months, month))
        is_monthly = len(bought) * method.rhythm_months >= method.monthly_from * known
        return "monthly" if is_monthly else "irregular"

    def silence(self, month: int, method: Method) -> Figures:
        """Return how long the silence is and the last one was, and whether the customer is back."""
        days, stretches = self.days(month), self.stretches(month, method)
        earlier = self.days(month - 1)
        found: dict[str, Fraction | None] = dict.fromkeys(
            ("overdue_ratio", "waited_ratio", "months_away")
        )
        if not stretches or stretches[-1][1] != month:
            return found
        if days and not self.holds(month) and (gap := self.own_gap(days, month, method)):
            found["overdue_ratio"] = ratio((last_day(month) - days[-1]).days, gap)
        begins = stretches[-1][0]
        if begins < month and earlier and len(days) > len(earlier):
            gap = self.own_gap(earlier, month, method)
            waited = (days[len(earlier)] - earlier[-1]).days
            found["waited_ratio"] = ratio(waited, gap) if gap else None
        if begins == month and len(stretches) > 1:
            found["months_away"] = Fraction(month - stretches[-2][1] - 1)
        return found


def ratio(days: int, gap: Fraction) -> Fraction:
    """Return days as a multiple of a gap, to nine places."""
    return round(days / gap, 9)


def is_held(service: Row, month: int) -> bool:
    """Whether a service is held at the end of a month; in the month it ends it no longer is."""
    ended = service["ended_on"]
    has_begun = month_of(day(service["started_on"])) <= month
    return has_begun and (not ended or month_of(day(ended)) > month)


def read_customers(tables: Tables) -> dict[str, Customer]:
    """Gather the rows of each customer that has behaviour: more than a line in `customers`."""
    found: dict[str, Customer] = defaultdict(Customer)
    for row in tables["transactions"]:
        if row["status"] in ("", "completed"):
            found[row["customer_id"]].purchases.append(row)
    for row in tables["subscriptions"]:
        found[row["customer_id"]].services.append(row)
    for row in tables["competitor_shares"]:
        found[row["customer_id"]].shares.append(row)
    for row in tables["loyalty_assessments"]:
        found[row["customer_id"]].judgements.append(row)
    for row in tables["customers"]:
        if row["customer_id"] in found and row["joined_on"]:
            found[row["customer_id"]].joined.append(day(row["joined_on"]))
    return dict(found)


def customer_figures(customer: Customer, month: int, first: int, method: Method) -> Figures:
    """Return the figures of a month that rules may look at, without those of service lines."""
    now = customer.flows(month)
    figures: dict[str, Fraction | None] = {}
    n = method.baseline_months
    earlier = [customer.flows(m) for m in range(month - n, month) if m >= first]
    for metric, flow in CHANGES.items():
        figures[metric] = None
        known = [past[flow] for past in earlier if past[flow] is not None]
        if len(known) == n and now[flow] is not None:
            mean = sum(known, Fraction(0)) / n
            enough = mean > 0 if flow == "quantity" else mean >= method.baseline_min_amount
            figures[metric] = now[flow] / mean - 1 if enough else None
    added = [s for s in customer.services if month_of(day(s["started_on"])) == month]
    ended = [
        s for s in customer.services if s["ended_on"] and month_of(day(s["ended_on"])) == month
    ]
    before = [s for s in customer.services if is_held(s, month - 1)]
    lost = [s for s in ended if s in before and s["end_reason"] in ("", "unknown")]
    figures["services_added"] = Fraction(len(added))
    figures["services_cancelled"] = Fraction(len(ended))
    figures["unknown_cancel_share"] = Fraction(len(lost), len(before)) if before else None
    figures["tenure_months"] = Fraction(customer.tenure(month, method))
    return {**figures, **customer.silence(month, method)}


def line_figures(customer: Customer, month: int) -> Iterator[tuple[str, Figures, Figures]]:
    """Yield the share of each line observed in a month: at its end, and as known before."""
    for line in sorted({row["service_line"] for row in customer.shares}):
        seen = sorted((r for r in customer.shares if r["service_line"] == line), key=observed)
        new = [row for row in seen if month_of(observed(row)) == month]
        old = [row for row in seen if month_of(observed(row)) < month]
        if new:
            known = {"competitor_share": Fraction(old[-1]["share"])} if old else {}
            yield line, {"competitor_share": Fraction(new[-1]["share"])}, known


def observed(row: Row) -> date:
    return day(row["observed_on"])


@dataclass
class Event:
    """A rule that fired, and what became of it."""

    rule_id: str
    group: str
    change: int = 0
    evidence: Fraction | None = None
    and_evidence: Fraction | None = None
    service_line: str | None = None
    author: str | None = None
    note: str | None = None
    set_level: int | None = None
    held_level: int | None = None
    held_until: int | None = None
    effect: str = ""


def fired(rules: Sequence[Rule], now: Figures, past: Figures, line: str | None) -> Iterator[Event]:
    """Yield the rules that fire on the figures of a month, knowing those of the month before."""
    met = [rule for rule in rules if rule.is_met(now)]
    for rule in met:
        change = rule.change
        if rule.is_crossing:
            if rule.is_met(past):
                continue
            # only what is new counts beside the strongest that was met already
            same = [r for r in met if r.is_crossing and (r.group, r.metric) == key_of(rule)]
            already = [r.change for r in same if r.is_met(past)]
            change -= max(already, key=abs, default=0)
        yield Event(rule.rule_id, rule.group, change, *rule.evidence(now), service_line=line)


def key_of(rule: Rule) -> tuple[str, str]:
    return rule.group, rule.metric


def strongest_line(events: Sequence[Event]) -> Event:
    """Return the event that stands for a rule which fires on several service lines."""
    strength = [(-abs(e.change), -abs(e.evidence or 0), e.service_line or "") for e in events]
    return events[strength.index(min(strength))]


def end_month(customer: Customer, judgement: Row, first: int) -> int | None:
    """Return the first month at whose end a judgement has expired, or a later level stands."""
    if not judgement["expires_on"]:
        return None
    month = month_of(day(judgement["expires_on"]))
    expires = month if last_day(month) > day(judgement["expires_on"]) else month + 1
    later = [
        max(month_of(day(row["assessed_on"])), first)
        for row in customer.judgements
        if row["level"] and not row["expires_on"] and row["assessed_on"] > judgement["assessed_on"]
    ]
    return min([expires, *later])


def temporary(customer: Customer, month: int, first: int) -> list[Row]:
    """Return the judgements with expiry that are in force at the end of a month, oldest first."""
    return [
        row
        for row in sorted(customer.judgements, key=lambda row: row["assessed_on"])
        if (end := end_month(customer, row, first)) is not None
        and day(row["assessed_on"]) <= last_day(month)
        and month < end
    ]


def judged(customer: Customer, month: int, first: int, rule: Rule) -> Event | None:
    """Join the judgements of one rule that begin or end in a month into one event."""
    column = "level" if rule.metric == "assessment_level" else "change"
    begun, ended = [], []
    for row in sorted(customer.judgements, key=lambda row: row["assessed_on"]):
        start = max(month_of(day(row["assessed_on"])), first)
        end = end_month(customer, row, first)
        if not row[column] or (end is not None and end <= start):
            continue
        begun += [row] if start == month else []
        ended += [row] if end == month else []
    if not begun and not ended:
        return None
    last = max(begun + ended, key=lambda row: row["assessed_on"])
    event = Event(
        rule.rule_id, rule.group, author=last["author"] or None, note=last["reason"] or None
    )
    lasting = [row for row in begun if not row["expires_on"]]
    if column == "change":
        counted = lasting or begun
        event.change = sum(int(r["change"]) for r in counted)
        event.change -= 0 if counted else sum(int(r["change"]) for r in ended)
        event.effect = "" if lasting else "shifts" if begun else "lets_go"
    else:
        for row in begun:
            if row["expires_on"]:
                until = end_month(customer, row, first)
                event.held_level, event.held_until = int(row["level"]), until
            else:
                event.set_level = int(row["level"])
        event.effect = "sets" if lasting else "holds" if begun else "lets_go"
    level = event.set_level if event.set_level is not None else event.held_level
    event.evidence = Fraction(event.change if level is None else level)
    return event


def month_events(
    customer: Customer, month: int, first: int, method: Method, now: Figures, past: Figures
) -> list[Event]:
    """Return what fired in a month, one event a rule, with the effect of each."""
    by_rule: dict[str, list[Event]] = defaultdict(list)
    has_left = customer.status(month, method) == "left"
    rhythm = customer.rhythm(month, method)
    asked = [r for r in method.rules if not has_left and (not r.rhythms or rhythm in r.rhythms)]
    for line, figures, before in [(None, now, past), *line_figures(customer, month)]:
        for event in fired(asked, figures, before, line):
            by_rule[event.rule_id].append(event)
    events = [strongest_line(same) for same in by_rule.values()]
    for rule in method.rules:
        if rule.metric in ASSESSED and (told := judged(customer, month, first, rule)):
            told.effect = "none" if has_left else told.effect
            events.append(told)
    if has_left:
        return events
    is_set = any(event.set_level is not None for event in events)
    for event in events:
        event.effect = event.effect or effect(event, events, is_set)
    return events


def effect(event: Event, events: Sequence[Event], is_set: bool) -> str:
    """Say what becomes of an event of a month in which a level is, or is not, set."""
    if is_set:
        return "overruled"
    group = [(-abs(e.change), e.rule_id) for e in events if e.group == event.group]
    return "moves" if min(group)[1] == event.rule_id else "outweighed"


def replay_customer(
    customer: Customer, first: int, last: int, method: Method
) -> Iterator[tuple[date, dict[str, Any], dict[str, dict[str, Any]]]]:
    """Yield the first day of each month, its row of the ladder, and its events by rule."""
    level = method.start
    last_level: int | None = None
    # of the time before its first month only a customer's tenure is known
    grows = 1 if customer.uses(first) else 0
    figures: Figures = {"tenure_months": Fraction(customer.tenure(first, method) - grows)}
    for month in range(first, last + 1):
        past = figures
        figures = customer_figures(customer, month, first, method)
        events = month_events(customer, month, first, method, figures, past)
        rhythm = customer.rhythm(month, method)
        if customer.status(month, method) == "left":
            yield (
                first_day(month),
                former(last_level, rhythm),
                {e.rule_id: trail_of(e) for e in events},
            )
            continue
        stretches = customer.stretches(month, method)
        if len(stretches) > 1 and stretches[-1] == (month, month):
            level = method.start_of_return
        before = level
        set_levels = [e.set_level for e in events if e.set_level is not None]
        change = sum(e.change for e in events if e.effect == "moves")
        # a judgement may name any level; the ladder's own moves end at its ends
        clamped = max(method.lowest, min(method.highest, before + change))
        level = set_levels[0] if set_levels else clamped
        is_clamped = not set_levels and level != before + change
        standing = temporary(customer, month, first)
        held = next((int(row["level"]) for row in reversed(standing) if row["level"]), None)
        shift = sum(int(row["change"]) for row in standing if row["change"])
        shown = level if not shift else max(method.lowest, min(method.highest, level + shift))
        last_level = shown if held is None else held
        row = {
            "ladder_level": last_level,
            "replayed_level_before": before,
            "set_level": set_levels[0] if set_levels else None,
            "change_sum": change,
            "replayed_level": level,
            "is_clamped": is_clamped,
            "held_level": held,
            "held_change": shift,
            "n_events": len(events),
            "rhythm": rhythm,
            "evaluation_status": evaluated(customer, month, rhythm, figures, method),
            "last_level": None,
        }
        trail = {e.rule_id: trail_of(e, before, level, is_clamped) for e in events}
        yield first_day(month), row, trail


def evaluated(
    customer: Customer, month: int, rhythm: str | None, figures: Figures, method: Method
) -> str:
    """Say whether anything is known that a customer of this rhythm can be judged by."""
    names = ("purchase_change", "revenue_change") if rhythm == "monthly" else ("overdue_ratio",)
    known = any(figures[name] is not None for name in names)
    few = rhythm == "new" and customer.n_repeat[month] < method.min_respondents
    return "evaluated" if rhythm and known and not few else "not_evaluable"


def former(last_level: int | None, rhythm: str | None) -> dict[str, Any]:
    """Return the row of a month in which a customer has left."""
    names = ("ladder_level", "replayed_level_before", "set_level", "replayed_level", "held_level")
    return {
        **dict.fromkeys(names),
        "change_sum": 0,
        "is_clamped": False,
        "held_change": 0,
        "n_events": 0,
        "rhythm": rhythm,
        "evaluation_status": "left",
        "last_level": last_level,
    }


def trail_of(
    event: Event, before: int | None = None, level: int | None = None, is_clamped: bool = False
) -> dict[str, Any]:
    """Return the row of an event; of a month in which the customer has left there is no level."""
    change: int | None = event.change
    if event.set_level is not None:
        change = None if before is None else event.set_level - before
    return {
        "rule_group": event.group,
        "effect": event.effect,
        "level_before": before,
        "change": change,
        "level_after": level,
        "is_clamped": is_clamped,
        "assessed_level": event.held_level if event.set_level is None else event.set_level,
        "held_until": None if event.held_until is None else first_day(event.held_until),
        "evidence": event.evidence,
        "and_evidence": event.and_evidence,
        "service_line": event.service_line,
        "author": event.author,
        "note": event.note,
    }


def repeat_gaps(customers: Sequence[Customer], month: int) -> list[Fraction]:
    """Return the mean gap of every customer who bought on two days or more by a month's end."""
    found = []
    for customer in customers:
        days = customer.days(month)
        if len(days) > 1:
            found.append(Fraction((days[-1] - days[0]).days, len(days) - 1))
    return found


def know_gaps(customers: Sequence[Customer], begin: int, last: int, method: Method) -> None:
    """Tell every customer when the data begin, and the typical gap of each month from then on."""
    # what the first year knows of gaps is what it knows at its end
    known = {
        month: repeat_gaps(customers, max(month, min(begin + 11, last)))
        for month in range(begin, last + 1)
    }
    pinned = method.typical_gap_days
    for customer in customers:
        customer.data_begin = begin
        customer.n_repeat = {month: len(gaps) for month, gaps in known.items()}
        customer.typical_gaps = {
            month: Fraction(pinned) if pinned else mean_of(gaps) for month, gaps in known.items()
        }


def mean_of(gaps: Sequence[Fraction]) -> Fraction | None:
    return sum(gaps, Fraction(0)) / len(gaps) if gaps else None


def replay(tables: Tables, method: Method) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Replay every customer.

    Returns
    -------
    (dict, dict)
        Rows of fct_loyalty_ladder by (month, customer), and of fct_loyalty_ladder_events by
        (month, customer, rule); a month is its first day.
    """
    customers = read_customers(tables)
    newest = max(seen for customer in customers.values() for seen in customer.seen())
    oldest = min(day(row["ordered_at"]) for c in customers.values() for row in c.purchases)
    last = month_of(newest) - (last_day(month_of(newest)) > newest)
    ladder: dict[Any, Any] = {}
    trail: dict[Any, Any] = {}
    know_gaps(list(customers.values()), month_of(oldest), last, method)
    for name, customer in customers.items():
        first = max(month_of(oldest), month_of(min(customer.joined + customer.seen())))
        for month, row, events in replay_customer(customer, first, last, method):
            ladder[month, name] = row
            trail.update({(month, name, rule): event for rule, event in events.items()})
    return ladder, trail
