"""Customers who come, stay and leave: growth and cohorts."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.language import Language, is_missing, percent, say, signed, written
from reports.marts import Marts
from reports.parts import Figure, Panel, Part

GROWTH = """select strftime(month_start, '%Y-%m') as month, n_opening, n_new, n_reactivated, n_lost,
    n_closing, growth_rate_12_months, is_reliable
from fct_customer_growth where segment_type = 'total' order by month_start"""
SPAN = "select max(age_months) from fct_retention_cohorts where segment_type = 'total'"
# only ages that every month of a cohort has reached; ages in steps as long as the cohorts
TRIANGLE = """with cells as (
    select year(cohort_month) as cohort_year, (month(cohort_month) - 1) // $months as part,
        age_months, n_cohort, n_active,
        count(*) filter (where age_months = 0) over (partition by cohort_year, part) as n_months
    from fct_retention_cohorts where segment_type = 'total'
)
select cohort_year, part, age_months, sum(n_cohort)::bigint as n_cohort,
    sum(n_active)::bigint as n_active, sum(n_active) / sum(n_cohort) as retention_rate,
    sum(n_cohort) >= $least as is_reliable
from cells where age_months % $months = 0
group by cohort_year, part, age_months having count(*) = any_value(n_months)
order by cohort_year, part, age_months"""
# of all cohorts that have reached an age, how many are active at it
REACHED = """select count(*) as n_cohorts, min(cohort_month) as first_month,
    max(cohort_month) as last_month, sum(n_cohort)::bigint as n_cohort,
    sum(n_active)::bigint as n_active
from fct_retention_cohorts where segment_type = 'total' and age_months = ?"""
#: ages that a phone has room for
COLUMNS = 9
FLOWS = {
    "n_new": say("New"),
    "n_lost": say("Lost"),
    "n_reactivated": say("Back again"),
}


def growth(marts: Marts) -> Part | None:
    """Draw who came, came back and was lost, month by month."""
    months = marts.frame(GROWTH)
    if months.empty:
        return None
    last = months.iloc[-1]
    year = months.tail(12)
    flows = pd.concat(
        [
            months[["month", "is_reliable"]].assign(
                **written("flow", [words] * len(months)),
                customers=months[name],
                drawn=months[name] * (-1 if name == "n_lost" else 1),
            )
            for name, words in FLOWS.items()
        ]
    )

    def title(t: Language) -> str:
        if not last.is_reliable:
            return t("{month}: too few customers to judge who comes and goes", month=last.month)
        if is_missing(last.growth_rate_12_months):
            return t(
                "{month}: {n_new} new, {n_reactivated} back again, {n_lost} lost",
                month=last.month,
                n_new=last.n_new,
                n_reactivated=last.n_reactivated,
                n_lost=last.n_lost,
            )
        came, back, lost = (int(year[name].sum()) for name in ("n_new", "n_reactivated", "n_lost"))
        change = signed(100 * last.growth_rate_12_months)
        return t(
            "Customers {change} % in twelve months: {came} new, {back} back again, {lost} lost",
            change=change,
            came=came,
            back=back,
            lost=lost,
        )

    def draw(t: Language) -> charts.Chart:
        order = [name(t) for name in FLOWS.values()]
        return (
            alt.Chart(flows, height=260, width="container")
            .mark_bar()
            .encode(
                x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=-45, labelOverlap=True)),
                y=alt.Y("drawn:Q", title=t("customers (lost: below)")),
                color=alt.Color(
                    f"flow{t.suffix}:N",
                    title=None,
                    scale=alt.Scale(domain=order, range="category"),
                ),
                opacity=charts.opacity(),
                tooltip=charts.tooltip(
                    ("month", t("Month"), ""),
                    (f"flow{t.suffix}", t("Change"), ""),
                    ("customers", t("Customers"), ",d"),
                ),
            )
        )

    return Figure(
        key="customer-growth",
        title=title,
        note=say(
            "Customers who came, came back and were lost in each month. Customers "
            "who only buy are lost once their silence is longer than their own "
            "rhythm of buying. In the first months of the data losses cannot be seen "
            "in full: faded."
        ),
        panels=[Panel(draw)],
        table=months[
            ["month", "n_opening", "n_new", "n_reactivated", "n_lost", "n_closing"]
        ].rename(columns={"month": "month_start"}),
    )


def months_in_a_row(span: int) -> int:
    """Return how many months a cohort of the triangle takes, so that it fits a phone if it can."""
    return next((months for months in (1, 3, 6) if span < COLUMNS * months), 12)


def cohort_name(year: int, part: int, months: int) -> str:
    """Name a cohort by its month, quarter, half or year.

    >>> cohort_name(2025, 1, 1), cohort_name(2025, 1, 3), cohort_name(2025, 0, 12)
    ('2025-02', '2025Q2', '2025')
    """
    if months == 1:
        return f"{year}-{part + 1:02d}"
    return f"{year}{ {3: 'Q', 6: 'H'}[months] }{part + 1}" if months < 12 else str(year)


def triangle(marts: Marts) -> Part | None:
    """Draw the retention triangle: of those who began together, how many are active at each age."""
    span = marts.value(SPAN)
    if span is None:
        return None
    months = months_in_a_row(span)
    cells = marts.connection.execute(
        TRIANGLE, {"months": months, "least": marts.least_reliable}
    ).df()
    if cells.empty:
        return None
    cells["cohort"] = [
        cohort_name(year, part, months)
        for year, part in zip(cells.cohort_year, cells.part, strict=True)
    ]
    age = 6 if span >= 6 else int(span)
    reached = marts.one(REACHED, age)
    assert reached is not None  # an aggregate has a row

    def title(t: Language) -> str:
        if reached.n_cohort < marts_least:
            return t(
                "Too few new customers ({n_cohort}) to judge how many stay",
                n_cohort=reached.n_cohort,
            )
        share = percent(reached.n_active / reached.n_cohort)
        return t(
            "{age} months on, {share} of new customers are active ({n_active} of {n_cohort})",
            age=age,
            share=share,
            n_active=reached.n_active,
            n_cohort=reached.n_cohort,
        )

    marts_least = marts.least_reliable

    def draw(t: Language) -> charts.Chart:
        return charts.heatmap(
            cells[
                ["cohort", "age_months", "n_cohort", "n_active", "retention_rate", "is_reliable"]
            ],
            alt.X(
                "age_months:O",
                title=t("months since the start"),
                axis=alt.Axis(orient="top", labelAngle=0),
            ),
            alt.Y("cohort:O", title=None),
            alt.Color(
                "retention_rate:Q", scale=alt.Scale(domain=[0, 1], range="ramp"), legend=None
            ),
            alt.Text("retention_rate:Q", format=".0%"),
            charts.tooltip(
                ("cohort", t("Cohort"), ""),
                ("age_months", t("Months"), "d"),
                ("retention_rate", t("Retention"), ".0%"),
                ("n_active", t("Active"), ",d"),
                ("n_cohort", t("Customers of the cohort"), ",d"),
            ),
            step=28,
        )

    return Figure(
        key="retention-triangle",
        title=title,
        note=say(
            "The retention triangle: rows are customers who began together, cells "
            "the share that is active so many months later. Complete months only; "
            "rows with few customers are faded. A purchase keeps a customer active "
            "for some months (by default three): hence 100% at first."
        ),
        panels=[Panel(draw)],
        table=cells[["cohort", "age_months", "n_cohort", "n_active", "retention_rate"]].rename(
            columns={"cohort": "cohort_month"}
        ),
        least_width=0 if cells.age_months.nunique() <= COLUMNS else 800,
    )
