"""The steps of `make forget`, each for itself: files, build, what was made of it, a search."""

from __future__ import annotations

import datetime
import functools
import json
import os
from collections.abc import Callable
from pathlib import Path

import duckdb

from scripts import forget_files, forget_places, forget_writing, messages, publish
from scripts import forget_people as who
from scripts.cases import CaseError
from scripts.forget_errand import DONE, Errand
from scripts.forget_places import Search
from scripts.messages import some
from scripts.summary import short

POSTGRES = ("SATISFACTION_POSTGRES", "PGHOST", "PGSERVICE", "PGDATABASE")


class NotDoneError(Exception):
    """Something could not be reached; the message says what, and what to do."""


class NotBuiltError(NotDoneError):
    """The case could not be built without the people."""


def plan(errand: Errand) -> None:
    """Say what would be done, and where people are named now."""
    for table in errand.changed:
        rows = sum(table.rows.values())
        print(f"{short(table.path)}: {rows:,} {'row' if rows == 1 else 'rows'}")
    for path in forget_places.named(errand.target, Search(errand.people)):
        print(short(path))
    print("Nothing was changed: --dry-run.")


def tokens(errand: Errand) -> None:
    """Give each person a token that does to every figure what the id does.

    Raises
    ------
    CaseError
        If a column of customers can hold none.
    """
    digits = 0
    for table in errand.changed:
        kind = table.columns[table.column(forget_files.ID) or ""]
        if kind != "VARCHAR":
            if kind not in forget_files.DIGITS:
                says = f"{table.path}: customer_id is of type {kind}, which can hold no token"
                raise CaseError(f"{says}.\nNothing was changed.\nFix: write it as text.")
            digits = min(digits or 99, forget_files.DIGITS[kind])
    made: Callable[[], str] = who.random_token
    if digits:
        made = functools.partial(who.random_number, digits)
    build = errand.build_file
    ties = forget_places.ties(build, errand.people) if build.is_file() else {}
    for name in who.give_tokens(errand.people, ties, made):
        says = "no token was found that takes its place among its equals of the call list"
        print(f"note: {name}: {says}: call_rank of these may differ.")


def change_files(errand: Errand) -> None:
    """Take the people out of the files of the case: all of them at once, or none."""
    if not errand.changed:
        print("The files of the case name nobody of them any more.")
        return
    today = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
    notes = {}
    for folder in errand.folders:
        notes[folder] = [
            survey for person in errand.people for survey in person.surveys.get(str(folder), ())
        ]
    paths = [table.path for table in errand.changed]
    paths += [f / f"{forget_files.NOTE}.csv" for f, surveys in notes.items() if surveys]
    forget_writing.refuse_what_is_not_ours([*errand.folders, *paths])
    asides: list[Path] = []
    try:
        for table in errand.changed:
            asides.append(forget_writing.rewrite(table, errand.people))
        for folder, surveys in notes.items():
            aside = forget_writing.note(folder, surveys, DONE[errand.how], today)
            asides += [aside] if aside else []
    except BaseException:
        for folder in errand.folders:
            forget_writing.finish(folder)  # there is no list yet: removes what was written
        raise
    forget_writing.put_in_place(errand.folders[0], asides)
    for table in errand.changed:
        rows = sum(table.rows.values())
        says = "row is" if rows == 1 else "rows are"
        blank = table.blanked if errand.how == "anonymise" else []
        also = (
            f"; {some(blank)} {'is' if len(blank) == 1 else 'are'} blank in them" if blank else ""
        )
        print(f"{short(table.path)}: {rows:,} {says} {DONE[errand.how]}{also}")
    for folder, surveys in notes.items():
        if surveys:
            waves = some(set(surveys))
            print(f"{short(folder)}/{forget_files.NOTE}.csv: how many, for the waves {waves}")


def tell_of_tables(errand: Errand) -> None:
    """Say how to change raw tables that are no files: they belong to whoever loads them."""
    print(
        "The raw tables are in a database, and stay as they are. There, with its owner's consent:"
    )
    told = errand.told or {}
    schema = told.get("raw_schema") or "raw"
    names, models = told.get("raw_identifiers") or {}, told.get("raw_models") or {}
    for person in errand.people:
        given = f"where trim(customer_id) = {publish.text(person.id)};"
        for table, columns in forget_files.contract().items():
            if forget_files.ID not in columns or table in models:
                continue
            place = f"{schema}.{names.get(table, table)}"
            new = f"customer_id = {publish.text(person.token)}"
            new += f", customer_name = {publish.text(person.token)}" if table == "customers" else ""
            does = f"update {place} set {new}" if person.token else f"delete from {place}"
            print(f"  {does} {given}")
    if models:
        print(f"  {some(models)}: by the models of your project that make them")


