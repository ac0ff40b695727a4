"""Categories of complaints that are wrong: the shipped table with one small edit."""

from __future__ import annotations

import pytest

from tests.python.method.test_method_checks import Case, add, assert_said, case, problems, put

CASES = [
    case(
        "a kind of failure that is none",
        put("complaint_categories", "failure_kind", "fault", category="billing"),
        at="complaint_categories: billing",
        says="The failure_kind 'fault' is not known. Known values: failure, inconsistency",
    ),
    case(
        "a category twice",
        add("complaint_categories", category="billing"),
        at="complaint_categories: billing",
        says="have the same key",
    ),
    case(
        "a category in capitals",
        add("complaint_categories", category="Billing"),
        at="complaint_categories: billing",
        says="billing and Billing are the same category: capitals are no difference.",
    ),
]


@pytest.mark.parametrize("wrong", CASES, ids=lambda wrong: wrong.name)
def test_what_is_wrong_is_said(wrong: Case) -> None:
    assert_said(wrong)


def test_a_factor_must_exist_in_a_table_of_ones_own() -> None:
    elsewhere = put("complaint_categories", "factor_id", "punctuality", category="delivery")
    (found,) = problems(elsewhere, own=["complaint_categories"]).to_dict("records")
    assert (found["key"], found["column_name"]) == ("delivery", "factor_id")
    # the shipped one may speak of a factor that another questionnaire does not have
    assert problems(elsewhere).empty
    assert problems(own=["complaint_categories"]).empty
