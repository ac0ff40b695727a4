"""What may be passed on: a second set of the marts, without customers, names and small cells.

It is written from the marts of the same build, into the folder `shared` of their generation::

    target/shared -> marts/shared            shared.duckdb, <mart>.parquet each, shared.json
    target/shared.duckdb -> marts/shared/shared.duckdb

so that the one link that switches the marts switches both. What of a mart is passed on is said by
the meta `shared` of its YAML; a mart that says nothing is not. docs/passing-on.md has the rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb
import pandas as pd

from satisfaction.disclosure.cells import (
    JOINED,
    SHOWN,
    STATUS,
    SUPPRESSED,
    TOTAL,
    TYPE,
    VALUE,
    Mart,
    Plan,
    Verdict,
    judge,
    plan_of,
)
from satisfaction.disclosure.rules import Rule
from scripts.catalogue import Column, quote
from scripts.catalogue import Mart as Described

FOLDER = "shared"
#: a catalogue of DuckDB is called as its file, and MetricFlow asks that of the build
BUILD_NAME = "satisfaction.duckdb"
STATUS_SAYS = (
    "shown; suppressed where it is about too few people, or would tell of such a cell; joined in "
    "the row other, which is the total less what is shown."
)
GROUP = "group"
SEGMENTS, INDICES, FACTORS = (
    "dim_segments",
    "fct_segment_satisfaction",
    "fct_segment_factor_satisfaction",
)
LABELS = {"label_zh": "其他（合并）", "label_en": "Other (joined)"}


def rules_of(manifest: Mapping[str, Any]) -> dict[str, Rule]:
    """Return the rule of every mart that is passed on, by name.

    Raises
    ------
    RuleError
        If a mart does not say rightly how it is passed on.
    """
    found = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["path"].startswith("marts/"):
            name = node.get("alias") or node["name"]
            said = (node.get("config") or {}).get("meta", {}).get("shared")
            if rule := Rule.read(name, said):
                found[name] = rule
    return found


def passed_on(manifest: Mapping[str, Any], marts: Sequence[Described]) -> list[Described]:
    """Return those of the marts that are passed on, as they are."""
    rules = rules_of(manifest)
    return [described_as(mart, rules[mart.name]) for mart in marts if mart.name in rules]


def described_as(mart: Described, rule: Rule) -> Described:
    """Return a mart as it is passed on: with the status of its cells."""
    if rule.is_as_is:
        return mart
    status = {STATUS: Column(STATUS, "string", STATUS_SAYS)}
    return replace(mart, columns=mart.columns | status)


def read(con: duckdb.DuckDBPyConnection, mart: Described, rule: Rule, source: str) -> Mart:
    """Read what decides of a mart: keys, counts, means and what compares."""
    relation = f"{source}.{quote(mart.name)}"
    known = [row[0] for row in con.execute(f"describe {relation}").fetchall()]
    wanted = [name for name in known if name in mart.grain or _decides(name, rule, mart.grain)]
    listed = ", ".join(map(quote, wanted)) or "1 as nothing"
    rows = con.execute(f"select {listed} from {relation} order by rowid").df()
    return Mart(mart.name, rows, mart.grain, rule)


def _decides(name: str, rule: Rule, grain: tuple[str, ...]) -> bool:
    """Tell whether a column is looked at to decide what is withheld."""
    word = rule.class_of(name, grain)
    is_named = name in (*rule.means, *rule.sums, rule.of_type, rule.tail)
    looked_at = is_named or word in ("kept", "people", "part", "change", "comparison")
    return not rule.is_as_is and (name.startswith("n_") or looked_at)


def write_mart(
    con: duckdb.DuckDBPyConnection, mart: Described, read_: Mart, verdict: Verdict, source: str
) -> None:
    """Write one mart as it is passed on into the database `shared`."""
    rule = read_.rule
    relation = f"{source}.{quote(mart.name)}"
    known = [row[0] for row in con.execute(f"describe {relation}").fetchall()]
    marks = pd.DataFrame({"place": range(len(verdict.status)), STATUS: verdict.status})
    marks[STATUS] = marks[STATUS].astype("object")
    for number, column in enumerate(verdict.nulls):
        marks[f"null_{number}"] = verdict.nulls[column]
    numbers = {column: f"null_{number}" for number, column in enumerate(verdict.nulls)}
    chosen = []
    for column in known:
        name, word = quote(column), rule.class_of(column, mart.grain)
        if word == "never shown":  # the columns of both sets are the same
            chosen.append(f"case when false then m.{name} end as {name}")
        elif word in ("key", "kept", "as it is"):
            chosen.append(f"m.{name}")
        elif word == "numbered":
            chosen.append(f"coalesce(numbers.number, m.{name}) as {name}")
        else:
            also = f" and not v.{numbers[column]}" if column in numbers else ""
            chosen.append(f"case when v.{STATUS} = '{SHOWN}'{also} then m.{name} end as {name}")
    if not rule.is_as_is:
        chosen.append(f"v.{STATUS}")
    joins = ""
    for column in rule.numbered:
        joins += f" left join persons as numbers on numbers.name = m.{quote(column)}"
    con.register("verdicts", marks)
    table = f"shared.main.{quote(mart.name)}"
    order = ", ".join(f"m.{quote(column)}" for column in mart.grain) or "v.place"
    con.execute(
        f"create table {table} as select {', '.join(chosen)} from {relation} as m "
        f"join verdicts as v on v.place = m.rowid{joins} "
        f"where v.{STATUS} is not null order by {order}"
    )
    con.unregister("verdicts")
    if verdict.others:
        con.register("others", pd.DataFrame(verdict.others))
        con.execute(f"insert into {table} by name select * from others")
        con.unregister("others")


def number_persons(
    con: duckdb.DuckDBPyConnection,
    marts: Sequence[Described],
    rules: Mapping[str, Rule],
    source: str,
) -> None:
    """Make the table `persons`: the number of each who is named, the same in all marts."""
    names = " union ".join(
        f"select {quote(column)} as name from {source}.{quote(mart.name)}"
        for mart in marts
        for column in rules[mart.name].numbered
    )
    con.execute(
        "create or replace temp table persons as select name, 'expert ' || row_number() over "
        f"(order by name) as number from ({names or 'select null::varchar as name'}) "
        f"where name <> '{GROUP}'"
    )


def name_others(con: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Add the joined rows to the list of segments, so that whoever looks one up finds it."""
    sets = ", ".join(f"{text} as {column}" for column, text in _literals(LABELS).items())
    for kind in sorted(kind for kind, values in plan.values.items() if values):
        con.execute(
            f"insert into shared.main.{SEGMENTS} by name select any_value(columns(* exclude "
            f"(label_zh, label_en, segment_value, value_order))), {sets}, "
            f"'{plan.other(kind)}' as {VALUE}, "
            f"max(value_order) + 1 as value_order from shared.main.{SEGMENTS} "
            f"where {TYPE} = ? having count(*) > 0",
            [kind],
        )


