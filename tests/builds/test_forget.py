"""A forgotten person is found nowhere, in whatever form a place keeps its texts."""

from __future__ import annotations

import gzip
import os
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import duckdb
import pytest

from reports import document
from scripts import export, forget, publish, publish_postgres
from tests.bi.test_postgres import PG_CTL, Server, server
from tests.python.engine import Engine

__all__ = ["server"]

ID, NAME = "KUNDE-4711-X", "Zoë Quixötl"
OTHER = "KUNDE-0815-Y"
CUSTOMERS = [ID, OTHER, *(f"c{n:02d}" for n in range(14))]
#: places that hold the id of a person of a case that was built, published, exported and reported
PLACES = {
    *("customers.csv", "survey_wide.csv", "transactions.csv", "next_action_results.csv"),
    *("satisfaction.duckdb", "marts.duckdb", "fct_customer_satisfaction.parquet"),
    *("rejected_rows.parquet", "fct_customer_satisfaction.csv", "satisfaction.xlsx", "report.html"),
    *("dbt.log", "older.log.gz", "report.1.unfinished", "spilled"),
}
#: and those that hold no name
NAMELESS = {
    *("survey_wide.csv", "transactions.csv", "next_action_results.csv"),
    *("fct_customer_satisfaction.parquet", "fct_customer_satisfaction.csv"),
}


def texts(path: Path) -> Iterator[str]:
    """Return what a file says, decoded."""
    yield path.read_bytes().decode("utf-8", "ignore")
    if path.suffix == ".parquet":
        yield repr(duckdb.sql(f"from '{path}'").fetchall())
    elif path.suffix == ".duckdb":
        with duckdb.connect() as con:
            con.execute(f"attach '{path}' as looked (read_only)")
            for name, rows in publish.contents(con, "looked").items():
                yield repr(con.execute(f"from looked.{name}").fetchall()) if rows else ""
    elif path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name).decode("utf-8", "ignore") for name in archive.namelist())
    elif path.suffix == ".gz":
        yield gzip.decompress(path.read_bytes()).decode()


def holding(folder: Path, *words: str) -> set[str]:
    """Return the names of the files below a folder that hold one of the words."""
    return {
        path.name
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
        if any(word in text for text in texts(path) for word in words)
    }


def in_postgres(of: Server, *words: str) -> bool:
    """Tell whether a table of the server holds one of the words."""
    sql = (
        "select table_schema, table_name from information_schema.tables "
        "where table_schema like '%marts%'"
    )
    rows = [of.ask(f'select t::text from "{schema}"."{name}" as t') for schema, name in of.ask(sql)]
    return any(word in repr(rows) for word in words)


def write(case: Path) -> None:
    """Write a case in which everybody answers and buys."""
    chance = random.Random(20261130)
    case.mkdir()
    lines = [
        f"{one},{NAME if one == ID else one.upper()},{'ns'[n % 2]}"
        for n, one in enumerate(CUSTOMERS)
    ]
    lines.append(f"{ID},{NAME},n")
    (case / "customers.csv").write_text("\n".join(["customer_id,customer_name,region", *lines, ""]))
    lines = [
        f"r{n}{wave},w{wave},{one},2025-0{3 * wave}-01,"
        f"{chance.randint(1, 5)},{chance.randint(1, 5)}"
        for n, one in enumerate(CUSTOMERS)
        for wave in (1, 2)
    ]
    head = "response_id,survey_id,customer_id,answered_at,q_care,q_image"
    (case / "survey_wide.csv").write_text("\n".join([head, *lines, ""]))
    lines = [
        f"t{n}-{month},{one},2025-{month:02d}-10,{chance.randint(10, 90)}"
        for n, one in enumerate(CUSTOMERS)
        for month in range(1, 8)
    ]
    lines.append(f"t-bad,{ID},2025-01-10,many")  # a refused row is kept whole
    head = "transaction_id,customer_id,ordered_at,amount"
    (case / "transactions.csv").write_text("\n".join([head, *lines, ""]))
    head = "action_id,factor_id,title,planned_on"
    (case / "actions.csv").write_text(f"{head}\na1,care,Training,2025-03-10\n")
    head = "customer_id,line_id,done_on,outcome"
    (case / "next_action_results.csv").write_text(f"{head}\n{ID},win_back,2025-05-10,solved\n")
    (case / "vars.yml").write_text("segment_by: [region]\nmin_weight_coverage: 0\n")


