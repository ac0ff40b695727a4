"""The page Loyalty of the report: what it draws and says is what the marts hold."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from reports import labels
from reports.document import Content
from reports.language import CHINESE, ENGLISH, LANGUAGES, percent, signed
from reports.marts import Marts
from reports.pages import (
    loyalty,
    loyalty_causes,
    loyalty_class,
    loyalty_complaints,
    loyalty_ladder,
    loyalty_retention,
    loyalty_satisfaction,
    loyalty_survival,
    loyalty_value,
)
from reports.parts import Figure, Missing, Page
from tests.bi.conftest import Altered
from tests.python.conftest import Built

#: what a survey alone does not give
BEHAVIOUR = [
    "fct_loyalty_ladder",
    "fct_customer_tiers",
    "fct_customer_growth",
    "fct_relationship_survival",
    "fct_retention_cohorts",
    "fct_customer_value",
    "fct_complaint_chart",
    "fct_complaint_causes",
    "fct_segment_behaviour",
]


def figure(part: object) -> Figure:
    """Return a part that must be a figure."""
    assert isinstance(part, Figure), part
    return part


def drawn(part: object, panel: int = 0) -> list[dict[str, Any]]:
    """Return the rows that a panel of a figure draws; both languages draw the same."""
    specs = [figure(part).panels[panel].draw(t).to_dict() for t in LANGUAGES]
    assert specs[0]["datasets"] == specs[1]["datasets"]
    sets = list(specs[0]["datasets"].values())
    return max(sets, key=len)  # type: ignore[no-any-return]


def texts(page: Page) -> str:
    """Return all that a page says, in both languages."""
    said = [page.summary, *(word for card in page.cards for word in (card.change, card.basis))]
    for part in page.parts:
        said += [part.title, part.fix if isinstance(part, Missing) else part.note]  # type: ignore[union-attr]
    return "\n".join(words(t) for words in said for t in LANGUAGES)


def test_the_whole_page_is_small(shown: Marts) -> None:
    page = loyalty.page(shown)
    assert all(isinstance(part, Figure) for part in page.parts)
    assert len(page.parts) == 12 and len(page.cards) == 5
    assert len(json.dumps(Content([page]).everything())) < 400_000
    assert not {"nan", "None", "NaT"} & set(texts(page).replace("%", " ").split())


def test_every_column_of_a_table_has_a_heading(shown: Marts) -> None:
    tables = Content([loyalty.page(shown)]).tables
    bare = {
        key: [c for c, said in zip(t["columns"], t["headings"], strict=True) if set(said) == {c}]
        for key, t in tables.items()
    }
    assert not any(bare.values()), bare


def test_cards(shown: Marts, demo: Built) -> None:
    [(index, low, high, level, share)] = demo.rows(
        "select loyalty_index, index_low, index_high, mean_ladder_level, loyal_share "
        "from fct_segment_loyalty where segment_type = 'total' order by month_start desc limit 1"
    )
    [(kept, again)] = demo.rows(
        "select annual_retention_rate, repurchase_rate from fct_customer_growth "
        "join fct_segment_behaviour using (month_start, segment_type, segment_value) "
        "where segment_type = 'total' order by month_start desc limit 1"
    )
    cards = loyalty.cards(shown)
    assert [card.value for card in cards] == [
        f"{index:.1f}",
        percent(share),
        percent(kept),
        f"{level:.2f}",
        percent(again),
    ]
    assert f"{low:.1f} to {high:.1f}" in cards[0].basis(ENGLISH)


def test_transitions_are_those_of_the_customers(shown: Marts, demo: Built) -> None:
    levels: dict[Any, dict[str, int]] = {}
    for month, customer, level in demo.rows(
        "select month_start, customer_id, ladder_level from fct_loyalty_ladder "
        "where evaluation_status <> 'left'"
    ):
        levels.setdefault(month, {})[customer] = level
    months = sorted(levels)
    part = figure(loyalty_ladder.transitions(shown))
    for panel, before in enumerate((-4, -2)):
        now, then = levels[months[-1]], levels[months[before]]
        moves = Counter((then[c], now[c]) for c in now if c in then)
        rows = {(r["level_before"], r["level_now"]): r for r in drawn(part, panel)}
        assert {key: row["customers"] for key, row in rows.items()} == moves
        for level in {was for was, _ in moves}:
            assert sum(r["share"] for k, r in rows.items() if k[0] == level) == pytest.approx(1)
        if panel == 0:
            fell = sum(n for (was, is_now), n in moves.items() if is_now < was) / moves.total()
            assert f"{percent(fell)} fell" in part.title(ENGLISH)
            assert f"{percent(fell)} 下降" in part.title(CHINESE)


def test_classes_are_those_of_the_answers(shown: Marts, demo: Built) -> None:
    """What fct_satisfaction_loyalty counts, less those who had left: they have no class."""
    asked = Counter(
        dict(
            demo.rows(
                "select survey_id, sum(n_respondents)::int from fct_satisfaction_loyalty "
                "where outcome = 'loyal_class' and item_type = 'level' and segment_type = 'total' "
                "group by survey_id"
            )
        )
    )
    gone = Counter(
        survey_id
        for (survey_id,) in demo.build_rows(
            "select survey_id from int_loyalty_classes as c "
            "join fct_customer_loyalty as m using (customer_id, survey_id) "
            "where c.class_id is not null and c.repeat_source = 'stated' "
            "group by survey_id, customer_id having bool_and(customer_status = 'left')"
        )
    )
    part = figure(loyalty_class.classes_by_wave(shown))
    counted: Counter[str] = Counter()
    for row in drawn(part):
        counted[row["survey_id"]] += row["customers"]
        assert row["label_zh"] != row["label_en"]
    assert min(gone[wave] for wave in asked) > 0
    assert counted == asked - gone
    assert "who had left by then" in part.note(ENGLISH)


def test_a_class_of_another_table_is_called_by_its_id(altered: Altered) -> None:
    marts = altered(
        "update fct_customer_loyalty set loyalty_class = 'gold' where loyalty_class = 'loyal'"
    )
    part = figure(loyalty_class.classes_by_wave(marts))
    assert "gold" in {row["label_en"] for row in drawn(part)}
    assert "Loyal" not in part.title(ENGLISH)


def test_segments_are_named_beyond_chance_only(shown: Marts, altered: Altered) -> None:
    part = figure(loyalty_class.loyal_by_segment(shown))
    assert len(part.panels) == 4
    rows = [row for panel in range(4) for row in drawn(part, panel) if "label_en" in row]
    [total] = part.table.loyal_share[part.table.segment_type_en == "Total"]
    below = [r for r in rows if r["is_reliable"] and r["loyal_high"] < total]
    lowest = min(below, key=lambda r: r["loyal_share"])
    assert f"· {lowest['label_en']}, {percent(lowest['loyal_share'])}" in part.title(ENGLISH)
    wide = altered("update fct_segment_loyalty set loyal_low = 0, loyal_high = 1")
    assert "beyond chance" in figure(loyalty_class.loyal_by_segment(wide)).title(ENGLISH)


def test_no_segments_no_figure(altered: Altered) -> None:
    marts = altered("delete from fct_segment_loyalty where segment_type <> 'total'")
    assert loyalty_class.loyal_by_segment(marts) is None


def test_satisfaction_and_loyalty(shown: Marts, demo: Built) -> None:
    part = figure(loyalty_satisfaction.satisfaction_and_loyalty(shown))
    for panel, outcome in enumerate(["repurchase_high", "revenue_held"]):
        expected = demo.rows(
            "select share, n_respondents from fct_satisfaction_loyalty "
            f"where outcome = '{outcome}' and item_type = 'level' and segment_type = 'total' "
            "and survey_id = (select max(survey_id) from fct_satisfaction_loyalty "
            f"where outcome = '{outcome}') order by item_id"
        )
        rows = sorted(drawn(part, panel), key=lambda row: row["sort_order"])
        assert [(r["share"], r["n_respondents"]) for r in rows] == expected
    [(trap,)] = demo.rows(
        "select estimate from fct_satisfaction_loyalty_tests where outcome = 'repurchase_high' "
        "and segment_type = 'total' and test_id = 'satisfied_leaving' "
        "order by survey_id desc limit 1"
    )
    assert f"{percent(trap)} of the satisfied" in part.title(ENGLISH)
    assert "越满意越愿意再次购买" in part.title(CHINESE)


@pytest.mark.parametrize(
    ("verdict", "said"), [("not_shown", "within chance"), ("falling", "less often likely to buy")]
)
def test_the_trend_is_what_its_test_says(altered: Altered, verdict: str, said: str) -> None:
    marts = altered(
        f"update fct_satisfaction_loyalty_tests set verdict = '{verdict}' where test_id = 'trend'"
    )
    assert said in figure(loyalty_satisfaction.satisfaction_and_loyalty(marts)).title(ENGLISH)


def test_trap_and_captive_are_named(shown: Marts, demo: Built) -> None:
    shares = dict(
        demo.rows(
            "select item_id, share_of_all from fct_satisfaction_loyalty where item_type = "
            "'relation' and outcome = 'loyal_class' and segment_type = 'total' "
            "and survey_id = (select max(survey_id) from dim_waves)"
        )
    )
    part = figure(loyalty_satisfaction.relations(shown))
    for t, trap, captive in ((ENGLISH, "trap", "captive"), (CHINESE, "满意陷阱", "受困")):
        title = part.title(t)
        assert title.index(percent(shares["satisfied_not_loyal"])) < title.index(trap)
        assert title.index(percent(shares["dissatisfied_captive"])) < title.index(captive)
    assert {r["label_en"]: r["share_of_all"] for r in drawn(part)} == {
        labels.RELATIONS[name](ENGLISH): share for name, share in shares.items()
    }


def test_the_triangle_pools_whole_quarters(shown: Marts, demo: Built) -> None:
    pooled: dict[tuple[str, int], list[tuple[int, int]]] = {}
    months: Counter[str] = Counter()
    for month, age, cohort, active in demo.rows(
        "select cohort_month, age_months, n_cohort, n_active from fct_retention_cohorts "
        "where segment_type = 'total'"
    ):
        quarter = f"{month.year}Q{(month.month + 2) // 3}"
        months[quarter] += age == 0
        if age % 3 == 0:
            pooled.setdefault((quarter, age), []).append((cohort, active))
    expected = {
        key: (sum(n for n, _ in cells), sum(k for _, k in cells))
        for key, cells in pooled.items()
        if len(cells) == months[key[0]]
    }
    part = figure(loyalty_retention.triangle(shown))
    rows = {(r["cohort"], r["age_months"]): r for r in drawn(part)}
    assert {key: (r["n_cohort"], r["n_active"]) for key, r in rows.items()} == expected
    assert all(r["is_reliable"] == (r["n_cohort"] >= 30) for r in rows.values())


@pytest.mark.parametrize(
    ("span", "months"), [(0, 1), (8, 1), (9, 3), (26, 3), (27, 6), (53, 6), (54, 12), (200, 12)]
)
def test_cohorts_are_as_long_as_a_phone_needs(span: int, months: int) -> None:
    assert loyalty_retention.months_in_a_row(span) == months


def test_a_short_triangle_has_months(altered: Altered) -> None:
    marts = altered("delete from fct_retention_cohorts where cohort_month < '2025-06-01'")
    part = figure(loyalty_retention.triangle(marts))
    assert {row["cohort"] for row in drawn(part)} >= {"2025-06", "2025-07"}
    assert "Too few new customers" in part.title(ENGLISH)


def test_growth(shown: Marts, demo: Built, altered: Altered) -> None:
    [(new, lost, change)] = demo.rows(
        "select sum(n_new)::int, sum(n_lost)::int, max_by(growth_rate_12_months, month_start) "
        "from (from fct_customer_growth where segment_type = 'total' "
        "order by month_start desc limit 12)"
    )
    part = figure(loyalty_retention.growth(shown))
    title = part.title(ENGLISH)
    assert f"{new} new" in title and f"{lost} lost" in title and signed(100 * change) in title
    assert sum(r["drawn"] for r in drawn(part) if r["flow_en"] == "Lost") < -lost + 1
    short = altered("update fct_customer_growth set growth_rate_12_months = null")
    assert "twelve" not in figure(loyalty_retention.growth(short)).title(ENGLISH)


ONE_CURVE = "update fct_relationship_survival set split_by = null"
ENDED = (
    "ended means no service held, and nothing bought for at least 3 months and 3 of the "
    "customer’s own usual gaps"
)


def quoted(status: str) -> str:
    """Return a statement that makes all curves have a status of their median."""
    return f"update fct_relationship_survival set median_status = '{status}'"


def test_survival_ends_where_too_few_are_watched(demo: Built, altered: Altered) -> None:
    [(median, first_gap)] = demo.rows(
        "select any_value(median_months), min(age_months) filter (where not is_reliable) "
        "from fct_relationship_survival where segment_type = 'total'"
    )
    part = figure(loyalty_survival.survival(altered(ONE_CURVE, quoted("estimated"))))
    assert f"Half of the relationships end within {median} months" in part.title(ENGLISH)
    assert part.title(ENGLISH).endswith(ENDED)
    ended = "“结束”指未持有服务，且至少 3 个月、并超过自身惯常间隔的 3 倍未购买"
    assert part.title(CHINESE).endswith(ended)
    assert f"month {first_gap - 1}," in part.note(ENGLISH)
    ages = [row["age_months"] for row in drawn(part)]
    assert ages == list(range(min(first_gap, loyalty_survival.DRAWN_MONTHS + 1)))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("not_reached", "go on"),
        ("definition", "as early as the definition allows"),
        ("many_return", "began again"),
    ],
)
def test_a_median_that_is_withheld_is_not_named(altered: Altered, status: str, said: str) -> None:
    part = figure(loyalty_survival.survival(altered(ONE_CURVE, quoted(status))))
    title = part.title(ENGLISH)
    assert said in title and title.endswith(ENDED)
    assert "within" not in title and "一半的客户关系在" not in part.title(CHINESE)
    assert "dashed" not in part.note(ENGLISH)
    assert len(part.panels[0].draw(ENGLISH).to_dict()["layer"]) == 3


def test_customers_who_differ_have_a_curve_each(shown: Marts, demo: Built) -> None:
    """The demo's new customers are retail, who leave, and few others, who do not."""
    [(kind, status)] = demo.rows(
        "select distinct split_by, median_status from fct_relationship_survival "
        "where segment_type = 'total'"
    )
    assert (kind, status) == ("customer_type", "segments_differ")
    part = figure(loyalty_survival.survival(shown))
    for t, said in ((ENGLISH, "depends on the customer type. Retail: "), (CHINESE, "零售客户：")):
        assert said in part.title(t)
    rows = {(r["label_en"], r["age_months"]): r for r in drawn(part)}
    expected = demo.rows(
        "select label_en, age_months, survival, n_at_risk from fct_relationship_survival "
        "join dim_segments using (segment_type, segment_value) "
        "where segment_type = 'customer_type' and survival is not null and age_months <= 36"
    )
    names = {label for label, _ in rows}
    assert {"Retail"} < names and "Unknown" not in names
    assert {key: (r["survival"], r["n_at_risk"]) for key, r in rows.items()} == {
        (label, age): (s, n) for label, age, s, n in expected if label in names
    }
    # what rests on few customers is faded, from the first such age on
    retail = [r for (label, _), r in sorted(rows.items()) if label == "Retail"]
    first_few = next(r["age_months"] for r in retail if r["n_at_risk"] < 30)
    assert [r["is_certain"] for r in retail] == [r["age_months"] < first_few for r in retail]