def rebuild(errand: Errand) -> None:
    """Build the case as it was built last, and publish it.

    Raises
    ------
    NotBuiltError
        If that fails; what is published is as it was.
    """
    from scripts import build  # dbt's imports: not before they are needed

    before = errand.target / "marts"
    old = os.readlink(before) if before.is_symlink() else ""
    told = ["--target-path", str(errand.target), "--full-refresh"]
    told += ["--vars", json.dumps(errand.told, default=str)]
    told += [] if (errand.target / "report.html").exists() else ["--no-report"]
    code = build.main(told)
    new = os.readlink(before) if before.is_symlink() else ""
    if new == old:
        raise NotBuiltError(
            "The build failed, and what is published still names them.\n"
            "Fix: put right what the build says; then make forget again, with the same arguments."
        )
    if errand.how == "anonymise" and all(person.token for person in errand.people) and old:
        compare(errand, errand.target / old, errand.target / new)
    if code:
        raise NotDoneError("The report was not rewritten.\nFix: make report.")


def compare(errand: Errand, old: Path, new: Path) -> None:
    """Say whether every figure is as it was before."""
    changed = [p for p in errand.people if any(p.id in table.rows for table in errand.changed)]
    if not changed:
        return
    try:
        other = forget_places.differing(old / "marts.duckdb", new / "marts.duckdb", changed)
    except duckdb.Error as error:
        print(f"note: the marts before could not be compared: {messages.trouble(error)}")
        return
    if other:
        says = "why a token may change one: docs/forgetting.md; or files or code are others"
        print(f"note: not all figures of {', '.join(other)} are as in the build before ({says}).")
    else:
        print("All figures are as before, to the last bit.")


def write_again(errand: Errand) -> None:
    """Rewrite what was made of the marts, and was there before.

    Raises
    ------
    NotDoneError
        If that fails.
    """
    from reports import document
    from scripts import docs, export

    target, failed = errand.target, []
    ways: dict[str, Callable[[], object]] = {
        "report-without-customers.html": lambda: document.write(target, names_customers=False),
        "export": lambda: export.export(target, is_whole=export.is_whole_there(target)),
        "docs": lambda: docs.main(["--target-path", str(target)]),
    }
    for name, way in ways.items():
        if not (target / name).exists():
            continue
        try:
            if way() == 1:  # it has said why
                raise NotDoneError(f"{short(target / name)} was not rewritten.\nFix: make {name}.")
            print(f"{short(target / name)} is rewritten.")
        except (document.ReportError, export.ExportError, NotDoneError) as error:
            failed.append(str(error))
    if failed:
        raise NotDoneError("\n".join(failed))


def publish_again() -> bool:
    """Tell whether PostgreSQL is named."""
    return any(os.environ.get(name) for name in POSTGRES)


def republish(errand: Errand) -> None:
    """Replace the marts in PostgreSQL.

    Raises
    ------
    NotDoneError
        If the marts before are still there.
    """
    if not publish_again():
        print(
            "PostgreSQL is not named (SATISFACTION_POSTGRES). Were the marts published there: "
            "make publish-postgres."
        )
        return
    from scripts import publish_postgres

    schema = os.environ.get("SATISFACTION_POSTGRES_SCHEMA") or "marts"
    address = os.environ.get("SATISFACTION_POSTGRES", "")
    is_whole = publish_postgres.is_whole_there(address, schema)
    done, *left = publish_postgres.publish(errand.target, address, schema, is_whole)
    print(done)
    if left:
        raise NotDoneError("\n".join(left) + "\nFix: end that session; then make publish-postgres.")


def clean(errand: Errand) -> None:
    """Remove what is left of them below the target folder, and look whether anything is.

    Raises
    ------
    NotDoneError
        If there is.
    """
    search = Search(errand.people)
    if gone := forget_places.remove_generations(errand.target):
        says = "generation is" if gone == 1 else "generations are"
        print(f"{gone} older {says} removed from {short(errand.target)}")
    found = forget_places.named(errand.target, search)
    if errand.build_file in found:  # free pages, if it is not the tables
        publish.compact(errand.build_file)
    left = forget_places.remove_records(errand.target, found)
    left = [path for path in left if path.exists() and search.names_in(path)]
    if left:
        raise NotDoneError(
            f"{', '.join(map(short, left))}: still {'names' if len(left) == 1 else 'name'} them.\n"
            "Fix: docs/forgetting.md says what may be left, and what to do."
        )
    print(f"Nothing below {short(errand.target)} names them.")


def still_in_files(errand: Errand) -> None:
    """Look for them in the files of the case: in texts, and in columns that nobody declared.

    Raises
    ------
    NotDoneError
        If they are found.
    """
    search = Search(errand.people)
    left = [
        path
        for folder in errand.folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and search.names_in(path)
    ]
    if left:
        raise NotDoneError(
            f"{', '.join(map(short, left))}: other rows, or other files of the case, still hold an "
            "id or a name of them.\nFix: take it out there; make forget changes the person's rows."
        )
