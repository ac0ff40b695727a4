"""What only shows between processes: a second run, a killed run, a cluster, a server."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from dbt.adapters.sparksession.cluster import local_cluster

MODELS = {
    "numbers.sql": "{{ config(materialized='table') }} select id from range(10)",
    "odd.sql": "select id from {{ ref('numbers') }} where id % 2 = 1",
    "py.py": """
import os
import sys


def model(dbt, session):
    from pyspark.sql.functions import udf

    where = udf(lambda _: os.path.realpath(sys.prefix), "string")
    return dbt.ref("odd").withColumn("python", where("id"))
""",
    "test.sql": """
select count(*) as n, sum(id) as total, '{{ this.schema }}' as home from {{ ref('py') }}
where python = '{{ env_var("EXPECTED_PYTHON") }}' having n <> 5 or total <> 25
""",
    # writes part of its table's files, then dies without a word
    "killed.py": """
import os
import signal


def model(dbt, session):
    if os.environ.get("DIE"):
        home = session.catalog.getDatabase(dbt.this.schema).locationUri
        session.range(3).write.parquet(f"{home}/{dbt.this.identifier}")
        os.kill(os.getpid(), signal.SIGKILL)
    return dbt.ref("odd")
""",
}


@pytest.fixture
def project_dir(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "tests").mkdir()
    for name, text in MODELS.items():
        (tmp_path / ("tests" if name == "test.sql" else "models") / name).write_text(text)
    (tmp_path / "dbt_project.yml").write_text("{name: small, profile: small, version: 1.0.0}")
    write_profile(tmp_path)
    return tmp_path


def write_profile(folder, **keys):
    output = {"type": "sparksession", "schema": "main", "threads": 1, **keys}
    profile = {"small": {"target": "spark", "outputs": {"spark": output}}}
    (folder / "profiles.yml").write_text(json.dumps(profile))


def dbt(folder, *args, **environment):
    return subprocess.run(
        [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--no-use-colors", *args],
        cwd=folder,
        env={**os.environ, "EXPECTED_PYTHON": os.path.realpath(sys.prefix), **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_killed_run_then_another(project_dir):
    killed = dbt(project_dir, "build", DIE="yes")
    assert killed.returncode == -9
    assert list(project_dir.glob("target/spark/warehouse/main.db/killed/*.parquet"))
    # tables and views of the dead process are there for the next one; what was half done is not
    run = dbt(project_dir, "build", "-s", "killed", "py", "test_type:singular")
    assert run.returncode == 0, run.stdout
    assert "PASS=3" in run.stdout
    # the defaults keep everything in target/, and the log is dbt's
    assert sorted(path.name for path in project_dir.iterdir()) == [
        "dbt_project.yml",
        "logs",
        "models",
        "profiles.yml",
        "target",
        "tests",
    ]
    # what Java says of itself
    javas = ("incubator", "JDK_JAVA_OPTIONS")
    spoken = [line for line in run.stderr.splitlines() if not any(name in line for name in javas)]
    assert spoken == []


def test_metastore_in_use(project_dir, spark, spark_keys):
    spark.sql("show databases").collect()
    write_profile(project_dir, **spark_keys)
    run = dbt(project_dir, "run")
    assert run.returncode == 2
    assert "is in use: Derby serves one process at a time. Fix: wait for" in run.stdout
    assert "\tat " not in run.stdout + run.stderr


def test_spark_that_does_not_start(project_dir):
    write_profile(project_dir, server_side_parameters={"spark.driver.maxResultSize": "much"})
    run = dbt(project_dir, "run")
    assert run.returncode == 2
    assert "Spark does not start on local[*]: " in run.stdout
    assert "much" in run.stdout
    assert "\tat " not in run.stdout + run.stderr


def test_cluster(project_dir):
    with local_cluster(workers=2, memory="512m") as master:
        write_profile(
            project_dir,
            master=master,
            server_side_parameters={"spark.executor.memory": "512m"},
        )
        run = dbt(project_dir, "build")
        assert "PASS=5" in run.stdout, run.stdout + run.stderr
        write_profile(
            project_dir,
            master=master,
            connect_timeout=5,
            server_side_parameters={"spark.executor.memory": "2g"},
        )
        run = dbt(project_dir, "run")
        assert "gave no executor within 5 s (connect_timeout). Fix: " in run.stdout
    with pytest.raises(OSError):
        host, port = master.removeprefix("spark://").split(":")
        socket.create_connection((host, int(port)), timeout=5)


@contextmanager
def connect_server(folder):
    """Run a Spark Connect server; yield its address."""
    import pyspark

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home = Path(pyspark.__file__).parent
    conf = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": folder / "warehouse",
    }
    command = [home / "bin" / "spark-submit", "--master", "local[2]", "--driver-memory", "1g"]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    for key, value in conf.items():
        command += ["--conf", f"{key}={value}"]
    folder.mkdir()
    environment = {**os.environ, "SPARK_HOME": str(home), "PYSPARK_PYTHON": sys.executable}
    log = folder / "log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [*map(str, command), "spark-internal"],
            cwd=folder,
            env=environment,
            stdout=out,
            stderr=out,
        )
    try:
        until = time.monotonic() + 120
        while f"started at: 127.0.0.1:{port}" not in log.read_text():
            assert server.poll() is None and time.monotonic() < until, log.read_text()[-2000:]
            time.sleep(0.2)
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(60)


def test_spark_connect(project_dir):
    with connect_server(project_dir / "server") as remote:
        write_profile(project_dir, remote=remote)
        run = dbt(project_dir, "build")
        assert "PASS=5" in run.stdout, run.stdout + run.stderr
        # a server of its own session catalog: a second client finds the tables
        run = dbt(project_dir, "test")
        assert "PASS=1" in run.stdout, run.stdout
    assert not (project_dir / "target" / "spark").exists()
