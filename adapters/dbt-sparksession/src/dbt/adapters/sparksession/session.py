"""The one Spark session of the process: local, on a cluster, or behind Spark Connect."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbt.adapters.exceptions import FailedToConnectError

from dbt.adapters.sparksession.errors import causes, plain

if TYPE_CHECKING:
    from dbt.adapters.sparksession.connections import SessionCredentials

# Spark 4 runs on nothing older
JAVA_NEEDED = 17

# What a profile's server_side_parameters may override: for small data on few cores, and so that
# every way to reach Spark computes alike.
SQL_DEFAULTS = {
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
CONTEXT_DEFAULTS = {
    "spark.app.name": "dbt",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.catalogImplementation": "hive",
}

_lock = threading.Lock()
_session: Any = None
_started_with: SessionCredentials | None = None


def get_session(credentials: SessionCredentials) -> Any:
    """Return the session, started on first use and again when the profile has changed.

    Raises
    ------
    FailedToConnectError
        When there is no Java, no pyspark, no cluster, or no server.
    """
    global _session, _started_with
    # the schema is dbt's matter: one session serves them all
    wanted = replace(credentials, schema="")
    with _lock:
        if _started_with != wanted:
            if _session is not None:
                _session.stop()
            _session, _started_with = None, None
            _session = _start(credentials)
            _started_with = wanted
        return _session


def _start(credentials: SessionCredentials) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as exc:
        raise FailedToConnectError(
            f"pyspark cannot be imported ({exc}). "
            "Fix: pip install 'dbt-sparksession[session]' into the environment of dbt."
        ) from None
    if credentials.remote:
        return _connect(SparkSession.builder, credentials)
    return _launch(SparkSession.builder, credentials)


def _connect(builder: Any, credentials: SessionCredentials) -> Any:
    """Open a session on a Spark Connect server; catalog and warehouse are the server's."""
    remote = str(credentials.remote)
    _reach("Spark Connect server", "sc", remote, 15002, credentials.connect_timeout)
    try:
        session = builder.remote(remote).create()
        for key, value in {**SQL_DEFAULTS, **credentials.server_side_parameters}.items():
            session.conf.set(key, value)
    except ImportError as exc:
        raise FailedToConnectError(
            f"Spark Connect needs more packages ({plain(exc)}). "
            "Fix: pip install 'dbt-sparksession[connect]'."
        ) from None
    except Exception as exc:
        raise FailedToConnectError(f"Spark Connect server {remote}: {plain(exc)}") from None
    return session


def _launch(builder: Any, credentials: SessionCredentials) -> Any:
    """Start Spark in this process, with the executors here or on a standalone cluster."""
    master = credentials.master
    _check_java()
    if master.startswith("spark://"):
        _reach("Spark master", "spark", master, 7077, credentials.connect_timeout)
    # workers on this machine run the Python of dbt, not whichever stands first in the path
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        for key, value in _context_conf(credentials).items():
            builder = builder.config(key, value)
        session = builder.master(master).getOrCreate()
        # opens the metastore
        session.sql("show databases").collect()
    except Exception as exc:
        stop_active_session()
        raise FailedToConnectError(_why_not_launched(exc, credentials)) from None
    if master.startswith("spark://"):
        _await_executor(session, credentials)
    return session


def stop_active_session() -> None:
    """Stop what is left of a session that failed to start."""
    from pyspark import SparkContext

    if SparkContext._active_spark_context is not None:
        SparkContext._active_spark_context.stop()


def _context_conf(credentials: SessionCredentials) -> dict[str, str]:
    """Return the whole configuration of a session that this process starts."""
    metastore = Path(credentials.metastore_dir).resolve()
    metastore.mkdir(parents=True, exist_ok=True)
    log4j = Path(__file__).with_name("log4j2.properties")
    own = dict(credentials.server_side_parameters)
    java_options = [
        f'"-Dderby.stream.error.file={metastore}/derby.log"',
        f'"-Dlog4j2.configurationFile={log4j}" -Ddbt.log_level={credentials.log_level}',
        own.pop("spark.driver.extraJavaOptions", ""),
    ]
    conf = {
        **SQL_DEFAULTS,
        **CONTEXT_DEFAULTS,
        "spark.sql.warehouse.dir": str(Path(credentials.warehouse_dir).resolve()),
        "spark.hadoop.javax.jdo.option.ConnectionURL": (
            f"jdbc:derby:;databaseName={metastore}/db;create=true"
        ),
        "spark.driver.extraJavaOptions": " ".join(java_options).strip(),
    }
    # nothing but this machine is involved: no need for its name to resolve
    if re.match(r"local\b|spark://(127\.|localhost)", credentials.master):
        conf["spark.driver.host"] = conf["spark.driver.bindAddress"] = "127.0.0.1"
    if credentials.driver_memory:
        conf["spark.driver.memory"] = credentials.driver_memory
    return {**conf, **own}


