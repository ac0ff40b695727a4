"""The list of measures in the report: what is late comes first, and what came of each is said."""

from __future__ import annotations

from reports.language import CHINESE, ENGLISH
from reports.marts import Marts
from reports.pages import satisfaction
from reports.parts import Listing
from tests.bi.conftest import Altered
from tests.bi.pages import is_presentable
from tests.python.conftest import Built

ONE = "update fct_improvement_actions set {} where action_id = 'A1'"


def measures(marts: Marts) -> Listing:
    page = satisfaction.page(marts)
    assert is_presentable(page)
    [found] = [part for part in page.parts if isinstance(part, Listing) and part.key == "measures"]
    return found


def told(marts: Marts, action: str = "A1") -> str:
    rows = measures(marts).table.set_index("action_id")
    return str(rows.loc[action, "result_en"])


def test_all_measures_are_listed_the_overdue_first(shown: Marts, demo: Built) -> None:
    part = measures(shown)
    rows = demo.rows("select action_id, status, days_overdue from fct_improvement_actions")
    assert set(part.table["action_id"]) == {action for action, _, _ in rows}
    late = {action: days for action, status, days in rows if status == "overdue"}
    assert list(part.table["action_id"][: len(late)]) == sorted(late, key=lambda a: -late[a])
    first = part.table.iloc[0]
    assert first["status_en"] == f"{late[first['action_id']]} days overdue"
    assert part.title(ENGLISH).startswith(f"{len(late)} of {len(rows)} measures")
    assert part.title(CHINESE).startswith(f"{len(rows)} 项改进措施中 {len(late)} 项逾期")


def test_verdicts_are_said_with_their_interval(altered: Altered) -> None:
    figures = "net_effect = 11, net_effect_low = 4.5, net_effect_high = 17.5, paired_change = 15, "
    figures += "control_change = 4, verdict_reason = null, n_treated = 4, n_control = 5, "
    worked = altered(ONE.format(figures + "verdict = 'worked', is_reliable = true"))
    expected = "It worked: +11.0 points (4.5 to 17.5); +15.0 here, +4.0 with all others"
    assert told(worked) == expected
    others = "update fct_improvement_actions set is_reliable = false where action_id <> 'A1'"
    sure = altered(others, ONE.format(figures + "verdict = 'worked', is_reliable = true"))
    assert measures(sure).title(ENGLISH).endswith("; of 1 that are judged, 1 worked")
    thin = altered("update fct_improvement_actions set is_reliable = false")
    assert measures(thin).title(ENGLISH).endswith("; none can be judged yet")
    thin = altered(ONE.format(figures + "verdict = 'worked', is_reliable = false"))
    assert told(thin) == f"{expected}. Few answered both times: 4 and 5."
    worse = altered(ONE.format(figures + "verdict = 'worse', is_reliable = true"))
    assert told(worse).startswith("Worse than with others: +11.0 points")


def test_what_is_not_judged_says_why(altered: Altered) -> None:
    nothing = "verdict = 'not_measurable', verdict_reason = 'no_factor', net_effect_low = null"
    marts = altered(ONE.format(f"{nothing}, factor_id = null, promise_id = 'first_response'"))
    assert told(marts) == "Not judged: it is about no factor"
    rows = measures(marts).table.set_index("action_id")
    assert rows.loc["A1", "concerns_en"] == "first_response"
    assert "nobody is left to compare with" in told(marts, "A3")
    assert told(marts, "A4") == "Too early: no survey has been since"


def test_without_measures_nothing_stands_there(altered: Altered) -> None:
    for marts in (
        altered("delete from fct_improvement_actions"),
        altered("drop table fct_improvement_actions"),
    ):
        keys = [getattr(part, "key", "") for part in satisfaction.page(marts).parts]
        assert "measures" not in keys
    late = altered("update fct_improvement_actions set status = 'running', days_overdue = null")
    assert measures(late).title(ENGLISH).startswith("4 measures, none overdue; ")
