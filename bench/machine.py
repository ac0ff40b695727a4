"""What the measurements ran on."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path


def describe() -> dict[str, str]:
    """Return cores, memory, processor, system, and the versions of what was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = {
        name: metadata.version(name)
        for name in ("duckdb", "dbt-core", "dbt-duckdb", "narwhals", "pandas", "numpy")
    }
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.1f} GiB",
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}, {_distribution()}",
        "python": platform.python_version(),
        **versions,
    }


def _processor() -> str:
    """Return the processor's model name."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _distribution() -> str:
    """Return the name of the system's distribution, where it has one."""
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return platform.platform()
