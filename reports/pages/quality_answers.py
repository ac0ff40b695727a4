"""Data quality: which marts are thin, who answered without care, whether the channel matters."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.labels import SERVQUAL, labelled
from reports.language import (
    Language,
    Words,
    clauses,
    each,
    from_marts,
    in_sentence,
    interval,
    is_missing,
    listed,
    nothing,
    number,
    percent,
    say,
    say_in,
    signed,
    together,
    verbatim,
    written,
)
from reports.marts import Marts
from reports.parts import Card, Figure, Panel, Part
from scripts.catalogue import business_terms

#: from here on a scale is taken to measure one thing (Nunnally)
GOOD_ALPHA = 0.7
#: marts of segments: how many of the newest wave's cells are thin
OF_WAVES = (
    "fct_segment_satisfaction",
    "fct_segment_factor_satisfaction",
    "fct_survey_scores",
    "fct_drivers",
    "fct_priorities",
    "fct_gap_analysis",
    "fct_kano",
    "fct_path_estimates",
    "fct_satisfaction_loyalty",
    "fct_instrument_quality",
)
#: the same of the newest month; a month without behaviour has no cells that could be thick
OF_MONTHS = {"fct_segment_loyalty": "n_indexed_customers > 0", "fct_complaint_chart": "true"}
#: an average over segments is no cell; the newest period is that of the mart
THIN = """select '{mart}' as mart, count(*) filter (where not is_reliable) as n_thin,
    count(*) as n_cells
from {mart} as m {waves}
where segment_type <> 'total' and {holds}
    and {period} = (select max({period}) from {mart} as m {waves})"""
WAVES = "join dim_waves as w using (survey_id)"
BY_WAVE = """select wave, survey_id, measure, value,
    greatest(low, 0) as low, high, q.n_respondents, is_reliable
