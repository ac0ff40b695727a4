"""What may be passed on of the demo: which marts, which columns, and that no small cell is told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from reports.document import write as write_report
from reports.marts import Marts
from reports.pages import withheld
from satisfaction.disclosure.cells import Mart
from satisfaction.disclosure.rules import Rule, RuleError
from scripts import catalogue, export, metrics, record, shared
from tests.python.conftest import Built
from tests.python.disclosure.audit import worked_out

LEAST = 5
#: how keys of people are called
PEOPLE = re.compile(r"customer_(id|name)|record_key|row_json|near_examples|birth_date|author|note$")
#: columns that may tell of another cell than their own are called so; a new one must be classified
TELLING = re.compile(r"previous_|change|_rank|^best_|places|log_rank|year_before|12_months")
#: marts whose rows are segments cut once more: only the total of these is passed on
CUT = {
    "fct_complaint_recovery",
    "fct_intention_conversion",
    "fct_relationship_survival",
    "fct_retention_cohorts",
    "fct_satisfaction_loyalty",
}


@pytest.fixture(scope="module")
def manifest(demo: Built) -> dict[str, Any]:
    return demo.manifest()


@pytest.fixture(scope="module")
def marts(manifest: dict[str, Any]) -> dict[str, catalogue.Mart]:
    return {mart.name: mart for mart in catalogue.marts(manifest)}


@pytest.fixture(scope="module")
def rules(manifest: dict[str, Any]) -> dict[str, Rule]:
    return shared.rules_of(manifest)


@pytest.fixture(scope="module")
def both(demo: Built) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open what may be passed on, and beside it as `whole` all marts."""
    with duckdb.connect() as con:
        con.execute(f"attach '{demo.target / 'shared.duckdb'}' as shared (read_only)")
        con.execute(f"attach '{demo.target / 'marts.duckdb'}' as whole (read_only)")
        con.execute("use shared")
        yield con


def test_every_mart_says_how_it_is_passed_on(manifest: dict[str, Any]) -> None:
    said = {
        node["name"]: node["config"]["meta"].get("shared")
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["path"].startswith("marts/")
    }
    assert [name for name, rule in said.items() if rule is None] == []


def test_a_mart_of_customers_is_not_passed_on(
    marts: dict[str, catalogue.Mart], rules: dict[str, Rule], demo: Built
) -> None:
    by_customer = {name for name, mart in marts.items() if "customer_id" in mart.columns}
    assert len(by_customer) > 10
    assert by_customer.isdisjoint(rules)
    # nor one that holds keys of rows, free texts of people or their names
    for name in rules:
        assert [column for column in marts[name].columns if PEOPLE.match(column)] in (
            [],
            ["note_zh"],
        )
    there = {path.stem for path in (demo.target / "shared").glob("*.parquet")}
    assert there == set(rules)


def test_every_column_is_classified(
    marts: dict[str, catalogue.Mart], rules: dict[str, Rule]
) -> None:
    """A column that no rule names is withheld with its cell; what it names must be there."""
    for name, rule in rules.items():
        columns, grain = set(marts[name].columns), marts[name].grain
        named = {*rule.people, *rule.parts, *rule.keep, *rule.own, *rule.without, *rule.sums}
        named |= {*rule.means, *rule.means.values(), *rule.numbered, rule.cut, rule.tail}
        named |= {rule.of_type}
        assert named - {""} <= columns, name
        for begins in (begin for part in rule.parts.values() for begin in part):
            assert any(column.startswith(begins) for column in columns), (name, begins)
        if rule.is_as_is:
            assert not [column for column in columns if column.startswith("n_respondents")], name
            continue
        for column in columns:
            word = rule.class_of(column, grain)
            if TELLING.search(column) and column not in (*rule.own, *rule.keep):
                assert word in ("comparison", "change", "key") or column == "previous_survey_id"
            if word == "kept":  # says what the row is, and is no figure
                assert marts[name].columns[column].type != "double" or "claimed" in column


def test_a_mart_that_says_nothing_or_nonsense() -> None:
    assert Rule.read("fct_new", None) is None
    with pytest.raises(RuleError, match="fct_new: meta.shared is 'yes'.\nFix: make it never"):
        Rule.read("fct_new", "yes")
    with pytest.raises(RuleError, match="people"):
        Rule.read("fct_new", {"persons": ["n"]})


