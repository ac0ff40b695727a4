"""The page Weights of the report: what it draws and says is what the marts hold."""

from __future__ import annotations

import pytest

from reports.language import CHINESE, ENGLISH
from reports.marts import Marts
from reports.pages import weights, weights_experts
from reports.parts import Figure, Listing, Missing
from tests.bi.conftest import Altered
from tests.bi.pages import drawn, figure, is_presentable
from tests.python.conftest import Built

NEWEST = "(select survey_id from dim_waves order by wave_number desc limit 1)"
NO_EXPERTS = (
    "update fct_factor_weights set weight_source = 'equal', weight_source_asked = 'equal', "
    "ahp_weight = null, expert_weight_min = null, "
    "expert_weight_max = null, n_experts = 0 where model = 'satisfaction'",
    "update fct_factor_weights set weight = 1 / 12 where model = 'satisfaction' and is_leaf",
    "delete from fct_factor_weights where model = 'loyalty'",
    "delete from fct_ahp_local_weights",
    "delete from fct_ahp_consistency",
    "delete from fct_ahp_review",
    "delete from fct_weight_sensitivity where scenario_type = 'expert' or scenario_id = 'ahp'",
)


def keys(marts: Marts) -> list[str]:
    """Return the figures of the page."""
    return [part.key for part in weights.page(marts).parts if isinstance(part, Figure | Listing)]


def test_the_demo_has_it_all(shown: Marts) -> None:
    page = weights.page(shown)
    assert is_presentable(page)
    assert not [part for part in page.parts if isinstance(part, Missing)]
    assert [card.value for card in page.cards][0] == "AHP"


def test_the_hierarchy(shown: Marts, demo: Built) -> None:
    part = figure(weights.page(shown), "weights-satisfaction")
    columns = ["weight", "expert_weight_min", "expert_weight_max"]
    known = demo.rows(
        f"select label_en, {', '.join(columns)} from fct_factor_weights "
        "where model = 'satisfaction' and parent_id is not null"
    )
    rows = drawn(part)
    found = {row["name_en"].replace(weights.INDENT, ""): row for row in rows}
    assert len(found) == len(known)
    for label, *figures in known:
        assert [found[label][column] for column in columns] == pytest.approx(figures)
    names = [row["name_en"] for row in rows]
    # each factor below its parent, one step in
    quality = names.index("Service quality")
    assert set(names[quality + 1 : quality + 5]) == {
        weights.INDENT + name for name in ("Reliability", "Security", "Speed", "Error rate")
    }
    assert part.title(ENGLISH).startswith("Satisfaction: Speed weighs most, 17.8 %; Image least")


def test_nodes_of_several_parents_come_last(shown: Marts) -> None:
    part = figure(weights.page(shown), "weights-loyalty")
    assert [row["is_leaf"] for row in drawn(part)] == [False] * 3 + [True] * 3
    assert "several parents" in part.note(ENGLISH)


def test_consistency(shown: Marts, demo: Built, altered: Altered) -> None:
    part = figure(weights.page(shown), "consistency")
    [(n, review)] = demo.rows(
        "select count(*), count(*) filter (where status = 'review') "
        "from fct_ahp_consistency where scope <> 'total'"
    )
    assert part.title(ENGLISH).startswith(f"{review} of {n} judgement matrices needs review: ")
    assert sum(row["status"] == "review" for row in drawn(part)) == review
    sound = altered(
        "update fct_ahp_consistency set status = 'consistent'", "delete from fct_ahp_review"
    )
    assert figure(weights.page(sound), "consistency").title(ENGLISH).startswith("None of")
    assert "review" not in keys(sound)


def test_one_expert_has_no_consensus(altered: Altered) -> None:
    assert "consensus" not in keys(altered("update fct_ahp_consistency set consensus = null"))


def test_judgements_in_words(shown: Marts) -> None:
    [listing] = [part for part in weights.page(shown).parts if isinstance(part, Listing)]
    said = list(listing.table.judgement_en)
    assert said[0] == (
        "Expert key_accounts: under Service content, Attitude against Procedures is judged 3, "
        "the weights say 1.1; with 1 CR would be 0.06"
    )
    # judged 1/2: turned, so that it reads as twice
    assert "Procedures against Care is judged 2, the weights say 0.8" in said[1]
    assert (
        "专家 key_accounts：服务内容之下，服务态度对办理手续判断为 3"
        in listing.table.judgement_zh[0]
    )
    row = dict(listing.table.iloc[0]) | {"judged": 5.0, "exact_ratio": 0.4, "suggested": 0.5}
    assert "judged 5, the weights say 0.4; with 1/2" in weights_experts.in_words(row, ENGLISH)