from fct_instrument_quality as q join waves using (survey_id)
where segment_type = 'total' and measure = ? and value is not null
order by wave_date, survey_id"""
NEWEST = """select scope_type, scope_id, item_id, value, low, high, n_respondents, is_reliable
from fct_instrument_quality
where segment_type = 'total' and survey_id = ? and measure = ? and value is not null
order by scope_type, scope_id, item_id"""
NODES = "select node_id, label_zh, label_en from fct_factor_weights"
CHANNELS = {
    "online": say("Online"),
    "email": say("E-mail"),
    "phone": say("Phone"),
    "branch": say("Branch"),
}


def thin_marts(marts: Marts) -> Part | None:
    """Draw the share of thin cells of every mart of segments, in its newest wave or month."""
    of_waves = {"waves": WAVES, "period": "w.wave_number", "holds": "true"}
    of_months = {"waves": "", "period": "m.month_start"}
    sql = [THIN.format(mart=mart, **of_waves) for mart in OF_WAVES]
    sql += [THIN.format(mart=mart, holds=holds, **of_months) for mart, holds in OF_MONTHS.items()]
    cells = marts.frame(" union all ".join(sql)).query("n_cells > 0")
    if cells.empty:
        return None
    cells = cells.assign(share=cells.n_thin / cells.n_cells)
    cells = cells.sort_values(["share", "mart"], ascending=[False, True])
    terms = business_terms()
    cells = cells.assign(**written("mart", [from_marts(*terms[mart]) for mart in cells.mart]))
    cells["place"] = range(len(cells))
    most, thin = cells.iloc[0], int(cells.n_thin.sum())
    share = percent(thin / cells.n_cells.sum(), 0)

    def draw(t: Language) -> charts.Chart:
        return (
            alt.Chart(cells.drop(columns=["mart"]), height=22 * len(cells), width="container")
            .mark_bar()
            .encode(
                x=alt.X(
                    "share:Q",
                    title=t("share of thin cells"),
                    axis=alt.Axis(format="%", tickCount=4),
                    scale=alt.Scale(domainMin=0),
                ),
                y=alt.Y(f"mart{t.suffix}:N", title=None, sort=alt.SortField("place")),
                tooltip=charts.tooltip(
                    (f"mart{t.suffix}", t("Mart"), ""),
                    ("n_thin", t("Thin"), ",d"),
                    ("n_cells", t("Cells"), ",d"),
                    ("share", t("Share"), ".0%"),
                ),
            )
        )

    return Figure(
        key="thin-marts",
        title=say(
            "{share} of the cells of segments are thin, most in {mart} ({most})",
            share=share,
            mart=lambda t: most[f"mart{t.suffix}"],
            most=percent(most.share, 0),
        )
        if thin
        else say("No cell of a segment is thin"),
        note=say(
            "Share of the cells of segments whose is_reliable is false, in each "
            "mart's newest wave or month."
        ),
        panels=[Panel(draw)],
        table=cells[[*each("mart"), "n_thin", "n_cells", "share"]],
    )


def careless_by_wave(marts: Marts) -> Part | None:
    """Draw who ticked one box all the way and who rushed, wave by wave."""
    named = {
        "straight_lining_share": say("Ticked one box all the way"),
        "speeder_share": say("Rushed through it"),
    }
    waves = {measure: marts.frame(BY_WAVE, measure) for measure in named}
    sure = {measure: rows for measure, rows in waves.items() if rows.is_reliable.any()}
    if not sure:
        return None

    def finding(t: Language) -> str:
        said = []
        for measure, rows in sure.items():
            last = rows[rows.is_reliable].iloc[-1]
            said.append(
                f"{named[measure](t)}: {number(last.value)} % "
                f"({interval(last.low, last.high)(t)}, {last.survey_id})"
            )
        return clauses(*said)(t)

    blind = [in_sentence(named[measure]) for measure in named if measure not in sure]
    note = together(
        say("Share of the respondents of each wave, %, with its interval. Nobody is dropped."),
        say("Cannot be told: {what} (answers without a time, or too few).", what=listed(blind))
        if blind
        else nothing,
    )

    def panel(measure: str, rows: pd.DataFrame) -> Panel:
        def draw(t: Language) -> charts.Chart:
            return charts.over_time(
                rows.drop(columns=["measure"]),
                alt.X("wave:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
                "value",
                "low",
                "high",
                t("share, %"),
                charts.tooltip(
                    ("survey_id", t("Survey"), ""),
                    ("value", "%", ".1f"),
                    ("low", t("Lower bound"), ".1f"),
                    ("high", t("Upper bound"), ".1f"),
                    ("n_respondents", t("Respondents"), ",d"),
                ),
                [0, max(5.0, float(rows.high.max()))],
                200,
            )

        return Panel(draw, named[measure])

    shown = pd.concat(sure.values())
    shown = shown.assign(**written("measure", [named[measure] for measure in shown.measure]))
    return Figure(
        key="careless-answers",
        title=finding,
        note=note,
        panels=[panel(measure, rows) for measure, rows in sure.items()],
        table=shown[[*each("measure"), "survey_id", "value", "low", "high", "n_respondents"]],
    )


def channels(marts: Marts, survey_id: str | None) -> Part | None:
    """Draw how far the answers of each channel lie from all others'."""
    effects = marts.frame(NEWEST, survey_id, "mode_effect")
    if effects.empty:
        return None
    names = [CHANNELS.get(channel, verbatim(channel)) for channel in effects.scope_id]
    effects = effects.assign(**written("channel", names))
    sure = effects[effects.is_reliable]
    beyond = sure[(sure.low > 0) | (sure.high < 0)]

    def title(t: Language) -> str:
        if sure.empty:
            return t("Too few answers by channel to compare")
        if beyond.empty:
            return t("No channel differs beyond chance")
        names = [f"{row[f'channel{t.suffix}']} {signed(row.value)}" for _, row in beyond.iterrows()]
        return t("Rates unlike the other channels: {channels} points", channels=listed(names))

    def draw(t: Language) -> charts.Chart:
        return charts.dots(
            effects.drop(columns=["scope_type", "scope_id", "item_id"]),
            alt.Y(f"channel{t.suffix}:N", title=None),
            "value",
            "low",
            "high",
            t("points above the other channels"),
            charts.tooltip(
                (f"channel{t.suffix}", t("Channel"), ""),
                ("value", t("Difference"), "+.1f"),
                ("low", t("Lower bound"), "+.1f"),
                ("high", t("Upper bound"), "+.1f"),
                ("n_respondents", t("Respondents"), ",d"),
            ),
            reference=0,
            step=32,
        )

    return Figure(
        key="channels",
        title=title,
        note=say(
            "Mean index (0–100) of a channel's respondents less that of all others, "
            "newest wave. Other customers come by each channel: a difference is no "
            "proof that it shapes the answer."
        ),
        panels=[Panel(draw)],
        table=effects[[*each("channel"), "value", "low", "high", "n_respondents"]],
    )


