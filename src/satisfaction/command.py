"""The console command `satisfaction`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from satisfaction.imports import command as imports


def main(argv: Sequence[str] | None = None) -> int:
    """Run `satisfaction import FILE …`; return the exit code of the process."""
    parser = argparse.ArgumentParser(prog="satisfaction", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    adder = commands.add_parser("import", help=imports.__doc__, description=imports.__doc__)
    imports.add_arguments(adder)
    adder.set_defaults(run=imports.run)
    args = parser.parse_args(argv)
    code: int = args.run(args)
    return code


if __name__ == "__main__":
    sys.exit(main())
