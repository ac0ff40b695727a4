"""Overview: where satisfaction and loyalty stand, what moved, what to fix first."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.language import (
    Language,
    Unit,
    Words,
    change_words,
    each,
    interval,
    is_missing,
    listed,
    number,
    percent,
    percentage_points,
    points,
    say,
    signed,
    summary,
    together,
    written,
)
from reports.marts import Marts
from reports.pages import loyalty_ladder, verdicts
from reports.parts import Card, Figure, Missing, Page, Panel, Part

# of several questions in one role the most answered one
SCORES = """select score, score_low, score_high, n_answers as n, is_reliable,
    score_change, change_low, change_high
from fct_survey_scores join dim_waves using (survey_id)
where segment_type = 'total' and measure = ? and role = ?
order by wave_number desc, n_answers desc, question_id limit 1"""
# a month carries answers of earlier waves forward, so two months differ in who was asked: no change
LOYAL = """select month_start, loyal_share, loyal_low, loyal_high, n_classified as n
from fct_segment_loyalty
where segment_type = 'total' and loyal_share is not null
order by month_start desc limit 1"""
INDEX = """select survey_id, wave, wave_date, s.n_respondents,
    satisfaction_index, index_low, index_high, index_change, change_low, change_high, change_flag,
    is_reliable
from fct_segment_satisfaction as s join waves using (survey_id)
where segment_type = 'total' order by wave_date, survey_id"""
CELLS = """select s.segment_type, g.type_label_zh || ' · ' || g.label_zh as segment_zh,
    g.type_label_en || ' · ' || g.label_en as segment_en, s.segment_value,
    row_number() over (partition by factor_id order by g.type_order, g.value_order) as place,
    f.label_zh as factor_zh, f.label_en as factor_en, f.sort_order, s.n_respondents,
    factor_score_0_100,
    factor_score_0_100 - max(factor_score_0_100) filter (where s.segment_type = 'total')
        over (partition by factor_id) as against_total, s.is_reliable
from fct_segment_factor_satisfaction as s
join dim_segments as g using (segment_type, segment_value)
join dim_factors as f using (factor_id)
where survey_id = ? and factor_score_0_100 is not null and s.segment_value <> 'unknown'
order by place, sort_order"""
QUADRANTS = """select f.label_zh as factor_zh, f.label_en as factor_en,
    row_number() over (order by f.sort_order) as number, 100 * importance as importance,
    performance_0_100, 100 * importance_cut as importance_cut, performance_cut_0_100, quadrant,
    quadrant_stability, index_gain, p.is_reliable
from fct_priorities as p join dim_factors as f using (factor_id)
where survey_id = ? and segment_type = 'total' order by f.sort_order"""
LADDER = """with levels as (
    unpivot (select month_start, columns('n_level_[1-5]') from fct_segment_loyalty
             where segment_type = 'total' and n_on_ladder > 0)
    on columns('n_level_') into name level value customers
), labels as (select ladder_level, label_zh, label_en from dim_ladder_levels)
select strftime(month_start, '%Y-%m') as month, level[-1]::int as ladder_level,
    coalesce(label_zh, level[-1]) as label_zh, coalesce(label_en, level[-1]) as label_en, customers,
    customers / sum(customers) over (partition by month_start) as share
from levels left join labels on ladder_level = level[-1]::int
order by month, ladder_level"""
NAMES = {
    "fix_first": say("Fix first"),
    "keep_up": say("Keep up the good work"),
    "low_priority": say("Low priority"),
    "possible_overkill": say("Possible overkill"),
    "unclear": say("Unclear"),
}


def direction(change: float, low: float, high: float) -> str:
    """Name where a figure went; only a change beyond chance is up or down."""
    if any(map(is_missing, (change, low, high))) or low <= 0 <= high:
        return "flat"
    return "up" if change > 0 else "down"


def since_before(change: float, low: float, high: float, unit: Unit) -> Words:
    """Say how far a figure moved since the wave before, with the interval of that change."""
    if is_missing(change):
        return say("no wave before")
    return say(
        "{change} since the wave before (interval {interval})",
        change=unit(signed(change)),
        interval=interval(low, high),
    )


def score_card(
    marts: Marts, name: Words, measure: str, role: str, unit: str, moves: Unit
) -> Card | None:
    """Return the card of a question's score and of its change since the wave before."""
    row = marts.one(SCORES, measure, role)
    if row is None or is_missing(row.score):
        return None
    bounds = interval(row.score_low, row.score_high)
    changed = (row.score_change, row.change_low, row.change_high)
    return Card(
        name=name,
        value=number(row.score).replace("-", "−") + unit,
        change=since_before(*changed, moves),
        basis=say("interval {interval} · n = {n}", interval=bounds, n=f"{row.n:,}"),
        direction=direction(*changed) if row.is_reliable else "flat",
        is_reliable=bool(row.is_reliable),
    )