def _literals(texts: Mapping[str, str]) -> dict[str, str]:
    """Return texts as literals of SQL."""
    return {key: "'" + value.replace("'", "''") + "'" for key, value in texts.items()}


def index_others(con: duckdb.DuckDBPyConnection, source: str) -> None:
    """Give the joined rows their index, where it follows from the factors.

    It is the sum of weight times score, as that of any segment, if every withheld segment has the
    weights of the total: where a factor was not answered in one, weights are shared out anew.
    """
    con.execute(
        f"""create or replace temp table indices as
        with same as (
            select s.survey_id, s.{TYPE}, s.{VALUE},
                bool_and(abs(f.weight - t.weight) < 1e-9) as are_same
            from shared.main.{INDICES} as s
            join {source}.{FACTORS} as f using (survey_id, {TYPE}, {VALUE})
            join {source}.{FACTORS} as t on t.survey_id = f.survey_id
                and t.factor_id = f.factor_id and t.{TYPE} = '{TOTAL}'
            where s.{STATUS} = '{SUPPRESSED}' group by all
        ), kinds as (
            select survey_id, {TYPE}, bool_and(are_same) as are_same from same group by all
        )
        select o.survey_id, o.{TYPE}, o.factor_id, t.weight, o.factor_score * t.weight as points,
            o.factor_score_0_100 * t.weight as points_0_100
        from shared.main.{FACTORS} as o
        join kinds using (survey_id, {TYPE})
        join {source}.{FACTORS} as t on t.survey_id = o.survey_id
            and t.factor_id = o.factor_id and t.{TYPE} = '{TOTAL}'
        where o.{STATUS} = '{JOINED}' and kinds.are_same"""
    )
    con.execute(
        f"""update shared.main.{FACTORS} as o set weight = i.weight, contribution = i.points
        from indices as i where o.{STATUS} = '{JOINED}' and o.survey_id = i.survey_id
            and o.{TYPE} = i.{TYPE} and o.factor_id = i.factor_id"""
    )
    con.execute(
        f"""update shared.main.{INDICES} as o set satisfaction_index = i.points,
            satisfaction_index_0_100 = i.points_0_100
        from (
            select survey_id, {TYPE}, sum(points) as points, sum(points_0_100) as points_0_100
            from indices group by all
            having count(points) = count(*) and abs(sum(weight) - 1) < 1e-6
        ) as i
        where o.{STATUS} = '{JOINED}' and o.survey_id = i.survey_id and o.{TYPE} = i.{TYPE}"""
    )


