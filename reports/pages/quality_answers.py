"""Data quality: which marts are thin, who answered without care, whether the channel matters."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reports import charts
from reports.labels import SERVQUAL, labelled
from reports.language import Language, Words, both, interval, is_missing, number, percent, signed
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
where segment_type <> 'total' and {holds} and {period} = (select max({period}) from {mart} as m {waves})"""
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
    "online": ("网络", "Online"),
    "email": ("电子邮件", "E-mail"),
    "phone": ("电话", "Phone"),
    "branch": ("营业厅", "Branch"),
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
    for code, i in (("zh", 0), ("en", 1)):
        cells[f"mart_{code}"] = [terms[mart][i] for mart in cells.mart]
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
                    title=t("样本过少的格子占比", "share of thin cells"),
                    axis=alt.Axis(format="%", tickCount=4),
                    scale=alt.Scale(domainMin=0),
                ),
                y=alt.Y(f"mart_{t.code}:N", title=None, sort=alt.SortField("place")),
                tooltip=charts.tooltip(
                    (f"mart_{t.code}", t("数据集市", "Mart"), ""),
                    ("n_thin", t("样本过少", "Thin"), ",d"),
                    ("n_cells", t("格子", "Cells"), ",d"),
                    ("share", t("占比", "Share"), ".0%"),
                ),
            )
        )

    return Figure(
        key="thin-marts",
        title=both(
            f"分群格子中 {share} 样本过少，最多的是{most.mart_zh}（{percent(most.share, 0)}）",
            f"{share} of the cells of segments are thin, most in {most.mart_en} "
            f"({percent(most.share, 0)})",
        )
        if thin
        else both("没有样本过少的分群格子", "No cell of a segment is thin"),
        note=both(
            "各数据集市最新一期（或最新月份）的分群格子中 is_reliable 为假的占比。",
            "Share of the cells of segments whose is_reliable is false, in each mart's newest wave "
            "or month.",
        ),
        panels=[Panel(draw)],
        table=cells[["mart_zh", "mart_en", "n_thin", "n_cells", "share"]],
    )


