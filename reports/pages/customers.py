"""Customers: whom to call first, about what, and what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports import language
from reports.labels import CLASSES, RELATIONS
from reports.language import Words, from_marts, nothing, say, summary, together, verbatim
from reports.marts import Marts
from reports.parts import Component, Missing, Page, Part

#: customers in the file; the others stand in the marts
MOST_CUSTOMERS = 500
#: events of the ladder on a card
MOST_EVENTS = 5
#: a call is urgent when it is due within so many days
URGENT_DAYS = 7

# a label, in Chinese and in English, is a list of two
CUSTOMERS = """select a.call_rank, a.customer_id as id, a.customer_name as name,
    [coalesce(kind.label_zh, a.customer_type), coalesce(kind.label_en, a.customer_type)] as kind,
    [coalesce(region.label_zh, a.region), coalesce(region.label_en, a.region)] as region,
    [a.action_zh, a.action_en] as action, strftime(a.due_on, '%Y-%m-%d') as due_on,
    [coalesce(t.label_zh, a.tier_id), coalesce(t.label_en, a.tier_id)] as tier,
    [t.reason_zh, t.reason_en] as tier_reason,
    a.ladder_level, [l.label_zh, l.label_en] as ladder_label,
    strftime(a.left_since, '%Y-%m') as left_since,
    strftime(a.month_start, '%Y-%m') as month, a.is_active, a.recency_days,
    round(a.amount_in_window, 0) as amount,
    round(a.satisfaction_index, 1) as satisfaction_index,
    [coalesce(w.label_zh, a.survey_id), coalesce(w.label_en, a.survey_id)] as survey,
    a.overall_level, s.recommendation, round(100 * c.repeat_probability, 0) as repeat_percent,
    c.repeat_source, a.loyalty_class, a.satisfaction_loyalty_relation as relation,
    [a.weakest_factor_zh, a.weakest_factor_en] as weakest,
    round(a.weakest_factor_points_lost, 1) as weakest_lost,
    a.open_complaint_id as complaint, strftime(a.complaint_opened_on, '%Y-%m-%d') as complained_on,
    a.n_open_complaints, round(c.expected_value, 0) as expected_value, c.is_value_reliable,
    round(100 * c.probability_alive, 0) as alive_percent
from fct_next_best_action as a
join dim_customers as c using (customer_id)
left join dim_segments as kind
    on kind.segment_type = 'customer_type' and kind.segment_value = a.customer_type
left join dim_segments as region
    on region.segment_type = 'region' and region.segment_value = a.region
left join fct_customer_tiers as t on t.customer_id = a.customer_id and t.month_start = a.month_start
left join fct_loyalty_ladder as l on l.customer_id = a.customer_id and l.month_start = a.month_start
left join dim_waves as w on w.survey_id = a.survey_id
left join fct_customer_satisfaction as s
    on s.customer_id = a.customer_id and s.survey_id = a.survey_id
order by a.call_rank limit ?"""
FACTORS = """select a.customer_id, f.factor_id, round(f.factor_score_0_100, 1),
    round(f.contribution, 1), round(100 * f.weight - f.contribution, 1)
from fct_next_best_action as a
join fct_customer_factor_satisfaction as f using (customer_id, survey_id)
where f.contribution is not null and a.call_rank <= ?"""
EVENTS = """select e.customer_id, strftime(e.month_start, '%Y-%m'), e.level_before, e.change,
    e.level_after, [e.reason_zh, e.reason_en], e.author, e.note, e.assessed_level
from fct_loyalty_ladder_events as e
join fct_next_best_action as a using (customer_id)
where e.effect not in ('outweighed', 'overruled', 'none') and a.call_rank <= ?
qualify row_number() over (
    partition by e.customer_id order by e.month_start desc, abs(e.change) desc, e.rule_id
) <= ?
order by e.customer_id, e.month_start desc, abs(e.change) desc, e.rule_id"""
HORIZON = """select round(12 * max(horizon_years), 0) from fct_customer_value
where method = 'bg_nbd_gamma_gamma'"""
ACTIONS = """with called as (
    select *, (select max(as_of_date) from row_accounting) as today from fct_next_best_action
)
select action_zh, action_en, count(*) as n,
    coalesce(sum(count(*) filter (where due_on <= today + ?)) over (), 0)::int as n_urgent
