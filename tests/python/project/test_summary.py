"""The summary at the end of a build: aligned, short, and calm about what a case lacks."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from scripts import summary
from tests.python.conftest import Built

TABLES = {
    "dim_customers": "customer_id varchar",
    "dim_waves": "survey_id varchar, wave_number int, wave_date date, n_respondents int, "
    "n_anonymised int, n_deleted int",
    "fct_segment_satisfaction": "survey_id varchar, wave_number int, segment_type varchar, "
    "segment_value varchar, n_respondents bigint, satisfaction_index double, index_low double, "
    "index_high double, index_change double, change_low double, change_high double, "
    "is_reliable boolean",
    "fct_survey_scores": "survey_id varchar, segment_type varchar, measure varchar, "
    "question_id varchar, role varchar, n_answers bigint, score double, score_low double, "
    "score_high double, is_reliable boolean, n_counted bigint, n_effective bigint",
    "fct_factor_weights": "model varchar, is_leaf boolean, weight_source varchar, "
    "weight_source_asked varchar",
    "fct_segment_loyalty": "month_start date, segment_type varchar, segment_value varchar, "
    "n_customers bigint, loyalty_index double, n_level_1 bigint, n_level_2 bigint, "
    "n_level_3 bigint, n_level_4 bigint, n_level_5 bigint, loyal_share double, "
    "n_classified bigint, n_on_ladder bigint, n_evaluable bigint, n_left bigint",
    "dim_ladder_levels": "ladder_level int, label_zh varchar, label_en varchar",
    "fct_customer_growth": "month_start date, segment_type varchar, n_closing bigint, "
    "n_new bigint, n_reactivated bigint, n_lost bigint, retention_rate double, "
    "annual_retention_rate double, annual_retention_low double, annual_retention_high double, "
    "n_year_before bigint",
    "fct_complaint_chart": "month_start date, segment_type varchar, segment_value varchar, "
    "n_at_risk bigint, complaint_rate double, centre_line double, complaint_alert varchar",
    "fct_ahp_consistency": "model varchar, scope varchar, expert_id varchar, parent_id varchar, "
    "cr double, status varchar",
    "row_accounting": "table_name varchar, raw_rows bigint, accepted_rows bigint, "
    "rejected_rows bigint, ignored_columns varchar, as_of_date date",
    "customer_links": "table_name varchar, n_customers bigint, n_in_customers bigint, "
    "n_near bigint, near_examples varchar",
    "dim_questions": "question_id varchar, factor_id varchar, role varchar",
    "fct_instrument_quality": "survey_id varchar, segment_type varchar, measure varchar, "
    "scope_id varchar, item_id varchar, value double, high double, n_respondents bigint",
    "fct_drivers": "survey_id varchar, segment_type varchar, factor_id varchar, method varchar, "
    "n_respondents bigint, estimate double, estimate_high double",
    "rejected_rows": "table_name varchar, record_key varchar, reason varchar, "
    "column_name varchar, offending_value varchar, row_json varchar",
}
ROWS = """
insert into dim_customers select 'c' || i from range(1200) t(i);
insert into dim_waves values
    ('2024Q1', 1, '2024-03-31', 210, 0, 0), ('二季度', 2, '2024-06-30', 1080, 1200, 1);
insert into fct_segment_satisfaction values
    ('2024Q1', 1, 'total', 'total', 210, 71.24, 69.5, 73.0, null, null, null, true),
    ('二季度', 2, 'total', 'total', 1080, 73.64, 71.0, 75.5, 2.4, 0.1, 4.7, true),
    ('二季度', 2, 'region', 'north', 12, 70.0, 60.0, 80.0, null, null, null, false);
insert into fct_segment_loyalty values
    ('2024-05-01', 'total', 'total', 900, 60.0, 1, 2, 3, 4, 890, 0.5, 700, 900, 890, 0),
    ('2024-06-01', 'total', 'total', 1200, 61.25, 100, 200, 300, 400, 200, 0.5, 1100,
     1200, 1000, 75);
insert into dim_ladder_levels values (5, '非常稳定', 'Very stable'), (4, '稳定', 'Stable'),
    (3, '一般', 'Ordinary'), (2, '不稳定', 'Unstable'), (1, '濒临流失', 'About to leave');
insert into fct_customer_growth values ('2024-06-01', 'total', 1100, 12, 3, 8, 0.99, 0.873,
    0.851, 0.8918, 1010);
insert into fct_complaint_chart values
    ('2024-05-01', 'total', 'total', 1100, 0.2, 0.05, 'above_limit'),
    ('2024-06-01', 'total', 'total', 1100, 0.071, 0.052, 'sustained_rise'),
    ('2024-06-01', 'region', 'north', 300, 0.05, 0.052, 'none');
