"""A standalone Spark cluster on this machine, from the classes of the installed pyspark.

``python -m dbt.adapters.sparksession.cluster`` prints the master's address and runs until Ctrl-C.
Serves tests, and trying out what a real cluster will do.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOST = "127.0.0.1"
# JDK_JAVA_OPTIONS of runs of a minute or two: what Java's second compiler costs never pays, and
# with one compiler Java keeps 48 MB for code, which Spark's many small classes fill
SHORT_RUNS = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC"
# nothing on this machine should go through a proxy
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


@contextmanager
def local_cluster(
    workers: int = 2, cores: int = 1, memory: str = "1g", timeout: float = 120
) -> Iterator[str]:
    """Run one master and its workers; yield ``spark://127.0.0.1:port`` once all are up.

    Parameters
    ----------
    workers, cores, memory
        How many workers, and what each may use.
    timeout : float
        Seconds until the start is given up.

    Raises
    ------
    RuntimeError
        When a process ends before all are up, or time is up; with the end of the logs.
    """
    port, web = _free_ports(2)
    url = f"spark://{HOST}:{port}"
    processes: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory(prefix="spark-cluster-") as root:
        try:
            options = ["--host", HOST, "--port", str(port), "--webui-port", str(web)]
            processes.append(_daemon("master.Master", Path(root, "master"), options))
            for number in range(workers):
                folder = Path(root, f"worker-{number}")
                options = ["--host", HOST, "--webui-port", "0", "--work-dir", str(folder)]
                options += ["--cores", str(cores), "--memory", memory, url]
                processes.append(_daemon("worker.Worker", folder, options))
            _await_workers(web, workers, processes, Path(root), timeout)
            yield url
        finally:
            # workers first: they stop the executors that they started
            for process in reversed(processes):
                process.terminate()
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server((HOST, 0)) for _ in range(count)]
    ports = [item.getsockname()[1] for item in sockets]
    for item in sockets:
        item.close()
    return ports


def _daemon(name: str, folder: Path, options: list[str]) -> subprocess.Popen[bytes]:
    import pyspark

    folder.mkdir()
    home = str(Path(pyspark.__file__).parent)
    environment = {
        **os.environ,
        "SPARK_HOME": home,
        "SPARK_CONF_DIR": str(folder),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_LOCAL_DIRS": str(folder),
        "SPARK_DAEMON_MEMORY": "256m",
    }
    # spark-class replaces itself by Java: the process is the daemon
    command = [f"{home}/bin/spark-class", f"org.apache.spark.deploy.{name}", *options]
    with (folder / "log").open("wb") as log:
        # a session of its own: Ctrl-C reaches us, and we stop the daemons
        return subprocess.Popen(
            command,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )


def _die_with_parent() -> None:
    """Have the kernel stop this process when the one that started it is killed."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def _await_workers(
    web: int, count: int, processes: list[subprocess.Popen[bytes]], root: Path, timeout: float
) -> None:
    until = time.monotonic() + timeout
    alive = 0
    while alive < count:
        try:
            with _open(f"http://{HOST}:{web}/json/", timeout=5) as answer:
                alive = json.load(answer)["aliveworkers"]
        except (OSError, ValueError):
            pass  # not yet up, or up without its pages
        if time.monotonic() > until or any(p.poll() is not None for p in processes):
            logs = "\n".join(path.read_text()[-1000:] for path in sorted(root.glob("*/log")))
            raise RuntimeError(f"{alive} of {count} Spark workers came up:\n{logs}")
        time.sleep(0.2)


def main() -> None:
    """Run a cluster until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cores", type=int, default=1, help="cores of each worker")
    parser.add_argument("--memory", default="1g", help="memory of each worker")
    given = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with local_cluster(given.workers, given.cores, given.memory) as url:
        print(url, flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