def careless_by_wave(marts: Marts) -> Part | None:
    """Draw who ticked one box all the way and who rushed, wave by wave."""
    named: dict[str, tuple[str, str]] = {
        "straight_lining_share": ("一路同选", "Ticked one box all the way"),
        "speeder_share": ("作答过快", "Rushed through it"),
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
                f"{t(*named[measure])}: {number(last.value)} % "
                f"({interval(last.low, last.high)(t)}, {last.survey_id})"
            )
        return t("；", "; ").join(said)

    def note(t: Language) -> str:
        blind = [t(*named[measure]).lower() for measure in named if measure not in sure]
        return t(
            "各期占比（%）及区间；被标记的受访者并不剔除。",
            "Share of the respondents of each wave, %, with its interval. Nobody is dropped. ",
        ) + (
            t(
                f"无法判断：{'、'.join(blind)}（答案没有作答时间，或样本过少）。",
                f"Cannot be told: {', '.join(blind)} (answers without a time, or too few).",
            )
            if blind
            else ""
        )

    def panel(measure: str, rows: pd.DataFrame) -> Panel:
        def draw(t: Language) -> charts.Chart:
            return charts.over_time(
                rows.drop(columns=["measure"]),
                alt.X("wave:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
                "value",
                "low",
                "high",
                t("占比（%）", "share, %"),
                charts.tooltip(
                    ("survey_id", t("调查", "Survey"), ""),
                    ("value", "%", ".1f"),
                    ("low", t("下限", "Lower bound"), ".1f"),
                    ("high", t("上限", "Upper bound"), ".1f"),
                    ("n_respondents", t("受访者", "Respondents"), ",d"),
                ),
                [0, max(5.0, float(rows.high.max()))],
                200,
            )

        return Panel(draw, both(*named[measure]))

    shown = pd.concat(sure.values())
    for code, i in (("zh", 0), ("en", 1)):
        shown[f"measure_{code}"] = [named[measure][i] for measure in shown.measure]
    return Figure(
        key="careless-answers",
        title=finding,
        note=note,
        panels=[panel(measure, rows) for measure, rows in sure.items()],
        table=shown[
            ["measure_zh", "measure_en", "survey_id", "value", "low", "high", "n_respondents"]
        ],
    )


def channels(marts: Marts, survey_id: str | None) -> Part | None:
    """Draw how far the answers of each channel lie from all others'."""
    effects = marts.frame(NEWEST, survey_id, "mode_effect")
    if effects.empty:
        return None
    for code, i in (("zh", 0), ("en", 1)):
        effects[f"channel_{code}"] = [CHANNELS.get(c, (c, c))[i] for c in effects.scope_id]
    sure = effects[effects.is_reliable]
    beyond = sure[(sure.low > 0) | (sure.high < 0)]

    def title(t: Language) -> str:
        if sure.empty:
            return t("各渠道样本太少，无法比较", "Too few answers by channel to compare")
        if beyond.empty:
            return t("各渠道的评分差异都在随机波动之内", "No channel differs beyond chance")
        names = t("、", ", ").join(
            f"{row[f'channel_{t.code}']} {signed(row.value)}" for _, row in beyond.iterrows()
        )
        return t(
            f"评分偏离其他渠道（分）：{names}", f"Rates unlike the other channels: {names} points"
        )

    def draw(t: Language) -> charts.Chart:
        return charts.dots(
            effects.drop(columns=["scope_type", "scope_id", "item_id"]),
            alt.Y(f"channel_{t.code}:N", title=None),
            "value",
            "low",
            "high",
            t("与其他渠道之差（分）", "points above the other channels"),
            charts.tooltip(
                (f"channel_{t.code}", t("渠道", "Channel"), ""),
                ("value", t("之差", "Difference"), "+.1f"),
                ("low", t("下限", "Lower bound"), "+.1f"),
                ("high", t("上限", "Upper bound"), "+.1f"),
                ("n_respondents", t("受访者", "Respondents"), ",d"),
            ),
            reference=0,
            step=32,
        )

    return Figure(
        key="channels",
        title=title,
        note=both(
            "最新一期各渠道受访者的指数（0–100）与其他渠道之差及区间；客户构成不同也会造成差异。",
            "Mean index (0–100) of a channel's respondents less that of all others, newest wave. "
            "Other customers come by each channel: a difference is no proof that it shapes the "
            "answer.",
        ),
        panels=[Panel(draw)],
        table=effects[["channel_zh", "channel_en", "value", "low", "high", "n_respondents"]],
    )


def against_standard(marts: Marts, survey_id: str | None) -> Card | None:
    """Return the card that says whether ratings follow what was measured."""
    row = marts.one(NEWEST, survey_id, "rating_against_standard")
    if row is None or is_missing(row.low):
        return None
    ends = interval(row.low, row.high, 2)
    follows: Words = (
        both("等得越久，评分越低", "who waited longer rates lower")
        if row.high < 0
        else both("等得越久，评分越高", "who waited longer rates higher")
        if row.low > 0
        else both("看不出关系（随机波动之内）", "no relation beyond chance")
    )
    return Card(
        name=both("评分与实测等待的相关", "Rating against the measured wait"),
        value=signed(row.value, 2),
        change=follows,
        basis=lambda t: t("区间 ", "interval ") + ends(t) + f" · n = {int(row.n_respondents):,}",
        is_reliable=bool(row.is_reliable),
    )


def instrument(marts: Marts, survey_id: str | None) -> Part | None:
    """Draw Cronbach's alpha of every group of questions."""
    alphas = marts.frame(NEWEST, survey_id, "alpha")
    if alphas.empty:
        return None
    alphas = alphas.sort_values("value", ascending=False).assign(place=range(len(alphas)))
    nodes = {node: (zh, en) for node, zh, en in marts.rows(NODES)[1]}
    alphas = labelled(alphas, "scope_id", SERVQUAL | nodes, "scope_id")
    is_servqual = alphas.scope_type == "servqual"
    for code in ("zh", "en"):
        alphas.loc[is_servqual, f"scope_id_{code}"] = "SERVQUAL · " + alphas[f"scope_id_{code}"]
    sure = alphas[alphas.is_reliable]
    low = sure[sure.value < GOOD_ALPHA]

    def title(t: Language) -> str:
        if sure.empty:
            return t("样本太少，无法判断信度", "Too few answers to judge the reliability")
        if low.empty:
            return t(
                f"各组题目的信度都在 {GOOD_ALPHA} 以上",
                f"Every group of questions reaches {GOOD_ALPHA}",
            )
        said = []
        for rows, zh, en in (
            (low[low.high < GOOD_ALPHA], "", ""),
            (low[low.high >= GOOD_ALPHA], "（随机波动之内）", ", within chance"),
        ):
            if len(rows):
                names = t("、", ", ").join(rows[f"scope_id_{t.code}"])
                said.append(
                    t(f"信度低于 {GOOD_ALPHA}{zh}：", f"Reliability below {GOOD_ALPHA}{en}: ")
                    + names
                )
        return t("；", "; ").join(said)

    def draw(t: Language) -> charts.Chart:
        return charts.dots(
            alphas.drop(columns=["scope_type", "scope_id", "sort_order"]),
            alt.Y(f"scope_id_{t.code}:N", title=None, sort=alt.SortField("place")),
            "value",
            "low",
            "high",
            t("克隆巴赫 α", "Cronbach's alpha"),
            charts.tooltip(
                (f"scope_id_{t.code}", t("题组", "Questions"), ""),
                ("value", "α", ".2f"),
                ("low", t("下限", "Lower bound"), ".2f"),
                ("high", t("上限", "Upper bound"), ".2f"),
                ("n_respondents", t("受访者", "Respondents"), ",d"),
            ),
            reference=GOOD_ALPHA,
        )

    return Figure(
        key="reliability",
        title=title,
        note=both(
            f"克隆巴赫 α 及区间，最新一期；虚线 {GOOD_ALPHA} 为常用下限。题目越少，α 越低。",
            f"Cronbach's alpha with its interval, newest wave; dashed: {GOOD_ALPHA}, the usual least. "
            "Few questions make it low.",
        ),
        panels=[Panel(draw)],
        table=alphas[["scope_id_zh", "scope_id_en", "value", "low", "high", "n_respondents"]],
    )


def careless(marts: Marts, survey_id: str | None) -> Card | None:
    """Return the card of those who ticked one box all the way."""
    found = marts.one(NEWEST, survey_id, "straight_lining_share")
    if found is None:
        return None
    ends = interval(max(found.low, 0), found.high)
    return Card(
        name=both("一路同选的问卷", "Ticked one box all the way"),
        value=f"{number(found.value)} %",
        change=both("标记而不剔除", "flagged, not dropped"),
        basis=lambda t: t("区间 ", "interval ") + ends(t) + f" · n = {int(found.n_respondents):,}",
        is_reliable=bool(found.is_reliable),
    )