insert into fct_ahp_consistency values ('loyalty', 'matrix', 'e1', 'value', 0.02, 'consistent'),
    ('satisfaction', 'matrix', 'e1', 'benefit', 0.141, 'review');
insert into row_accounting values ('customers', 1203, 1200, 3,
    '["favourite_colour"]', '2024-06-30');
insert into customer_links values ('survey_answers', 10, 9, 0, null), ('complaints', 4, 4, 0, null),
    ('transactions', 1200, 1100, 2, 'c005 → C005, 09 → 9');
insert into rejected_rows values
    ('customers', 'c1', 'superseded', 'customer_id', 'c1', '{}'),
    ('customers', 'c2', 'superseded', 'customer_id', 'c2', '{}'),
    ('customers', '?', 'missing_key', 'customer_id', null, '{}');
"""


def marts(folder: Path, rows: str, skip: str = "") -> Path:
    """Write a published file with some of the marts."""
    path = folder / "marts.duckdb"
    with duckdb.connect(str(path)) as con:
        for name, columns in TABLES.items():
            if name != skip:
                con.execute(f"create table {name} ({columns})")
        con.execute(rows or "select 1")
    return path


def test_everything_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary.show(marts(tmp_path, ROWS))
    said = capsys.readouterr().out
    for text in (
        "1,200 customers as of 2024-06-30",
        "2024-03-31  2024Q1          210   71.2  69.5 to 73.0  –       –",
        "2024-06-30  二季度        1,080   73.6  71.0 to 75.5  +2.4    0.1 to 4.7",
        "1 of 1 segment cells rest on few answers",
        "is_reliable is false\n  Forgotten of 二季度 since: 1,200 anonymised, 1 deleted.\n\n",
        "Loyalty in 2024-06: index 61.3, 50.0 % of 1,100 classed customers loyal; "
        "75 more have left",
        "5 非常稳定 Very stable           200  16.7",
        "1 濒临流失 About to leave        100   8.3",
        "Customers in 2024-06: 1,100 active; 12 new, 3 back, 8 lost; retention 87.3 % a year "
        "(85.1 to 89.2 %, of 1,010 active a year before)\n"
        "  complaints: sustained rise in total total (7.1 % of 1,100, expected 5.2 %)\n\n",
        "AHP loyalty: greatest CR 0.020 of 1 matrices, all consistent",
        "AHP satisfaction: greatest CR 0.141 of 1 matrices, 1 to review",
        "Rows: 1,203 read, 3 refused",
        "customers        2  superseded   customer_id  c1",
        "customers        1  missing_key  customer_id  –",
        'not read: columns ["favourite_colour"] of customers',
        "marts.duckdb and",
    ):
        assert text in said, f"{text!r} is not in:\n{said}"


def test_a_level_where_nobody_stands_has_its_label(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary.show(marts(tmp_path, ROWS + "update fct_segment_loyalty set n_level_5 = 0;"))
    assert "5 非常稳定 Very stable             0   0.0" in capsys.readouterr().out


def test_columns_are_aligned(tmp_path: Path) -> None:
    path = marts(tmp_path, ROWS)
    with duckdb.connect(str(path), read_only=True) as con:
        head, *rows = summary.table(con, summary.WAVES)
    end = summary.width(head[: head.index("index") + len("index")])
    for row in rows:
        shown = 0
        for position, letter in enumerate(row):
            shown += summary.width(letter)
            if shown == end:
                assert row[position].isdigit() and row[position + 1] == " "


DOUBTED = """insert into dim_questions values ('q_wait', 'speed', 'performance'),
    ('q_speed', 'speed', 'importance'), ('q_dear', 'price', 'performance');
insert into fct_instrument_quality values
    ('w1', 'total', 'item_total', 'speed', 'q_wait', -0.41, -0.2, 30),
    ('w2', 'total', 'item_total', 'speed', 'q_wait', -0.52, -0.3, 1200),
    ('w1', 'north', 'item_total', 'speed', 'q_north', -0.9, -0.8, 99),
    ('w1', 'total', 'item_total', 'speed', 'q_few', -0.9, -0.8, 29),
    ('w1', 'total', 'item_total', 'speed', 'q_chance', -0.1, 0.1, 99),
    ('w1', 'total', 'item_recommendation', 'q_tell', 'q_whole', -0.93, -0.9, 50),
    ('w1', 'total', 'item_recommendation', 'q_tell', 'q_speed', 0.93, 0.97, 50);
