"""What stands between a user and a session says so in one message."""

import socket
import subprocess
import sys

import pytest
from dbt.adapters.exceptions import FailedToConnectError
from dbt_common.exceptions import DbtRuntimeError

from dbt.adapters.sparksession import session
from dbt.adapters.sparksession.connections import SessionCredentials
from dbt.adapters.sparksession.errors import plain


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return port


def fake_java(folder, version):
    java = folder / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2024-01-01' >&2\n")
    java.chmod(0o755)


def test_no_java(monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(FailedToConnectError, match=r"Spark needs Java, and JAVA_HOME \(.*\) has"):
        session._check_java()
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FailedToConnectError, match="the path has none. Fix: install a JDK, 17"):
        session._check_java()


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.21"])
def test_old_java(monkeypatch, tmp_path, version):
    fake_java(tmp_path, version)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(FailedToConnectError, match=f"needs Java 17; .*bin/java is {version}. Fix"):
        session._check_java()


@pytest.mark.parametrize("version", ["17", "21.0.1", "25-ea"])
def test_new_java(monkeypatch, tmp_path, version):
    fake_java(tmp_path, version)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    session._check_java()


def test_no_pyspark(tmp_path):
    """A pyspark that cannot be imported stands before the installed one."""
    (tmp_path / "pyspark.py").write_text("raise ImportError('no pyspark here')")
    code = (
        "from dbt.adapters.sparksession import Plugin, session\n"
        "from dbt.adapters.sparksession.connections import SessionCredentials\n"
        "session.get_session(SessionCredentials())"
    )
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{code}"],
        capture_output=True,
        text=True,
    )
    last = run.stderr.strip().splitlines()[-1]
    assert "pyspark cannot be imported (no pyspark here). Fix: pip install" in last


@pytest.mark.parametrize(
    ("scheme", "key", "what"),
    [("spark", "master", "Spark master"), ("sc", "remote", "Spark Connect server")],
)
def test_nobody_there(closed_port, scheme, key, what):
    url = f"{scheme}://127.0.0.1:{closed_port}"
    with pytest.raises(FailedToConnectError, match=f"No {what} answers at {url}"):
        session._start(SessionCredentials(**{key: url}))


def test_no_address():
    with pytest.raises(FailedToConnectError, match="'http://x:1' is no address of a Spark Connect"):
        session._start(SessionCredentials(remote="http://x:1"))


def test_second_master_of_a_list_counts(closed_port):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"spark://127.0.0.1:{closed_port},127.0.0.1:{server.getsockname()[1]}"
        session._reach("Spark master", "spark", url, 7077, 5)


def test_unknown_key_is_refused():
    with pytest.raises(DbtRuntimeError, match="no key warehouse. Its keys are .*warehouse_dir"):
        SessionCredentials.from_dict({"schema": "main", "warehouse": "x"})


@pytest.mark.parametrize("master", ["yarn", "local[many]", "", "spark://"])
def test_a_master_that_this_adapter_cannot_reach(master):
    with pytest.raises(DbtRuntimeError, match="profiles.yml: master is .* Fix: local"):
        SessionCredentials(master=master)


def test_database_is_the_schema():
    with pytest.raises(DbtRuntimeError, match="leave database out"):
        SessionCredentials(schema="a", database="b")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select nope from range(1)", "[UNRESOLVED_COLUMN"),
        ("select * from no_such_table", "[TABLE_OR_VIEW_NOT_FOUND]"),
        ("select 1 / 0", "[DIVIDE_BY_ZERO]"),
        ("select raise_error('no ' || id) from range(1)", "[USER_RAISED_EXCEPTION]"),
    ],
)
def test_message_without_plan_and_trace(spark, sql, message):
    with pytest.raises(Exception) as caught:
        spark.sql(sql).collect()
    text = plain(caught.value)
    assert text.startswith(message)
    assert "\n\tat " not in text and "Project" not in text and "Relation [" not in text
