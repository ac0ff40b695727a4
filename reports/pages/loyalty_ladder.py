"""Loyalty by what customers do: where they stood on the ladder, and where they stand now."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.language import Language, Words, each, each_as, month, percent, say
from reports.marts import Marts
from reports.parts import Figure, Panel, Part

# customers who stand on the ladder in both months; who came or left since is not in it
TRANSITIONS = """with newest as (select max(month_start) as month_start from fct_loyalty_ladder),
moves as (
    select months_before, earlier.ladder_level as level_before, later.ladder_level as level_now,
        count(*) as customers
    from fct_loyalty_ladder as later
    join newest using (month_start)
    cross join (values (3), (1)) as spans(months_before)
    join fct_loyalty_ladder as earlier
        on later.customer_id = earlier.customer_id
        and earlier.month_start = later.month_start - to_months(months_before)
    where earlier.ladder_level is not null and later.ladder_level is not null
    group by all
), labels as (select ladder_level, label_zh, label_en from dim_ladder_levels)
select months_before, level_before, was.label_zh as before_zh, was.label_en as before_en,
    level_now, is_now.label_zh as now_zh, is_now.label_en as now_en, customers,
    sum(customers) over (partition by months_before, level_before)::bigint as of_customers,
    customers / of_customers as share, of_customers >= ? as is_reliable
from moves
join labels as was on level_before = was.ladder_level
join labels as is_now on level_now = is_now.ladder_level
order by months_before desc, level_before desc, level_now"""
AGO = {
    3: say("Three months before → now"),
    1: say("One month before → now"),
}
SINCE = {3: say("Within three months"), 1: say("Within one month")}


JUDGED = """select n_evaluable, n_on_ladder, n_left from fct_segment_loyalty
where segment_type = 'total' and n_on_ladder + n_left > 0 order by month_start desc limit 1"""


def unjudged(marts: Marts) -> Words | None:
    """Say that most customers on the ladder cannot be judged; None where most can."""
    row = marts.one(JUDGED)
    if row is None or 2 * row.n_evaluable >= row.n_on_ladder:
        return None
    unknown, n = row.n_on_ladder - row.n_evaluable, row.n_on_ladder
    return say(
        "{unknown} of {n} customers on the ladder cannot be judged yet: no conclusion is drawn",
        unknown=f"{unknown:,}",
        n=f"{n:,}",
    )


def moved(moves: pd.DataFrame, least: float) -> Words:
    """Say how many climbed and fell, and from which level most often fell."""
    up, down = moves.level_now > moves.level_before, moves.level_now < moves.level_before
    everyone = moves.customers.sum()
    if everyone < least:
        return say("Too few on the ladder to judge how they move")
    climbed, fell = (percent(moves.customers[side].sum() / everyone) for side in (up, down))
    found = say(
        "{since} {climbed} of customers climbed, {fell} fell",
        since=SINCE[int(moves.months_before.iloc[0])],
        climbed=climbed,
        fell=fell,
    )
    rows = moves[down & moves.is_reliable].groupby(each("before"), as_index=False)
    falls = rows.agg({"share": "sum"}).sort_values("share", ascending=False)
    if falls.empty:
        return found
    worst = falls.iloc[0]
    return say(
        "{found}; most of all those at “{level}”: {share}",
        found=found,
        level=lambda t: worst[f"before{t.suffix}"],
        share=percent(worst.share),
    )


def transitions(marts: Marts) -> Part | None:
    """Draw from which level to which the customers went: shares of each row."""
    least = marts.least_reliable
    moves = marts.frame(TRANSITIONS, least)
    if moves.empty:
        return None
    spans = list(dict.fromkeys(moves.months_before))

    def panel(span: int) -> Panel:
        drawn = moves[moves.months_before == span]

        def draw(t: Language) -> charts.Chart:
            return charts.heatmap(
                drawn.drop(columns=["months_before"]),
                alt.X(
                    f"now{t.suffix}:N",
                    sort=alt.SortField("level_now"),
                    title=t("now"),
                    axis=charts.slanted(),
                ),
                alt.Y(
                    f"before{t.suffix}:N",
                    sort=alt.SortField("level_before", order="descending"),
                    title=None,
                ),
                alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range="ramp"), legend=None),
                alt.Text("share:Q", format=".0%"),
                charts.tooltip(
                    (f"before{t.suffix}", t("Before"), ""),
                    (f"now{t.suffix}", t("Now"), ""),
                    ("share", t("Share of the row"), ".1%"),
                    ("customers", t("Customers"), ",d"),
                    ("of_customers", t("Customers of the row"), ",d"),
                ),
                step=30,
            )

        return Panel(draw, AGO[span])

    newest = month(marts.newest_month)
    return Figure(
        key="ladder-transitions",
        title=unjudged(marts) or moved(moves[moves.months_before == spans[0]], least),
        note=say(
            "The loyalty ladder: rows are the level before, columns the level in "
            "{newest}; cells are shares of the row, the diagonal those who stayed. "
            "Rows with few customers are faded. Customers who were not on the ladder "
            "in both months, or have left, are not counted.",
            newest=newest,
        ),
        panels=[panel(int(span)) for span in spans],
        table=moves[["months_before", *each("before"), *each("now"), "customers", "share"]].rename(
            columns={
                **each_as(before="level_before"),
                **each_as(now="ladder_level"),
                "customers": "n_customers",
            }
        ),
    )
