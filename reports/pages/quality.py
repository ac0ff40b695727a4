"""Data quality: what was refused and why, what is thin, how fresh it is, can it be trusted."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.labels import REASONS, TABLES, labelled
from reports.language import (
    Language,
    Words,
    day,
    each,
    in_sentence,
    interval,
    is_missing,
    listed,
    nothing,
    number,
    percent,
    say,
    say_in,
    summary,
    together,
    written,
)
from reports.marts import Marts
from reports.pages import quality_answers
from reports.parts import Card, Figure, Listing, Missing, Page, Panel, Part

#: refused rows shown of each table and reason
EXAMPLES = 2
#: letters of an offending value that are shown
SHOWN = 60
ACCOUNTS = """select table_name, raw_rows, accepted_rows, rejected_rows,
    coalesce(ignored_columns::varchar, '') as ignored_columns
from row_accounting order by raw_rows desc, table_name"""
REFUSED = """select table_name, reason, count(*) as rejected_rows
from rejected_rows group by all order by table_name, reason"""
EXAMPLE_ROWS = """select table_name, reason, record_key, column_name,
    left(offending_value, ?) as offending_value
from rejected_rows
qualify row_number() over (partition by table_name, reason order by record_key) <= ?
order by table_name, reason, record_key"""
SEGMENTS = """select g.type_label_zh || ' · ' || g.label_zh as segment_zh,
    g.type_label_en || ' · ' || g.label_en as segment_en,
    dense_rank() over (order by g.type_order, g.value_order) as place,
    w.wave, s.n_respondents, s.is_reliable
