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
    parser.add_argument(
        "--whole",
        action="store_true",
        help="with --without-customers: show small cells too, as for those who see the marts",
    )
    args = parser.parse_args()

    def report() -> None:
        target = target_folder(args.target_path)
        print(f"Report: {write(target, not args.without_customers, args.whole)}")

    return told(report, ReportError)


if __name__ == "__main__":
    sys.exit(main())