def write_semantic(
    con: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any], source: str = "build"
) -> int:
    """Write what MetricFlow reads into the database `metrics`; return the rows.

    Its own tables are computed again from what is passed on; one of a mart which is not passed on
    is not among them, and none is where the last command of dbt was no build.

    Parameters
    ----------
    con
        A connection that has the database `shared`, and an empty one `metrics`.
    manifest
        dbt's manifest.
    source
        The database of the build.
    """
    models = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
    }
    columns = "select distinct table_name from duckdb_columns() where database_name = 'shared'"
    there = {row[0]: "shared" for row in con.execute(columns).fetchall()}
    judged = {row[0] for row in con.execute(f"{columns} and column_name = '{STATUS}'").fetchall()}
    # a manifest of a command that builds no models, such as dbt ls, has no SQL of theirs
    waiting = {
        unique_id: node
        for unique_id, node in models.items()
        if node["path"].startswith("semantic/") and node.get("compiled_code")
    }
    while ready := [
        unique_id
        for unique_id, node in waiting.items()
        if all(models[i]["alias"] in there for i in node["depends_on"]["nodes"] if i in models)
    ]:
        for unique_id in ready:
            node = waiting.pop(unique_id)
            name, sql = quote(node["alias"]), node["compiled_code"]
            for parent in [models[i] for i in node["depends_on"]["nodes"] if i in models]:
                read = f"{there[parent['alias']]}.main.{quote(parent['alias'])}"
                if parent["alias"] in judged:  # a sum leaves out what is withheld
                    read = f"(from {read} where {STATUS} <> '{SUPPRESSED}')"
                sql = sql.replace(parent["relation_name"], read)
            con.execute(f"create table metrics.main.{name} as {sql}")
            drop_unequal(con, node["alias"], f"{source}.{quote(node['schema'])}.{name}")
            there[node["alias"]] = "metrics"
    for model in manifest.get("semantic_models", {}).values():
        for node in [models[i] for i in model["depends_on"]["nodes"] if i in models]:
            if there.get(node["alias"]) == "shared":
                name = quote(node["alias"])
                con.execute(
                    f"create or replace table metrics.main.{name} as from shared.main.{name}"
                )
    tables = "select table_name from duckdb_tables() where database_name = 'metrics'"
    rows = 0
    for (table,) in con.execute(tables).fetchall():
        ((n,),) = con.execute(f"select count(*) from metrics.main.{quote(table)}").fetchall()
        rows += n
    return rows


def drop_unequal(con: duckdb.DuckDBPyConnection, table: str, built: str) -> None:
    """Leave out kinds of segment that have lost figures of somebody, wave by wave.

    A metric without a segment is pooled over all kinds, so that each must hold everybody.
    """
    relation = f"metrics.main.{quote(table)}"
    described = con.execute(f"describe {relation}").fetchall()
    keys = [row[0] for row in described if row[0] in ("survey_id", "month_start")]
    if len(keys) != 1 or TYPE not in {row[0] for row in described}:
        return
    key = f"{keys[0]}, {TYPE}"
    numbers = [
        quote(row[0])
        for row in described
        if row[1] in ("BIGINT", "INTEGER", "DOUBLE", "HUGEINT") and row[0] != "satisfaction_index"
    ]
    sums = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in numbers)
    differ = " or ".join(f"abs(k.{n} - b.{n}) > 1e-6 * greatest(1, abs(b.{n}))" for n in numbers)
    con.execute(
        f"""delete from {relation} as r using (
            select k.{keys[0]}, k.{TYPE}
            from (select {key}, {sums} from {relation} group by all) as k
            join (select {key}, {sums} from {built} group by all) as b using ({key})
            where {differ}
        ) as wrong where wrong.{keys[0]} = r.{keys[0]} and wrong.{TYPE} = r.{TYPE}"""
    )


def write(
    con: duckdb.DuckDBPyConnection,
    manifest: Mapping[str, Any],
    marts: Sequence[Described],
    least: float,
    source: str = "published.main",
) -> tuple[dict[str, int], list[Described]]:
    """Write all that may be passed on into the database `shared`, which is attached.

    Parameters
    ----------
    con
        A connection that has the marts in `source`, and an empty database `shared`.
    manifest
        dbt's manifest.
    marts
        All marts.
    least
        Cells of fewer people are withheld: the var `min_cell`.
    source
        Database and schema of the marts.

    Returns
    -------
    tuple
        The rows of each table, and the marts as they are passed on.
    """
    rules = rules_of(manifest)
    passed = [mart for mart in marts if mart.name in rules]
    found = {mart.name: read(con, mart, rules[mart.name], source) for mart in passed}
    plan = plan_of(list(found.values()), least)
    number_persons(con, passed, rules, source)
    for mart in passed:
        write_mart(con, mart, found[mart.name], judge(found[mart.name], plan), source)
    if SEGMENTS in found:
        name_others(con, plan)
    if {INDICES, FACTORS} <= set(found):
        index_others(con, source)
    described = passed_on(manifest, marts)
    rows = {}
    for mart in described:
        ((rows[mart.name],),) = con.execute(
            f"select count(*) from shared.main.{quote(mart.name)}"
        ).fetchall()
    return rows, described
