"""Satisfaction beside loyalty: what the satisfied and others say and do, and the five relations."""

from __future__ import annotations

import altair as alt

from reports import charts
from reports.labels import RELATIONS, labelled
from reports.language import Language, each, is_missing, percent, say
from reports.marts import Marts
from reports.parts import Figure, Panel, Part

OUTCOMES = """with newest as (
    select outcome, max_by(survey_id, wave_number) as survey_id
    from fct_satisfaction_loyalty join dim_waves using (survey_id)
    where segment_type = 'total' and item_type = ? group by outcome
)
select outcome, survey_id, item_id, n_respondents, n_loyal, share, share_low, share_high,
    share_of_all, share_of_all_low, share_of_all_high, is_reliable,
    sum(n_respondents) over (partition by outcome)::bigint as of_all
from fct_satisfaction_loyalty join newest using (outcome, survey_id)
where segment_type = 'total' and item_type = ? order by outcome, item_id"""
TESTS = """select test_id, estimate, estimate_low, estimate_high, verdict
from fct_satisfaction_loyalty_tests
where segment_type = 'total' and survey_id = ? and outcome = 'repurchase_high' and is_reliable"""
LEVELS = {
    "1": say("1 Very dissatisfied"),
    "2": say("2 Dissatisfied"),
    "3": say("3 Basically satisfied"),
    "4": say("4 Satisfied"),
    "5": say("5 Very satisfied"),
}
PANELS = {
    "repurchase_high": say("Said: likely to buy again"),
    "revenue_held": say("Done: revenue held"),
}


def satisfaction_and_loyalty(marts: Marts) -> Part | None:
    """Draw at every level of satisfaction who will likely buy again, and who held its revenue."""
    found = marts.frame(OUTCOMES, "level", "level")
    rows = labelled(found[found.outcome.isin(PANELS)], "item_id", LEVELS)
    said = rows[rows.outcome == "repurchase_high"]
    if said.empty:
        return None
    tests = marts.frame(TESTS, said.survey_id.iloc[0]).set_index("test_id")
    sure = said[said.is_reliable.astype(bool)]

    def title(t: Language) -> str:
        if "trend" not in tests.index or is_missing(tests.verdict["trend"]):
            return t("Too few answers to say whether the satisfied are likelier to buy again")
        verdict = tests.verdict["trend"]
        if verdict == "not_shown":
            return t("That buying again goes with satisfaction is not shown (within chance)")
        text = (
            t("The more satisfied are more often likely to buy again")
            if verdict == "rising"
            else t("The more satisfied are less often likely to buy again")
        )
        if len(sure) > 1:
            low, high = (
                t("{share} ({level})", share=percent(row.share, 0), level=row[t.label])
                for _, row in sure.iloc[[0, -1]].iterrows()
            )
            text = t("{found}: {low} → {high}", found=text, low=low, high=high)
        if "satisfied_leaving" in tests.index:
            trap = percent(tests.estimate["satisfied_leaving"])
            text = t(
                "{found}; {trap} of the satisfied are not likely to do so all the same",
                found=text,
                trap=trap,
            )
        return text

    def panel(outcome: str) -> Panel:
        drawn = rows[rows.outcome == outcome]
        heading = PANELS[outcome]
        wave = drawn.survey_id.iloc[0]

        def draw(t: Language) -> charts.Chart:
            return charts.dots(
                drawn[
                    [*each("label"), "sort_order", "n_respondents", "n_loyal", "share"]
                    + ["share_low", "share_high", "is_reliable"]
                ],
                alt.Y(
                    f"{t.label}:N",
                    sort=alt.SortField("sort_order", order="descending"),
                    title=t("overall satisfaction"),
                ),
                "share",
                "share_low",
                "share_high",
                t("share"),
                charts.tooltip(
                    (t.label, t("Overall satisfaction"), ""),
                    ("share", t("Share"), ".1%"),
                    ("share_low", t("Lower bound"), ".1%"),
                    ("share_high", t("Upper bound"), ".1%"),
                    ("n_respondents", t("Respondents"), ",d"),
                ),
                scale=[0, 1],
                step=34,
                form="%",
            )

        return Panel(draw, lambda t: f"{heading(t)} · {wave}")

    return Figure(
        key="satisfaction-and-loyalty",
        title=title,
        note=say(
            "At each level of overall satisfaction, the share that will likely buy "
            "again, and the share that held its revenue in the months after: "
            "behaviour, known of earlier waves only. Lines are intervals; few "
            "answers are faded. Satisfied: as the scale of the question says."
        ),
        panels=[panel(outcome) for outcome in PANELS if (rows.outcome == outcome).any()],
        table=rows[
            ["outcome", "survey_id", *each("label"), "share", "share_low", "share_high"]
            + ["n_respondents"]
        ],
    )


def relations(marts: Marts) -> Part | None:
    """Draw how many are in each of the five relations of satisfaction and loyalty."""
    found = marts.frame(OUTCOMES, "relation", "relation")
    rows = labelled(found[found.outcome == "loyal_class"], "item_id", RELATIONS)
    if rows.empty:
        return None
    # the share is one of all respondents: what it rests on is their number, not that of the cell
    rows["is_reliable"] = rows.of_all >= marts.least_reliable
    part = rows.set_index("item_id").share_of_all
    trap, captive = (
        percent(part.get(name, 0.0)) for name in ("satisfied_not_loyal", "dissatisfied_captive")
    )
    wave = rows.survey_id.iloc[0]

    def title(t: Language) -> str:
        if not rows.is_reliable.all():
            return t("Too few answers to judge the five relations")
        if not set(part.index) <= set(RELATIONS):
            row = rows.sort_values("share_of_all").iloc[-1]
            return t(
                "Most are: {relation} ({share})",
                relation=row[t.label],
                share=percent(row.share_of_all),
            )
        return t(
            "{trap} are satisfied and yet not loyal (the trap), {captive} "
            "dissatisfied and likely to buy again all the same (captive)",
            trap=trap,
            captive=captive,
        )

    def draw(t: Language) -> charts.Chart:
        return charts.dots(
            rows[
                [*each("label"), "sort_order", "n_respondents", "share_of_all"]
                + ["share_of_all_low", "share_of_all_high", "is_reliable"]
            ],
            alt.Y(f"{t.label}:N", sort=alt.SortField("sort_order"), title=None),
            "share_of_all",
            "share_of_all_low",
            "share_of_all_high",
            t("share of all"),
            charts.tooltip(
                (t.label, t("Relation"), ""),
                ("share_of_all", t("Share"), ".1%"),
                ("share_of_all_low", t("Lower bound"), ".1%"),
                ("share_of_all_high", t("Upper bound"), ".1%"),
                ("n_respondents", t("Respondents"), ",d"),
            ),
            step=34,
            form="%",
        )

    return Figure(
        key="relations",
        title=title,
        note=say(
            "Respondents of {wave} by the five relations of satisfaction and "
            "loyalty, with intervals. Satisfied: as the scale of the question says; "
            "loyal: by their class, that is satisfied, likely to buy again and not "
            "unlikely to recommend.",
            wave=wave,
        ),
        panels=[Panel(draw)],
        table=rows[[*each("label"), "n_respondents", "share_of_all"]],
    )