from fct_segment_satisfaction as s
join dim_segments as g using (segment_type, segment_value)
join waves as w using (survey_id)
order by place, w.wave_number"""
NEWEST = """select * from (
    select 1 as place, 'answers' as source, max(last_answered_at)::date as newest
    from fct_customer_satisfaction
    union all
    select 2, 'wave', max(wave_date) from dim_waves where n_respondents > 0
    union all
    select 3, 'customer', max(last_seen_on) from dim_customers
    union all
    select 4, 'month', last_day(max(month_start)) from fct_segment_loyalty
) where newest is not null order by place"""
SOURCES = {
    "answers": say_in("source", "Answers"),
    "wave": say("Wave"),
    "customer": say("Last sign of a customer"),
    "month": say("Last complete month"),
}
FORGOTTEN = """select wave, n_anonymised, n_deleted
from dim_waves join waves using (survey_id)
where n_anonymised + n_deleted > 0 order by dim_waves.wave_number"""
RESPONSES = """select score, score_low, score_high, n_answers from fct_survey_scores
join dim_waves using (survey_id)
where measure = 'response_rate' and segment_type = 'total' order by wave_number desc limit 1"""


def refused(marts: Marts) -> Part | None:
    """Draw the refused rows by table and reason."""
    cells = marts.frame(REFUSED)
    if cells.empty:
        return None
    cells = labelled(
        labelled(cells, "table_name", TABLES, "table_name"), "reason", REASONS, "reason"
    )
    most = cells.sort_values("rejected_rows", ascending=False).iloc[0]
    share = most.rejected_rows / cells.rejected_rows.sum()

    def draw(t: Language) -> charts.Chart:
        return charts.heatmap(
            cells.drop(columns=["table_name", "reason"]),
            alt.X(
                f"reason{t.suffix}:N",
                title=None,
                sort=alt.SortField("sort_order"),
                axis=charts.slanted(),
            ),
            alt.Y(f"table_name{t.suffix}:N", title=None),
            alt.Color("rejected_rows:Q", title=None, scale=alt.Scale(type="log"), legend=None),
            alt.Text("rejected_rows:Q", format=",d"),
            charts.tooltip(
                (f"table_name{t.suffix}", t("Table"), ""),
                (f"reason{t.suffix}", t("Reason"), ""),
                ("rejected_rows", say_in("number", "Refused rows")(t), ",d"),
            ),
        )

    return Figure(
        key="refused-rows",
        title=say(
            "Most are refused in {table}: {reason}, {n} rows ({share} of all refused)",
            table=lambda t: most[f"table_name{t.suffix}"],
            reason=in_sentence(lambda t: most[f"reason{t.suffix}"]),
            n=f"{most.rejected_rows:,}",
            share=percent(share, 0),
        ),
        note=say("Refused rows by table and reason; each stands in rejected_rows with its reason."),
        panels=[Panel(draw)],
        table=cells[[*each("table_name"), *each("reason"), "rejected_rows"]],
        is_wide=True,
        least_width=700,
    )


def accounting(accounts: pd.DataFrame) -> Part:
    """List what became of every raw row."""
    differing = int((accounts.raw_rows != accounts.accepted_rows + accounts.rejected_rows).sum())
    ignored = accounts[~accounts.ignored_columns.isin(["", "[]"])]
    shown = labelled(accounts, "table_name", TABLES, "table_name")
    columns = [*each("table_name"), "raw_rows", "accepted_rows", "rejected_rows"]
    return Listing(
        key="row-accounting",
        title=say("Every row is accounted for: raw = accepted + refused")
        if not differing
        else say("The rows of {differing} tables do not add up", differing=differing),
        note=together(
            say("Rows of each raw table."),
            say(
                "Columns were not read in {tables} (see row_accounting).",
                tables=listed(ignored.table_name),
            )
            if len(ignored)
            else nothing,
        ),
        table=shown,
        columns=columns,
        is_wide=False,
    )


def examples(marts: Marts) -> Part | None:
    """List some refused rows of every table and reason."""
    rows = marts.frame(EXAMPLE_ROWS, SHOWN, EXAMPLES)
    if rows.empty:
        return None
    rows = labelled(labelled(rows, "table_name", TABLES, "table_name"), "reason", REASONS, "reason")
    return Listing(
        key="refused-examples",
        title=say("Examples of refused rows"),
        note=say(
            "At most {n} of each table and reason; all of them stand in rejected_rows.",
            n=EXAMPLES,
        ),
        table=rows,
        columns=[
            *each("table_name"),
            *each("reason"),
            "record_key",
            "column_name",
            "offending_value",
        ],
    )


def thin_cells(marts: Marts) -> Part | None:
    """Draw the respondents of every segment and wave; what is thin is faded."""
    cells = marts.frame(SEGMENTS)
    if cells.empty:
        return None
    thin = int((~cells.is_reliable).sum())
    # 25-03 fits where 2025-03 does not
    axis = alt.Axis(
        orient="top", labelAngle=0, labelOverlap=True, labelExpr="slice(datum.label, 2)"
    )

    def draw(t: Language) -> charts.Chart:
        return charts.heatmap(
            cells,
            alt.X("wave:O", title=None, axis=axis),
            alt.Y(
                f"segment{t.suffix}:N",
                title=None,
                sort=alt.SortField("place"),
                axis=alt.Axis(labelLimit=150),
            ),
            alt.Color("n_respondents:Q", legend=None, scale=alt.Scale(type="sqrt")),
            alt.Text("n_respondents:Q", format=",d"),
            charts.tooltip(
                (f"segment{t.suffix}", t("Segment"), ""),
                ("wave", t("Wave"), ""),
                ("n_respondents", t("Respondents"), ",d"),
            ),
        )

    return Figure(
        key="thin-cells",
        title=say("{thin} of {n} cells rest on too few answers", thin=thin, n=len(cells))
        if thin
        else say("Every segment has enough answers"),
        note=say("Respondents of each segment and wave; too few (is_reliable is false) are faded."),
        panels=[Panel(draw)],
        table=cells[[*each("segment"), "wave", "n_respondents", "is_reliable"]],
    )


def freshness(marts: Marts, as_of: object) -> Part | None:
    """List how old the newest of everything is."""
    rows = marts.frame(NEWEST)
    if rows.empty:
        return None
    rows["days_before"] = (pd.Timestamp(str(as_of)) - pd.to_datetime(rows.newest)).dt.days
    rows = rows.assign(**written("source", [SOURCES[source] for source in rows.source]))
    oldest = rows.sort_values("days_before").iloc[-1]
    return Listing(
        key="freshness",
        title=say(
            "As of {day}; the oldest source, {source}, is {n} days old",
            day=day(as_of),
            source=in_sentence(SOURCES[oldest.source]),
            n=oldest.days_before,
        ),
        note=say("The newest day of each source."),
        table=rows,
        columns=[*each("source"), "newest", "days_before"],
        is_wide=False,
    )


def forgotten(marts: Marts) -> Listing | None:
    """Say how many people of which wave were forgotten since; None where nobody was."""
    rows = marts.frame(FORGOTTEN)
    if rows.empty:
        return None
    return Listing(
        key="forgotten",
        title=say(
            "People forgotten since they were asked: {anonymised} anonymised, {deleted} deleted",
            anonymised=f"{rows.n_anonymised.sum():,}",
            deleted=f"{rows.n_deleted.sum():,}",
        ),
        note=say(
            "Whom make forget has anonymised counts in every figure, under a random token; whom it "
            "has deleted, in none. Who answered two waves is counted in both."
        ),
        table=rows,
        columns=["wave", "n_anonymised", "n_deleted"],
        is_wide=False,
    )


def cards(marts: Marts, accounts: pd.DataFrame, survey_id: str | None) -> list[Card]:
    """Return the headline figures that this case has."""
    raw, lost = int(accounts.raw_rows.sum()), int(accounts.rejected_rows.sum())
    found: list[Card | None] = [
        Card(
            name=say("Refused rows"),
            value=f"{lost:,}",
            change=say("{lost} of all rows", lost=percent(lost / raw)),
            basis=say("{raw} rows were read", raw=f"{raw:,}"),
        )
    ]
    rate = marts.one(RESPONSES)
    if rate is not None and not is_missing(rate.score):
        ends = interval(rate.score_low, rate.score_high)
        found.append(
            Card(
                name=say("Response rate"),
                value=f"{number(rate.score)} %",
                change=say("newest wave"),
                basis=say(
                    "interval {interval} · n = {n}", interval=ends, n=f"{int(rate.n_answers):,}"
                ),
            )
        )
    found += [
        quality_answers.careless(marts, survey_id),
        quality_answers.against_standard(marts, survey_id),
    ]
    return [card for card in found if card]


def page(marts: Marts) -> Page:
    """Return the page."""
    title = say("Data quality")
    accounts = marts.frame(ACCOUNTS).query("raw_rows > 0")
    if accounts.empty:
        nothing = Missing(
            "row_accounting",
            say("No raw rows"),
            say("Put survey_answers, transactions or other raw tables into the data folder."),
        )
        return Page("quality", title, say("No row was read."), (), [nothing])
    survey_id = marts.newest_wave
    as_of = marts.value("select max(as_of_date) from row_accounting")
    parts = [
        refused(marts),
        freshness(marts, as_of),
        accounting(accounts),
        forgotten(marts),
        thin_cells(marts),
        quality_answers.thin_marts(marts),
        quality_answers.instrument(marts, survey_id),
        quality_answers.channels(marts, survey_id),
        quality_answers.careless_by_wave(marts),
        # keys and values of refused rows may name customers
        examples(marts) if marts.names_customers else None,
    ]
    shown = [part for part in parts if part]
    lead: list[Words] = [part.title for part in shown if not isinstance(part, Missing)][:2]
    return Page(
        key="quality",
        title=title,
        summary=summary(lead),
        cards=cards(marts, accounts, survey_id),
        parts=shown,
    )