def loyal_card(marts: Marts) -> Card | None:
    """Return the card of the loyal share; none where nobody has a loyalty class."""
    loyal = marts.one(LOYAL)
    if loyal is None:
        return None
    ends = interval(100 * loyal.loyal_low, 100 * loyal.loyal_high)
    return Card(
        name=say("Loyal share"),
        value=percent(loyal.loyal_share),
        change=say("carries answers of earlier waves forward: no change shown"),
        basis=say("interval {interval} % · n = {n}", interval=ends, n=f"{loyal.n:,}"),
        # the mart's flag is about those with an index, not about those with a class
        is_reliable=loyal.n >= marts.least_reliable,
    )


def cards(marts: Marts, waves: pd.DataFrame) -> list[Card]:
    """Return the headline figures that this case has."""
    found: list[Card | None] = []
    if not waves.empty:
        row = waves.iloc[-1]
        bounds = interval(row.index_low, row.index_high)
        found.append(
            Card(
                name=say("Satisfaction index (20–100)"),
                value=number(row.satisfaction_index),
                change=since_before(row.index_change, row.change_low, row.change_high, points),
                basis=say(
                    "interval {interval} · n = {n}", interval=bounds, n=f"{row.n_respondents:,}"
                ),
                direction=direction(row.index_change, row.change_low, row.change_high)
                if row.is_reliable
                else "flat",
                is_reliable=bool(row.is_reliable),
            )
        )
    found.append(score_card(marts, say("NPS"), "nps", "recommend", "", points))
    satisfied = say("Satisfied share")
    found.append(
        score_card(marts, satisfied, "satisfied_share", "overall", " %", percentage_points)
    )
    found.append(loyal_card(marts))
    return [card for card in found if card]


def no_index(marts: Marts) -> list[Part]:
    """Draw the verdicts on the whole; say what is lacking where there are none either."""
    if marts.asks_no_factor and (found := verdicts.trends(marts)):
        return found
    fix = (
        say(
            "No question asks how a factor performs, or for a verdict on the whole: "
            "give questions the role performance or overall."
        )
        if marts.asks_no_factor
        else say("Add survey_answers or survey_wide: the answers of a survey.")
    )
    return [Missing("fct_segment_satisfaction", say("No satisfaction index"), fix)]


def index_by_wave(waves: pd.DataFrame) -> Part:
    """Draw the index by wave with its band."""
    last = waves.iloc[-1]
    moved = (
        change_words(last.index_change, last.change_low, last.change_high)
        if last.is_reliable
        else say("which rests on too few answers to judge")
    )
    scale = charts.domain(waves, "satisfaction_index", "index_low", "index_high")

    def draw(t: Language) -> charts.Chart:
        return charts.over_time(
            waves.drop(columns=["wave_date"]),
            alt.X("wave:O", title=t("wave"), axis=alt.Axis(labelAngle=0)),
            "satisfaction_index",
            "index_low",
            "index_high",
            t("satisfaction index"),
            charts.tooltip(
                ("survey_id", t("Survey"), ""),
                ("satisfaction_index", t("Index"), ".1f"),
                ("index_low", t("Lower bound"), ".1f"),
                ("index_high", t("Upper bound"), ".1f"),
                ("n_respondents", t("Respondents"), ",d"),
            ),
            scale,
        )

    return Figure(
        key="index-by-wave",
        title=say(
            "The satisfaction index is {index}, {change}",
            index=number(last.satisfaction_index),
            change=moved,
        ),
        note=say("The index of each wave; the band is its confidence interval."),
        panels=[Panel(draw)],
        table=waves[
            ["survey_id", "satisfaction_index", "index_low", "index_high", "n_respondents"]
        ],
    )


