"""The page Satisfaction of the report: what it draws and says is what the marts hold."""

from __future__ import annotations

import itertools
import json
import re

import pytest

from reports.language import CHINESE, ENGLISH
from reports.marts import Marts
from reports.pages import satisfaction, satisfaction_path
from reports.parts import Missing
from tests.bi.conftest import Altered
from tests.bi.pages import drawn, figure, is_presentable
from tests.python.conftest import Built

NEWEST = "(select survey_id from dim_waves order by wave_number desc limit 1)"
#: pixels between boxes of the path model, which scrolls rather than shrink
PITCH = 140


def fixes(marts: Marts) -> str:
    """Return what the page asks for."""
    parts = satisfaction.page(marts).parts
    return "\n".join(part.fix(ENGLISH) for part in parts if isinstance(part, Missing))


VALUE = "delete from fct_gap_analysis where item_type in ('value_component', 'delivered_value')"


def test_the_demo_has_it_all(shown: Marts, altered: Altered) -> None:
    page = satisfaction.page(shown)
    assert is_presentable(page)
    assert not [part for part in page.parts if isinstance(part, Missing)]
    page = satisfaction.page(altered(VALUE))
    assert is_presentable(page)
    [missing] = [part for part in page.parts if isinstance(part, Missing)]
    assert missing.title(ENGLISH) == "No delivered value"


def test_levels_are_the_answers(shown: Marts, demo: Built) -> None:
    part = figure(satisfaction.page(shown), "levels")
    counts = demo.rows(
        "select label_en, n_level_1 + n_level_2 as low, n_level_3 as mid, n_valid "
        "from fct_segment_factor_satisfaction join dim_factors using (factor_id) "
        f"where segment_type = 'total' and survey_id = {NEWEST} order by low / n_valid desc"
    )
    rows = drawn(part)
    assert len(rows) == 5 * len(counts)
    for label, low, mid, n in counts:
        bars = sorted((r for r in rows if r["label_en"] == label), key=lambda r: r["level"])
        assert sum(bar["answers"] for bar in bars) == n
        assert bars[0]["below"] == pytest.approx(low / n)
        # the middle level stands on both sides of nought, bar follows on bar
        assert bars[2]["left"] == pytest.approx(-mid / n / 2)
        for one, next_ in itertools.pairwise(bars):
            assert one["right"] == pytest.approx(next_["left"])
    worst, low, _, n = counts[0]
    assert part.title(ENGLISH).startswith(f"{worst} is rated worst: {100 * low / n:.1f} %")


def test_scales_of_two_lengths_are_two_panels(altered: Altered) -> None:
    part = figure(
        satisfaction.page(
            altered(
                "update fct_segment_factor_satisfaction set n_level_6 = 5, n_level_7 = 10, "
                "n_valid = n_valid + 15, weighted_level_6 = 5, weighted_level_7 = 10 "
                "where factor_id = 'speed'",
                "update dim_factors set scale_id = 'other7' where factor_id = 'speed'",
            )
        ),
        "levels",
    )
    assert [panel.heading(ENGLISH) for panel in part.panels if panel.heading] == [
        "Scale of 5 levels",
        "Scale of 7 levels",
    ]
    assert {row["label_en"] for row in drawn(part, 1)} == {"Speed"}
    legends = [str(panel.draw(ENGLISH).to_dict()) for panel in part.panels]
    assert "Very dissatisfied" in legends[0]
    assert "7 best" in legends[1] and "Very dissatisfied" not in legends[1]


def test_gaps_count_what_is_beyond_chance(shown: Marts, demo: Built) -> None:
    part = figure(satisfaction.page(shown), "gaps")
    [(n, short, over)] = demo.rows(
        "select count(*), count(*) filter (where gap_high < 0), "
        "count(*) filter (where gap_low > 0) "
        "from fct_gap_analysis where item_type = 'factor' and segment_type = 'total' "
        f"and is_reliable and survey_id = {NEWEST}"
    )
    assert f"of {n} factors {short} fall short beyond chance, {over} exceed" in part.title(ENGLISH)
    assert len(drawn(part)) == n
    assert {row["label_en"] for row in drawn(part, 1)} >= {"Reliability", "Empathy"}


