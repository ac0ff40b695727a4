"""Build an old commit and the working tree on five cases, and compare every mart row for row.

What make golden BASE=<commit> runs. BASE's builds are kept in target/golden and made once.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from scripts.cases import CaseError
from scripts.catalogue import marts as read_marts
from scripts.publish import PublishError
from tests.golden import cases, checkouts, fingerprint, intended
from tests.golden.checkouts import GoldenError, Side
from tests.golden.comparing import Difference, compare
from tests.golden.states import Build

STATES = (
    ("full", "full", "full refresh"),
    ("incremental", "incremental", "built once more"),
    ("full", "upgrade", "built by BASE, then by the working tree"),
)


def say(started: float, text: str) -> None:
    """Print a line with the elapsed time before it."""
    print(f"{(time.monotonic() - started) / 60:5.1f} min  {text}", flush=True)


def grains(*builds: Build) -> dict[str, tuple[str, ...]]:
    """Return the columns that identify a row, by mart; the last build knows best."""
    found: dict[str, tuple[str, ...]] = {}
    for build in builds:
        found.update({mart.name: mart.grain for mart in read_marts(build.manifest())})
    return found


def run_case(name: str, base: Side, home: Path, started: float, keep: bool) -> list[Difference]:
    """Build one case on both sides and say what differs."""
    case = cases.make(name, base.root / "examples", home / "inputs" / name)
    new = checkouts.new()
    old_build = Build(base, case, home / name / base.name)
    new_build = Build(new, case, home / name / new.name)
    if not old_build.is_kept:
        say(started, f"{name}: BASE builds it")
        old_build.full()
        old_build.incremental()
    say(started, f"{name}: the working tree builds it")
    new_build.full()
    new_build.incremental()
    new_build.upgrade(old_build)
    known = grains(old_build, new_build)
    found: list[Difference] = []
    for before, after, what in STATES:
        compared = compare(old_build.marts(before), new_build.marts(after), known)
        tables = {difference.table for difference in compared.differences}
        say(started, f"{name}, {what}: {compared.tables} marts, {len(tables)} differ")
        for difference in compared.differences:
            if difference not in found:  # what an earlier state has shown
                print(difference, flush=True)
        found += compared.differences
    if not keep:
        shutil.rmtree(new_build.place)
    return found


def run_cases(base: Side, names: Sequence[str], keep: bool) -> int:
    """Build and compare the cases; return the exit code of the process."""
    started = time.monotonic()
    meant = intended.read()
    home = base.root.parent / cases.digest()
    found: list[Difference] = []
    failed: list[str] = []
    for name in names:
        try:
            found += run_case(name, base, home, started, keep)
        # the other cases are looked at none the less
        except (GoldenError, CaseError, PublishError) as error:
            failed.append(name)
            print(error, flush=True)
    for one in intended.no_longer_needed(found, meant) if len(names) == len(cases.NAMES) else []:
        place = f"{one.table}.{one.column}".rstrip(".")
        print(f"note: {intended.INTENDED.name}: {place} does not differ: no longer needed.")
    wrong = {f"{d.table}.{d.column}".rstrip(".") for d in intended.unintended(found, meant)}
    if failed:
        print(f"not compared: {', '.join(failed)}")
    if wrong:
        print(
            f"not intended: {', '.join(sorted(wrong))}\n"
            f"Fix: correct the change, or write each into tests/golden/{intended.INTENDED.name} "
            "with its reason, and the reason into CHANGELOG.md."
        )
    else:
        say(started, "every difference is intended" if found else "nothing differs")
    return 1 if wrong or failed else 0


def write_fingerprint() -> None:
    """Build the demo and store the fingerprint of its marts."""
    build = Build(checkouts.new(), cases.Case("demo"), checkouts.HOME / "fingerprint")
    build.full()
    fingerprint.write(fingerprint.of(build.marts("full"), grains(build)))
    shutil.rmtree(build.place)
    print(f"{fingerprint.STORED.relative_to(checkouts.ROOT)}: look at the lines that changed.")


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("--base", default="", help="the commit to compare with")
    parser.add_argument("--only", default="", help=f"some of {','.join(cases.NAMES)}")
    parser.add_argument("--keep", action="store_true", help="keep the working tree's builds too")
    parser.add_argument("--fingerprint", action="store_true", help="rewrite demo_fingerprint.csv")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Compare, or rewrite the fingerprint; return the exit code of the process."""
    args = parse(argv)
    names = [name.strip() for name in args.only.split(",") if name.strip()] or [*cases.NAMES]
    try:
        if args.fingerprint:
            write_fingerprint()
            return 0
        if unknown := [name for name in names if name not in cases.NAMES]:
            raise GoldenError(
                f"ONLY={args.only}: there is no case {', '.join(unknown)}.\n"
                f"Fix: use some of {','.join(cases.NAMES)}."
            )
        if not args.base:
            raise GoldenError("BASE is missing.\nFix: make golden BASE=<commit>.")
        return run_cases(checkouts.old(args.base), names, args.keep)
    except (GoldenError, CaseError, PublishError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
