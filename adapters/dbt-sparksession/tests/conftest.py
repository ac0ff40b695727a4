"""One Spark session for all tests of this process, as in a run of dbt."""

import os

import pytest

from dbt.adapters.sparksession.cluster import SHORT_RUNS
from dbt.adapters.sparksession.connections import SessionCredentials
from dbt.adapters.sparksession.session import get_session

# tests report to nobody
os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
os.environ.setdefault("JDK_JAVA_OPTIONS", SHORT_RUNS)

pytest_plugins = ["dbt.tests.fixtures.project"]


@pytest.fixture(scope="session")
def spark_keys(tmp_path_factory):
    """Keys of a profile: the defaults, in a folder of the tests."""
    root = tmp_path_factory.mktemp("spark")
    return {
        "master": "local[2]",
        "warehouse_dir": str(root / "warehouse"),
        "metastore_dir": str(root / "metastore"),
        "driver_memory": "1g",
    }


@pytest.fixture(scope="session")
def spark(spark_keys):
    return get_session(SessionCredentials(**spark_keys))


@pytest.fixture(scope="class")
def dbt_profile_target(spark_keys):
    return {"type": "sparksession", "threads": 2, **spark_keys}
