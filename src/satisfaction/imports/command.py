"""`satisfaction import FILE`: the export of a survey platform into a case folder."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from satisfaction.core.errors import SatisfactionError
from satisfaction.imports import import_file, writing
from satisfaction.imports.asking import Decisions, is_terminal
from satisfaction.imports.export import Export
from satisfaction.imports.names import slug
from satisfaction.imports.progress import on_stderr
from satisfaction.imports.survey import import_survey
from satisfaction.imports.task import Task


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("name", nargs="?", default="", metavar="FILE", help="the export")
    # as an option too: a name that begins with - or is blank reaches us as it is
    parser.add_argument("--file", default="", help=argparse.SUPPRESS)
    parser.add_argument("--case", default="", help="folder to write; default: named after the file")
    parser.add_argument("--survey", default="", help="name of the wave; default: year and month")
    parser.add_argument("--customer", default="", help="column of the customers, or none")
    parser.add_argument("--yes", action="store_true", help="take what is proposed, ask nothing")
    parser.add_argument("--strict", action="store_true", help="stop where anything is in doubt")
    parser.add_argument("--partial", choices=["drop", "keep"], help="unfinished responses")
    parser.add_argument("--sheet", default="", help="sheet of a workbook that has several")
    parser.add_argument("--platform", help="what wrote the file, where its header does not tell")
    parser.add_argument("--dictionary", help="data dictionary of the file (REDCap)")
    parser.add_argument(
        "--attribute", action="append", default=[], help="column that cuts the customers up"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a line of import.yml, such as best=low or q2_1.scale=satisfaction5",
    )


def run(args: argparse.Namespace) -> int:
    """Import a file; return the exit code of the process."""
    try:
        return _run(args)
    except SatisfactionError as error:
        print(f"\n{error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nstopped; nothing was written.", file=sys.stderr)
    except OSError as error:
        says = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        print(f"\n{says}. Nothing was written.", file=sys.stderr)
    return 1


def _run(args: argparse.Namespace) -> int:
    given = args.file or args.name
    if not given:
        raise SatisfactionError(
            "no file is named",
            table="import",
            fix="Give the export: make import FILE=export.csv, or satisfaction import export.csv",
        )
    path = Path(given)
    name = args.case or slug(path.stem) or "imported"
    folder = Path(name)
    writing.check_folder(folder)
    before = import_file.read(folder)
    decisions = Decisions(
        given=_given(args, before),
        mode="defaults" if args.yes else "ask" if is_terminal() else "none",
        is_strict=args.strict,
    )
    with tempfile.TemporaryDirectory(prefix="satisfaction-import-") as temp:
        export = _read(path, args, Path(temp))
        task = Task(folder, decisions, before, print, args.survey or None)
        has_changed = _import(export, task)
    if not has_changed:
        print(f"\n{folder}: nothing has changed.")
    else:
        print(f"\n{folder} is written. Next: make build DATA={folder}")
    return 0


def _read(path: Path, args: argparse.Namespace, temp: Path) -> Export:
    """Read the file; progress goes where messages go."""
    from satisfaction.imports.reading import read_export

    return read_export(
        path,
        platform=args.platform,
        sheet=args.sheet or None,
        dictionary=Path(args.dictionary) if args.dictionary else None,
        temp=temp,
        progress=on_stderr,
    )


def _import(export: Export, task: Task) -> bool:
    """Hand the file to the importer of its area."""
    if export.area == "orders":
        from satisfaction.imports.orders import import_orders

        return import_orders(export, task)
    if export.area == "tickets":
        from satisfaction.imports.tickets import import_tickets

        return import_tickets(export, task)
    return import_survey(export, task)


def _given(args: argparse.Namespace, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the lines of import.yml with the flags over them."""
    given: dict[str, Any] = dict(before)
    if args.customer:
        given["customer"] = args.customer
        for area in ("orders", "tickets"):
            given[area] = dict(given.get(area) or {}) | {"customer": args.customer}
    if args.partial:
        given["partial"] = args.partial
    if args.attribute:
        given["attributes"] = {one: slug(one) for one in args.attribute}
    for text in args.set:
        path, mark, value = text.partition("=")
        if not mark:
            raise SatisfactionError(
                f"{text!r} has no =", table="--set", fix="Write a name and a value: best=low"
            )
        _put(given, path.split("."), yaml.safe_load(value))
    return given


def _put(given: dict[str, Any], path: list[str], value: Any) -> None:
    """Put a value at its place; a question may be called by its id."""
    questions = given.get("questions") or {}
    ids = {str(lines.get("id")): key for key, lines in questions.items()}
    if len(path) == 2 and path[0] not in ("questions", "scales"):
        path = ["questions", ids.get(path[0], path[0]), path[1]]
    place = given
    for name in path[:-1]:
        place[name] = dict(place.get(name) or {})
        place = place[name]
    place[path[-1]] = value