def test_delivered_value(altered: Altered) -> None:
    row = (
        "insert into fct_gap_analysis by name select '2025q4' as survey_id, "
        "'total' as segment_type, "
        "'total' as segment_value, true as is_reliable, 200 as n_respondents, "
    )
    page = satisfaction.page(
        altered(
            VALUE,
            row + "'value_component' as item_type, 'money' as item_id, 30.0 as cost_0_100, "
            "-30.0 as gap, -33.0 as gap_low, -27.0 as gap_high",
            row
            + "'value_component' as item_type, 'product' as item_id, 70.0 as performance_0_100, "
            "70.0 as gap, 66.0 as gap_low, 74.0 as gap_high",
            row
            + "'delivered_value' as item_type, 'delivered_value' as item_id, 30.0 as cost_0_100, "
            "70.0 as performance_0_100, 40.0 as gap, 35.0 as gap_low, 45.0 as gap_high",
        )
    )
    part = figure(page, "delivered-value")
    assert part.title(ENGLISH) == "Delivered value +40.0: benefits 70.0, costs 30.0"
    assert [row["label_en"] for row in drawn(part)] == ["Product value", "Money cost"]


def test_delivered_value_of_the_demo(shown: Marts, demo: Built) -> None:
    """Four benefits and four costs, which sum to the whole."""
    part = figure(satisfaction.page(shown), "delivered-value")
    [(value, benefits, costs)] = demo.rows(
        "select gap, performance_0_100, cost_0_100 from fct_gap_analysis where "
        "item_type = 'delivered_value' and segment_type = 'total' and survey_id = '2025q4'"
    )
    expected = f"Delivered value +{value:.1f}: benefits {benefits:.1f}, costs {costs:.1f}"
    assert part.title(ENGLISH) == expected
    signs = [row["gap"] > 0 for row in drawn(part)]
    assert (len(signs), sum(signs)) == (8, 4)
    assert sum(row["gap"] for row in drawn(part)) == pytest.approx(value)


def test_drivers_lead_with_relative_weights(shown: Marts, demo: Built, altered: Altered) -> None:
    page = satisfaction.page(shown)
    [(first, share, low, fit, fit_low, fit_high), *others] = demo.rows(
        "select label_en, share, estimate_low, adjusted_r_squared, r_squared_low, r_squared_high "
        "from fct_drivers join dim_factors using (factor_id) "
        f"where method = 'relative_weight' and segment_type = 'total' and survey_id = {NEWEST} "
        "order by driver_rank"
    )
    part = figure(page, "drivers")
    assert part.title(ENGLISH).startswith(
        f"{first} explains more of the overall verdict than any other factor: "
    )
    assert f"{100 * share:.1f} %" in part.title(ENGLISH)
    assert f"(adjusted R² {100 * fit:.1f} %)" in part.title(ENGLISH)
    assert f"Interval of R²: {100 * fit_low:.1f} % to {100 * fit_high:.1f} %" in part.note(ENGLISH)
    weakest = others[-1][0]
    assert "random variable" not in part.note(ENGLISH)
    by_chance = altered(
        "update fct_drivers set is_beyond_chance = false where factor_id = "
        f"(select factor_id from dim_factors where label_en = '{weakest}')"
    )
    noted = figure(satisfaction.page(by_chance), "drivers").note(ENGLISH)
    assert f"No more than a random variable would get: {weakest}." in noted
    gaps = altered("update fct_drivers set status = 'contradictory_gaps' where method = 'shapley'")
    noted = figure(satisfaction.page(gaps), "drivers").note(ENGLISH)
    assert "contradict each other; correlations only" in noted
    assert drawn(part)[0]["estimate_low"] == pytest.approx(low)
    assert {row["method_en"] for row in drawn(figure(page, "driver-methods"))} == {
        "Relative weight", "Shapley", "Regression", "Correlation", "Stated",
    }  # fmt: skip
    stated = satisfaction.page(
        altered("delete from fct_drivers where method <> 'stated_importance'")
    )
    assert figure(stated, "drivers").title(ENGLISH).startswith("Customers say that")


