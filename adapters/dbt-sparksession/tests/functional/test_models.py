"""Python models, seeds, contracts and values, through dbt."""

import datetime as dt
import decimal

import pytest
from dbt.tests.util import get_connection, relation_from_name, run_dbt

SEED = """id,name,note,day,at,ok,amount,code
1,李雷,"it's ""so"", \\n",2024-02-29,2024-02-29 13:14:15,true,1.5,007
2,,,2024-03-01,,false,,
"""
BIG = "id,text\n" + "".join(f'{i},"row {i}, it\'s"\n' for i in range(19_000))
SEEDS_YML = """
seeds:
  - name: small
    config: {column_types: {code: text, amount: "decimal(10,2)"}}
"""


class TestSeeds:
    @pytest.fixture(scope="class")
    def seeds(self):
        return {"small.csv": SEED, "big.csv": BIG, "seeds.yml": SEEDS_YML}

    @pytest.fixture(scope="class")
    def models(self):
        return {"probe.sql": "select 1 as id"}

    def test_values_and_types(self, project):
        for _ in range(2):  # the second run replaces the first
            assert len(run_dbt(["seed"])) == 2
        rows = project.run_sql("select * from {schema}.small order by id", fetch="all")
        assert [tuple(row) for row in rows] == [
            (
                1,
                "李雷",
                'it\'s "so", \\n',
                dt.date(2024, 2, 29),
                dt.datetime(2024, 2, 29, 13, 14, 15),
                True,
                decimal.Decimal("1.50"),
                "007",
            ),
            (2, None, None, dt.date(2024, 3, 1), None, False, None, None),
        ]
        count = "select count(*), count(distinct text), max(id) from {schema}.big"
        assert tuple(project.run_sql(count, fetch="one")) == (19_000, 19_000, 18_999)

    def test_a_value_off_its_type_is_refused(self, project):
        (project.project_root / "seeds" / "small.csv").write_text("amount\nmuch\n", "utf8")
        (project.project_root / "seeds" / "seeds.yml").write_text(
            "seeds: [{name: small, config: {column_types: {amount: double}}}]", "utf8"
        )
        results = run_dbt(["seed", "-s", "small"], expect_pass=False)
        assert "The value 'much' of the type" in results[0].message


FAILING = {
    "wrong_key.py": """
def model(dbt, session):
    frame = dbt.ref("numbers").toPandas()
    return frame["no_such_column"]
""",
    "own_error.py": """
class OwnError(Exception):
    pass

def model(dbt, session):
    if dbt.ref("numbers").count() == 3:
        raise OwnError("ahp_experts.weight: the weights sum to 0.9. Make them sum to 1.")
    return dbt.ref("numbers")
""",
    "no_column.py": """
def model(dbt, session):
    return dbt.ref("numbers").select("nope")
""",
    "in_a_worker.py": """
def model(dbt, session):
    from pyspark.sql.functions import udf
    return dbt.ref("numbers").select(udf(lambda x: 1 // (x - x), "int")("id").alias("x"))
""",
    "no_frame.py": """
def model(dbt, session):
    return 3
""",
    "no_name.py": """
def model(dbt, session):
    return dbt.ref("numbers").select(nonexistent_name)
""",
}
MESSAGES = {
    "wrong_key": "Python model wrong_key: KeyError: 'no_such_column' (models/wrong_key.py, line 3)",
    "own_error": "OwnError: ahp_experts.weight: the weights sum to 0.9. Make them sum to 1. (",
    "no_column": "AnalysisException: [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column",
    "in_a_worker": "ZeroDivisionError: integer division or modulo by zero",
    "no_frame": "TypeError: the model returned int; return a Spark or pandas data frame",
    "no_name": "NameError: name 'nonexistent_name' is not defined (models/no_name.py, line 2)",
}


class TestFailingPythonModels:
    @pytest.fixture(scope="class")
    def models(self):
        files = {name: code.lstrip() for name, code in FAILING.items()}
        return {"numbers.sql": "select id from range(3)", **files}

    def test_messages(self, project):
        results = run_dbt(["run"], expect_pass=False)
        messages = {r.node.name: r.message for r in results if r.status == "error"}
        assert set(messages) == set(MESSAGES)
        for name, text in MESSAGES.items():
            assert text in messages[name]
            assert f"Python model {name}: " in messages[name]
            assert ".java:" not in messages[name] and ".scala:" not in messages[name]


CONTRACT = """
models:
  - name: kept
    config: {contract: {enforced: true}}
    columns:
      - {name: id, data_type: bigint, constraints: [{type: not_null, warn_unenforced: false}]}
      - {name: name, data_type: text}
      - {name: share, data_type: double precision}
  - name: broken
    config: {contract: {enforced: true}}
    columns:
      - {name: id, data_type: string}
"""


