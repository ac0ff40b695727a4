"""Forget people: in the files of a case, and in all that was made of them: `make forget`.

What it reaches, in which order, and what it does not reach: docs/forgetting.md.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import functools
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import yaml

ROOT = Path(__file__).resolve().parents[1]
if __package__ in (None, ""):  # run as a file, not with -m
    sys.path.insert(0, str(ROOT))

from scripts import cases, forget_files, forget_places, messages, publish, record  # noqa: E402
from scripts import forget_people as who  # noqa: E402
from scripts.cases import LOADER, CaseError  # noqa: E402
from scripts.catalogue import CatalogueError  # noqa: E402
from scripts.forget_files import Table  # noqa: E402
from scripts.forget_people import Person  # noqa: E402
from scripts.forget_places import Search  # noqa: E402
from scripts.messages import some  # noqa: E402
from scripts.publish import PublishError  # noqa: E402
from scripts.summary import short  # noqa: E402

DONE = {"anonymise": "anonymised", "delete": "deleted"}
POSTGRES = ("SATISFACTION_POSTGRES", "PGHOST", "PGSERVICE", "PGDATABASE")


class NotDoneError(Exception):
    """Something could not be reached; the message says what, and what to do."""


@dataclass
class Errand:
    """What is to be done.

    Attributes
    ----------
    people : list of Person
        Who is forgotten.
    how : str
        ``anonymise`` or ``delete``.
    folders : list of Path
        The case folder, and further ones that are changed with it.
    target : Path
        Where its build is.
    told : dict or None
        The vars of that build; None where nothing was built.
    tables : list of Table
        The files that may name customers.
    """

    people: list[Person]
    how: str
    folders: list[Path]
    target: Path
    told: dict[str, Any] | None
    tables: list[Table] = field(default_factory=list)

    @property
    def build_file(self) -> Path:
        """The file that the build left."""
        return publish.build_file_of(self.target)

    @property
    def changed(self) -> list[Table]:
        """The files that name the people."""
        return [table for table in self.tables if table.rows]


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


def vars_of_build(target: Path) -> dict[str, Any] | None:
    """Return the vars of the last build in a target folder; None where nothing was built.

    Raises
    ------
    CaseError
        If there is a build, or marts, of which nothing says how they were built.
    """
    build_file = publish.build_file_of(target)
    if build_file.is_file() and (target / "manifest.json").is_file():
        manifest = json.loads((target / "manifest.json").read_text("utf-8"))
        if record.HOME in manifest.get("nodes", {}):
            told = record.dbt_vars(build_file, manifest)
            if told is not None:
                return dict(yaml.load(told, LOADER) or {})
    there = [path for path in (build_file, target / "marts.duckdb") if path.exists()]
    if there:
        raise CaseError(
            f"{short(there[0])}: does not say how it was built.\nNothing was changed.\n"
            "Fix: make build with DATA, METHOD and VARS of the case first."
        )
    return None


def case_of(data: str, also: Sequence[str], told: dict[str, Any] | None) -> list[Path]:
    """Return the folders of a case; none where its raw tables are in a database.

    Raises
    ------
    CaseError
        If no case is named, or the target folder holds another one.
    """
    given = cases.case_vars(data, "", "") if data else (told or {})
    mode = given.get("raw_mode") or "demo"
    if mode == "demo" or (not data and mode == "files"):
        raise CaseError(
            "DATA: name the case. The demo's customers are made up, and its tables are files of "
            "this project: nobody is forgotten there.\nFix: make forget CUSTOMER=… DATA=folder."
        )
    folder = Path(os.path.realpath(ROOT / str(given.get("raw_dir") or ".")))
    built = told and told.get("raw_dir")
    built = os.path.realpath(ROOT / str(built)) if built else "the demo"
    if mode == "files" and told is not None and built != str(folder):
        raise CaseError(
            f"the last build is of another case ({built}), and this one's may be named there "
            "still.\nNothing was changed.\nFix: make build with DATA, METHOD and VARS of this case "
            "first, or say where it was built: ARGS='--target-path folder'."
        )
    if mode != "files":
        return []
    raw_tables, method_tables = cases.table_names()
    known = raw_tables | method_tables
    return [folder, *(cases.case_folder(name, "--also", raw_tables, known) for name in also)]


def errand(args: argparse.Namespace) -> Errand:
    """Look at what is asked for, and at what is there.

    Raises
    ------
    CaseError
        If it cannot be done; nothing is changed then.
    """
    how = args.how or "anonymise"
    if how not in DONE:
        raise CaseError(f"FORGET={how}: unknown.\nFix: make it one of {', '.join(DONE)}.")
    people = [Person(name) for name in who.read_ids(args.customer, args.customers)]
    target = publish.target_folder(args.target_path)
    told = vars_of_build(target)
    folders = case_of(args.data, args.also, told)
    for folder in folders if not args.dry_run else ():
        if forget_files.finish(folder):
            print(f"{short(folder)}: what a stopped command had left to do is done.")
    own = told or (cases.case_vars(args.data, "", "") if args.data else {})
    found = Errand(people, how, folders, target, told)
    for folder in folders:
        found.tables += forget_files.tables_of(folder, own)
    default = cases.read_yaml(ROOT / "dbt_project.yml")["vars"]["default_survey_id"]
    forget_files.look(found.tables, people, str(own.get("default_survey_id") or default))
    refuse_the_unknown(found)
    if how == "delete":
        refuse_expected_figures(folders)
    return found


def refuse_the_unknown(errand: Errand) -> None:
    """Stop where somebody is named nowhere, neither in the files nor in what was made of them.

    Raises
    ------
    CaseError
        With ids that are written nearly alike.
    """
    named = {name for table in errand.tables for name in table.rows}
    unknown = [person for person in errand.people if person.id not in named]
    known = called(errand)
    near = forget_files.alike(errand.tables, errand.people)
    others = {name for one, names in known.items() if one is None for name in names}
    for person in errand.people:  # a former name may be in what was built only
        person.names = sorted({*person.names, *known.get(person.id, set())})
        person.shared |= others & {*person.names}
    if wrong := [person.id for person in unknown if person.id not in known]:
        places = ", ".join(dict.fromkeys(table.shown for table in errand.tables)) or "the build"
        like = [other for name in wrong for other in near.get(name, ())]
        raise CaseError(
            f"customer_id {some(wrong)}: in none of {places}, nor in what was built of them.\n"
            "Nothing was changed.\nFix: name ids as the tables write them"
            + (f"; {some(like)}?" if like else ".")
        )
    for name, others in near.items():
        says = f"note: {some(others)} differs from {name} by zeros, capitals or dashes only."
        print(f"{says} Forget it too if it is the same person.")


def called(errand: Errand) -> dict[str | None, set[str]]:
    """Return by what names the build and the published marts know the people; None: all others."""
    found: dict[str | None, set[str]] = {}
    wanted = ", ".join(publish.text(person.id) for person in errand.people)
    one = f"case when trim(customer_id) in ({wanted}) then trim(customer_id) end"
    for path in (errand.build_file, errand.target / "marts.duckdb"):
        if not path.exists():
            continue
        with contextlib.suppress(duckdb.Error), duckdb.connect() as con:
            con.execute(f"attach {publish.text(str(path))} as looked (read_only)")
            for relation, rows in publish.contents(con, "looked").items():
                columns = {r[0] for r in con.execute(f"describe looked.{relation}").fetchall()}
                if not rows or "customer_id" not in columns:
                    continue
                name = "customer_name" if "customer_name" in columns else "null"
                for who_is, text in con.execute(
                    f"select distinct {one}, {name} from looked.{relation}"
                ).fetchall():
                    found.setdefault(who_is, set()).update([text] if text else [])
    return found


def refuse_expected_figures(folders: Sequence[Path]) -> None:
    """Stop before a deletion where the case expects figures, which will be others.

    Raises
    ------
    CaseError
        If there are any.
    """
    for folder in folders:
        if any((folder / "expected").glob("*.csv")):
            raise CaseError(
                f"{short(folder / 'expected')}: these figures will not hold without the person's "
                "rows, and the build would stop at them. Nothing was changed.\n"
                "Fix: move them away, and write them anew afterwards; or anonymise."
            )


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
    forget_files.refuse_what_is_not_ours([*errand.folders, *paths])
    asides: list[Path] = []
    try:
        for table in errand.changed:
            asides.append(forget_files.rewrite(table, errand.people))
        for folder, surveys in notes.items():
            aside = forget_files.note(folder, surveys, DONE[errand.how], today)
            asides += [aside] if aside else []
    except BaseException:
        for folder in errand.folders:
            forget_files.finish(folder)  # there is no list yet: removes what was written
        raise
    forget_files.put_in_place(errand.folders[0], asides)
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


def build_anew(errand: Errand) -> None:
    """Build the case as it was built last, and publish it.

    Raises
    ------
    NotDoneError
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
        raise NotDoneError(
            "The build failed, and what is published still names them.\n"
            "Fix: put right what the build says; then make forget again, with the same arguments."
        )
    if errand.how == "anonymise" and all(person.token for person in errand.people) and old:
        compare(errand, errand.target / old, errand.target / new)
    if code:
        raise NotDoneError("The report is not written anew.\nFix: make report.")


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
        print(f"note: not all figures of {', '.join(other)} are as before: docs/forgetting.md.")
    else:
        print("All figures are as before, to the last bit.")