def test_a_new_column_is_withheld_with_its_cell(rules: dict[str, Rule]) -> None:
    rule, grain = rules["fct_segment_satisfaction"], ("survey_id", "segment_type", "segment_value")
    assert rule.class_of("rest_difference", grain) == "with the cell"
    assert rule.class_of("n_effective", grain) == "with the cell"
    assert rule.class_of("index_change_p_value", grain) == "change"
    mart = Mart("fct_new", duckdb.sql("select 1 as n").df(), ("n",), Rule(people=("n",)))
    assert mart.small(LEAST).tolist() == [True]


def test_all_is_withheld_of_a_withheld_cell(
    both: duckdb.DuckDBPyConnection, marts: dict[str, catalogue.Mart], rules: dict[str, Rule]
) -> None:
    """Also what a shown cell says is what the marts say of it, or nothing."""
    for name, rule in rules.items():
        if rule.is_as_is:
            continue
        grain = marts[name].grain
        figures = [c for c in marts[name].columns if c not in (*grain, *rule.keep)]
        known = " or ".join(f'"{column}" is not null' for column in figures)
        sql = f"select count(*) from {name} where cell_status = 'suppressed' and ({known})"
        assert both.execute(sql).fetchall() == [(0,)], name
        keys = ", ".join(f'"{key}"' for key in grain)
        differ = " or ".join(
            f's."{c}" is not null and s."{c}" is distinct from w."{c}"' for c in figures
        )
        sql = (
            f"select count(*), count(*) filter (where {differ}) from {name} as s "
            f"join whole.main.{name} as w using ({keys}) where s.cell_status = 'shown'"
        )
        ((n, wrong),) = both.execute(sql).fetchall()
        ((shown,),) = both.execute(
            f"select count(*) from {name} where cell_status = 'shown'"
        ).fetchall()
        assert (n, wrong) == (shown, 0), name


def test_no_small_group_is_shown(both: duckdb.DuckDBPyConnection, rules: dict[str, Rule]) -> None:
    for name, rule in rules.items():
        for column in rule.people:
            sql = f"select count(*) from {name} where {column} between 1 and {LEAST - 1}"
            assert both.execute(sql).fetchall() == [(0,)], (name, column)


@pytest.mark.parametrize(
    ("mart", "column"),
    [
        ("fct_segment_satisfaction", "n_respondents"),
        ("fct_word_of_mouth", "n_respondents"),
        ("fct_survey_coverage", "n_population"),
        ("fct_survey_coverage", "n_respondents"),
        ("fct_survey_coverage", "n_invited"),
        ("fct_segment_loyalty", "n_customers"),
        ("fct_segment_behaviour", "n_active"),
        ("fct_customer_growth", "n_opening"),
        ("fct_complaint_chart", "n_at_risk"),
    ],
)
def test_no_count_that_is_withheld_can_be_worked_out(
    both: duckdb.DuckDBPyConnection, mart: str, column: str
) -> None:
    period = "survey_id" if mart in ("fct_segment_satisfaction", "fct_word_of_mouth") else None
    period = period or ("survey_id" if "coverage" in mart else "month_start")
    frames = [
        both.execute(
            f"select {period}::varchar as survey_id, * exclude ({period}) from {place}"
        ).df()
        for place in (mart, f"whole.main.{mart}")
    ]
    found = list(worked_out(*frames, column))
    assert len(found) >= 6 * frames[0].survey_id.nunique()
    assert [one for one in found if one.count > 0 and not one.is_wide(LEAST)] == []


@pytest.mark.parametrize(
    ("mart", "column", "items"),
    [
        ("fct_survey_scores", "n_answers", "measure || question_id"),
        ("fct_segment_factor_satisfaction", "n_respondents", "factor_id"),
        ("fct_gap_analysis", "n_respondents", "item_type || item_id"),
    ],
)
def test_nor_that_of_a_question(
    both: duckdb.DuckDBPyConnection, mart: str, column: str, items: str
) -> None:
    """In the newest wave, question by question."""
    frames = [
        both.execute(
            f"select {items} as survey_id, * exclude (survey_id) from {place} "
            "where survey_id = '2025q4' and segment_type in ('total', 'region', 'customer_type')"
        ).df()
        for place in (mart, f"whole.main.{mart}")
    ]
    found = [one for one in worked_out(*frames, column) if one.count > 0]
    assert len(found) > 50
    told = [one for one in found if not one.is_all_of_its_kind]
    assert [one for one in told if not one.is_wide(LEAST)] == []
    assert [one for one in found if one.is_known(LEAST)] == []