def segment_by_factor(marts: Marts, survey_id: str | None) -> Part | None:
    """Draw the score of every factor in every segment, coloured by the distance from the total."""
    cells = marts.frame(CELLS, survey_id)
    if cells.empty:
        return None
    sure = cells.query("is_reliable and segment_type != 'total'")
    is_cut = bool((cells.segment_type != "total").any())
    size = float(cells.against_total.abs().quantile(0.95)) or 1.0

    def title(t: Language) -> str:
        if not is_cut:  # nothing to compare but the factors
            lowest = cells.sort_values("factor_score_0_100").iloc[0]
            score = number(lowest.factor_score_0_100)
            return t(
                "The lowest factor is {factor}, {score}",
                factor=lowest[f"factor{t.suffix}"],
                score=score,
            )
        if sure.empty:
            return t("Every segment has too few answers to judge")
        lowest = sure.sort_values("against_total").iloc[0]
        gap = number(-lowest.against_total)
        score = number(lowest.factor_score_0_100)
        return t(
            "Furthest below the total: {factor} in {segment}, {score}, {gap} points lower",
            factor=lowest[f"factor{t.suffix}"],
            segment=lowest[f"segment{t.suffix}"],
            score=score,
            gap=gap,
        )

    def draw(t: Language) -> charts.Chart:
        return charts.heatmap(
            cells.drop(columns=["segment_type", "segment_value"]),
            alt.X(
                f"factor{t.suffix}:N",
                sort=alt.SortField("sort_order"),
                title=None,
                axis=charts.slanted(),
            ),
            alt.Y(
                f"segment{t.suffix}:N",
                sort=alt.SortField("place"),
                title=None,
                axis=alt.Axis(labelLimit=280),
            ),
            charts.diverging("against_total", t("against the total"), size),
            alt.Text("factor_score_0_100:Q", format=".0f"),
            charts.tooltip(
                (f"segment{t.suffix}", t("Segment"), ""),
                (f"factor{t.suffix}", t("Factor"), ""),
                ("factor_score_0_100", t("Score"), ".1f"),
                ("against_total", t("Against the total"), "+.1f"),
                ("n_respondents", t("Respondents"), ",d"),
            ),
        )

    return Figure(
        key="segment-by-factor",
        title=title,
        note=say(
            "Factor scores (0–100) of the newest wave by segment, coloured by the "
            "distance from the total; cells with few answers are faded."
        ),
        panels=[Panel(draw)],
        table=cells[[*each("segment"), *each("factor"), "factor_score_0_100"]],
        is_wide=True,
        least_width=max(820, 300 + 26 * cells.factor_en.nunique()),
    )


def quadrants(marts: Marts, survey_id: str | None) -> Part | None:
    """Draw importance against performance, numbered, with the cuts between the quadrants."""
    points = marts.frame(QUADRANTS, survey_id)
    if len(points) < 2:  # one factor is neither more nor less important than others
        return None
    points = points.assign(**written("quadrant", [NAMES[q] for q in points.quadrant]))
    sure = points[points.is_reliable]
    first = sure[sure.quadrant == "fix_first"].sort_values("importance", ascending=False)

    def title(t: Language) -> str:
        if sure.empty:
            return t("What to fix first: too few answers to judge")
        if first.empty and (sure.quadrant == "unclear").any():
            return t("No factor is clearly both important and weak")
        if first.empty:
            return t("No factor is both important and weak")
        return t("To fix first: {factors}", factors=listed(first[f"factor{t.suffix}"]))

    def note(t: Language) -> str:
        keys = " · ".join(f"{r.number} {r[f'factor{t.suffix}']}" for _, r in points.iterrows())
        return together(
            say(
                "Across: share of the influence on overall satisfaction; up: performance (0–100) "
                "among those who gave a verdict on the whole; dashed: the averages; unclear: "
                "fewer than 80 % of the resamples agree on the quadrant."
            ),
            keys,
        )(t)

    def draw(t: Language) -> charts.Chart:
        across = alt.Scale(domain=charts.domain(points, "importance"), zero=False, nice=False)
        up = alt.Scale(domain=charts.domain(points, "performance_0_100"), zero=False, nice=False)
        base = alt.Chart(points).encode(
            x=alt.X("importance:Q", title=t("share of influence (%)"), scale=across),
            y=alt.Y("performance_0_100:Q", title=t("performance (0–100)"), scale=up),
        )
        order = [name(t) for name in NAMES.values()]
        circles = base.mark_circle(size=420).encode(
            opacity=charts.opacity(),
            color=alt.Color(
                f"quadrant{t.suffix}:N",
                title=None,
                sort=order,
                scale=alt.Scale(
                    domain=order, range=["#f2b27a", "#9cc3ec", "#c9d1db", "#b7dcbd", "#e6e6e6"]
                ),
                legend=alt.Legend(columns=2),
            ),
            tooltip=charts.tooltip(
                (f"factor{t.suffix}", t("Factor"), ""),
                ("importance", t("Share of influence, %"), ".1f"),
                ("performance_0_100", t("Performance"), ".1f"),
                ("quadrant_stability", t("Stability of the quadrant"), ".0%"),
                ("index_gain", t("Gain in the index"), ".2f"),
            ),
        )
        numbers = base.mark_text(fontSize=11, fontWeight="bold", color="#1b2430").encode(
            text=alt.Text("number:Q")
        )
        line = alt.Chart().mark_rule(style="reference")
        level = line.encode(y=alt.Y("performance_cut_0_100:Q", scale=up))
        upright = line.encode(x=alt.X("importance_cut:Q", scale=across))
        layers = [level, upright, circles, numbers]
        return charts.Layered(layers, data=points.head(1), height=300, width="container")

    return Figure(
        key="quadrants",
        title=title,
        note=note,
        panels=[Panel(draw)],
        table=points[[*each("factor"), "importance", "performance_0_100", "quadrant_stability"]],
    )


