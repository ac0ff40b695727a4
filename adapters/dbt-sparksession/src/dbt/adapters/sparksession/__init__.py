"""A dbt adapter whose SQL models and Python models run in one Spark session."""

from dbt.adapters.base import AdapterPlugin

from dbt.adapters.sparksession.connections import SessionCredentials
from dbt.adapters.sparksession.impl import SparkSessionAdapter
from dbt.include import sparksession

Plugin = AdapterPlugin(
    adapter=SparkSessionAdapter,
    credentials=SessionCredentials,
    include_path=sparksession.PACKAGE_PATH,
    # macros and materializations of dbt-spark serve wherever this package has none
    dependencies=["spark"],
)
