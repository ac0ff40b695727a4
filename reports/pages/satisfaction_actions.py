"""Measures that were taken: what is late, and what came of those that are done."""

from __future__ import annotations

from typing import Any

from reports.language import (
    Words,
    each,
    from_marts,
    interval,
    is_missing,
    nothing,
    say,
    signed,
    together,
    verbatim,
    written,
)
from reports.marts import Marts
from reports.parts import Listing

MEASURES = """select a.*, f.label_zh as factor_zh, f.label_en as factor_en,
    g.type_label_zh || ' · ' || g.label_zh as segment_zh,
    g.type_label_en || ' · ' || g.label_en as segment_en
from fct_improvement_actions as a
left join dim_factors as f using (factor_id)
left join dim_segments as g using (segment_type, segment_value)
order by case status when 'overdue' then 1 when 'running' then 2 when 'done' then 3
    when 'planned' then 4 else 5 end, days_overdue desc, due_on, action_id"""
STATUS = {
    "running": say("Running"),
    "done": say("Done"),
    "planned": say("Planned"),
    "cancelled": say("Cancelled"),
}
WHY_NOT = {
    "no_wave_after": say("Too early: no survey has been since"),
    "cancelled": say("Given up"),
    "no_factor": say("Not judged: it is about no factor"),
    "no_wave_before": say("Not judged: no survey asked before it"),
    "too_few_pairs": say("Not judged: too few answered both times"),
}


def actions(marts: Marts) -> Listing | None:
    """List all measures, what is overdue first; None where there is none."""
    if "fct_improvement_actions" not in marts.published:
        return None
    rows = marts.frame(MEASURES)
    if rows.empty:
        return None
    everything = rows.segment_type == "total"
    rows = rows.assign(
        **written("status", [standing(row) for row in rows.itertuples()]),
        **written("concerns", [concerns(row) for row in rows.itertuples()]),
        **written("result", [result(row) for row in rows.itertuples()]),
        **written(
            "segment",
            [
                say("All customers")
                if is_all
                else from_marts(zh, en)
                if not is_missing(en)
                else verbatim(value)
                for is_all, zh, en, value in zip(
                    everything, rows.segment_zh, rows.segment_en, rows.segment_value, strict=True
                )
            ],
        ),
    )
    overdue = rows[rows.status == "overdue"]
    judged = rows[rows.verdict_reason.isna() & rows.is_reliable]
    worked = int((judged.verdict == "worked").sum())
    late = say("{all} measures, none overdue", all=len(rows))
    if len(overdue) == 1:
        late = say("1 of {all} measures is overdue", all=len(rows))
    elif len(overdue):
        late = say("{n} of {all} measures are overdue", n=len(overdue), all=len(rows))
    return Listing(
        key="measures",
        title=say(
            "{late}; of {judged} that are judged, {worked} worked",
            late=late,
            judged=len(judged),
            worked=worked,
        )
        if len(judged)
        else say("{late}; none can be judged yet", late=late),
        note=together(
            say(
                "What was promised, and what came of it. Before and after are the scores of the "
                "factor in the segment (0–100). The effect is the mean change with its customers "
                "who answered both times, less that with all others; in brackets its interval."
            ),
            say(
                "Nobody drew lots for who gets a measure: where a segment was chosen because its "
                "score was low, part of the rise would have come by itself."
            )
            if rows.net_effect.notna().any()
            else nothing,
        ),
        table=rows,
        columns=[
            *("title", "owner"),
            *each("status", "concerns", "segment"),
            *("due_on", "before_score", "after_score", "target_points"),
            *each("result"),
        ],
    )


def standing(row: Any) -> Words:
    """Say how far a measure is, and for how long it has been late."""
    if row.status != "overdue":
        return STATUS[row.status]
    days = int(row.days_overdue)
    return say("1 day overdue") if days == 1 else say("{n} days overdue", n=days)


def concerns(row: Any) -> Words:
    """Say what a measure is about."""
    if not is_missing(row.factor_id):
        return from_marts(row.factor_zh, row.factor_en)
    for name in (row.promise_id, row.category):
        if not is_missing(name):
            return verbatim(str(name))
    return verbatim("–")


def result(row: Any) -> Words:
    """Say in a sentence what came of a measure."""
    if row.verdict_reason == "no_comparison":
        return say(
            "{change} points ({interval}); it is for all, so that nobody is left to compare with",
            change=signed(row.paired_change),
            interval=interval(row.paired_change_low, row.paired_change_high),
        )
    if not is_missing(row.verdict_reason):
        return WHY_NOT[row.verdict_reason]
    figures: dict[str, object] = {
        "effect": signed(row.net_effect),
        "interval": interval(row.net_effect_low, row.net_effect_high),
        "change": signed(row.paired_change),
        "others": signed(row.control_change),
    }
    if row.verdict == "worked":
        found = say(
            "It worked: {effect} points ({interval}); {change} here, {others} with all others",
            **figures,
        )
    elif row.verdict == "worse":
        found = say(
            "Worse than with others: {effect} points ({interval}); {change} here, {others} with "
            "all others",
            **figures,
        )
    else:
        found = say(
            "No effect seen: {effect} points ({interval}); {change} here, {others} with all others",
            **figures,
        )
    few = say("Few answered both times: {n} and {others}.", n=row.n_treated, others=row.n_control)
    return found if row.is_reliable else together(say("{sentence}.", sentence=found), few)