def test_a_cell_is_withheld_in_every_mart_wave_and_month(
    both: duckdb.DuckDBPyConnection, marts: dict[str, catalogue.Mart], rules: dict[str, Rule]
) -> None:
    sql = "select distinct segment_type, segment_value from {} where cell_status = 'suppressed'"
    hidden = set(both.execute(sql.format("fct_segment_satisfaction")).fetchall())
    assert {("region", "unknown"), ("customer_type", "unknown")} < hidden
    for name in rules:
        is_of_segments = {"segment_type", "segment_value"} <= set(marts[name].grain)
        if is_of_segments and name not in CUT and not rules[name].is_as_is:
            shown = sql.format(name).replace("= 'suppressed'", "= 'shown'")
            assert hidden.isdisjoint(both.execute(shown).fetchall()), name


def test_of_a_segment_that_is_cut_only_the_total_is_passed_on(
    both: duckdb.DuckDBPyConnection, rules: dict[str, Rule]
) -> None:
    assert {name for name, rule in rules.items() if rule.cut or rule.tail} == CUT
    for name in CUT:
        kinds = both.execute(f"select distinct segment_type from {name}").fetchall()
        assert kinds == [("total",)], name


def test_at_most_a_quarter_of_the_cells_is_lost(
    both: duckdb.DuckDBPyConnection, rules: dict[str, Rule]
) -> None:
    """Of the marts with a row for each segment of a wave or month."""
    whole = lost = 0
    for name in (
        "fct_complaint_chart fct_customer_growth fct_segment_behaviour fct_segment_loyalty "
        "fct_segment_satisfaction fct_survey_coverage fct_word_of_mouth "
        "fct_segment_factor_satisfaction fct_survey_scores fct_taxonomy_satisfaction fct_kano "
        "fct_gap_analysis fct_drivers fct_priorities fct_path_estimates"
    ).split():
        ((n, missing),) = both.execute(
            f"select (select count(*) from whole.main.{name}), "
            f"(select count(*) from {name} where cell_status = 'suppressed')"
        ).fetchall()
        whole, lost = whole + n, lost + missing
    assert 0.1 < lost / whole <= 0.25


def test_the_index_of_the_joined_row_is_that_of_the_pooled_answers(
    both: duckdb.DuckDBPyConnection,
) -> None:
    """Pooled again from the answers by level of the segments that are withheld."""
    sql = """
        with hidden as (
            select survey_id, segment_type, segment_value from fct_segment_satisfaction
            where cell_status = 'suppressed'
        ), scores as (
            select survey_id, segment_type, factor_id, any_value(weight) as weight,
                sum(factor_score * n_valid) / sum(n_valid) as score
            from whole.main.fct_segment_factor_satisfaction join hidden using (all)
            group by survey_id, segment_type, factor_id
        )
        select o.satisfaction_index, sum(s.weight * s.score)
        from fct_segment_satisfaction as o join scores as s using (survey_id, segment_type)
        where o.cell_status = 'joined'
        group by o.survey_id, o.segment_type, o.satisfaction_index"""
    sql = sql.replace("using (all)", "using (survey_id, segment_type, segment_value)")
    found = both.execute(sql).fetchall()
    assert len(found) == 8
    for told, expected in found:
        assert told == pytest.approx(expected, abs=1e-9)


def test_persons_are_numbered(both: duckdb.DuckDBPyConnection) -> None:
    sql = "select distinct expert_id from {} where expert_id <> 'group'"
    named = {
        row[0] for row in both.execute(sql.format("whole.main.fct_ahp_consistency")).fetchall()
    }
    numbers = {row[0] for row in both.execute(sql.format("fct_ahp_consistency")).fetchall()}
    assert numbers == {f"expert {number}" for number in range(1, len(named) + 1)}
    assert {row[0] for row in both.execute(sql.format("fct_ahp_review")).fetchall()} <= numbers


def test_the_files_are_those_of_the_list(demo: Built) -> None:
    told = json.loads((demo.target / "shared" / "shared.json").read_text("utf-8"))["files"]
    files = {path.name for path in (demo.target / "shared").iterdir()}
    assert files == {*told, "shared.json"}
    assert (demo.target / "shared").resolve() == (demo.target / "marts").resolve() / "shared"
    for name in told:
        if name.endswith(".parquet"):
            path = demo.target / "shared" / name
            assert duckdb.sql(f"select count(*) from '{path}'").fetchall() == [
                (told[name]["rows"],)
            ]