def _check_java() -> None:
    """Raise when Java is absent or too old; Spark's own message is a page and names neither."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java") or ""
    where = f"JAVA_HOME ({home})" if home else "the path"
    fix = f"Fix: install a JDK, {JAVA_NEEDED} or newer, and let JAVA_HOME name its folder."
    try:
        asked = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60)
        version = re.search(r'version "((?:1\.)?(\d+)[^"]*)"', asked.stderr)
    except (OSError, subprocess.TimeoutExpired):
        raise FailedToConnectError(f"Spark needs Java, and {where} has none. {fix}") from None
    if version is None or int(version[2]) < JAVA_NEEDED:
        found = version[1] if version else f"of unknown version ({asked.stderr.strip()[:200]})"
        raise FailedToConnectError(f"Spark needs Java {JAVA_NEEDED}; {java} is {found}. {fix}")


def _reach(what: str, scheme: str, url: str, default_port: int, timeout: int) -> None:
    """Raise unless one of the hosts of a URL takes a connection in time.

    Spark itself tries for minutes, in Java's words.
    """
    found = re.match(rf"{scheme}://([^/;]+)", url)
    if not found:
        raise FailedToConnectError(
            f"profiles.yml: {url!r} is no address of a {what}. Fix: {scheme}://host:{default_port}."
        )
    reasons = []
    for address in found[1].split(","):
        host, _, port = address.rpartition(":") if ":" in address else (address, "", "")
        try:
            socket.create_connection((host.strip("[]"), int(port or default_port)), timeout).close()
            return
        except (OSError, ValueError) as exc:
            reasons.append(f"{address}: {exc}")
    raise FailedToConnectError(
        f"No {what} answers at {url} ({'; '.join(reasons)}). Fix: start it, or correct the address."
    )


def _await_executor(session: Any, credentials: SessionCredentials) -> None:
    """Raise when the cluster gives no executor in time: Spark would wait for ever."""
    until = time.monotonic() + credentials.connect_timeout
    # the driver is one of them
    while session._jsc.sc().getExecutorMemoryStatus().size() < 2:
        if time.monotonic() > until:
            session.stop()
            raise FailedToConnectError(
                f"Spark cluster {credentials.master} gave no executor within "
                f"{credentials.connect_timeout} s (connect_timeout). Fix: see that a worker is "
                "up and has spark.executor.memory (1g) and a core to spare."
            )
        time.sleep(0.2)


def _why_not_launched(exc: Exception, credentials: SessionCredentials) -> str:
    reasons = causes(exc)
    if any("Another instance of Derby" in reason for reason in reasons):
        return (
            f"The metastore in {credentials.metastore_dir} is in use: Derby serves one process at "
            "a time. Fix: wait for the other dbt run, or give this one a metastore_dir of its own."
        )
    return f"Spark does not start on {credentials.master}: {reasons[-1]}"


def clear_leftovers(session: Any, schema: str, identifier: str, folder: str | None) -> None:
    """Delete what lies where a table is about to be made: files of a killed run or a dropped table.

    Spark would refuse to create the table. Behind Spark Connect the files are out of reach.

    Parameters
    ----------
    folder : str or None
        The table's folder where it has a location_root, else it is the warehouse's.
    """
    if not hasattr(session, "_jsparkSession") or session.catalog.tableExists(
        f"{schema}.{identifier}"
    ):
        return
    if folder is None:
        folder = f"{session.catalog.getDatabase(schema).locationUri}/{identifier.lower()}"
    path = session._jvm.org.apache.hadoop.fs.Path(folder)
    path.getFileSystem(session._jsc.hadoopConfiguration()).delete(path, True)
