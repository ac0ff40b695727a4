"""Who answered of the customers, and what the index would be if all had."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.language import Language, each, interval, number, percent, say, say_in, together
from reports.marts import Marts
from reports.parts import Figure, Panel, Part

SEGMENTS = """select type_label_zh || ' · ' || g.label_zh as segment_zh,
    type_label_en || ' · ' || g.label_en as segment_en,
    row_number() over (order by type_order, value_order, segment_value) as place,
    c.n_population, c.n_invited, c.n_answered, c.response_rate, c.population_share,
    c.respondent_share, c.n_answers_needed, coalesce(q_value <= 0.05, false) as is_reliable
from fct_survey_coverage as c join dim_segments as g using (segment_type, segment_value)
left join fct_nonresponse_bias as b using (survey_id, segment_type)
where segment_type <> 'total' and c.survey_id = ? and c.n_population > 0
order by place"""
TOTAL = """select n_population, n_answered, response_rate, coverage_rate, wave
from fct_survey_coverage join waves using (survey_id)
where segment_type = 'total' and survey_id = ? and n_population > 0"""
#: the kind of segment that moves the index most; of an index that is reliable
BIAS = """select type_label_zh as type_zh, type_label_en as type_en, b.satisfaction_index,
    standardised_index, standardised_low, standardised_high, b.n_effective, is_bias_warning
from fct_nonresponse_bias as b
join (select distinct segment_type, type_label_zh, type_label_en from dim_segments)
    using (segment_type)
join fct_segment_satisfaction as s
    on b.survey_id = s.survey_id and s.segment_type = 'total' and s.is_reliable
where b.survey_id = ? and standardised_index is not null
order by is_bias_warning desc, abs(index_difference) desc, b.segment_type limit 1"""

WEIGHTING = """select weighting, s.satisfaction_index, s.unweighted_index, w.n_effective,
    w.n_respondents, w.is_finite_population
from fct_wave_weighting as w
join fct_segment_satisfaction as s on w.survey_id = s.survey_id and s.segment_type = 'total'
where w.survey_id = ?"""
#: how respondents are weighted, as the var has it and in words
METHODS = {
    "given": say("with given weights"),
    "post_strata": say("by post-stratification"),
    "raking": say("by raking"),
}


def bias_of(marts: Marts) -> pd.Series | None:
    """Return what the newest wave's answers say of the customers; None where that is not known."""
    return marts.one(BIAS, marts.newest_wave)


def coverage(marts: Marts, bias: pd.Series | None) -> Part | None:
    """Draw the response rate of every segment of the newest wave; None where nobody is missing."""
    survey_id = marts.newest_wave
    rows, total = marts.frame(SEGMENTS, survey_id), marts.one(TOTAL, survey_id)
    if total is None or rows.empty or total.n_answered == total.n_population:
        return None
    n, of = f"{total.n_answered:,}", f"{total.n_population:,}"
    rate = percent(total.coverage_rate)

    def title(t: Language) -> str:
        counted = {"answered": n, "customers": of, "rate": rate}
        if bias is None:
            return t("{answered} of {customers} customers answered ({rate})", **counted)
        indices: dict[str, object] = {
            "segment_type": bias[f"type{t.suffix}"],
            "index": number(bias.satisfaction_index),
            "standardised": number(bias.standardised_index),
        }
        if bias.is_bias_warning:
            return t(
                "The answers do not stand for the customers: index {index} of those who answered, "
                "{standardised} with the customers’ shares ({segment_type})",
                **indices,
            )
        return t(
            "{answered} of {customers} customers answered ({rate}); with the customers’ shares "
            "({segment_type}) the index would be {standardised} and not {index}",
            **counted,
            **indices,
        )

    def draw(t: Language) -> charts.Chart:
        base = alt.Chart(
            rows.drop(columns=["population_share", "respondent_share", "n_answers_needed"])
        )
        bars = base.mark_bar().encode(
            x=alt.X(
                "response_rate:Q",
                title=t("response rate"),
                axis=alt.Axis(format="%", tickCount=4),
                scale=alt.Scale(domainMin=0),
            ),
            y=alt.Y(f"segment{t.suffix}:N", title=None, sort=alt.SortField("place")),
            opacity=charts.opacity(),
            tooltip=charts.tooltip(
                (f"segment{t.suffix}", say_in("comparison", "Segment")(t), ""),
                ("n_population", t("Customers"), ",d"),
                ("n_invited", t("Invited"), ",d"),
                ("n_answered", t("Answered"), ",d"),
                ("response_rate", t("Response rate"), ".1%"),
            ),
        )
        line = alt.Chart(pd.DataFrame({"x": [float(total.response_rate)]}))
        rule = line.mark_rule(style="reference").encode(x=alt.X("x:Q"))
        return charts.Layered([bars, rule], height=22 * len(rows), width="container")

    note = say(
        "Response rate of {wave} by segment: of those who were invited, of all customers where "
        "that is not known; dashed: all. Kinds of segments of which the customers answered alike, "
        "but for chance, are faded.",
        wave=str(total.wave),
    )
    weighted = marts.one(WEIGHTING, survey_id)
    read = say("An index counts respondents: who answers more often counts for more.")
    if weighted is not None:
        read = say(
            "The published index is weighted {method}: {index}, and {plain} where every answer "
            "counts once. The {answers} respondents are worth {n} of equal weight.",
            method=METHODS[weighted.weighting],
            index=number(weighted.satisfaction_index),
            plain=number(weighted.unweighted_index),
            answers=f"{weighted.n_respondents:,}",
            n=number(weighted.n_effective, 0),
        )
        if weighted.is_finite_population:
            read = together(
                read,
                say(
                    "Its interval is for these customers, now, of whom many answered, and not for "
                    "customers like them."
                ),
            )
    elif bias is not None:
        sure = say(
            "With the customers’ shares ({segment_type}) its interval is {interval}: the answers "
            "are worth {n} of equal weight.",
            segment_type=lambda t: bias[f"type{t.suffix}"],
            interval=interval(bias.standardised_low, bias.standardised_high),
            n=number(bias.n_effective, 0),
        )
        read = together(read, sure)
    return Figure(
        key="coverage",
        title=title,
        note=together(note, read),
        panels=[Panel(draw)],
        table=rows[
            [
                *each("segment"),
                "n_population",
                "n_invited",
                "n_answered",
                "response_rate",
                "population_share",
                "respondent_share",
                "n_answers_needed",
            ]
        ],
        is_wide=True,
    )