def test_the_record_says_how_many_people_a_cell_needs(
    demo: Built, manifest: dict[str, Any]
) -> None:
    assert record.min_cell(demo.target / "satisfaction.duckdb", manifest) == LEAST


def test_metrics_of_what_is_passed_on_are_those_of_the_build(demo: Built) -> None:
    """Of the total, and pooled over all kinds of segment, as a metric without a segment is."""
    for table, key in (("sem_segment_waves", "survey_id"), ("sem_segment_months", "month_start")):
        sql = (
            f"select {key}, segment_type, sum(columns(* exclude ({key}, segment_type, segment_value"
        )
        sql += ", wave_date" if key == "survey_id" else ""
        sql += ", satisfaction_index" if key == "survey_id" else ""
        sql += f"))) from {table} group by all order by all"
        path = demo.target / "shared" / shared.BUILD_NAME
        with duckdb.connect(str(path), read_only=True) as con:
            passed = con.execute(sql).fetchall()
        for row, built in zip(passed, demo.build_rows(sql), strict=True):
            assert row[:2] == built[:2]
            assert [x or 0 for x in row[2:]] == pytest.approx([x or 0 for x in built[2:]])


def test_after_a_command_that_builds_nothing_metrics_say_so(
    demo: Built, manifest: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The manifest of `dbt ls` has no SQL of models; all else is published as before."""
    bare = {
        **manifest,
        "nodes": {i: node | {"compiled_code": None} for i, node in manifest["nodes"].items()},
    }
    path = tmp_path / "shared" / shared.BUILD_NAME
    path.parent.mkdir()
    with duckdb.connect() as con:
        con.execute(f"attach '{demo.target / 'shared.duckdb'}' as shared (read_only)")
        con.execute(f"attach '{path}' as metrics")
        assert shared.write_semantic(con, bare) > 0
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setenv("DBT_TARGET_PATH", str(tmp_path))
        assert metrics.main(["query"]) == 1
    assert capsys.readouterr().err.endswith("has no tables for metrics.\nFix: make build.\n")


def test_the_report_lists_what_it_withholds(demo: Built, tmp_path: Path) -> None:
    opened = Marts(demo.target / "shared.duckdb", names_customers=False)
    listed = withheld.segments(opened)
    assert listed is not None
    kinds = list(listed.table.cell_status)
    assert (kinds.count("suppressed"), kinds.count("joined")) == (6, 2)
    assert listed.table.n_respondents[listed.table.cell_status == "suppressed"].isna().all()
    assert set(listed.table.cell_status_zh) == {"已隐去", "已隐去者合计"}
    # pages see no cell that is withheld
    assert (
        opened.value("select count(*) from fct_segment_satisfaction where n_respondents is null")
        == 0
    )
    opened.close()
    whole = Marts(demo.target / "marts.duckdb", names_customers=False)
    assert withheld.segments(whole) is None
    whole.close()


def test_a_report_without_customers_is_of_what_may_be_passed_on(
    demo: Built, tmp_path: Path
) -> None:
    for name in ("marts", "shared"):
        (tmp_path / f"{name}.duckdb").symlink_to(demo.target / f"{name}.duckdb")
    texts = [
        write_report(tmp_path, names_customers=False, is_whole=is_whole).read_text("utf-8")
        for is_whole in (False, True)
    ]
    assert ["suppressed-segments" in text for text in texts] == [True, False]


def test_the_workbook_is_of_what_may_be_passed_on(demo: Built, rules: dict[str, Rule]) -> None:
    assert export.main(["--target-path", str(demo.target)]) == 0
    folder = demo.target / "export"
    assert {path.stem for path in folder.glob("*.csv")} == set(rules)
    book = openpyxl.load_workbook(folder / "satisfaction.xlsx", read_only=True)
    assert "For passing on" in str(book.worksheets[0]["A2"].value)
    rows = list(book["fct_segment_satisfaction"].iter_rows(values_only=True))
    status, n = rows[0].index("cell_status"), rows[0].index("n_respondents")
    withheld_rows = [row for row in rows if row[status] == "suppressed"]
    assert len(withheld_rows) == 24
    assert {row[n] for row in withheld_rows} == {None}
