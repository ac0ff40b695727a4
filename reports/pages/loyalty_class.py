"""Loyalty by what customers say: classes by wave, the loyal share by segment."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.labels import CLASSES, labelled
from reports.language import Language, clauses, each, each_as, listed, month, percent, say, say_in
from reports.marts import Marts
from reports.parts import Figure, Missing, Panel, Part

# each customer's class by the answers of that wave; a modelled repeat probability, which the last
# month alone may have, would make the last wave unlike the others
BY_WAVE = """with answered as (
    select survey_id, customer_id, loyalty_class from fct_customer_loyalty
    where loyalty_class is not null and repeat_source = 'stated'
    qualify row_number() over (partition by survey_id, customer_id order by month_start) = 1
)
select survey_id, wave_number, loyalty_class, count(*) as customers,
    sum(customers) over (partition by survey_id)::bigint as n_classified,
    customers / n_classified as share, n_classified >= ? as is_reliable
from answered join dim_waves using (survey_id)
group by survey_id, wave_number, loyalty_class order by wave_number, loyalty_class"""
SEGMENTS = """select s.segment_type, g.type_label_zh as type_zh, g.type_label_en as type_en,
    g.label_zh, g.label_en, row_number() over (order by g.type_order, g.value_order) as place,
    n_classified, n_loyal, loyal_share, loyal_low, loyal_high, n_classified >= ? as is_reliable
