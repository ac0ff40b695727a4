"""The comparison of two builds: what it finds, what it lets pass; names that are retired."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from scripts import cases
from scripts.catalogue import marts as read_marts
from tests.golden import fingerprint, intended
from tests.golden.__main__ import main
from tests.golden.checkouts import GoldenError, full_id
from tests.golden.comparing import Difference, compare
from tests.golden.intended import Intended
from tests.python.conftest import ROOT, Built
from tests.python.engine import Engine

GRAINS = {"fct_a": ("id",)}
ROWS = """
    create table fct_a as
    select range as id, 'n' || range as label, 1 / (range + 3) as share, range % 2 = 0 as is_even
    from range(10);
    create table no_grain as select 'x' as label, range / 3 as share from range(4)
"""
Files = Callable[[str], Path]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Return a function that makes a file of marts, changed by a statement."""

    def make(change: str) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.duckdb"
        with duckdb.connect(str(path)) as con:
            con.execute(ROWS)
            con.execute(change)
        return path

    return make


def found(files: Files, change: str) -> list[tuple[str, str, str]]:
    compared = compare(files(""), files(change), GRAINS)
    return [(one.table, one.column, one.says) for one in compared.differences]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("", []),
        ("update fct_a set share = share * (1 + 1e-12)", []),
        ("update fct_a set share = 1e-17 where id = 3", [("fct_a", "share", "1 rows differ")]),
        (
            "update fct_a set share = share * (1 + 2e-9) where id < 2",
            [("fct_a", "share", "2 rows differ")],
        ),
        ("update fct_a set share = 'nan' where id = 1", [("fct_a", "share", "1 rows differ")]),
        ("update fct_a set share = 'inf' where id = 1", [("fct_a", "share", "1 rows differ")]),
        ("update fct_a set share = null where id = 1", [("fct_a", "share", "1 rows differ")]),
        ("update fct_a set label = 'N1' where id = 1", [("fct_a", "label", "1 rows differ")]),
        ("update fct_a set is_even = null where id = 1", [("fct_a", "is_even", "1 rows differ")]),
        ("delete from fct_a where id = 1", [("fct_a", "", "1 rows are gone")]),
        ("insert into fct_a from fct_a where id < 3", [("fct_a", "", "3 rows are new")]),
        (
            "update fct_a set id = 77 where id = 1",
            [("fct_a", "", "1 rows are gone"), ("fct_a", "", "1 rows are new")],
        ),
        ("alter table fct_a add column more int", [("fct_a", "more", "the column is new")]),
        ("alter table fct_a drop column label", [("fct_a", "label", "the column is gone")]),
        (
            "alter table fct_a alter column id type integer",
            [("fct_a", "id", "was BIGINT, is INTEGER")],
        ),
        ("create table fct_b (id int)", [("fct_b", "", "the table is new")]),
        ("drop table fct_a", [("fct_a", "", "the table is gone")]),
        ("insert into no_grain values ('x', 9)", [("no_grain", "", "1 rows are new")]),
        (
            "update no_grain set share = 5 where share > 0.9",
            [("no_grain", "share", "1 rows differ")],
        ),
    ],
)
def test_what_differs_is_found(
    files: Files, change: str, expected: list[tuple[str, str, str]]
) -> None:
    assert found(files, change) == expected


def test_floats_that_are_missing_on_both_sides_are_the_same(files: Files) -> None:
    change = (
        "update fct_a set share = case when id = 1 then 'nan'::double when id = 2 then 'inf' end"
    )
    assert compare(files(change), files(change), GRAINS).differences == ()


def test_examples_name_the_row_and_both_values(files: Files) -> None:
    (one,) = compare(
        files(""), files("update fct_a set label = 'new' where id > 5"), GRAINS
    ).differences
    assert one.examples == ("id=6: 'n6' → 'new'", "id=7: 'n7' → 'new'", "id=8: 'n8' → 'new'")