class TestContracts:
    @pytest.fixture(scope="class")
    def models(self):
        config = "{{ config(materialized='table') }}"
        kept = "select id, 'a' as name, cast(0.5 as double) as share from range(2)"
        return {
            "contract.yml": CONTRACT,
            "kept.sql": f"{config} {kept}",
            "broken.sql": f"{config} select id from range(2)",
        }

    def test_contracts(self, project):
        results = {r.node.name: r for r in run_dbt(["run"], expect_pass=False)}
        assert results["kept"].status == "success"
        assert "| id          | bigint          | string" in results["broken"].message


PROBE = """
select cast(1.25 as decimal(5,2)) as d, date '2024-02-29' as day, true as ok, 0.5D as half,
    timestamp '2024-02-29 01:02:03' as at, 'x' as text, 7 as whole, cast(null as int) as nothing
"""
TYPED = """
{{ config(materialized='table') }}
select 1L as a, cast(1 as decimal(5,2)) as b, array(1) as c, current_timestamp() as d
"""


class TestValues:
    @pytest.fixture(scope="class")
    def models(self):
        documented = 'models: [{name: typed, description: "it\'s typed", columns: [{name: a}]}]'
        return {"typed.sql": TYPED, "docs.yml": documented}

    @pytest.fixture(scope="class")
    def project_config_update(self):
        return {"models": {"+persist_docs": {"relation": True, "columns": True}}}

    def test_values_reach_macros_in_their_types(self, project):
        with get_connection(project.adapter):
            _, table = project.adapter.execute(PROBE, fetch=True)
        assert [(type(value), value) for value in table.rows[0]] == [
            (decimal.Decimal, decimal.Decimal("1.25")),
            (dt.date, dt.date(2024, 2, 29)),
            (bool, True),
            (decimal.Decimal, decimal.Decimal("0.5")),
            (dt.datetime, dt.datetime(2024, 2, 29, 1, 2, 3)),
            (str, "x"),
            (int, 7),
            (type(None), None),
        ]

    def test_columns_of_a_relation(self, project):
        run_dbt(["run"])
        relation = relation_from_name(project.adapter, "typed")
        with get_connection(project.adapter):
            columns = project.adapter.get_columns_in_relation(relation)
        assert {column.name: column.data_type for column in columns} == {
            "a": "bigint",
            "b": "decimal(5,2)",
            "c": "array<int>",
            "d": "timestamp",
        }

    def test_catalog_and_comment(self, project):
        run_dbt(["run", "-s", "typed"])
        catalog = run_dbt(["docs", "generate"])
        columns = catalog.nodes["model.test.typed"].columns
        assert {name: c.type for name, c in columns.items()} == {
            "a": "long",
            "b": "decimal(5,2)",
            "c": "array",
            "d": "timestamp",
        }
        rows = project.run_sql("describe extended {schema}.typed", fetch="all")
        assert ("Comment", "it's typed") in [tuple(row)[:2] for row in rows]


THREADED = """
def model(dbt, session):
    frame = dbt.ref("numbers")
    return frame.selectExpr("id + {number} as id")
"""


class TestThreads:
    @pytest.fixture(scope="class")
    def models(self):
        union = " union all ".join(f"select id from {{{{ ref('py_{n}') }}}}" for n in range(6))
        return {
            "numbers.sql": "select id from range(100)",
            "whole.sql": "{{ config(materialized='incremental') }} " + union,
            **{f"py_{n}.py": THREADED.replace("{number}", str(n * 100)) for n in range(6)},
        }

    def test_two_threads(self, project):
        assert len(run_dbt(["run", "--threads", "2"])) == 8
        query = "select count(*), count(distinct id), max(id) from {schema}.whole"
        assert tuple(project.run_sql(query, fetch="one")) == (600, 600, 599)


class TestPartitionedAndLocated:
    @pytest.fixture(scope="class")
    def models(self, tmp_path_factory):
        root = tmp_path_factory.mktemp("located")
        code = """
def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="insert_overwrite",
               partition_by="part", file_format="orc", location_root="{root}")
    first = 100 if dbt.is_incremental else 0
    return session.range(first, first + 4).selectExpr("id", "id % 2 + int(id / 100) as part")
"""
        return {"parts.py": code.replace("{root}", str(root))}

    def test_partitions_are_replaced(self, project):
        rows = "select part, count(*), min(id) from {schema}.parts group by part order by part"
        run_dbt(["run"])
        assert [tuple(r) for r in project.run_sql(rows, fetch="all")] == [(0, 2, 0), (1, 2, 1)]
        run_dbt(["run"])
        after = [tuple(r) for r in project.run_sql(rows, fetch="all")]
        assert after == [(0, 2, 0), (1, 2, 100), (2, 2, 101)]
        run_dbt(["run", "--full-refresh"])
        assert [tuple(r) for r in project.run_sql(rows, fetch="all")] == [(0, 2, 0), (1, 2, 1)]