def test_methods_that_differ_are_said_to(altered: Altered) -> None:
    page = satisfaction.page(
        altered(
            "update fct_drivers set driver_rank = case factor_id when 'care' then 1 "
            "when 'speed' then 2 else driver_rank + 2 end where method = 'shapley'"
        )
    )
    title = figure(page, "driver-methods").title(ENGLISH)
    assert title.startswith("The methods differ") and "Care by 1" in title


def test_kano_names_what_is_significant(shown: Marts, demo: Built, altered: Altered) -> None:
    part = figure(satisfaction.page(shown), "kano")
    must = demo.rows(
        "select label_en from fct_kano join dim_factors using (factor_id) where category = 'M' "
        "and segment_type = 'total' and survey_id = '2025q4' and is_significant "
        "order by sort_order"
    )
    assert part.title(ENGLISH).startswith("Must-be: " + ", ".join(label for (label,) in must))
    for one, two in itertools.combinations(drawn(part), 2):
        across = abs(one["cost"] - two["cost"]) / 1.12 * 220
        up = abs(one["label_y"] - two["label_y"]) / 1.12 * 300
        assert across >= 23.9 or up >= 23.9
    unsure = satisfaction.page(altered("update fct_kano set is_significant = false"))
    assert "beyond chance" in figure(unsure, "kano").title(ENGLISH)
    # Fong's test judges the plain category: of another one, by weight, it says nothing
    another = "case category when 'Q' then 'M' else 'Q' end"
    other = satisfaction.page(altered(f"update fct_kano set unweighted_category = {another}"))
    assert "beyond chance" in figure(other, "kano").title(ENGLISH)


def test_the_path_model_is_drawn_as_estimated(shown: Marts, demo: Built) -> None:
    part = figure(satisfaction.page(shown), "path-model")
    paths = demo.rows(
        "select f.label_en, t.label_en, estimate, low > 0 or high < 0 from fct_path_estimates as e "
        "join dim_path_blocks as f on from_id = f.block_id "
        "join dim_path_blocks as t on to_id = t.block_id "
        f"where kind = 'path' and segment_type = 'total' and survey_id = {NEWEST}"
    )
    spec = part.panels[0].draw(ENGLISH).to_dict()
    sets = list(spec["datasets"].values())
    [arrows] = [rows for rows in sets if "text_x" in rows[0]]
    found = {(a["from_en"], a["to_en"], round(a["estimate"], 9), a["is_sure"]) for a in arrows}
    assert found == {(f, t, round(estimate, 9), sure) for f, t, estimate, sure in paths}
    for one, two in itertools.combinations(arrows, 2):
        across = abs(one["text_x"] - two["text_x"]) * PITCH
        assert across > 40 or abs(one["text_y"] - two["text_y"]) > 16
    [boxes] = [rows for rows in sets if "name_en" in rows[0]]
    assert boxes[-1]["name_en"] == "Loyalty"
    assert part.least_width == PITCH * len(boxes)


def test_effects_within_chance_are_no_finding(altered: Altered) -> None:
    page = satisfaction.page(altered("update fct_path_estimates set low = -1, high = 1"))
    assert figure(page, "path-model").title(ENGLISH).endswith("beyond chance")
    page = satisfaction.page(altered("update fct_path_estimates set is_reliable = false"))
    assert "too few answers" in figure(page, "path-model").title(ENGLISH)


def test_layers_follow_the_arrows() -> None:
    links = [("a", "b"), ("b", "d"), ("a", "c"), ("c", "d"), ("a", "d")]
    order = satisfaction_path.in_order(["d", "c", "b", "a"], links)
    assert all(order.index(cause) < order.index(effect) for cause, effect in links)


