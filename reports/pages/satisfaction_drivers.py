"""Drivers of the overall verdict: the leading method with intervals, and what the others say."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.language import (
    Language,
    Words,
    each,
    each_as,
    is_missing,
    listed,
    nothing,
    percent,
    say,
    together,
    written,
)
from reports.marts import Marts
from reports.parts import Figure, Missing, Panel, Part

DRIVERS = """select wave, method, f.label_zh, f.label_en, sort_order,
    d.n_respondents, estimate, estimate_low, estimate_high, share, chance_estimate,
    is_beyond_chance, driver_rank, adjusted_r_squared, r_squared_low, r_squared_high, vif,
    is_reliable
from fct_drivers as d join waves using (survey_id) join dim_factors as f using (factor_id)
where segment_type = 'total' and estimate is not null
qualify wave_number = max(wave_number) over (partition by method)
order by method, driver_rank, sort_order"""
CONTRADICTIONS = """select wave from fct_drivers join waves using (survey_id)
where segment_type = 'total' and status = 'contradictory_gaps'
group by all order by wave"""
#: the first that a case has leads the page: the one that weights and priorities rest on
METHODS = {
    "relative_weight": say("Relative weight"),
    "shapley": say("Shapley"),
    "regression": say("Regression"),
    "correlation": say("Correlation"),
    "stated_importance": say("Stated"),
}
#: what is drawn of each
DRAWN = {
    "relative_weight": say(
        "Johnson’s relative weights: the part of R² of the overall verdict that each factor "
        "explains"
    ),
    "shapley": say("Shapley shares: parts of R²"),
    "regression": say("standardised regression coefficients"),
    "correlation": say("correlations with the overall verdict"),
    "stated_importance": say(
        "mean stated importance, 0–1; without an overall verdict nothing can be derived"
    ),
}


def driver_words(lead: pd.DataFrame, method: str, t: Language) -> str:
    """Say which factor matters most, and whether that is sure."""
    sure = lead[lead.is_reliable]
    if sure.empty:
        return t("Drivers: too few answers to judge")
    first = sure.iloc[0]
    name = first[t.label]
    if method == "stated_importance":
        said = t("Customers say that {name} matters most", name=name)
    elif len(lead) == 1:
        return t("One factor was asked about: {name}", name=name)
    elif method in ("relative_weight", "shapley"):
        said = t(
            "{name} explains more of the overall verdict than any other factor: "
            "{share} of what all explain (adjusted R² {r_squared})",
            name=name,
            share=percent(first.share),
            r_squared=percent(first.adjusted_r_squared),
        )
    else:
        said = t("{name} goes with the overall verdict most", name=name)
    if len(sure) < 2:
        return said
    clear = first.estimate_low > sure.iloc[1].estimate_high
    if clear:
        return t("{found}; its lead is beyond chance", found=said)
    return t("{found}; its interval overlaps that of the second", found=said)


def fit_words(lead: pd.DataFrame, method: str) -> Words:
    """Say how sure R² is, and which shares are no more than a random variable would get."""
    if method not in ("relative_weight", "shapley"):
        return nothing
    first = lead.iloc[0]
    said = say(
        "Interval of R²: {low} to {high}.",
        low=percent(first.r_squared_low),
        high=percent(first.r_squared_high),
    )
    # null where nothing was drawn
    chance = lead[~lead.is_beyond_chance.fillna(True).astype(bool)]
    if chance.empty:
        return said
    return together(
        said,
        say(
            "No more than a random variable would get: {factors}.",
            factors=lambda t: listed(chance[t.label])(t),
        ),
    )


def agreement(rows: pd.DataFrame, methods: list[str], t: Language) -> str:
    """Say whether the methods agree on the factor that matters most."""
    firsts = rows[(rows.driver_rank == 1) & rows.is_reliable]
    if firsts.empty:
        return t("Every method has too few answers to judge")
    votes = firsts.groupby(t.label, sort=False).method.nunique().sort_values(ascending=False)
    n = firsts.method.nunique()
    if len(votes) == 1:
        return t("All {n} methods put {factor} first", n=n, factor=votes.index[0])
    said = [t("{name} by {k}", name=name, k=k) for name, k in votes.items()]
    return t("The methods differ on the first place: {votes}", votes=listed(said))


def drivers(marts: Marts) -> list[Part]:
    """Draw the leading method with its intervals, and the places by all methods."""
    rows = marts.frame(DRIVERS)
    methods = [m for m in METHODS if m in set(rows.method)]
    if not methods:
        return [
            Missing(
                "fct_drivers",
                say("No drivers"),
                say(
                    "Verdicts (role overall) are there, but from too few respondents for so "
                    "many factors, or all answer alike: ask more customers, or about fewer "
                    "factors."
                )
                if "overall" in marts.asked
                else say("Add questions in the role overall (the verdict) or importance."),
            )
        ]
    method = methods[0]
    lead = rows[rows.method == method]
    order = {column: list(lead[column]) for column in each("label")}
    wave = lead.wave.iloc[0]
    contradictions = list(marts.frame(CONTRADICTIONS).wave)
    strained = not is_missing(lead.vif.max()) and lead.vif.max() > 5
    shown = [*each("label"), "estimate", "estimate_low", "estimate_high", "share"]
    shown += ["chance_estimate", "n_respondents", "is_reliable"]

    def draw(t: Language) -> charts.Chart:
        return charts.dots(
            lead[shown],
            alt.Y(f"{t.label}:N", title=None, sort=order[t.label]),
            "estimate",
            "estimate_low",
            "estimate_high",
            METHODS[method](t),
            charts.tooltip(
                (t.label, t("Factor"), ""),
                ("estimate", t("Estimate"), ".3f"),
                ("estimate_low", t("Lower bound"), ".3f"),
                ("estimate_high", t("Upper bound"), ".3f"),
                ("share", t("Share of all factors"), ".1%"),
                ("chance_estimate", t("A random variable would get"), ".3f"),
                ("n_respondents", t("Respondents"), ",d"),
            ),
        )

    note = together(
        say(
            "Wave of {wave}: {what}, with intervals. What goes with the verdict need not cause it.",
            wave=wave,
            what=DRAWN[method],
        ),
        fit_words(lead, method),
        say(
            "Wave of {waves}: pairs of answers come from different customers and contradict each "
            "other; correlations only.",
            waves=listed(contradictions),
        )
        if contradictions
        else nothing,
        say("Factors overlap strongly (VIF > 5): leave regression aside.") if strained else nothing,
    )

    found: list[Part] = [
        Figure(
            key="drivers",
            title=lambda t: driver_words(lead, method, t),
            note=note,
            panels=[Panel(draw)],
            table=lead.rename(columns=each_as(label="factor_id"))[
                [
                    *each("factor_id"),
                    "estimate",
                    "estimate_low",
                    "estimate_high",
                    "share",
                    "chance_estimate",
                    "vif",
                ]
            ],
        )
    ]
    is_comparable = len(methods) > 1 and len(lead) > 1
    return found + ([driver_methods(rows, methods, order)] if is_comparable else [])


def driver_methods(rows: pd.DataFrame, methods: list[str], order: dict[str, list[str]]) -> Figure:
    """Draw the place of every factor by every method."""
    cells = rows.assign(**written("method", [METHODS[m] for m in rows.method]))[
        [*each("label"), *each("method"), "driver_rank", "estimate",
         "estimate_low", "estimate_high", "is_reliable"]
    ]  # fmt: skip

    def draw(t: Language) -> charts.Chart:
        return charts.heatmap(
            cells,
            alt.X(
                f"method{t.suffix}:N",
                title=None,
                sort=[METHODS[m](t) for m in methods],
                axis=alt.Axis(labelAngle=-40),
            ),
            alt.Y(f"{t.label}:N", title=None, sort=order[t.label]),
            alt.Color(
                "driver_rank:Q",
                title=None,
                legend=None,
                scale=alt.Scale(range="ramp", reverse=True),
            ),
            alt.Text("driver_rank:Q"),
            charts.tooltip(
                (t.label, t("Factor"), ""),
                (f"method{t.suffix}", t("Method"), ""),
                ("driver_rank", t("Place"), "d"),
                ("estimate", t("Estimate"), ".3f"),
                ("estimate_low", t("Lower bound"), ".3f"),
                ("estimate_high", t("Upper bound"), ".3f"),
            ),
        )

    return Figure(
        key="driver-methods",
        title=lambda t: agreement(rows, methods, t),
        note=say(
            "The place of each factor by each method, 1 matters most; the table has "
            "estimates and intervals. “Stated” is what customers say, the others "
            "follow from their answers."
        ),
        panels=[Panel(draw)],
        table=cells.rename(columns=each_as(label="factor_id")).drop(columns="is_reliable"),
    )
