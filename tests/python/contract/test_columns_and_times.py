"""Exports: which columns are questions, which responses count, how times are written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import pytest

from tests.python.engine import ANSWERS, Engine

REFUSED = "select record_key, reject_reason, reject_column, reject_value from base_refused_answers"
TIMES = [*ANSWERS, "+fct_respondent_quality"]
LOOKED_AT = "select customer_id, seconds_to_complete, is_speeder from fct_respondent_quality"


def read(engine: Engine, kind: str, texts: list[str], **dbt_vars: Any) -> list[Any]:
    """Return texts as the macros type them."""
    (sql,) = engine.compiled(f"typed('c', '{kind}')", **dbt_vars)
    rows = duckdb.execute(f"select {sql} from (select unnest(?) as c)", [texts]).fetchall()
    return [value for (value,) in rows]


@pytest.mark.parametrize(
    ("text", "vars_of_it", "when"),
    [
        ("3/31/2025 2:05:10 PM", {"date_order": "mdy"}, "2025-03-31 14:05:10"),
        ("31/03/2025", {"date_order": "dmy"}, "2025-03-31"),
        ("3.4.2025 09:30", {"date_order": "dmy"}, "2025-04-03 09:30"),
        ("03-04-2025", {"date_order": "mdy"}, "2025-03-04"),
        ("2025-03-31", {"date_order": "mdy"}, "2025-03-31"),
        ("3/31/2025", {"date_order": "dmy"}, None),
        ("03/04/2025", {}, None),
        ("03/04-2025", {"date_order": "dmy"}, None),
        ("31/03/25", {"date_order": "dmy"}, None),
        ("2025-03-31 02:05 PM", {}, "2025-03-31 14:05"),
        ("2025/3/31 12:05:10 a.m.", {}, "2025-03-31 00:05:10"),
        ("2025-03-31 12:00\u202fPM", {}, "2025-03-31 12:00"),
        ("2025-03-31 13:05 PM", {}, None),
        ("2025-03-31 0:05 AM", {}, None),
        ("2022/10/17 6:31:58 PM EST", {}, "2022-10-17 18:31:58"),
        ("2022/10/17 6:31:58 AM GMT+8", {}, "2022-10-17 06:31:58"),
        ("2025-03-31 23:30 UTC+08:00", {}, "2025-03-31 23:30"),
        ("2025-03-31 23:30 Asia/Shanghai", {}, "2025-03-31 23:30"),
        ("2025-03-31 09:00 America/Argentina/Buenos_Aires", {}, "2025-03-31 09:00"),
        ("2025-03-31 23:30 Mars/Base", {}, None),
        ("Mar 31, 2025", {}, "2025-03-31"),
        ("31 March 2025 9:15", {}, "2025-03-31 09:15"),
        ("31-mar-2025 09:15:00", {}, "2025-03-31 09:15"),
        ("Sept. 1, 2025, 2:05 PM GMT+8", {}, "2025-09-01 14:05"),
        ("30 Feb 2025", {}, None),
        ("31 Mars 2025", {}, None),
        ("45747", {}, None),
        ("45747", {"excel_dates": True}, "2025-03-31"),
        ("45747.5", {"excel_dates": True}, "2025-03-31 12:00"),
        ("45747.999999", {"excel_dates": True}, "2025-04-01"),
        ("60", {"excel_dates": True}, None),
    ],
)
def test_a_time_is_read_as_it_is_written(
    engine: Engine, text: str, vars_of_it: dict[str, Any], when: str | None
) -> None:
    expected = datetime.fromisoformat(when) if when else None
    assert read(engine, "timestamp", [text], **vars_of_it) == [expected]


def test_decimals_have_the_mark_that_the_var_says(engine: Engine) -> None:
    texts = ["12,50", "1.234", "1.234,56", "99", "1.000", "-0,5", "1.5", "1,234.5", "12.34,5"]
    found = read(engine, "double", texts, decimal_separator=",")
    assert found == [12.5, 1234, 1234.56, 99, 1000, -0.5, None, None, None]
    assert read(engine, "integer", ["1.000", "12,5"], decimal_separator=",") == [1000, None]
    found = read(
        engine, "double", ["1.234", "1 234,5"], decimal_separator=",", thousands_separator=" "
    )
    assert found == [None, 1234.5]
    (weight,) = engine.compiled("typed('c', 'double', decimal_mark='.')", decimal_separator=",")
    assert duckdb.execute(f"select {weight} from (select '0.25' as c)").fetchall() == [(0.25,)]


AMOUNTS = ["12,50", "1.234", "1.234,56", "99", "7,5", "1.000", "0,99", "150,00"]


def transactions(amounts: list[str], day: str = "2025-03-0{}") -> dict[str, str]:
    """Return a folder with one transaction for each amount."""
    rows = [f'T{i},C{i % 4},{day.format(i + 1)},"{amount}"' for i, amount in enumerate(amounts)]
    return {"transactions.csv": "\n".join(["transaction_id,customer_id,ordered_at,amount", *rows])}


def test_a_column_with_decimal_commas_is_read_with_the_var_and_never_without(
    engine: Engine,
) -> None:
    engine.lay(transactions(AMOUNTS))
    (said,) = engine.run("base_refused_transactions", "base_transactions")
    assert said == (
        "transactions: the column amount holds 5 value(s) such as 0,99, which has a decimal comma. "
        "Set the var decimal_separator: ',', or write the column with a decimal point."
    )
    told = {"decimal_separator": ","}
    assert not engine.run("base_refused_transactions", "base_transactions", **told)
    accepted = "from base_transactions where reject_reason is null"
    assert engine.rows(f"select count(*), round(sum(amount), 2) {accepted}") == [(8, 3738.55)]
    engine.lay(transactions(["10.50", "1.234", "99"]))
    (said,) = engine.run("base_refused_transactions", **told)
    assert "amount holds 1 value(s) such as 10.50, which has a decimal point" in said


def test_a_typing_error_is_a_row_and_no_column(engine: Engine) -> None:
    engine.lay(transactions(["10.50", "1.234", "10,50", "7.25"]))
    assert not engine.run("base_refused_transactions")
    rows = engine.rows("select reject_reason, reject_value from base_refused_transactions")
    assert rows == [("not_a_number", "10,50")]


@pytest.mark.parametrize(
    ("day", "order", "says"),
    [
        ("{}/03/2025", "ymd", "begins with the day or the month. Set the var date_order: dmy or"),
        ("{}/25/2025", "dmy", "is no day in the order dmy. Set the var date_order: mdy, or"),
        ("25/{}/2025", "mdy", "is no day in the order mdy. Set the var date_order: dmy, or"),
    ],
)
def test_a_column_of_another_order_of_dates_stops(
    engine: Engine, day: str, order: str, says: str
) -> None:
    engine.lay(transactions(["1", "2"], day))
    (said,) = engine.run("base_refused_transactions", date_order=order)
    assert said.startswith("transactions: the column ordered_at holds 2 value(s) such as")
    assert says in said


def test_days_that_excel_keeps_as_numbers_stop(engine: Engine) -> None:
    engine.lay(transactions(["1", "2", "3"], "4572{}"))
    (said,) = engine.run("base_refused_transactions")
    assert said.startswith("transactions: the column ordered_at holds 3 value(s) such as 45721")
    assert "Set the var excel_dates: true, or" in said
    assert not engine.run("base_refused_transactions", excel_dates=True)


def test_an_answer_is_checked_too(engine: Engine) -> None:
    engine.lay({"survey_wide.csv": "response_id,answered_at,q_care\nR1,31/03/2025,4\n"})
    (said,) = engine.run("base_answer_spellings")
    assert said.startswith("survey_wide: the column answered_at holds 1 value(s) such as 31/03")


def test_a_column_that_is_no_question_goes_nowhere(engine: Engine) -> None:
    engine.lay(
        {
            "survey_wide.csv": "response_id,IPAddress,e-mail,q_car,Q_Speed,comment\n"
            "R1,203.0.113.9,ann@example.org,5,4,late\nR2,203.0.113.9,bob@example.org,5,7,\n"
        }
    )
    assert not engine.run(*ANSWERS, "base_row_counts")
    assert engine.rows(REFUSED) == [("R2 | q_speed | survey", "unknown_answer", "answer", "7")]
    for table in ("base_refused_answers", "base_answer_sheets", "base_answer_spellings"):
        kept = str(engine.rows(f"select * from {table}"))
        assert "203.0" not in kept and "example" not in kept and "late" not in kept
    counted = "select raw_rows, ignored_columns from base_row_counts where raw_rows > 0"
    assert engine.rows(counted) == [(2, "IPAddress, e-mail, q_car (q_care?), comment (o_comment?)")]


def test_an_unknown_question_of_the_long_table_is_refused(engine: Engine) -> None:
    rows = "response_id,question_id,answer\nR1,q_car,4\nR1,q_care,4\n"
    engine.lay({"survey_answers.csv": rows})
    assert not engine.run(*ANSWERS)
    assert engine.rows(REFUSED) == [
        ("R1 | q_car | survey", "unknown_question", "question_id", "q_car")
    ]


STATUS = {
    "IP Address": None,
    "0": None,
    "": None,
    "Survey Preview": "not_complete",
    "1": "not_complete",
    "Partial": "not_complete",
    "未完成": "not_complete",
    "Response Type": "unknown_code",
}


@pytest.mark.parametrize("kept", ["drop", "keep"])
@pytest.mark.parametrize("is_wide", [True, False])
def test_previews_and_partial_responses_do_not_count(
    engine: Engine, kept: str, is_wide: bool
) -> None:
    lines = [("R" + str(i), text, "") for i, text in enumerate(STATUS)]
    lines += [("done", "", "TRUE"), ("left", "", "no"), ("odd", "", "perhaps")]
    head = "response_id,status,is_complete," + ("q_care" if is_wide else "question_id,answer")
    cell = "4" if is_wide else "q_care,4"
    text = "\n".join([head, *(",".join((*line, cell)) for line in lines)])
    engine.lay({"survey_wide.csv" if is_wide else "survey_answers.csv": text})
    assert not engine.run(*ANSWERS, partial_responses=kept)
    expected = {f"R{i} | q_care | survey": why for i, why in enumerate(STATUS.values()) if why}
    expected |= {"left | q_care | survey": "not_complete", "odd | q_care | survey": "not_a_boolean"}
    if kept == "keep":
        for i, text in enumerate(STATUS):
            if text in ("Partial", "未完成"):
                del expected[f"R{i} | q_care | survey"]
        del expected["left | q_care | survey"]
    assert {key: why for key, why, *_ in engine.rows(REFUSED)} == expected
    counted = engine.rows("select count(*), sum(n_answers) from stg_responses")
    assert counted == [(len(lines) - len(expected),) * 2]


def test_words_of_previews_neither_stop_a_build_nor_hide_that_others_should(engine: Engine) -> None:
    """What a preview answered is dropped, so it counts in no share of what is understood."""

    def lines(prefix: str, n: int, status: str, word: str) -> str:
        return "".join(f"{prefix}{i},{status},{word}\n" for i in range(n))

    head = "response_id,status,q_care\n" + lines("a", 40, "Complete", "4")
    engine.lay({"survey_wide.csv": head + lines("p", 40, "Survey Preview", "Click here")})
    assert not engine.run(*ANSWERS)
    unknown = lines("b", 4, "Complete", "Click here")
    previews = lines("p", 400, "Survey Preview", "5")
    engine.lay({"survey_wide.csv": head + unknown + previews})
    (said,) = engine.run(*ANSWERS)
    assert "4 of 44 answers are not understood: click here (4)." in said


def test_seconds_are_those_that_the_platform_says(engine: Engine) -> None:
    rows = [
        # a duration wins over a start; 0, a start after the end, and a day say nothing
        "R1,C1,2025-03-01 10:00,2025-03-01 10:05,200,4",
        "R2,C2,2025-03-01 10:00,2025-03-01 10:05,,4",
        "R3,C3,,2025-03-01 10:05,,4",
        "R4,C4,2025-03-01 10:00,2025-03-01 10:05,0,4",
        "R5,C5,2025-03-01 11:00,2025-03-01 10:05,,4",
        "R6,C6,2025-02-28 10:00,2025-03-01 10:05,,4",
        "R7,C7,,,50,4",
    ]
    head = "response_id,customer_id,started_at,answered_at,duration_seconds,q_care"
    engine.lay({"survey_wide.csv": "\n".join([head, *rows])})
    assert not engine.run(*TIMES, min_respondents=3)
    seconds = [200, 300, None, None, None, None, 50]
    speeders = [s < 100 if s else None for s in seconds]
    expected = [
        (f"C{i}", s, flag) for i, (s, flag) in enumerate(zip(seconds, speeders, strict=True), 1)
    ]
    assert engine.rows(f"{LOOKED_AT} order by 1") == expected
    assert not engine.run(*TIMES, min_respondents=4)
    assert {flag for *_, flag in engine.rows(LOOKED_AT)} == {None}
    assert not engine.run(*TIMES, min_respondents=3, longest_duration_hours=25)
    assert engine.rows(f"{LOOKED_AT} where customer_id = 'C6'") == [("C6", 86700, False)]


def test_a_superseded_copy_starts_no_clock(engine: Engine) -> None:
    def sent(response: str, *times: str) -> list[str]:
        asked = ("q_care", "q_speed")
        return [f"{response},C{response},{q},4,{t}" for q, t in zip(asked, times, strict=True)]

    rows = [
        *sent("1", "2025-03-21 09:00", "2025-03-21 09:05"),
        *sent("1", "2025-03-21 23:30", "2025-03-21 23:32"),
        *sent(" 2", "2025-03-21 09:00", "2025-03-21 09:05"),
        *sent("2", "2025-03-21 10:00", "2025-03-21 10:03"),
        *sent("3", "2025-03-21 09:00", "2025-03-21 09:04"),
    ]
    head = "response_id,customer_id,question_id,answer,answered_at"
    engine.lay({"survey_answers.csv": "\n".join([head, *rows])})
    assert not engine.run(*TIMES, min_respondents=1)
    rows = engine.rows(
        "select response_id, last_answered_at - first_answered_at from stg_responses order by 1"
    )
    assert [(response, gap.total_seconds()) for response, gap in rows] == [
        ("1", 120),
        ("2", 180),
        ("3", 240),
    ]