from called group by action_zh, action_en order by min(call_rank)"""
NAMES = CLASSES | RELATIONS


class Texts:
    """Texts in all languages, each kept once; rows name them by their number."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[str, ...], int] = {}

    def number(self, text: Words | Sequence[Any]) -> int | None:
        """Return the number of a text or of a pair of labels, none where there is no text."""
        words = text if callable(text) else from_marts(*text)
        said = tuple(words(t) for t in language.LANGUAGES)
        return None if said[0] is None else self.numbers.setdefault(said, len(self.numbers))


def data(marts: Marts) -> dict[str, Any]:
    """Return what the script shows: texts, factors, and a row for every customer."""
    texts = Texts()
    columns, found = marts.rows(CUSTOMERS, MOST_CUSTOMERS)
    rows: list[dict[str, Any]] = []
    for values in found:
        row = dict(zip(columns, values, strict=True))
        for name in ("loyalty_class", "relation"):
            row[name] = NAMES.get(row[name], verbatim(row[name]))
        is_text = {k: isinstance(v, list) or callable(v) for k, v in row.items()}
        row = {k: texts.number(v) if is_text[k] else v for k, v in row.items()}
        rows.append(row | {"factors": [], "events": []})
    by_id = {row["id"]: row for row in rows}
    _, factors = marts.rows("select factor_id, label_zh, label_en from dim_factors")
    names = {factor_id: texts.number(labels) for factor_id, *labels in factors}
    for customer_id, factor_id, *figures in marts.rows(FACTORS, MOST_CUSTOMERS)[1]:
        by_id[customer_id]["factors"].append([names[factor_id], *figures])
    for row in rows:  # what costs most comes first
        row["factors"].sort(key=lambda factor: (-factor[3], factor[0]))
    for customer_id, month, before, change, after, reason, *rest in marts.rows(
        EVENTS, MOST_CUSTOMERS, MOST_EVENTS
    )[1]:
        event = [month, before, change, after, texts.number(reason), *rest]
        by_id[customer_id]["events"].append(event)
    return {
        "texts": list(texts.numbers),
        "horizon_months": marts.value(HORIZON),
        "columns": list(rows[0]),
        "rows": [list(row.values()) for row in rows],
    }


def how_many(shown: int, called: int, anonymous: int) -> Words:
    """Say how many customers are shown of how many, where the rest is, and whom this names."""
    rest = called - shown
    return together(
        say(
            "{shown} customers are listed here of {called}, in the order of the call list.",
            shown=f"{shown:,}",
            called=f"{called:,}",
        ),
        say("The other {rest} stand in the mart fct_next_best_action.", rest=f"{rest:,}")
        if rest
        else nothing,
        say(
            "{n} anonymous questionnaires, whom nobody can call, are left out.",
            n=f"{anonymous:,}",
        )
        if anonymous
        else nothing,
        say(
            "This page names customers. To pass the report on, leave the page out: "
            "make report ARGS=--without-customers."
        ),
    )


def page(marts: Marts) -> Page:
    """Return the page."""
    _, actions = marts.rows(ACTIONS, URGENT_DAYS)
    called = sum(n for _, _, n, _ in actions)
    title = say("Customers")
    if not called:
        missing = Missing(
            "fct_next_best_action",
            say("No customers"),
            say(
                "Add customers, survey_answers, survey_wide or transactions; nobody can "
                "call who answered anonymously."
            ),
        )
        return Page("customers", title, say("Nobody to call."), (), [missing])
    *labels, n_first, n_urgent = actions[0]
    call: dict[str, object] = {
        "days": URGENT_DAYS,
        "action": from_marts(*labels),
        "n_first": f"{n_first:,}",
    }
    if not n_urgent:
        finding = say(
            "Nobody is to be called within {days} days; first on the list: {action} ({n_first})",
            **call,
        )
    elif n_urgent == 1:
        finding = say(
            "1 customer is to be called within {days} days, first: {action} ({n_first})", **call
        )
    else:
        finding = say(
            "{n} customers are to be called within {days} days, first: {action} ({n_first})",
            n=f"{n_urgent:,}",
            **call,
        )
    anonymous = marts.value("select count(*) from dim_customers where is_anonymous")
    part: Part = Component(
        key="call-list",
        title=say("The call list, and a card for every customer"),
        note=how_many(min(called, MOST_CUSTOMERS), called, anonymous),
        template="customers.html",
        data=data(marts),
    )
    return Page("customers", title, summary([finding]), (), [part])