def test_complaints_raise_what_the_chart_raises(
    shown: Marts, demo: Built, altered: Altered
) -> None:
    calm = figure(
        loyalty_complaints.complaints(
            altered("update fct_complaint_chart set complaint_alert = 'none'")
        )
    )
    assert "within the control limits" in calm.title(ENGLISH)
    assert "none" in calm.note(ENGLISH)
    alarmed = altered(
        "update fct_complaint_chart set complaint_alert = "
        "case when month_start in ('2025-12-01', '2025-06-01') then 'above_limit' else 'none' end"
    )
    part = figure(loyalty_complaints.complaints(alarmed))
    assert "超出控制限" in part.title(CHINESE)
    assert "2025-06, 2025-12" in part.note(ENGLISH)
    layers = [len(f.panels[0].draw(ENGLISH).to_dict()["layer"]) for f in (calm, part)]
    assert layers[1] == layers[0] + 1
    # the demo: far above the limits in one month, and for long above the centre in the next
    raised = demo.rows(
        "select strftime(month_start, '%Y-%m'), complaint_alert from fct_complaint_chart "
        "where segment_type = 'total' and complaint_alert <> 'none' order by month_start"
    )
    part = figure(loyalty_complaints.complaints(shown))
    assert ", ".join(month for month, _ in raised) in part.note(ENGLISH)
    assert [alert for _, alert in raised] == ["above_limit", "sustained_rise"]
    assert part.title(ENGLISH).endswith(f"in {raised[-1][0]}: a sustained rise")


