"""Write the report of the published marts: what `make report` runs."""

from __future__ import annotations

import argparse
import sys

from reports.document import ReportError, write
from scripts.messages import told
from scripts.publish import target_folder


def main() -> int:
    """Write the report; return the exit code of the process."""
    parser = argparse.ArgumentParser(prog="python -m reports", description=__doc__)
    parser.add_argument("--target-path", help="the folder that holds marts.duckdb")
    parser.add_argument(
        "--without-customers",
        action="store_true",
        help="name no customer: report-without-customers.html, which may be passed on",
    )
    args = parser.parse_args()

    def report() -> None:
        print(f"Report: {write(target_folder(args.target_path), not args.without_customers)}")

    return told(report, ReportError)


if __name__ == "__main__":
    sys.exit(main())
