"""Random kills, surveys and bad inputs: what `make test-faults` runs.

Every trial has a seed of its own, the base seed plus its number, and is repeated by it:
make test-faults ARGS="--seed 123 --only kills". What came of each is kept in
target/faults/trials.csv; a run leaves out what went well before, and so goes on where it stopped.
A change of what a build reads begins another file, and keeps the old one beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests import shared
from tests.faults import inputs, kills, surveys, trials
from tests.shared import ROOT

TRIALS = ROOT / "target" / "faults" / "trials.csv"
KINDS = ("inputs", "surveys", "kills")
#: how many of each kind a run tries: in a few minutes, and as a whole
FEW = {"inputs": 100, "surveys": 100, "kills": 3}
WHOLE = {"inputs": 2000, "surveys": 2000, "kills": 100}

Act = Callable[[int], str]


@contextlib.contextmanager
def kill_trials() -> Iterator[Act]:
    """Prepare what is killed."""
    yield kills.Kills().trial


@contextlib.contextmanager
def survey_trials() -> Iterator[Act]:
    """Prepare the builds of packs of surveys."""
    with contextlib.closing(surveys.Surveys()) as made:
        yield lambda seed: made.trial(seed, surveys.PER_PACK)


PREPARED: dict[str, Callable[[], contextlib.AbstractContextManager[Act]]] = {
    "inputs": inputs.trials,
    "surveys": survey_trials,
    "kills": kill_trials,
}


def run_kind(kind: str, seeds: Sequence[int], journal: trials.Journal) -> bool:
    """Run the trials of a kind, one after the other; tell whether all went well."""
    if not seeds:
        return True
    print(f"{kind}: {len(seeds)} trials", flush=True)
    good = True
    with PREPARED[kind]() as act:
        for seed in seeds:
            started = time.monotonic()
            trial = trials.run(kind, seed, functools.partial(act, seed))
            journal.add(trial)
            good &= trial.outcome == trials.OK
            took = time.monotonic() - started
            print(f"  {kind} {seed} {trial.outcome} ({took:.1f} s): {trial.detail}", flush=True)
            if trial.outcome != trials.OK:
                print(f'  again: make test-faults ARGS="--seed {seed} --only {kind}"', flush=True)
    return good


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="make test-faults", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument(
        "--seed", type=int, help="of the first trial; with --only, of the one trial"
    )
    parser.add_argument("--only", choices=KINDS, help="trials of one kind")
    parser.add_argument(
        "--whole", action="store_true", help="100 kills, 2,000 surveys, 2,000 inputs: hours"
    )
    for kind in KINDS:
        parser.add_argument(f"--{kind}", type=int, help=f"how many {kind}, instead of the default")
    parser.add_argument("--table", action="store_true", help="print what came of them so far")
    return parser.parse_args(argv)


def asked(args: argparse.Namespace) -> dict[str, range]:
    """Return the seeds of the trials that are asked for, by kind; a pack of surveys is a trial."""
    numbers = WHOLE if args.whole else FEW
    if is_repeated(args):
        numbers = dict.fromkeys(KINDS, 1)
    first, found = args.seed or 0, {}
    for kind in KINDS:
        number = numbers[kind] if getattr(args, kind) is None else getattr(args, kind)
        per_trial = surveys.PER_PACK if kind == "surveys" else 1
        if args.only in (None, kind):
            found[kind] = range(first, first + math.ceil(number / per_trial))
    return found


def is_repeated(args: argparse.Namespace) -> bool:
    """Tell whether one trial is named, which is made again however it went before."""
    named = args.only is not None and args.seed is not None
    return named and not args.whole and getattr(args, args.only) is None


def journal_of(path: Path) -> trials.Journal:
    """Open the file of trials, another one if a build now reads other code than they did."""
    code = path.with_name("code.txt")
    before = code.read_text("utf-8") if code.exists() else shared.state()
    if path.exists() and before != shared.state():
        path.rename(path.with_name(f"trials-{before}.csv"))
    journal = trials.Journal(path)
    code.write_text(shared.state(), "utf-8")
    return journal


def main(argv: Sequence[str] | None = None, path: Path = TRIALS) -> int:
    """Run the trials that are asked for; return the exit code of the process."""
    args = parse_arguments(argv)
    journal = journal_of(path)
    if args.table:
        print(trials.table(journal.trials()))
        return 0
    good = True
    for kind, seeds in asked(args).items():
        left = [seed for seed in seeds if is_repeated(args) or not journal.is_done(kind, seed)]
        if len(left) < len(seeds):
            print(f"{kind}: {len(seeds) - len(left)} trials went well before", flush=True)
        good &= run_kind(kind, left, journal)
    print(f"what came of each trial: {path.relative_to(ROOT)}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