def test_complaints_without_limits_are_not_judged(altered: Altered) -> None:
    marts = altered(
        "update fct_complaint_chart set upper_limit = null, lower_limit = null, "
        "complaint_alert = null"
    )
    assert "to judge" in figure(loyalty_complaints.complaints(marts)).title(ENGLISH)


def test_causes_are_those_of_twelve_months(shown: Marts, demo: Built) -> None:
    rows = demo.rows(
        "select label_en, label_zh, n_complaints, complaint_share, cumulative_share, is_vital "
        "from fct_complaint_causes where segment_type = 'total' and severity = 'all' "
        "and month_start = '2025-12-01' and window_months = 12 order by cause_rank"
    )
    part = figure(loyalty_causes.causes(shown))
    names = ("label_en", "label_zh", "n_complaints", "complaint_share", "cumulative_share")
    assert [tuple(r[name] for name in (*names, "is_vital")) for r in drawn(part)] == rows
    vital = [row for row in rows if row[-1]]
    share = percent(sum(row[3] for row in vital))
    said = part.title(ENGLISH)
    assert said.startswith(f"{len(vital)} of {len(rows)} causes make {share} of the complaints")
    assert said.endswith(": " + ", ".join(row[0] for row in vital))
    assert share in part.title(CHINESE) and "截至 2025-12 的 12 个月" in part.title(CHINESE)
    assert len(figure(part).table) == len(rows)