def write_again(errand: Errand) -> None:
    """Write anew what was made of the marts, and was there before.

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
        "export": lambda: export.export(target),
        "docs": lambda: docs.main(["--target-path", str(target)]),
    }
    for name, way in ways.items():
        if not (target / name).exists():
            continue
        try:
            if way() == 1:  # it has said why
                raise NotDoneError(
                    f"{short(target / name)} is not written anew.\nFix: make {name}."
                )
            print(f"{short(target / name)} is written anew.")
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
    done, *left = publish_postgres.publish(errand.target, address, schema)
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


def forget(errand: Errand) -> list[str]:
    """Do it; return what was not done, in plain words."""
    if errand.how == "anonymise":
        tokens(errand)
    steps: list[Callable[[Errand], None]] = []
    if errand.folders:
        change_files(errand)
        steps.append(still_in_files)
    else:
        tell_of_tables(errand)
    if errand.told is not None:
        steps += [build_anew, write_again, republish, clean]
    else:
        print(f"Nothing was built in {short(errand.target)}.")
    failed = []
    for step in steps:
        try:
            step(errand)
        except (NotDoneError, PublishError, CatalogueError, CaseError) as error:
            failed.append(str(error))
        except messages.TROUBLE as error:
            failed.append(messages.trouble(error))
        if failed and step is build_anew:
            break
    return failed


def main(argv: Sequence[str] | None = None) -> int:
    """Forget people from the command line; return the exit code of the process."""
    args = parse_arguments(argv)
    failed: list[str] = []

    def run() -> None:
        asked = errand(args)
        if args.dry_run:
            plan(asked)
            return
        with publish.only_one(asked.target, "forget"):
            failed.extend(forget(asked))

    code = messages.told(run, CaseError, PublishError)
    if failed:
        print("\nNot done:\n" + "\n\n".join(failed), file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