def test_segments_are_small_multiples(shown: Marts, demo: Built) -> None:
    page = satisfaction.page(shown)
    types = demo.rows(
        "select segment_type, count(distinct segment_value) from fct_segment_satisfaction "
        f"where segment_type <> 'total' and segment_value <> 'unknown' and survey_id = {NEWEST} "
        "group by all"
    )
    scales = set()
    for kind, n in types:
        part = figure(page, f"segments-{kind}")
        assert len(part.panels) == n
        for panel in part.panels:
            spec = json.dumps(panel.draw(ENGLISH).to_dict())
            scales |= set(re.findall(r'"domain": \[([-\d.]+, [-\d.]+)\]', spec))
    assert len(scales) == 1
    [(low, high)] = demo.rows(
        "select min_by(label_en, satisfaction_index), max_by(label_en, satisfaction_index) "
        "from fct_segment_satisfaction join dim_segments using (segment_type, segment_value) "
        "where segment_type = 'region' and segment_value <> 'unknown' and is_reliable "
        f"and survey_id = {NEWEST}"
    )
    title = figure(page, "segments-region").title(ENGLISH)
    assert f"{low} is lowest" in title and f"{high} highest" in title


def test_segments_that_differ_from_the_rest_are_named(altered: Altered) -> None:
    flags = "case segment_value when 'north' then 'above' when 'south' then 'below' end"
    page = satisfaction.page(altered(f"update fct_segment_satisfaction set rest_flag = {flags}"))
    note = figure(page, "segments-region").note
    assert "More satisfied than all others, beyond chance: North." in note(ENGLISH)
    assert "Less satisfied than all others, beyond chance: South." in note(ENGLISH)
    assert "高于其余全部受访者（不止随机波动）：华北。" in note(CHINESE)
    assert "all others" not in figure(page, "segments-gender").note(ENGLISH)


def test_unreliable_segments_are_not_judged(altered: Altered) -> None:
    page = satisfaction.page(
        altered(
            "update fct_segment_satisfaction set is_reliable = segment_value = 'east' "
            "where segment_type <> 'total'"
        )
    )
    assert "only East has enough answers" in figure(page, "segments-region").title(ENGLISH)
    assert "回答都太少" in figure(page, "segments-gender").title(CHINESE)


def test_one_wave_is_a_row_of_dots(altered: Altered) -> None:
    page = satisfaction.page(
        altered(f"delete from fct_segment_satisfaction where survey_id <> {NEWEST}")
    )
    part = figure(page, "segments-region")
    assert len(part.panels) == 1 and len(drawn(part)) == 5
    assert is_presentable(page)


def test_nothing_reliable_nothing_found(altered: Altered) -> None:
    tables = ["fct_segment_factor_satisfaction", "fct_gap_analysis", "fct_drivers", "fct_kano"]
    tables += ["fct_path_estimates", "fct_segment_satisfaction", "fct_taxonomy_satisfaction"]
    tables += ["fct_comment_themes"]
    page = satisfaction.page(altered(*(f"update {t} set is_reliable = false" for t in tables)))
    # how many answered is counted, whatever their answers can tell, and how many measures are late
    counted = ("coverage", "measures")
    shown = [p for p in page.parts if not isinstance(p, Missing) and p.key not in counted]
    titles = [part.title(ENGLISH) for part in shown]
    assert not [title for title in titles if any(letter.isdigit() for letter in title)]
    assert "index" not in figure(page, "coverage").title(ENGLISH)


def test_coverage_is_drawn_as_the_mart_counts_it(
    shown: Marts, demo: Built, altered: Altered
) -> None:
    part = figure(satisfaction.page(shown), "coverage")
    counted = demo.rows(
        "select n_population, n_answered, response_rate from fct_survey_coverage "
        f"where segment_type <> 'total' and survey_id = {NEWEST} and n_population > 0"
    )
    rows = [row for row in drawn(part) if "n_population" in row]
    columns = ("n_population", "n_answered", "response_rate")
    assert sorted(tuple(row[c] for c in columns) for row in rows) == sorted(counted)
    n, of = demo.rows(
        "select n_answered, n_population from fct_survey_coverage "
        f"where segment_type = 'total' and survey_id = {NEWEST}"
    )[0]
    # of the demo those who are better off answer more, and the page says that first
    assert part.title(ENGLISH).startswith("The answers do not stand for the customers: index ")
    alike = altered("update fct_nonresponse_bias set is_bias_warning = false")
    title = figure(satisfaction.page(alike), "coverage").title(ENGLISH)
    assert title.startswith(f"{n:,} of {of:,} customers answered (")