def test_a_single_cause_and_categories_without_a_row(demo: Built, altered: Altered) -> None:
    """One cause of nine in ten; one that is not mapped, some that nobody wrote down."""
    (top, _, label), (second, n_second, _), (third, n_third, _) = demo.rows(
        "select category, n_complaints, label_en from fct_complaint_causes "
        "where segment_type = 'total' and severity = 'all' and window_months = 12 "
        "and month_start = '2025-12-01' order by cause_rank limit 3"
    )
    assert (top, second, third) == ("billing", "fault", "delivery")
    marts = altered(
        "update fct_complaint_causes set is_vital = false where cause_rank > 1",
        f"update fct_complaint_causes set is_mapped = false where category = '{second}'",
        "update fct_complaint_causes set category = 'unknown', is_mapped = false "
        f"where category = '{third}'",
    )
    part = figure(loyalty_causes.causes(marts))
    assert part.title(ENGLISH).startswith("One cause makes ")
    assert part.title(ENGLISH).endswith(f": {label}")
    assert f"complaint_categories: {second} ({n_second})." in part.note(ENGLISH)
    assert f"Complaints without a category: {n_third}." in part.note(ENGLISH)


def test_what_compensation_is_followed_by(shown: Marts, altered: Altered, demo: Built) -> None:
    groups = demo.rows(
        "select sum(n_evaluated), sum(n_recovered) / sum(n_evaluated) from fct_complaint_recovery "
        "where segment_type = 'total' and complaint_group in ('compensated', 'not_compensated') "
        "and month_start between '2024-10-01' and '2025-09-01' "
        "group by complaint_group order by complaint_group"
    )
    (n, share), (other_n, other_share) = groups
    said = figure(loyalty_causes.causes(shown)).note(ENGLISH)
    assert f"{percent(share)} of {n} with a compensation are recovered" in said
    assert f"and {percent(other_share)} of {other_n} without" in said
    few = altered("update fct_complaint_recovery set n_evaluated = 1, n_recovered = 1")
    assert "with a compensation" not in figure(loyalty_causes.causes(few)).note(ENGLISH)