def test_what_is_intended_passes_and_nothing_else() -> None:
    label, share = Difference("fct_a", "label", "differs"), Difference("fct_a", "share", "differs")
    rows, other = Difference("fct_a", "", "1 rows are new"), Difference("fct_b", "label", "differs")
    column, table = Intended("fct_a", "label", "better"), Intended("fct_a", "", "better")
    assert intended.unintended([label, share, rows, other], [column]) == [share, rows, other]
    assert intended.unintended([label, share, rows, other], [table]) == [other]
    assert intended.no_longer_needed([share], [column, table]) == [column]


def test_a_reason_is_quoted_wherever_the_lines_break() -> None:
    one, other = Intended("fct_a", "", "two words"), Intended("fct_b", "", "unsaid")
    assert intended.unquoted([one, other], "it is two\n  words here") == ["unsaid"]


def test_every_intended_difference_is_in_the_changelog() -> None:
    """Add the text of the column why to CHANGELOG.md, under Unreleased."""
    assert intended.unquoted(intended.read(), intended.CHANGELOG.read_text("utf-8")) == []


def test_an_intended_difference_needs_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "intended.csv"
    path.write_text("table_name,column_name,why\nfct_a,label,\n", "utf-8")
    with pytest.raises(GoldenError, match="every row needs a table and why"):
        intended.read(path)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "BASE is missing"),
        (["--base", "no-such-commit"], "BASE=no-such-commit: git knows no such commit"),
        (["--base", "HEAD", "--only", "dmeo"], "there is no case dmeo"),
    ],
)
def test_what_cannot_be_compared_is_one_message(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert says in said and "Fix: " in said and "Traceback" not in said


def test_a_commit_is_found_by_any_of_its_names() -> None:
    assert full_id("HEAD") == full_id(full_id("HEAD")[:9])


# --- the fingerprint ----------------------------------------------------------------------------


def test_the_demo_has_the_stored_fingerprint(demo: Built) -> None:
    grains = {mart.name: mart.grain for mart in read_marts(demo.manifest())}
    said = fingerprint.changes(
        fingerprint.read(), fingerprint.of(demo.target / "marts.duckdb", grains)
    )
    if said:
        shown = "\n".join(said[:30] + ([f"… and {len(said) - 30} more"] if said[30:] else []))
        pytest.fail(
            f"the demo's marts changed in {len(said)} columns:\n{shown}\n"
            f"Fix: if that is meant, {fingerprint.REWRITE}, and look at the diff.",
            pytrace=False,
        )


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ("update fct_a set label = 'N1' where id = 1", "label"),
        ("update fct_a set share = share * 1.001", "share"),
        ("update fct_a set share = 5 - share where id in (0, 1)", "share"),
        ("update fct_a set share = null where id = 9", "share"),
        ("update fct_a set label = if(id = 1, 'n2', 'n1') where id in (1, 2)", "label"),
        ("update fct_a set share = if(id = 1, 0.2, 0.25) where id in (1, 2)", "share"),
    ],
)
def test_a_change_is_a_line(files: Files, change: str, column: str) -> None:
    before, after = (fingerprint.of(files(how), GRAINS) for how in ("", change))
    (said,) = fingerprint.changes(before, after)
    assert said.startswith(f"fct_a.{column}: ")


def test_last_digits_are_no_change(files: Files, tmp_path: Path) -> None:
    before = fingerprint.of(files(""), GRAINS)
    after = fingerprint.of(files("update fct_a set share = share * (1 + 1e-9)"), GRAINS)
    assert fingerprint.changes(before, after) == []
    stored = tmp_path / "stored.csv"
    fingerprint.write(before, stored)
    first = stored.read_text("utf-8")
    fingerprint.write(after, stored)
    assert stored.read_text("utf-8") == first
    assert fingerprint.read(stored) == before


# --- names that are retired ---------------------------------------------------------------------


