"""Forget people: in the files of a case, and in all that was made of them: `make forget`.

What it reaches, in which order, and what it does not reach: docs/forgetting.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if __package__ in (None, ""):  # run as a file, not with -m
    sys.path.insert(0, str(ROOT))

from scripts import forget_steps as steps  # noqa: E402
from scripts import messages, publish  # noqa: E402
from scripts.cases import CaseError  # noqa: E402
from scripts.catalogue import CatalogueError  # noqa: E402
from scripts.forget_errand import Errand, errand  # noqa: E402
from scripts.publish import PublishError  # noqa: E402
from scripts.summary import short  # noqa: E402


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--customer", default="", help="the customer_id of who is forgotten")
    parser.add_argument("--customers", default="", help="a file with such an id a line")
    parser.add_argument("--data", default="", help="folder with the raw tables")
    parser.add_argument("--how", default="", help="anonymise (default) or delete")
    parser.add_argument("--also", action="append", default=[], help="a further folder of the case")
    parser.add_argument("--target-path", help="where the case was built")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    return parser.parse_args(argv)


def forget(errand: Errand) -> list[str]:
    """Do it; return what was not done, in plain words."""
    if errand.how == "anonymise":
        steps.tokens(errand)
    todo: list[Callable[[Errand], None]] = []
    if errand.folders:
        steps.change_files(errand)
        todo.append(steps.still_in_files)
    else:
        steps.tell_of_tables(errand)
    if errand.told is not None:
        todo += [steps.rebuild, steps.write_again, steps.republish, steps.clean]
    else:
        print(f"Nothing was built in {short(errand.target)}.")
    failed: list[str] = []
    for step in todo:
        try:
            step(errand)
        except steps.NotBuiltError as error:  # what follows is made of what is published
            return [*failed, str(error)]
        except (steps.NotDoneError, PublishError, CatalogueError, CaseError) as error:
            failed.append(str(error))
        except messages.TROUBLE as error:
            failed.append(messages.trouble(error))
    return failed


def main(argv: Sequence[str] | None = None) -> int:
    """Forget people from the command line; return the exit code of the process."""
    args = parse_arguments(argv)
    failed: list[str] = []

    def run() -> None:
        with publish.only_one(publish.target_folder(args.target_path), "forget"):
            asked = errand(args)
            if args.dry_run:
                steps.plan(asked)
            else:
                failed.extend(forget(asked))

    code = messages.told(run, CaseError, PublishError)
    if failed:
        print("\nNot done:\n" + "\n\n".join(failed), file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