def test_causes_of_a_short_history_or_of_nobody(altered: Altered) -> None:
    month = altered(
        "delete from fct_complaint_causes where window_months = 12",
        "update fct_complaint_causes set is_reliable = true",
    )
    assert " of the complaints in 2025-12: " in figure(loyalty_causes.causes(month)).title(ENGLISH)
    unnamed = altered("update fct_complaint_causes set is_vital = false")
    said = figure(loyalty_causes.causes(unnamed)).title(ENGLISH)
    assert said.startswith("Nobody wrote down") and "%" not in said
    assert loyalty_causes.causes(altered("delete from fct_complaint_causes")) is None


def test_tiers_add_up(shown: Marts, demo: Built) -> None:
    part = figure(loyalty_value.tiers(shown))
    sums: Counter[str] = Counter()
    for row in drawn(part):
        sums[row["month"]] += row["customers"]
    assert sums == dict(
        demo.rows(
            "select strftime(month_start, '%Y-%m'), count(*)::int from fct_customer_tiers "
            "where customer_status <> 'left' group by month_start"
        )
    )


def test_new_evidence_for_risk_is_said(shown: Marts, altered: Altered) -> None:
    """The demo's risk scores are known of its newest month only."""
    assert "Mind" in figure(loyalty_value.tiers(shown)).note(ENGLISH)
    same = altered("update fct_customer_tiers set risk_metric = 'is_active'")
    assert "Mind" not in figure(loyalty_value.tiers(same)).note(ENGLISH)