def test_the_page_lists_every_retired_name() -> None:
    page = (ROOT / "docs" / "retired.md").read_text("utf-8")
    rows = [
        f"| {one['kind']} | `{one['name']}` | {one['since']} | {one['instead']} |"
        for one in cases.retired_names()
    ]
    assert [line for line in page.splitlines() if line.startswith("| ")][1:] == rows


def test_what_is_retired_is_not_there() -> None:
    kept = cases.known_vars() | set.union(*cases.table_names())
    for one in cases.retired_names():
        if one["kind"] in ("var", "table"):
            assert one["name"] not in kept
        table, _, column = one["name"].partition(".")
        seed = cases.shipped_method().get(table)
        if one["kind"] == "column" and seed:
            with seed.open(encoding="utf-8", newline="") as file:
                assert column not in next(csv.reader(file))


def test_make_build_says_what_took_the_place_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("customer_id\n", "utf-8")
    (tmp_path / "int_wave_segments.csv").write_text("segment\n", "utf-8")
    with pytest.raises(
        cases.CaseError, match=r"is retired \(after 0.1.0\). Use int_respondent_seg"
    ):
        cases.case_vars(str(tmp_path), "", "")


def test_make_build_says_what_took_the_place_of_a_var() -> None:
    said = r"--vars: the var satisfied_from_level is retired \(after 0.1.0\). Use is_satisfied"
    with pytest.raises(cases.CaseError, match=said):
        cases.case_vars("", "", "{satisfied_from_level: 4}")


def test_dbt_says_who_is_satisfied_now(engine: Engine) -> None:
    engine.lay({"customers.csv": "customer_id\nc1\n"})
    (said,) = engine.run("method_rows", satisfied_from_level=4)
    assert "var satisfied_from_level: retired (after 0.1.0). Use is_satisfied of the" in said


def test_dbt_says_what_took_the_place_of_a_column(engine: Engine) -> None:
    lines = (ROOT / "seeds/method/actions/seed_playbook_lines.csv").read_text("utf-8")
    header, _, rest = lines.partition("\n")
    old = header.replace("min_overall_level", "has_verdict")
    engine.lay({"customers.csv": "customer_id\nc1\n", "playbook_lines.csv": f"{old}\n{rest}"})
    (said,) = engine.run("method_rows")
    assert "playbook_lines.csv: the column has_verdict is retired (after 0.1.0). Use min_o" in said


def test_dbt_says_what_took_the_place_of_vars_and_columns(engine: Engine) -> None:
    """Names that stand for those that a later version retires."""
    engine.lay({"customers.csv": "customer_id,town\nc1,X\n"})
    names = engine.manifest.nodes["model.dbt_satisfaction.method_rows"].config.meta["retired"]
    added = [
        {"kind": "var", "name": "old_name", "since": "1.0", "instead": "new_name"},
        {"kind": "table", "name": "buyers", "since": "1.0", "instead": "customers"},
        {"kind": "column", "name": "customers.town", "since": "1.0", "instead": "region"},
    ]
    names.extend(added)
    try:
        (wrong_var,) = engine.run("method_rows", old_name=1)
        (wrong_table,) = engine.run("method_rows", extra_columns={"buyers": {}})
        (wrong_segment,) = engine.run("method_rows", segment_by=["town"])
        (wrong_column,) = engine.run("method_rows", "base_customers")
        engine.lay({"customers.csv": "customer_id\nc1\n", "buyers.csv": "customer_id\nc1\n"})
        (wrong_file,) = engine.run("method_rows")
    finally:
        del names[-len(added) :]
    assert "var old_name: retired (1.0). Use new_name." in wrong_var
    assert "var extra_columns: the table buyers is retired (1.0). Use customers." in wrong_table
    assert "var segment_by: the column town is retired (1.0). Use region." in wrong_segment
    assert "customers.csv: the column town is retired (1.0). Use region." in wrong_column
    assert "buyers.csv: the table buyers is retired (1.0). Use customers." in wrong_file