def test_answers_that_do_not_stand_for_the_customers_are_said_first(altered: Altered) -> None:
    marts = altered(
        "update fct_nonresponse_bias set standardised_index = 60, index_difference = -7, "
        f"is_bias_warning = true where segment_type = 'gender' and survey_id = {NEWEST}"
    )
    first = satisfaction.page(marts).parts[0]
    assert first.title(ENGLISH).startswith("The answers do not stand for the customers: index ")
    assert first.title(ENGLISH).endswith("60.0 with the customers’ shares (Gender)")
    assert first.title(CHINESE).startswith("答卷不能代表全体客户")


def test_what_was_not_asked_is_asked_for(altered: Altered) -> None:
    tables = ["fct_gap_analysis", "fct_drivers", "fct_kano", "fct_path_estimates"]
    marts = altered(
        *(f"delete from {table}" for table in tables),
        "delete from fct_segment_satisfaction where segment_type <> 'total'",
    )
    assert is_presentable(satisfaction.page(marts))
    for needed in ("expectation", "overall", "kano_functional", "cost", "path_blocks", "customers"):
        assert needed in fixes(marts)


def test_without_a_survey_one_thing_is_missing(altered: Altered) -> None:
    tables = ["fct_segment_factor_satisfaction", "fct_segment_satisfaction", "fct_drivers"]
    page = satisfaction.page(altered(*(f"delete from {table}" for table in tables)))
    [missing] = page.parts
    assert isinstance(missing, Missing) and "survey_answers" in missing.fix(ENGLISH)


def test_a_model_that_cannot_be_estimated_says_why(altered: Altered) -> None:
    marts = altered(
        "delete from fct_path_estimates where segment_type = 'total' and kind <> 'gof'",
        "update fct_path_estimates set kind = 'status', status = 'too_few_respondents'",
    )
    assert "no more respondents than questions" in fixes(marts)


def test_classes_of_factors_by_taxonomy(shown: Marts, demo: Built, altered: Altered) -> None:
    part = figure(satisfaction.page(shown), "classes")
    rows = demo.rows(
        "select taxonomy_label_zh, label_en, round(class_score, 6) from fct_taxonomy_satisfaction "
        f"where segment_type = 'total' and survey_id = {NEWEST}"
    )
    of_taxonomy: dict[str, set[tuple[str, float]]] = {}
    for taxonomy, label, score in rows:
        of_taxonomy.setdefault(taxonomy, set()).add((label, score))
    headings = [panel.heading(CHINESE) for panel in part.panels if panel.heading]
    assert headings[0] == "需求结构" and set(headings) == set(of_taxonomy)
    for k, heading in enumerate(headings):
        found = drawn(part, k)
        assert {(r["label_en"], round(r["class_score"], 6)) for r in found} == of_taxonomy[heading]
    lowest = min(score for *_, score in rows)
    names = {label for _, label, score in rows if score == lowest}
    title = part.title(ENGLISH)
    assert f"is rated lowest, {lowest:.1f}" in title and any(name in title for name in names)
    assert part.is_picked and len(part.table) == len(rows)
    unsure = altered("update fct_taxonomy_satisfaction set is_reliable = false")
    part = figure(satisfaction.page(unsure), "classes")
    assert part.title(ENGLISH) == "Classes of factors: too few answers to judge"
    without = satisfaction.page(altered("delete from fct_taxonomy_satisfaction"))
    assert "classes" not in [getattr(part, "key", None) for part in without.parts]
