"""Service promises, and the calendar that their time is counted on."""

import re
from datetime import date

from ._base import (
    BLANKS,
    Method,
    Problem,
    Problems,
    Row,
    boolean,
    grouped,
    integer,
    key_of,
    number,
)

PROMISES, HOURS, DAYS = "service_promises", "business_hours", "business_days"
#: Measures of time, which need a limit.
TIMES = ("first_response_time", "contact_time", "resolution_time")
#: Measures that are kept or not.
FLAGS = ("first_time_fix", "not_reopened", "delivery_on_time")
MONDAY = 1

_TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def check_promise_limits(method: Method) -> Problems:
    """Report times without a limit, limits of nothing, and limits that nothing reads."""
    for row in method.rows(PROMISES):
        measure, limit = row.get("measure"), number(row.get("limit_value"))
        if measure in TIMES:
            for column in ("limit_value", "unit"):
                if row.get(column) is None:
                    problem = f"The {column} is missing, so {measure} has no limit."
                    fix = "Write the longest time that keeps the promise, such as 60 minutes."
                    yield Problem(PROMISES, _promise(row), column, problem, fix)
            if limit is not None and limit <= 0:
                problem = f"The limit is {limit:g}: nobody could keep the promise."
                yield Problem(PROMISES, _promise(row), "limit_value", problem, "Give more than 0.")
        elif measure in FLAGS:
            for column in ("limit_value", "unit", "uses_business_hours"):
                if row.get(column) is not None:
                    problem = f"The {column} is not read: {measure} measures no time."
                    fix = f"Leave {column} blank."
                    yield Problem(PROMISES, _promise(row), column, problem, fix)


def check_promise_targets(method: Method) -> Problems:
    """Report targets that are no shares."""
    for row in method.rows(PROMISES):
        target = number(row.get("target_share"))
        if target is not None and not 0 <= target <= 1:
            problem = f"The target {target:g} is not a share from 0 to 1."
            fix = "Write 90 % as 0.9." if target > 1 else "Give a number from 0 to 1."
            yield Problem(PROMISES, _promise(row), "target_share", problem, fix)


def check_business_time(method: Method) -> Problems:
    """Report promises in business time where no hour of the week is open."""
    if method.rows(HOURS):
        return
    for row in method.rows(PROMISES):
        if boolean(row.get("enabled")) and boolean(row.get("uses_business_hours")):
            problem = f"It counts business time, but {HOURS} is empty: no time would ever pass."
            fix = f"Fill {HOURS}, or set uses_business_hours to false."
            yield Problem(PROMISES, _promise(row), "uses_business_hours", problem, fix)


def check_weekdays(method: Method) -> Problems:
    """Report weekdays other than 1 to 7."""
    for row in method.rows(HOURS):
        weekday = integer(row.get("weekday"))
        if weekday is not None and not 1 <= weekday <= 7:
            problem = f"The weekday {weekday} does not exist."
            fix = "Use 1 (Monday) to 7 (Sunday)."
            yield Problem(HOURS, _opening(row, "weekday"), "weekday", problem, fix)


def check_hours(method: Method) -> Problems:
    """Report times that are none, and closing that does not come after opening."""
    for table, column in ((HOURS, "weekday"), (DAYS, "day")):
        for row in method.rows(table):
            key = _opening(row, column)
            for name in ("opens_at", "closes_at"):
                value = row.get(name)
                if value is not None and _minute(value) is None:
                    problem = f"The {name} '{value}' is not a time of day."
                    fix = "Write it as HH:MM, such as 09:00; the end of the day is 24:00."
                    yield Problem(table, key, name, problem, fix)
            opens, closes = _minute(row.get("opens_at")), _minute(row.get("closes_at"))
            if opens is not None and closes is not None and opens >= closes:
                problem = f"Closing at {row['closes_at']} is not after {row['opens_at']}."
                fix = "Correct the times; split hours past midnight: until 24:00, and from 00:00."
                yield Problem(table, key, "closes_at", problem, fix)


def check_overlaps(method: Method) -> Problems:
    """Report hours of one day that overlap, which would count twice."""
    for table, column in ((HOURS, "weekday"), (DAYS, "day")):
        for (day,), rows in grouped(method.rows(table), column).items():
            spans = sorted(
                (opens, closes, str(row["opens_at"]))
                for row in rows
                if (opens := _minute(row.get("opens_at"))) is not None
                and (closes := _minute(row.get("closes_at"))) is not None
            )
            for (_, end, first), (start, _, second) in zip(spans, spans[1:], strict=False):
                if start < end:
                    problem = f"The hours from {first} and from {second} overlap."
                    fix = "Join them into one row, or end the first before the second begins."
                    yield Problem(table, key_of(day, second), "opens_at", problem, fix)


def check_business_days(method: Method) -> Problems:
    """Report days that are none, half hours, and days that are open and closed at once."""
    weekdays = {integer(value) for value in method.values(HOURS, "weekday")}
    for (day,), rows in grouped(method.rows(DAYS), "day").items():
        if not _is_day(day):
            problem, fix = f"'{day}' is not a day.", "Write it as YYYY-MM-DD."
            yield Problem(DAYS, day, "day", problem, fix)
        states = {boolean(row.get("is_open")) for row in rows}
        spans = [row.get("opens_at") for row in rows]
        if len(states) > 1 or (len(rows) > 1 and None in spans):
            problem = "The rows of this day contradict each other."
            fix = "Keep one row, or several open ones with a time of opening each."
            yield Problem(DAYS, day, "is_open", problem, fix)
            continue
        for row in rows:
            times = [row.get("opens_at"), row.get("closes_at")]
            key = _opening(row, "day")
            if states == {False} and times != [None, None]:
                problem, fix = "The day is closed, but has hours.", "Leave them blank."
                yield Problem(DAYS, key, "is_open", problem, fix)
            elif states == {True} and times == [None, None]:
                if MONDAY not in weekdays:
                    problem = f"The day is open without hours, and {HOURS} has none for Monday."
                    fix = f"Fill in opens_at and closes_at, in a table {DAYS} of your own."
                    yield Problem(DAYS, key, "opens_at", problem, fix)
            elif states == {True} and None in times:
                problem = "Only one of opens_at and closes_at is there."
                fix = "Fill in both, or leave both blank for Monday's hours."
                yield Problem(DAYS, key, "closes_at", problem, fix)


def _promise(row: Row) -> str:
    return row.get("promise_id") or "?"


def _opening(row: Row, day: str) -> str:
    opens = row.get("opens_at")
    return key_of(row.get(day), *([opens] if opens else []))


def _minute(text: str | None) -> int | None:
    """Minute of the day of a time HH:MM, up to 24:00; else None."""
    found = _TIME.fullmatch(text.strip(BLANKS)) if text else None
    if not found:
        return None
    minute = int(found[1]) * 60 + int(found[2])
    return minute if int(found[2]) < 60 and minute <= 24 * 60 else None


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text)) and date.fromisoformat(text) is not None
    except ValueError:
        return False
