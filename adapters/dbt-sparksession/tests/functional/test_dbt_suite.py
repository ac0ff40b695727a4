"""dbt's own tests of adapters, those that make sense for Spark tables of Parquet files."""

import pytest
from dbt.tests.adapter.basic.test_adapter_methods import BaseAdapterMethod
from dbt.tests.adapter.basic.test_base import BaseSimpleMaterializations
from dbt.tests.adapter.basic.test_empty import BaseEmpty
from dbt.tests.adapter.basic.test_ephemeral import BaseEphemeral
from dbt.tests.adapter.basic.test_generic_tests import BaseGenericTests
from dbt.tests.adapter.basic.test_incremental import BaseIncremental
from dbt.tests.adapter.basic.test_singular_tests import BaseSingularTests
from dbt.tests.adapter.basic.test_singular_tests_ephemeral import BaseSingularTestsEphemeral
from dbt.tests.adapter.basic.test_validate_connection import BaseValidateConnection
from dbt.tests.adapter.dbt_show.test_dbt_show import BaseShowLimit
from dbt.tests.adapter.python_model.test_python_model import (
    BasePythonEmptyTests,
    BasePythonIncrementalTests,
    BasePythonMetaGetTests,
    BasePythonModelTests,
)
from dbt.tests.adapter.python_model.test_spark import BasePySparkTests
from dbt.tests.adapter.relations.test_changing_relation_type import BaseChangeRelationTypeValidator
from dbt.tests.adapter.simple_seed.test_seed import BaseTestEmptySeed
from dbt.tests.adapter.unit_testing.test_types import BaseUnitTestingTypes
from dbt.tests.util import run_dbt


class TestValidateConnection(BaseValidateConnection):
    pass


class TestSimpleMaterializations(BaseSimpleMaterializations):
    pass


class TestEmpty(BaseEmpty):
    pass


class TestEphemeral(BaseEphemeral):
    pass


class TestGenericTests(BaseGenericTests):
    pass


class TestSingularTests(BaseSingularTests):
    pass


class TestSingularTestsEphemeral(BaseSingularTestsEphemeral):
    pass


class TestIncremental(BaseIncremental):
    pass


class TestAdapterMethod(BaseAdapterMethod):
    pass


class TestChangeRelationType(BaseChangeRelationTypeValidator):
    pass


class TestEmptySeed(BaseTestEmptySeed):
    pass


class TestShowLimit(BaseShowLimit):
    pass


class TestUnitTestingTypes(BaseUnitTestingTypes):
    @pytest.fixture
    def data_types(self):
        return [
            ["1", "1"],
            ["'1'", "1"],
            ["true", "true"],
            ["date '2020-01-02'", "2020-01-02"],
            ["timestamp '2013-11-03 00:00:00-0'", "2013-11-03 00:00:00-0"],
            ["cast('1.50' as decimal(10, 2))", "1.5"],
        ]


class TestPythonModel(BasePythonModelTests):
    pass


class TestPythonIncremental(BasePythonIncrementalTests):
    @pytest.fixture(scope="class")
    def project_config_update(self):
        # merge needs Delta, Iceberg or Hudi; by appending the second run would double the rows
        return {"models": {"+incremental_strategy": "append"}}

    @pytest.fixture(scope="class")
    def models(self):
        code = """
def model(dbt, session):
    dbt.config(materialized="incremental")
    df = dbt.ref("m_1")
    return df.filter(df.id > 5) if dbt.is_incremental else df
"""
        sql = "select id from range(1, 6)"
        config = "{{ config(materialized='table') }}"
        return {"m_1.sql": f"{config} {sql}", "incremental.py": code}


class TestPythonMetaGet(BasePythonMetaGetTests):
    pass


class TestPythonEmpty(BasePythonEmptyTests):
    pass


class TestPySpark(BasePySparkTests):
    @pytest.fixture(scope="class")
    def models(self):
        from dbt.tests.adapter.python_model import test_spark as shipped

        # Koalas has long been part of Spark: pandas on Spark
        return {
            "pandas_df.py": shipped.PANDAS_MODEL,
            "pyspark_df.py": shipped.PYSPARK_MODEL,
            "pandas_on_spark_df.py": shipped.PANDAS_ON_SPARK_MODEL,
        }

    def test_different_dataframes(self, project):
        assert len(run_dbt(["run"])) == 3
        counts = [
            project.run_sql(f"select count(*) from {{schema}}.{name}", fetch="one")[0]
            for name in ("pandas_df", "pyspark_df", "pandas_on_spark_df")
        ]
        assert counts == [5, 5, 5]