def test_value_is_held_by_whom_it_is(shown: Marts, demo: Built, altered: Altered) -> None:
    values = sorted(
        (v for (v,) in demo.rows("select expected_value from fct_customer_value where "
                                 "method = 'bg_nbd_gamma_gamma' and purchase_status <> 'left'")),
        reverse=True,
    )  # fmt: skip
    part = figure(loyalty_value.value(shown))
    top = [percent(sum(values[: len(values) * k // 10]) / sum(values)) for k in (1, 2)]
    assert top[0] in part.title(ENGLISH) and top[1] in part.title(CHINESE)
    assert drawn(part)[-1]["cumulative_share"] == pytest.approx(1)
    assert sum(row["share"] for row in drawn(part, 1)) == pytest.approx(1)
    assert "The model" not in part.note(ENGLISH)
    doubt = "update fct_value_model_fits set status = 'infinite_mean' where model = 'gamma_gamma'"
    note = figure(loyalty_value.value(altered(doubt))).note(ENGLISH)
    assert "The model gamma_gamma is not reliable" in note


def test_the_models_are_taken_where_they_are_reliable(shown: Marts, altered: Altered) -> None:
    assert "BG/NBD and" in figure(loyalty_value.value(shown)).note(ENGLISH)
    doubt = "update fct_customer_value set is_value_reliable = false where method <> 'average'"
    part = figure(loyalty_value.value(altered(doubt)))
    assert "simple averages" in part.note(ENGLISH)
    assert part.title(ENGLISH) != figure(loyalty_value.value(shown)).title(ENGLISH)


def test_an_unreliable_value_is_no_finding(altered: Altered) -> None:
    marts = altered("update fct_customer_value set is_value_reliable = false")
    part = figure(loyalty_value.value(marts))
    assert "too few customers are active" in part.note(ENGLISH)
    assert "not reliable" in part.title(ENGLISH) and "%" not in part.title(ENGLISH)
    assert not any(row["is_reliable"] for row in drawn(part))


def test_nobody_buys_twice(altered: Altered) -> None:
    marts = altered(
        "update fct_customer_value set expected_value = null, "
        "purchase_status = 'no_repeat_purchases'"
    )
    part = loyalty_value.value(marts)
    assert isinstance(part, Missing)
    assert "bought twice" in part.title(ENGLISH) and "第二次" in part.title(CHINESE)


def test_nothing_reliable_nothing_found(altered: Altered) -> None:
    marts = altered(
        *(
            f"update {table} set is_reliable = false"
            for table in (
                "fct_segment_loyalty",
                "fct_segment_satisfaction",
                "fct_satisfaction_loyalty",
                "fct_satisfaction_loyalty_tests",
                "fct_customer_growth",
                "fct_relationship_survival",
                "fct_retention_cohorts",
                "fct_complaint_chart",
                "fct_complaint_causes",
            )
        ),
        "update fct_customer_value set is_value_reliable = false",
    )
    assert marts.least_reliable == float("inf")
    page = loyalty.page(marts)
    judged = {
        part.key: part.title(ENGLISH)
        for part in page.parts
        if isinstance(part, Figure) and part.key != "complaint-chart"
    }
    assert not [title for title in judged.values() if "%" in title], judged


def test_a_survey_alone(altered: Altered) -> None:
    page = loyalty.page(
        altered(
            *(f"delete from {table}" for table in BEHAVIOUR),
            "update fct_segment_loyalty set n_on_ladder = 0, loyalty_index = null",
        )
    )
    [missing] = [part for part in page.parts if isinstance(part, Missing)]
    assert "transactions" in missing.fix(ENGLISH) and "subscriptions" in missing.fix(CHINESE)
    assert "satisfaction-and-loyalty" in {p.key for p in page.parts if isinstance(p, Figure)}
    assert [card.name(ENGLISH) for card in page.cards] == ["Loyal share"]


def test_behaviour_alone(altered: Altered) -> None:
    page = loyalty.page(
        altered(
            "update fct_customer_loyalty set loyalty_class = null",
            "update fct_segment_loyalty set n_classified = 0, loyal_share = null",
            "delete from fct_satisfaction_loyalty",
            "delete from fct_satisfaction_loyalty_tests",
            "delete from fct_complaint_chart",
        )
    )
    fixes = [part.fix(ENGLISH) for part in page.parts if isinstance(part, Missing)]
    assert len(fixes) == 2 and "repurchase" in fixes[0] and "complaints" in fixes[1]
    assert "nan" not in texts(page)


def test_nothing_at_all(altered: Altered) -> None:
    page = loyalty.page(
        altered(
            *(f"delete from {table}" for table in BEHAVIOUR),
            "delete from fct_segment_loyalty",
            "delete from fct_customer_loyalty",
            "delete from fct_satisfaction_loyalty",
        )
    )
    assert [type(part) for part in page.parts] == [Missing, Missing]
    assert not page.cards and texts(page)