def against_standard(marts: Marts, survey_id: str | None) -> Card | None:
    """Return the card that says whether ratings follow what was measured."""
    row = marts.one(NEWEST, survey_id, "rating_against_standard")
    if row is None or is_missing(row.low):
        return None
    ends = interval(row.low, row.high, 2)
    follows: Words = (
        say("who waited longer rates lower")
        if row.high < 0
        else say("who waited longer rates higher")
        if row.low > 0
        else say("no relation beyond chance")
    )
    return Card(
        name=say("Rating against the measured wait"),
        value=signed(row.value, 2),
        change=follows,
        basis=say("interval {interval} · n = {n}", interval=ends, n=f"{int(row.n_respondents):,}"),
        is_reliable=bool(row.is_reliable),
    )


def instrument(marts: Marts, survey_id: str | None) -> Part | None:
    """Draw Cronbach's alpha of every group of questions."""
    alphas = marts.frame(NEWEST, survey_id, "alpha")
    if alphas.empty:
        return None
    alphas = alphas.sort_values("value", ascending=False).assign(place=range(len(alphas)))
    nodes = {node: from_marts(*labels) for node, *labels in marts.rows(NODES)[1]}
    alphas = labelled(alphas, "scope_id", SERVQUAL | nodes, "scope_id")
    is_servqual = alphas.scope_type == "servqual"
    for column in each("scope_id"):
        alphas.loc[is_servqual, column] = "SERVQUAL · " + alphas[column]
    sure = alphas[alphas.is_reliable]
    low = sure[sure.value < GOOD_ALPHA]

    def title(t: Language) -> str:
        if sure.empty:
            return t("Too few answers to judge the reliability")
        if low.empty:
            return t("Every group of questions reaches {least}", least=GOOD_ALPHA)
        sure_low, maybe = low[low.high < GOOD_ALPHA], low[low.high >= GOOD_ALPHA]
        names = [listed(rows[f"scope_id{t.suffix}"]) for rows in (sure_low, maybe)]
        return clauses(
            say("Reliability below {least}: {scales}", least=GOOD_ALPHA, scales=names[0])
            if len(sure_low)
            else nothing,
            say(
                "Reliability below {least}, within chance: {scales}",
                least=GOOD_ALPHA,
                scales=names[1],
            )
            if len(maybe)
            else nothing,
        )(t)

    def draw(t: Language) -> charts.Chart:
        return charts.dots(
            alphas.drop(columns=["scope_type", "scope_id", "sort_order"]),
            alt.Y(f"scope_id{t.suffix}:N", title=None, sort=alt.SortField("place")),
            "value",
            "low",
            "high",
            t("Cronbach's alpha"),
            charts.tooltip(
                (f"scope_id{t.suffix}", t("Questions"), ""),
                ("value", "α", ".2f"),
                ("low", t("Lower bound"), ".2f"),
                ("high", t("Upper bound"), ".2f"),
                ("n_respondents", t("Respondents"), ",d"),
            ),
            reference=GOOD_ALPHA,
        )

    return Figure(
        key="reliability",
        title=title,
        note=say(
            "Cronbach's alpha with its interval, newest wave; dashed: {least}, "
            "the usual least. Few questions make it low.",
            least=GOOD_ALPHA,
        ),
        panels=[Panel(draw)],
        table=alphas[[*each("scope_id"), "value", "low", "high", "n_respondents"]],
    )


def careless(marts: Marts, survey_id: str | None) -> Card | None:
    """Return the card of those who ticked one box all the way."""
    found = marts.one(NEWEST, survey_id, "straight_lining_share")
    if found is None:
        return None
    ends = interval(max(found.low, 0), found.high)
    return Card(
        name=say_in("card", "Ticked one box all the way"),
        value=f"{number(found.value)} %",
        change=say("flagged, not dropped"),
        basis=say(
            "interval {interval} · n = {n}", interval=ends, n=f"{int(found.n_respondents):,}"
        ),
        is_reliable=bool(found.is_reliable),
    )