def test_rankings_that_change(shown: Marts, demo: Built, altered: Altered) -> None:
    rankings = demo.rows(
        "select bool_or(places_gained <> 0) from fct_weight_sensitivity "
        f"where survey_id = {NEWEST} and segment_type <> 'total' and scenario_id <> 'ahp' "
        "and scenario_rank is not null "
        "group by segment_type, scenario_id having count(*) > 1"
    )
    changed, n = sum(moved for (moved,) in rankings), len(rankings)
    found = f"{changed} of {n} rankings change"
    found = found if changed else f"The weights do not decide the order: all {n} rankings stay"
    assert figure(weights.page(shown), "ranking").title(ENGLISH).startswith(found)
    swapped = altered(
        "update fct_weight_sensitivity set places_gained = 0, scenario_rank = published_rank "
        "where scenario_rank is not null",
        "update fct_weight_sensitivity set places_gained = 1 where scenario_id = 'equal' "
        f"and survey_id = {NEWEST} and segment_type = 'region' and scenario_rank = 2",
    )
    title = figure(weights.page(swapped), "ranking").title(ENGLISH)
    assert title.startswith(f"1 of {n} rankings change")
    still = altered(
        "update fct_weight_sensitivity set places_gained = 0, scenario_rank = published_rank"
    )
    assert "权重不影响群体名次" in figure(weights.page(still), "ranking").title(CHINESE)
    alone = altered("update fct_weight_sensitivity set scenario_rank = null where not is_reliable "
                    "or segment_value not in ('total', 'east')")  # fmt: skip
    assert "ranking" not in keys(alone)


def test_the_index_under_other_weights(shown: Marts, demo: Built) -> None:
    part = figure(weights.page(shown), "index-by-scenario")
    [(low, high)] = demo.rows(
        "select min(index_difference), max(index_difference) from fct_weight_sensitivity "
        f"where survey_id = {NEWEST} and segment_type = 'total' and scenario_id <> 'ahp'"
    )
    assert f"+{high:.1f} points" in part.title(ENGLISH) and f"−{-low:.1f}" in part.title(ENGLISH)


def test_without_experts_the_page_says_whose_weights(altered: Altered) -> None:
    marts = altered(*NO_EXPERTS)
    page = weights.page(marts)
    assert is_presentable(page)
    assert not {"consistency", "consensus", "review"} & set(keys(marts))
    [missing] = [part for part in page.parts if isinstance(part, Missing)]
    assert "weight_source: equal" in missing.fix(ENGLISH)
    assert "不适用" in missing.fix(CHINESE)
    assert "weigh the same, 8.3 % each" in figure(page, "weights-satisfaction").title(ENGLISH)
    assert page.cards[0].value == "equal"


UNASKED = "update fct_factor_weights set weight_source_asked = 'ahp'"


def test_judgements_that_are_asked_for_and_lacking_are_said_to_be(altered: Altered) -> None:
    page = weights.page(altered(*NO_EXPERTS, UNASKED))
    assert is_presentable(page)
    [missing] = [part for part in page.parts if isinstance(part, Missing)]
    assert missing.fix(ENGLISH).startswith("No expert has judged, so all factors weigh the same")
    assert missing.fix(CHINESE).startswith("没有专家判断，因素等权")
    assert "No expert has judged" in figure(page, "weights-satisfaction").note(ENGLISH)
    card = page.cards[0]
    assert card.change(ENGLISH) == "Equal: no expert has judged"
    assert card.basis(ENGLISH) == "var weight_source: ahp"


def test_one_factor_has_nothing_to_weigh_against(altered: Altered) -> None:
    others = "delete from fct_factor_weights where is_leaf and model = 'satisfaction' and "
    page = weights.page(altered(*NO_EXPERTS, UNASKED, others + "node_id <> 'speed'"))
    assert is_presentable(page)
    assert not [part for part in page.parts if isinstance(part, Missing)]
    title = figure(page, "weights-satisfaction").title
    assert title(ENGLISH) == "Satisfaction: one factor only, Speed"
    assert page.cards == []


def test_unjudged_factors_below_several_parents_stand_alone(altered: Altered) -> None:
    equal = "update fct_factor_weights set weight_source = 'equal' where model = 'loyalty'"
    marts = altered(equal, "delete from fct_ahp_local_weights where model = 'loyalty'")
    rows = drawn(figure(weights.page(marts), "weights-loyalty"))
    assert [row["is_leaf"] for row in rows] == [True] * 3


def test_without_performance_questions_there_is_nothing_to_weigh(altered: Altered) -> None:
    page = weights.page(altered("delete from fct_factor_weights where model = 'satisfaction'"))
    [missing] = [part for part in page.parts if isinstance(part, Missing)]
    assert missing.title(ENGLISH) == "No weights of satisfaction"
    assert "survey_answers" not in missing.fix(ENGLISH)


def test_without_a_survey_there_is_nothing_to_compare(altered: Altered) -> None:
    page = weights.page(altered("delete from fct_weight_sensitivity"))
    [missing] = [part for part in page.parts if isinstance(part, Missing)]
    assert "survey_answers" in missing.fix(ENGLISH)
