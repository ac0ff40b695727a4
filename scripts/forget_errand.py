"""What `make forget` is asked for, and what is there: looked at before anything is changed."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import yaml

from scripts import cases, forget_files, forget_writing, publish, record
from scripts import forget_people as who
from scripts.cases import LOADER, ROOT, CaseError
from scripts.forget_files import Table
from scripts.forget_people import Person
from scripts.messages import some
from scripts.summary import short

#: ways to forget, and what the note calls them
DONE = {"anonymise": "anonymised", "delete": "deleted"}


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
        if forget_writing.finish(folder):
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
                "Fix: move them away and write new ones afterwards, or anonymise."
            )