@pytest.fixture(scope="module")
def place(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build, publish twice, export and report a case; lay down what killed commands leave."""
    place = tmp_path_factory.mktemp("place")
    write(place / "case")
    target = place / "target"
    built = engine.build(target, "--data", str(place / "case"), report=True)
    assert built.code == 0, built.err
    publish.publish(target)
    export.export(target, is_whole=True)
    document.write(target, names_customers=False)
    says = f"{ID} is {NAME}\n"
    (target / "logs").mkdir(exist_ok=True)
    (target / "logs" / "dbt.log").write_text(says)
    (target / "logs" / "older.log.gz").write_bytes(gzip.compress(says.encode()))
    (target / "report.1.unfinished").write_text(says)
    (target / "satisfaction.duckdb.tmp").mkdir()
    (target / "satisfaction.duckdb.tmp" / "spilled").write_text(says)
    return place


def run(engine: Engine, place: Path, customer: str, *arguments: str, **env: str) -> int:
    """Forget somebody, with the project read already."""
    told = ["--customer", customer, "--data", str(place / "case")]
    told += ["--target-path", str(place / "target"), *arguments]
    with (
        mock.patch.object(engine, "target", place / "target"),
        engine._inside() as said,
        mock.patch.dict(os.environ, env),
    ):
        code = forget.main(told)
    print(said.getvalue())
    return code


def test_nothing_that_was_made_of_a_case_names_a_forgotten_person(
    engine: Engine, place: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    postgres: Server | None = request.getfixturevalue("server") if PG_CTL else None
    env = {}
    if postgres:
        env = {"SATISFACTION_POSTGRES": postgres.address()}
        publish_postgres.publish(place / "target", postgres.address(), "marts", is_whole=True)
        assert in_postgres(postgres, ID) and in_postgres(postgres, NAME)
    assert len(list((place / "target").glob("marts-*"))) > 1
    assert holding(place, ID) >= PLACES
    assert holding(place, NAME) >= PLACES - NAMELESS

    assert run(engine, place, ID, **env) == 0

    said = capsys.readouterr().out
    assert "All figures are as before, to the last bit." in said
    assert holding(place, ID, NAME, "KUNDE-4711", "Quix") == set()
    if postgres:
        assert not in_postgres(postgres, ID, NAME)
        assert in_postgres(postgres, "forgotten-")
    with duckdb.connect(str(place / "target" / "marts.duckdb"), read_only=True) as con:
        waves = "select survey_id, n_respondents, n_anonymised, n_deleted from dim_waves order by 1"
        assert con.execute(waves).fetchall() == [("w1", 16, 1, 0), ("w2", 16, 1, 0)]
    # again: there is nobody of that name any more
    assert run(engine, place, ID) == 1
    assert "nor in what was built of them" in capsys.readouterr().err


def test_what_was_not_done_is_done_by_the_next_command(
    engine: Engine, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with mock.patch("scripts.build.main", return_value=1):
        assert run(engine, place, OTHER, "--how=delete") == 1
    said = capsys.readouterr()
    assert "survey_wide.csv: 2 rows are deleted" in said.out
    assert "what is published still names them" in said.err
    assert not holding(place / "case", OTHER)
    assert holding(place / "target", OTHER)

    assert run(engine, place, OTHER, "--how=delete") == 0
    assert holding(place, OTHER) == set()
    with duckdb.connect(str(place / "target" / "marts.duckdb"), read_only=True) as con:
        waves = "select survey_id, n_respondents, n_deleted from dim_waves order by 1"
        assert con.execute(waves).fetchall() == [("w1", 15, 1), ("w2", 15, 1)]