def ladder_by_month(marts: Marts) -> Part:
    """Draw the share of customers on each level of the ladder, month by month."""
    levels = marts.frame(LADDER)
    if levels.empty:
        return Missing(
            "fct_loyalty_ladder",
            say("No loyalty ladder"),
            say("Add transactions or subscriptions."),
        )
    newest = levels.month.max()
    low = levels[levels.ladder_level <= 2].groupby("month").share.sum()
    now, then = percent(low[newest]), low.get(f"{int(newest[:4]) - 1}{newest[4:]}")
    is_reliable = levels[levels.month == newest].customers.sum() >= marts.least_reliable

    unjudged = loyalty_ladder.unjudged(marts)

    def title(t: Language) -> str:
        if unjudged:
            return unjudged(t)
        if not is_reliable:
            return t("Too few customers on the ladder to judge it")
        found = t("{now} of customers stand on the two lowest levels", now=now)
        if then is None:
            return found
        before = percent(then)
        return t("{found}; twelve months before it was {share}", found=found, share=before)

    def draw(t: Language) -> charts.Chart:
        order = list(dict.fromkeys(levels.sort_values("ladder_level")[t.label]))
        return charts.stacked(
            levels,
            alt.X("month:O", title=None, axis=alt.Axis(labelAngle=-45, labelOverlap=True)),
            "customers",
            alt.Color(
                f"{t.label}:O",
                title=None,
                sort=order,
                scale=alt.Scale(domain=order, range="ordinal"),
                legend=alt.Legend(columns=2),
            ),
            "ladder_level",
            t("share of customers"),
            charts.tooltip(
                ("month", t("Month"), ""),
                (t.label, t("Level"), ""),
                ("customers", t("Customers"), ",d"),
                ("share", t("Share"), ".1%"),
            ),
        )

    return Figure(
        key="ladder-by-month",
        title=title,
        note=say(
            "Customers on each level of the loyalty ladder by month, without those who have left."
        ),
        panels=[Panel(draw)],
        table=levels[["month", *each("label"), "customers", "share"]],
        is_wide=True,
    )


def page(marts: Marts) -> Page:
    """Return the page."""
    waves = marts.frame(INDEX)
    survey_id = None if waves.empty else str(waves.iloc[-1].survey_id)
    parts = [
        *(no_index(marts) if waves.empty else [index_by_wave(waves)]),
        quadrants(marts, survey_id),
        ladder_by_month(marts),
        segment_by_factor(marts, survey_id),
    ]
    shown = [part for part in parts if part]
    leading = [part.title for part in shown if isinstance(part, Figure)][:2]
    return Page(
        key="overview",
        title=say("Overview"),
        summary=summary(leading),
        cards=cards(marts, waves),
        parts=shown,
    )
