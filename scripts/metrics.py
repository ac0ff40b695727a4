"""Ask MetricFlow: `make query` and `make metrics`, over what may be passed on or all marts.

MetricFlow reads a DuckDB file that is called as that of the build. Beside what may be passed on
lies one of that name, with the tables that it reads, computed again from suppressed marts.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
if __package__ in (None, ""):  # run as a file, not with -m
    sys.path.insert(0, str(ROOT))

from scripts import publish, shared  # noqa: E402


def environment(target: Path, is_whole: bool) -> dict[str, str]:
    """Return what MetricFlow has to be told: which file it reads, and that it only reads."""
    file = publish.build_file_of(target) if is_whole else target / "shared" / shared.BUILD_NAME
    return {
        "SATISFACTION_DUCKDB": str(file),
        "SATISFACTION_DUCKDB_ACCESS": "READ_ONLY",
        # it asks PyPI for a newer version of itself at every call: a closed port answers at once
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }


def main(argv: Sequence[str]) -> int:
    """Become MetricFlow; return an exit code only where that cannot be."""
    arguments = [argument for argument in argv if argument != "--whole"]
    told = environment(publish.target_folder(), len(arguments) < len(argv))
    file = Path(told["SATISFACTION_DUCKDB"])
    if not file.exists():
        print("nothing is published.\nFix: make build first.", file=sys.stderr)
        return 1
    with duckdb.connect(str(file), read_only=True) as con:
        names = [
            name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()
        ]
    if not any(name.startswith("sem_") for name in names):
        print(f"{file} has no tables for metrics.\nFix: make build.", file=sys.stderr)
        return 1
    mf = str(Path(sys.executable).with_name("mf"))
    os.execve(mf, [mf, *arguments], os.environ | told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
