"""The demo speaks: each story of scripts/make_demo.py is found in the marts.

Ranges are what the generator makes true, and chance beside it; so no later change mutes a mart.
"""

from math import sqrt
from typing import Any

import duckdb
import pytest
from scipy.stats import binomtest

Marts = duckdb.DuckDBPyConnection
WAVES = ("2025q1", "2025q2", "2025q3", "2025q4")


def shares(marts: Marts, sql: str) -> dict[str, tuple[int, int]]:
    """Return the hits and the cases of each group."""
    return {str(name): (int(hits), int(n)) for name, hits, n in marts.execute(sql).fetchall()}


def interval(hits: int, n: int) -> tuple[float, float]:
    """Return Wilson's interval of a share."""
    found = binomtest(hits, n).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def is_more(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Tell that the first share is greater beyond chance, by Newcombe's interval."""
    (low, _), (_, high) = interval(*one), interval(*other)
    p, q = one[0] / one[1], other[0] / other[1]
    return p - q > sqrt((p - low) ** 2 + (high - q) ** 2)


def column(marts: Marts, sql: str) -> list[Any]:
    return [value for (value,) in marts.execute(sql).fetchall()]


def test_who_is_dissatisfied_writes_of_speed(marts: Marts) -> None:
    """In every wave the theme of most open answers, and of those who are less satisfied."""
    for wave in WAVES:
        named = "from fct_comment_themes where segment_type = 'total' and survey_id = ?"
        found = marts.execute(
            f"select theme_id, n_naming, n_comments, mean_overall, mean_high {named} "
            "order by n_naming desc",
            [wave],
        ).fetchall()
        (_, coded, n, of_all, _), (first, n_first, _, _, high), (_, n_second, *_) = found[:3]
        assert (first, n >= 50, coded >= 0.7 * n) == ("speed", True, True)
        assert n_first > 2 * n_second
        assert high < of_all


def test_satisfaction_keeps_customers(marts: Marts) -> None:
    kept = shares(
        marts,
        """select item_id, sum(n_loyal), sum(n_respondents) from fct_satisfaction_loyalty
        where segment_type = 'total' and outcome = 'kept' group by item_id""",
    )
    assert is_more(kept["5"], kept["3"])
    assert is_more(kept["4"], kept["2"])
    assert is_more(kept["satisfied_loyal"], kept["dissatisfied_not_loyal"])
    # a contract keeps those, too, who are not satisfied
    assert kept["dissatisfied_captive"][1] >= 15
    assert is_more(kept["dissatisfied_captive"], kept["dissatisfied_not_loyal"])


def test_customers_leave_and_new_ones_come(marts: Marts) -> None:
    new, lost = zip(
        *marts.execute(
            """select n_new, n_lost from fct_customer_growth
            where segment_type = 'total' and month_start >= '2025-01-01'"""
        ).fetchall(),
        strict=True,
    )
    assert len(new) == 12
    assert min(new) >= 4 and sum(lost) > 60


def test_intentions_come_true_in_part(marts: Marts) -> None:
    """Six, three and one of ten customers who pay per use buy within the quarter."""
    bought = shares(
        marts,
        """select repeat_band, sum(n_bought), sum(n_eligible) from fct_intention_conversion
        where segment_type = 'customer_type' and segment_value in ('retail', 'wholesale')
        group by repeat_band""",
    )
    for band, truth in (("high", 0.6), ("medium", 0.3), ("low", 0.1)):
        low, high = interval(*bought[band])
        assert low < truth < high, band
    assert is_more(bought["high"], bought["medium"]) and is_more(bought["medium"], bought["low"])


def test_claims_are_judged_both_ways(marts: Marts) -> None:
    verdicts = dict(marts.execute("select claim_id, verdict from fct_hypotheses").fetchall())
    assert verdicts["satisfied_six_times_intended"] == "agrees"
    assert verdicts["satisfied_six_times"] == "refuted_lower"
    assert verdicts["keeping_costs_a_fifth"] == "agrees"


def test_a_kept_promise_wins_back(marts: Marts) -> None:
    recovered = shares(
        marts,
        """select complaint_group, sum(n_recovered), sum(n_evaluated) from fct_complaint_recovery
        where segment_type = 'total' group by complaint_group""",
    )
    assert is_more(recovered["kept"], recovered["broken"])
    low, high = interval(*recovered["broken"])
    assert high < 0.7


def test_complaints_raise_an_alert(marts: Marts) -> None:
    alerts = marts.execute(
        """select month_start::varchar, complaint_alert from fct_complaint_chart
        where segment_type = 'total' and complaint_alert <> 'none' order by month_start"""
    ).fetchall()
    assert alerts == [("2025-11-01", "above_limit"), ("2025-12-01", "sustained_rise")]


def test_those_who_are_better_off_answer_more(marts: Marts) -> None:
    """Answers weighted as customers are made up give a lower index in every wave."""
    rows = marts.execute(
        """select survey_id, index_difference, q_value < 0.001
        from fct_nonresponse_bias where segment_type = 'customer_type' order by survey_id"""
    ).fetchall()
    assert [row[0] for row in rows] == [*WAVES]
    assert all(difference < -1 and is_beyond for _, difference, is_beyond in rows)


def test_who_expects_more_finds_less(marts: Marts) -> None:
    paths = marts.execute(
        """select estimate, high from fct_path_estimates where segment_type = 'total'
        and kind = 'path' and from_id = 'expectation' and to_id = 'quality'"""
    ).fetchall()
    assert len(paths) == 2
    assert all(-0.5 < estimate < -0.2 and high < 0 for estimate, high in paths)
    alphas = column(
        marts,
        """select estimate from fct_path_estimates where segment_type = 'total'
        and kind = 'standardised_alpha' and from_id = 'expectation'""",
    )
    assert len(alphas) == 2 and min(alphas) > 0.7


def test_what_attracted_is_expected_half_a_year_later(marts: Marts) -> None:
    found = {
        (wave, factor): category
        for wave, factor, category in marts.execute(
            """select survey_id, factor_id, category from fct_kano
            where segment_type = 'total'"""
        ).fetchall()
    }
    assert {factor: found["2025q2", factor] for _, factor in found} == {
        "care": "A", "speed": "O", "security": "M", "cost_saving": "A",
        "application": "O", "reliability": "M",
    }  # fmt: skip
    assert [found["2025q4", f] for f in ("care", "cost_saving", "application")] == ["O", "R", "Q"]


def test_value_is_delivered_at_a_cost(marts: Marts) -> None:
    rows = marts.execute(
        """select survey_id, gap_low from fct_gap_analysis where segment_type = 'total'
        and item_id = 'delivered_value' and is_reliable order by survey_id"""
    ).fetchall()
    assert [wave for wave, _ in rows] == ["2025q1", "2025q4"]
    assert all(low > 0 for _, low in rows)


def test_amounts_have_a_mean(marts: Marts) -> None:
    fits = marts.execute(
        """select distinct status, is_reliable, n_repeating >= 200 from fct_value_model_fits"""
    ).fetchall()
    assert fits == [("estimated", True, True)]


def test_a_few_sheets_are_careless(marts: Marts) -> None:
    n, alike, hasty, timed = marts.execute(
        """select count(*), count(*) filter (where is_straight_liner),
            count(*) filter (where is_speeder), count(seconds_to_complete)
        from fct_respondent_quality"""
    ).fetchall()[0]
    assert 0.02 < alike / n < 0.08
    assert 0.02 < hasty / timed < 0.12
    assert 0.15 < timed / n < 0.35


def test_one_region_is_off(marts: Marts) -> None:
    rows = marts.execute(
        """select lowest_unit, q_value < 0.05 from fct_service_consistency
        where unit_type = 'region' and item_id = 'index'"""
    ).fetchall()
    assert [unit for unit, _ in rows] == ["west"] * 4
    assert sum(is_beyond for _, is_beyond in rows) >= 3


def test_every_customer_has_a_next_action(marts: Marts) -> None:
    lines = dict(
        marts.execute("select line_id, count(*) from fct_next_best_action group by 1").fetchall()
    )
    common = {
        "settle_complaint", "rescue_high_value", "win_back", "keep_at_risk", "fix_service",
        "leave_trap", "ask_referral", "grow", "steady", "ask_verdict",
    }  # fmt: skip
    assert min(lines[name] for name in common) >= 5
    assert lines["rescue_complaint"] >= 1


@pytest.mark.parametrize("mart", ["fct_complaint_recovery", "fct_intention_conversion"])
def test_no_figure_is_the_same_everywhere(marts: Marts, mart: str) -> None:
    share = "recovered_share" if mart == "fct_complaint_recovery" else "conversion_rate"
    differing = f"select count(distinct {share}) from {mart} where segment_type = 'total'"
    assert column(marts, differing)[0] >= 8


def test_one_action_worked_and_one_did_not(marts: Marts) -> None:
    found = {
        action: row
        for action, *row in marts.execute(
            "select action_id, status, verdict, is_reliable from fct_improvement_actions"
        ).fetchall()
    }
    assert found["A1"] == ["done", "worked", True]
    assert found["A2"][:2] == ["done", "no_effect_seen"]
    assert found["A3"][0] == "overdue"
    assert found["A4"][0] == "planned"


def test_regions_change_places_with_the_weights(marts: Marts) -> None:
    """The east is slow and otherwise better: who weighs speed less ranks it higher."""
    moved = marts.execute(
        """select survey_id, min(places_gained), max(places_gained) from fct_weight_sensitivity
        where segment_type = 'region' and segment_value = 'east' and places_gained <> 0
        and scenario_id = 'equal' group by survey_id"""
    ).fetchall()
    assert len(moved) >= 1
    assert all(low > 0 for _, low, _ in moved)


def test_a_large_customer_is_lost(marts: Marts) -> None:
    """A rival has won it: the tier, and the line of the playbook that is for such a customer."""
    customers = column(
        marts,
        """select customer_id from fct_customer_tiers where tier_id = 'G_win_back'
        and month_start = '2025-12-01'""",
    )
    lines = column(
        marts,
        "select customer_id from fct_next_best_action where line_id = 'win_back_high_value'",
    )
    assert len(customers) >= 1
    assert set(lines) == set(customers)


def test_one_cause_dominates(marts: Marts) -> None:
    causes = marts.execute(
        """select category, is_vital, complaint_share from fct_complaint_causes
        where segment_type = 'total' and severity = 'all' and window_months = 1
        and month_start = '2025-11-01' order by cause_rank"""
    ).fetchall()
    assert causes[0][:2] == ("billing", True)
    assert causes[0][2] > 0.4 > 2 * causes[2][2]


def test_what_is_made_good_helps(marts: Marts) -> None:
    recovered = shares(
        marts,
        """select complaint_group, sum(n_recovered), sum(n_evaluated) from fct_complaint_recovery
        where segment_type = 'total' group by complaint_group""",
    )
    better, worse = recovered["compensated"], recovered["not_compensated"]
    assert better[0] / better[1] > worse[0] / worse[1] + 0.05