from fct_segment_loyalty as s
join dim_segments as g using (segment_type, segment_value)
where month_start = ? and s.segment_value <> 'unknown' and n_classified > 0
order by place"""


#: what a loyalty class is made of, by the role of the question
INDICATORS = {
    "overall": say("overall satisfaction"),
    "repurchase": say("the probability of buying again"),
    "recommend": say("recommendation"),
}


def unasked(marts: Marts) -> Missing:
    """Say what a loyalty class needs that nobody was asked."""
    lacking = [role for role in INDICATORS if role not in marts.asked] or list(INDICATORS)

    names = [say("{name} ({code})", name=INDICATORS[role], code=role) for role in lacking]
    return Missing(
        "fct_satisfaction_loyalty",  # answers and behaviour, as a class is
        say("No loyalty class"),
        say(
            "A survey must also ask for {names}: name the role of the questions in "
            "the method table questions.",
            names=listed(names),
        ),
    )


def classes_by_wave(marts: Marts) -> Part | None:
    """Draw the share of each class among those who answered, wave by wave."""
    classes = marts.frame(BY_WAVE, marts.least_reliable)
    if classes.empty:
        return None
    classes = labelled(classes, "loyalty_class", CLASSES)
    waves = list(dict.fromkeys(classes.survey_id))
    last = classes[classes.survey_id == waves[-1]]
    before = classes[classes.survey_id == waves[-2]] if len(waves) > 1 else None

    def share(wave: pd.DataFrame, name: str) -> str:
        return percent(wave.share[wave.loyalty_class == name].sum())

    def title(t: Language) -> str:
        if not last.is_reliable.all():
            return t("{wave} has too few answers to judge", wave=waves[-1])
        if not set(last.loyalty_class) <= set(CLASSES):
            top = last.sort_values("share").iloc[-1]
            return t(
                "The largest class of {wave}: {label}, {share}",
                wave=waves[-1],
                label=top[t.label],
                share=percent(top.share),
            )
        found = t(
            "{wave}: {vulnerable} Vulnerable, {at_risk} At risk",
            wave=waves[-1],
            vulnerable=share(last, "vulnerable"),
            at_risk=share(last, "at_risk"),
        )
        if before is None or not before.is_reliable.all():
            return found
        return clauses(
            found,
            say(
                "the wave before {vulnerable} and {at_risk}",
                vulnerable=share(before, "vulnerable"),
                at_risk=share(before, "at_risk"),
            ),
        )(t)

    def draw(t: Language) -> charts.Chart:
        order = list(dict.fromkeys(classes.sort_values(["sort_order", t.label])[t.label]))
        # four classes leave out the middle colour of five
        scale = order if len(order) != 4 else [*order[:2], "", *order[2:]]
        return charts.stacked(
            classes,
            alt.X(
                "survey_id:O",
                sort=waves,
                title=t("wave"),
                axis=alt.Axis(labelAngle=0, labelOverlap=True),
            ),
            "customers",
            alt.Color(
                f"{t.label}:O",
                title=None,
                sort=order,
                scale=alt.Scale(domain=scale, range="ordinal"),
                legend=alt.Legend(columns=2, values=order),
            ),
            "sort_order",
            t("share of respondents"),
            charts.tooltip(
                ("survey_id", t("Survey"), ""),
                (t.label, t("Class"), ""),
                ("customers", t("Respondents"), ",d"),
                ("share", t("Share"), ".1%"),
            ),
            height=260,
        )

    return Figure(
        key="classes-by-wave",
        title=title,
        note=say(
            "Classes by what was answered in that wave on overall satisfaction, "
            "buying again and recommending; customers who left a needed indicator "
            "blank, and those who had left by then, are not counted. Loyal customers "
            "are those of the class Loyal, and of the class Favourable those likely to buy again."
        ),
        panels=[Panel(draw)],
        table=classes[["survey_id", *each("label"), "customers", "share"]].rename(
            columns={"customers": "n_respondents"}
        ),
    )


def loyal_by_segment(marts: Marts) -> Part | None:
    """Draw the loyal share of every segment with its interval, against that of all customers."""
    newest = marts.newest_month
    rows = marts.frame(SEGMENTS, marts.least_reliable, newest)
    if rows.empty:
        return None
    total = rows[rows.segment_type == "total"].iloc[0]
    cells = rows[rows.segment_type != "total"]
    if cells.empty:
        return None
    sure = cells[cells.is_reliable.astype(bool)]
    low = sure[sure.loyal_high < total.loyal_share].sort_values(["loyal_share", "place"])
    high = sure[sure.loyal_low > total.loyal_share].sort_values(
        ["loyal_share", "place"], ascending=[False, True]
    )

    def of(row: pd.Series, t: Language) -> dict[str, str]:
        segment = f"{row[f'type{t.suffix}']} · {row[t.label]}"
        return {"segment": segment, "share": percent(row.loyal_share)}

    def title(t: Language) -> str:
        if sure.empty:
            return say_in("loyalty", "Every segment has too few answers to judge")(t)
        if low.empty and high.empty:
            return t("No segment's loyal share differs from the total beyond chance")
        ends = [t("lowest in {segment}, {share}", **of(row, t)) for _, row in low[:1].iterrows()]
        ends += [t("highest in {segment}, {share}", **of(row, t)) for _, row in high[:1].iterrows()]
        return t(
            "The loyal share is {ends} (all: {share})",
            ends=clauses(*ends),
            share=percent(total.loyal_share),
        )

    def panel(drawn: pd.DataFrame) -> Panel:
        def draw(t: Language) -> charts.Chart:
            return charts.dots(
                drawn.drop(columns=["segment_type", *each("type"), "n_loyal"]),
                alt.Y(
                    f"{t.label}:N",
                    sort=alt.SortField("place"),
                    title=None,
                    axis=alt.Axis(labelLimit=160),
                ),
                "loyal_share",
                "loyal_low",
                "loyal_high",
                t("loyal share"),
                charts.tooltip(
                    (t.label, t("Segment"), ""),
                    ("loyal_share", t("Loyal share"), ".1%"),
                    ("loyal_low", t("Lower bound"), ".1%"),
                    ("loyal_high", t("Upper bound"), ".1%"),
                    ("n_classified", t("Customers with a class"), ",d"),
                ),
                scale=[0, 1],
                form="%",
                reference=float(total.loyal_share),
            )

        return Panel(draw, lambda t: str(drawn[f"type{t.suffix}"].iloc[0]))

    return Figure(
        key="loyal-by-segment",
        title=title,
        note=say(
            "Share of customers whose class counts as loyal (satisfied, likely to "
            "buy again, not unlikely to recommend) in {newest}, with intervals; "
            "dashed: all customers; few answers are faded.",
            newest=month(newest),
        ),
        panels=[panel(drawn) for _, drawn in cells.groupby("segment_type", sort=False)],
        table=rows[
            [*each("type"), *each("label"), "loyal_share", "loyal_low", "loyal_high"]
            + ["n_classified"]
        ].rename(columns=each_as(type="segment_type")),
        is_wide=True,
    )
