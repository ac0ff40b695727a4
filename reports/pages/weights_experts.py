"""The experts' judgements behind the weights: consistent, agreed, to be looked at again."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts, language
from reports.language import (
    Language,
    each,
    each_as,
    is_missing,
    listed,
    number,
    percent,
    say,
    verbatim,
)
from reports.marts import Marts
from reports.parts import Card, Figure, Listing, Panel, Part

MATRICES = """select c.model, scope, expert_id, c.parent_id,
    coalesce(weight >= 0.999999, false) as is_goal, n, n_missing, cr, status, consensus,
    coalesce(w.label_zh, c.parent_id) as label_zh, coalesce(w.label_en, c.parent_id) as label_en
from fct_ahp_consistency as c
left join fct_factor_weights as w on c.model = w.model and c.parent_id = w.node_id
order by c.model desc, sort_order, c.parent_id, scope, expert_id"""
REVIEW = """select r.model, expert_id, coalesce(p.label_zh, r.parent_id) as parent_id_zh,
    coalesce(p.label_en, r.parent_id) as parent_id_en,
    coalesce(a.label_zh, left_id) as left_zh, coalesce(a.label_en, left_id) as left_en,
    coalesce(b.label_zh, right_id) as right_zh, coalesce(b.label_en, right_id) as right_en,
    judgement as judged, exact_ratio, suggested_judgement as suggested, cr, cr_if_changed
