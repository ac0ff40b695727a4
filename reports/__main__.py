"""Write the report of the published marts: what `make report` runs."""

from __future__ import annotations

import argparse
import sys

from reports.document import ReportError, write
from scripts.publish import target_folder


def main() -> int:
    """Write the report; return the exit code of the process."""
    parser = argparse.ArgumentParser(prog="python -m reports", description=__doc__)
    parser.add_argument("--target-path", help="the folder that holds marts.duckdb")
    try:
        print(f"Report: {write(target_folder(parser.parse_args().target_path))}")
    except ReportError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
