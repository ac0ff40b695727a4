"""Service promises and business hours that are wrong: the shipped tables with one small edit."""

from __future__ import annotations

import pytest

from tests.python.method.test_method_checks import (
    Case,
    add,
    assert_said,
    case,
    empty,
    problems,
    put,
)

PROMISE = {"promise_id": "mine", "measure": "contact_time", "enabled": "true"}
LIMIT = {"limit_value": "2", "unit": "hours"}
NEW_YEAR = {"day": "2026-01-01"}

CASES = [
    case(
        "a promise twice",
        add("service_promises", **PROMISE | LIMIT | {"promise_id": "contact"}),
        at="service_promises: contact",
        says="have the same key",
    ),
    case(
        "an unknown measure",
        put("service_promises", "measure", "first_response", promise_id="first_response"),
        at="service_promises: first_response",
        says="The measure 'first_response' is not known. Did you mean 'first_response_time'?",
    ),
    case(
        "an unknown unit",
        put("service_promises", "unit", "days", promise_id="contact"),
        at="service_promises: contact",
        says="The unit 'days' is not known. Known values: minutes, hours.",
    ),
    case(
        "a time without a limit",
        add("service_promises", **PROMISE, unit="hours"),
        at="service_promises: mine",
        says="The limit_value is missing, so contact_time has no limit.",
    ),
    case(
        "a time without a unit",
        add("service_promises", **PROMISE, limit_value="2"),
        at="service_promises: mine",
        says="The unit is missing",
    ),
    case(
        "a limit of nothing",
        put("service_promises", "limit_value", "0", promise_id="contact"),
        at="service_promises: contact",
        says="The limit is 0: nobody could keep the promise.",
    ),
    case(
        "a limit that nothing reads",
        put("service_promises", "limit_value", "3", promise_id="delivery"),
        at="service_promises: delivery",
        says="The limit_value is not read: delivery_on_time measures no time.",
    ),
    case(
        "a target in per cent",
        put("service_promises", "target_share", "90", promise_id="contact"),
        at="service_promises: contact",
        says="The target 90 is not a share from 0 to 1. Write 90 % as 0.9.",
    ),
    case(
        "a target below nothing",
        put("service_promises", "target_share", "-0.1", promise_id="contact"),
        at="service_promises: contact",
        says="The target -0.1 is not a share from 0 to 1.",
    ),
    case(
        "business time without hours",
        empty("business_hours", "business_days"),
        at="service_promises: first_response",
        says="no time would ever pass.",
    ),
    case(
        "an eighth weekday",
        add("business_hours", weekday="8", opens_at="09:00", closes_at="12:00"),
        at="business_hours: 8 | 09:00",
        says="The weekday 8 does not exist. Use 1 (Monday) to 7 (Sunday).",
    ),
    case(
        "a time that is none",
        put("business_hours", "closes_at", "6 pm", weekday="2"),
        at="business_hours: 2 | 09:00",
        says="The closes_at '6 pm' is not a time of day.",
    ),
    case(
        "a minute too many",
        put("business_hours", "closes_at", "24:01", weekday="2"),
        at="business_hours: 2 | 09:00",
        says="The closes_at '24:01' is not a time of day.",
    ),
    case(
        "closing before opening",
        add("business_hours", weekday="6", opens_at="22:00", closes_at="06:00"),
        at="business_hours: 6 | 22:00",
        says="Closing at 06:00 is not after 22:00.",
    ),
    case(
        "hours that overlap",
        add("business_hours", weekday="3", opens_at="17:30", closes_at="20:00"),
        at="business_hours: 3 | 17:30",
        says="The hours from 09:00 and from 17:30 overlap.",
    ),
    case(
        "a day that is none",
        add("business_days", day="2026-02-29", is_open="false"),
        at="business_days: 2026-02-29",
        says="'2026-02-29' is not a day. Write it as YYYY-MM-DD.",
    ),
    case(
        "a day that is open and closed",
        add("business_days", **NEW_YEAR, is_open="false"),
        add("business_days", **NEW_YEAR, is_open="true", opens_at="09:00", closes_at="12:00"),
        at="business_days: 2026-01-01",
        says="The rows of this day contradict each other.",
    ),
    case(
        "a closed day with hours",
        add("business_days", **NEW_YEAR, is_open="false", opens_at="09:00", closes_at="12:00"),
        at="business_days: 2026-01-01 | 09:00",
        says="The day is closed, but has hours. Leave them blank.",
    ),
    case(
        "half hours",
        add("business_days", **NEW_YEAR, is_open="true", opens_at="09:00"),
        at="business_days: 2026-01-01 | 09:00",
        says="Only one of opens_at and closes_at is there.",
    ),
]


@pytest.mark.parametrize("wrong", CASES, ids=lambda wrong: wrong.name)
def test_what_is_wrong_is_said(wrong: Case) -> None:
    assert_said(wrong)


def test_an_open_day_needs_the_hours_of_a_monday() -> None:
    found = problems(put("business_hours", "weekday", "6", weekday="1"))
    assert set(found["table_name"]) == {"business_days"}
    assert found["problem"].str.contains("business_hours has none for Monday").all()


def test_what_is_odd_and_right_is_accepted() -> None:
    assert problems(
        add("business_hours", weekday="6", opens_at="9:00", closes_at="12:00"),
        add("business_hours", weekday="6", opens_at="12:00", closes_at="24:00"),
        add("business_hours", weekday="7", opens_at="00:00", closes_at="06:30"),
        add("business_days", **NEW_YEAR, is_open="true", opens_at="09:00", closes_at="12:00"),
        add("business_days", **NEW_YEAR, is_open="true", opens_at="14:00", closes_at="15:00"),
        add("service_promises", **PROMISE | LIMIT),
    ).empty