from fct_ahp_review as r
left join fct_factor_weights as p on r.model = p.model and r.parent_id = p.node_id
left join fct_factor_weights as a on r.model = a.model and left_id = a.node_id
left join fct_factor_weights as b on r.model = b.model and right_id = b.node_id
order by r.model desc, cr desc, expert_id, r.parent_id, review_rank"""
STATUSES = {
    "review": say("to be reviewed"),
    "not_evaluable": say("cannot be told"),
    "consistent": say("consistent"),
}
MODELS = {"satisfaction": say("Satisfaction"), "loyalty": say("Loyalty")}
#: the judgements of all experts, joined
GROUP = say("group")


def ratio(value: float) -> str:
    """Write a judgement as Saaty's scale does: 3, or 1/3.

    >>> ratio(3.0), ratio(1 / 3), ratio(1.5)
    ('3', '1/3', '1.5')
    """
    shown, over = (value, "") if value >= 1 else (1 / value, "1/")
    return over + f"{shown:.1f}".removesuffix(".0")


def in_words(row: dict[str, object], t: Language) -> str:
    """Say what was judged and what the weights suggest; the judgement is turned to be 1 or more."""
    values = [float(str(row[name])) for name in ("judged", "exact_ratio", "suggested")]
    ends = [str(row[f"{end}{t.suffix}"]) for end in ("left", "right")]
    if values[0] < 1:
        values, ends = [1 / value for value in values], ends[::-1]
    judged, suggested = ratio(values[0]), ratio(values[2])
    exact, after = number(values[1]), number(row["cr_if_changed"], 2)
    return t(
        "Expert {expert}: under {parent}, {left} against {right} is judged {judged}, the weights "
        "say {exact}; with {suggested} CR would be {cr}",
        expert=row["expert_id"],
        parent=row[f"parent_id{t.suffix}"],
        left=ends[0],
        right=ends[1],
        judged=judged,
        exact=exact,
        suggested=suggested,
        cr=after,
    )


def named(matrices: pd.DataFrame) -> pd.DataFrame:
    """Name each matrix by its parent; below the goal with the hierarchy that it belongs to."""
    names = {
        f"parent{t.suffix}": [
            label if is_goal else f"{MODELS.get(model, verbatim(model))(t)} · {label}"
            for model, label, is_goal in zip(
                matrices.model, matrices[t.label], matrices.is_goal, strict=True
            )
        ]
        for t in language.LANGUAGES
    }
    return matrices.assign(**names)


def consistency(matrices: pd.DataFrame) -> Figure:
    """Draw the consistency ratio of every matrix, of each expert and of the group."""
    single = matrices[matrices.scope != "total"]
    review = single[single.status == "review"]
    cells = named(single).assign(
        **{
            f"expert{t.suffix}": single.expert_id.where(single.scope != "group", GROUP(t))
            for t in language.LANGUAGES
        }
    )

    def title(t: Language) -> str:
        n = len(single)
        if review.empty:
            return t("None of {n} judgement matrices needs review", n=n)
        cases = [
            t(
                "{expert} on {matrix} ({cr})",
                expert=row["expert_id"],
                matrix=row[t.label],
                cr=number(row["cr"], 2),
            )
            for row in review.to_dict("records")[:3]
        ]
        if len(review) == 1:
            return t("1 of {n} judgement matrices needs review: {cases}", n=n, cases=cases[0])
        return t(
            "{n_review} of {n} judgement matrices need review: {cases}",
            n_review=len(review),
            n=n,
            cases=listed(cases),
        )

    columns = [*each("parent"), *each("expert"), "cr", "status", "n", "n_missing"]

    def draw(t: Language) -> charts.Chart:
        experts = sorted(set(single[single.scope == "matrix"].expert_id))
        return charts.heatmap(
            cells[columns],
            alt.X(
                f"expert{t.suffix}:N",
                title=None,
                sort=[GROUP(t), *experts],
                axis=alt.Axis(labelAngle=-40, labelLimit=110),
            ),
            alt.Y(
                f"parent{t.suffix}:N",
                title=None,
                sort=list(dict.fromkeys(cells[f"parent{t.suffix}"])),
            ),
            alt.Color(
                "status:N",
                legend=None,
                scale=alt.Scale(domain=list(STATUSES), range="diverging"),
            ),
            alt.Text("cr:Q", format=".2f"),
            charts.tooltip(
                (f"parent{t.suffix}", t("Matrix"), ""),
                (f"expert{t.suffix}", t("Expert"), ""),
                ("cr", t("CR"), ".3f"),
                ("n", t("Nodes"), "d"),
                ("n_missing", t("Pairs not judged"), "d"),
            ),
        )

    return Figure(
        key="consistency",
        title=title,
        note=say(
            "Consistency ratio of each judgement matrix, 0 is without contradiction; "
            "orange: above the threshold (var ahp_cr_threshold, 0.10 unless set), to "
            "be reviewed. “group”: the judgements joined."
        ),
        panels=[Panel(draw)],
        table=cells.rename(columns=each_as(parent="parent_id"))[
            [*each("parent_id"), "expert_id", "n", "n_missing", "cr", "consensus"]
        ],
        least_width=0 if single.expert_id.nunique() <= 7 else 60 * single.expert_id.nunique() + 200,
    )


def consensus(matrices: pd.DataFrame) -> Figure | None:
    """Draw how far the experts agree on each matrix."""
    rows = matrices[(matrices.scope == "group") & matrices.consensus.notna()]
    if rows.empty:
        return None
    rows = named(rows)[[*each("parent"), "consensus"]].sort_values("consensus")
    least = rows.iloc[0]

    def draw(t: Language) -> charts.Chart:
        y = alt.Y(f"parent{t.suffix}:N", title=None, sort=list(rows[f"parent{t.suffix}"]))
        base = alt.Chart().encode(y=y)
        bars = base.mark_bar(style="leaf", height={"band": 0.6}).encode(
            x=alt.X(
                "consensus:Q",
                title=t("consensus"),
                scale=alt.Scale(domain=[0, 1.35], nice=False),
                axis=alt.Axis(format=".0%", values=[0, 0.5, 1]),
            ),
            tooltip=charts.tooltip(
                (f"parent{t.suffix}", t("Matrix"), ""),
                ("consensus", t("Consensus"), ".1%"),
            ),
        )
        figures = base.mark_text(style="label", align="left", dx=4, fontSize=11).encode(
            x=alt.X("consensus:Q"), text=alt.Text("consensus:Q", format=".0%")
        )
        return charts.Layered([bars, figures], data=rows, height=22 * len(rows), width="container")

    return Figure(
        key="consensus",
        title=say(
            "Experts agree least on {matrix}: consensus {consensus}",
            matrix=lambda t: least[f"parent{t.suffix}"],
            consensus=percent(least.consensus),
        ),
        note=say("How alike the weights of the single experts are: 0 none, 100 % the same."),
        panels=[Panel(draw)],
        table=rows.rename(columns=each_as(parent="parent_id")),
    )


def review(marts: Marts) -> Listing | None:
    """List in words the judgements to look at again."""
    rows = marts.frame(REVIEW)
    if rows.empty:
        return None
    for t in language.LANGUAGES:
        rows[f"judgement{t.suffix}"] = [
            in_words({str(k): v for k, v in row.items()}, t) for row in rows.to_dict("records")
        ]
    best = rows.sort_values("cr_if_changed").iloc[0]
    return Listing(
        key="review",
        title=say(
            "{n} judgements to look at again: changing one alone would bring CR "
            "from {cr} to {better}",
            n=len(rows),
            cr=number(best.cr, 2),
            better=number(best.cr_if_changed, 2),
        ),
        note=say(
            "The judgements that disagree most with the weights. Nothing is edited: ask the expert."
        ),
        table=rows,
        columns=[*each("judgement"), "cr", "cr_if_changed"],
    )


def cards(marts: Marts) -> list[Card]:
    """Return the consistency of the joined judgements of each hierarchy."""
    totals = marts.frame(MATRICES).query("scope == 'total' and expert_id == 'group'")
    return [
        Card(
            name=say("Consistency of all (CR): {hierarchy}", hierarchy=name),
            value=number(row["cr"], 3),
            change=STATUSES.get(row["status"], verbatim(row["status"])),
            basis=say("0 is without contradiction"),
        )
        for row in totals.to_dict("records")
        if not is_missing(row["cr"])
        for name in [MODELS.get(row["model"], verbatim(row["model"]))]
    ]


def parts(marts: Marts) -> list[Part]:
    """Return what is known of the experts' judgements: nothing where none was asked."""
    matrices = marts.frame(MATRICES)
    if matrices[matrices.scope != "total"].empty:
        return []
    found = [consistency(matrices), consensus(matrices), review(marts)]
    return [part for part in found if part]