insert into fct_drivers values ('w1', 'total', 'price', 'correlation', 40, -0.6, -0.4),
    ('w1', 'total', 'speed', 'correlation', 40, 0.6, 0.7),
    ('w1', 'total', 'speed', 'regression', 40, -0.6, -0.4);
"""


def test_questions_that_run_the_other_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary.show(marts(tmp_path, DOUBTED))
    said = capsys.readouterr().out
    advice = "is the best answer, set is_reversed to true in questions."
    assert (
        "Questions to look at\n"
        "  q_wait goes against the other questions of speed in w2 (r -0.52, n 1,200). "
        f"If its level 1 {advice}\n"
        "  q_dear goes against the overall verdict in w1 (r -0.60, n 40). "
        f"If level 1 of either {advice}\n"
        "  q_whole goes against the recommendation q_tell in w1 (r -0.93, n 50). "
        f"If level 1 of either {advice}\n\n"
    ) in said


def test_no_question_is_doubted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary.show(marts(tmp_path, ROWS))
    assert "Questions to look at" not in capsys.readouterr().out


def test_a_case_without_anything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary.show(marts(tmp_path, ""))
    said = capsys.readouterr().out
    assert "Satisfaction: no accepted answers about a weighted factor" in said
    assert "Loyalty: no accepted transactions" in said


VERDICTS = """
insert into dim_waves values
    ('H1', 1, '2024-06-30', 120, 0, 0), ('H2', 2, '2024-12-31', 12, 0, 0);
insert into fct_survey_scores values
    ('H1', 'total', 'satisfied_share', 'whole', 'overall', 120, 60.0, 51.1, 68.3, true, null, null),
    ('H1', 'total', 'satisfied_share', 'again', 'overall', 4, 10.0, 1.0, 90.0, false, null, null),
    ('H1', 'north', 'satisfied_share', 'whole', 'overall', 60, 50.0, 38.0, 62.0, true, null, null),
    ('H1', 'total', 'nps', 'tell', 'recommend', 110, -3.04, -12.0, 6.0, true, null, null),
    ('H2', 'total', 'satisfied_share', 'whole', 'overall', 12, 62.5, 30.0, 85.0, false, null, null);
"""


def test_verdicts_stand_where_no_factor_was_asked_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary.show(marts(tmp_path, VERDICTS))
    said = capsys.readouterr().out
    assert "Overall verdicts, for no factor was asked about" in said
    assert "no accepted answers" not in said.split("Loyalty:")[0]
    assert [line.split() for line in said.splitlines() if line.startswith("  2024")] == [
        "2024-06-30 H1 satisfied % 120 60.0 51.1 to 68.3".split(),
        "2024-06-30 H1 NPS 110 -3.0 -12.0 to 6.0".split(),
        "2024-12-31 H2 satisfied % 12 62.5 30.0 to 85.0 few answers: not reliable".split(),
    ]


@pytest.mark.parametrize(
    ("asked", "why"), [("ahp", "no expert has judged"), ("equal", "weight_source is equal")]
)
def test_equal_weights_are_said_of_what_has_an_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: str, why: str
) -> None:
    leaf = f"('satisfaction', true, 'equal', '{asked}')"
    weights = f"{leaf}, {leaf}, ('satisfaction', false, 'equal', '{asked}')"
    weights += ", ('loyalty', true, 'ahp', 'ahp')"
    summary.show(marts(tmp_path, ROWS + f"insert into fct_factor_weights values {weights};"))
    said = capsys.readouterr().out
    assert f"Weights of satisfaction: all 2 factors weigh the same, for {why}" in said
    assert "Weights of loyalty" not in said


@pytest.mark.parametrize("name", TABLES)
def test_a_mart_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    rows = "\n".join(
        statement + ";" for statement in ROWS.split(";") if f"into {name} " not in statement
    )
    summary.show(marts(tmp_path, rows, skip=name))
    assert "Published: " in capsys.readouterr().out


@pytest.mark.parametrize(("text", "wide"), [("abc", 3), ("满意", 4), ("é", 1), ("e\u0301", 1)])
def test_width(text: str, wide: int) -> None:
    assert summary.width(text) == wide


def test_the_summary_of_the_demo(demo: Built) -> None:
    said = demo.out[demo.out.index("checks passed") :]
    for text in ("customers", "Satisfaction index", "Loyalty in ", "AHP ", "Rows: ", "Published: "):
        assert text in said
    assert "no accepted" not in said
    # every refused row is counted
    (refused,) = demo.rows("select count(*) from rejected_rows")[0]
    assert f"{refused:,} refused" in said
