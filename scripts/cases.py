"""A case: a folder of raw tables, perhaps one of method tables, as the dbt vars that name them."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from scripts import vars_text
from scripts.messages import some

ROOT = Path(__file__).resolve().parents[1]
TABLE_FILES = (".csv", ".parquet")
# what a survey tool, a spreadsheet or a statistics program leaves behind
EXPORTS = (
    *(".csv", ".dta", ".gz", ".json", ".ods", ".parquet", ".rds", ".sas7bdat", ".sav", ".tsv"),
    *(".txt", ".xls", ".xlsb", ".xlsm", ".xlsx", ".zip", ".zsav"),
)
KINDS = {
    stat.S_IFIFO: "a pipe (FIFO)",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}
NEAR_NAMED = 20
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CaseError(Exception):
    """A case folder or a var cannot be used; the message says which and what to do."""


@contextlib.contextmanager
def kept(wrong: list[CaseError] | None) -> Iterator[None]:
    """Put what is wrong into a list and go on; where there is none for it, stop there."""
    try:
        yield
    except CaseError as error:
        if wrong is None:
            raise
        wrong.append(error)


def read_yaml(path: Path) -> Any:
    """Read a YAML file of the project, by the reader in C where there is one."""
    return yaml.load(path.read_text("utf-8"), Loader=LOADER)


def table_names() -> tuple[set[str], set[str]]:
    """Return the names of the contract's tables and of the method tables, from the project."""
    raw: set[str] = set()
    for path in (ROOT / "models").glob("**/_raw*.yml"):
        for source in read_yaml(path).get("sources") or []:
            raw.update(table["name"] for table in source["tables"])
    return raw, set(shipped_method())


def shipped_method() -> dict[str, Path]:
    """Return the files of the shipped method tables by the names of the tables."""
    files = (ROOT / "seeds" / "method").glob("*/seed_*.csv")
    return {path.stem.removeprefix("seed_"): path for path in files}


@cache
def retired_names() -> list[dict[str, str]]:
    """Return the names that are no more: kind, name, since, instead.

    The list is the meta of the model method_rows: dbt reads it there (macros/contract/retired.sql).
    """
    models = read_yaml(ROOT / "models/method/_method.yml")["models"]
    (names,) = (m["config"]["meta"]["retired"] for m in models if m["name"] == "method_rows")
    return list(names)


def retired(kind: str, name: str) -> str | None:
    """Return what to say of a var, a table or a column that is no more; None of any other."""
    for entry in retired_names():
        if (entry["kind"], entry["name"]) == (kind, name):
            return f"retired ({entry['since']}). Use {entry['instead']}."
    return None


def entries(name: str, kind: str) -> tuple[Path, list[Path]]:
    """Return a folder as an absolute path, and what lies in it.

    Raises
    ------
    CaseError
        If there is no such folder, or it cannot be read.
    """
    place = f"{kind}={name if len(name) < 1000 else vars_text.shown(name)}"
    try:
        name.encode()
        folder = Path(os.path.realpath(name))
        if not os.path.isdir(folder):
            raise CaseError(f"{place}: no such folder.\nFix: name one that is there.")
        return folder, sorted(folder.iterdir())
    except OSError as error:
        says = f"the folder cannot be read ({error.strerror})"
        raise CaseError(f"{place}: {says}.\nFix: name one that can be read.") from error
    except ValueError as error:  # NUL, or bytes that are no letters
        says = f"{kind}={vars_text.shown(name)}: no folder can have this name, which is not UTF-8"
        raise CaseError(f"{says}.\nFix: give the folder another name.") from error


def check_entries(
    paths: Iterable[Path], known: set[str], wrong: list[CaseError] | None = None
) -> None:
    """Refuse what cannot be read where a table or vars.yml is meant: dbt waits for a pipe for ever.

    Raises
    ------
    CaseError
        If a link leads nowhere, a table is no file, or vars.yml has another name.
    """
    for path in paths:
        with kept(wrong):
            check_entry(path, known)


def check_entry(path: Path, known: set[str]) -> None:
    """Look at one file or folder of a case; see check_entries."""
    if path.is_symlink() and not path.exists():
        raise CaseError(
            f"{path}: leads to {path.readlink()}, which is not there.\n"
            "Fix: put the file in its place, or remove the link."
        )
    if re.fullmatch(r"vars\.ya?ml(\.txt)?", path.name, re.IGNORECASE):
        if path.name != "vars.yml":
            raise CaseError(
                f"{path}: {path.name} is not read; the name is vars.yml.\nFix: rename it."
            )
        check_file(path)
    elif path.is_dir() and path.name in known:
        parts = sorted(path.glob("*.parquet"))
        if not parts:
            raise CaseError(
                f"{path}: a folder without Parquet files is no table.\n"
                f"Fix: put {path.name}.csv beside it, or *.parquet into it, or remove it."
            )
        for part in parts:
            check_file(part)
    elif path.suffix in TABLE_FILES and path.stem in known:
        check_file(path)


def check_file(path: Path) -> None:
    """Refuse what is no file.

    Raises
    ------
    CaseError
        If it is a pipe, a socket, a device or a folder.
    """
    kind = stat.S_IFMT(path.stat().st_mode)
    if kind != stat.S_IFREG:
        says = f"{path}: {KINDS.get(kind, 'no file')}, where a file is meant"
        raise CaseError(f"{says}.\nFix: put the file in its place, or remove it.")


def tables_of(paths: Iterable[Path]) -> dict[str, Path]:
    """Return the tables among the entries of a folder, each a file or a folder of Parquet files."""
    return {
        path.stem if path.is_file() else path.name: path
        for path in paths
        if path.suffix in TABLE_FILES or (path.is_dir() and any(path.glob("*.parquet")))
    }


def case_folder(
    name: str,
    kind: str,
    wanted: set[str],
    known: set[str],
    wrong: list[CaseError] | None = None,
) -> Path:
    """Return a case folder as an absolute path, after a look at what is in it.

    Raises
    ------
    CaseError
        If there is no such folder, none of the wanted tables in it, or one that cannot be read.
    """
    folder, paths = entries(name, kind)
    try:
        check_entries(paths, known, wrong)
        tables = set(tables_of(paths))
    except OSError as error:
        says = f"{error.filename}: cannot be read ({error.strerror})"
        raise CaseError(f"{says}.\nFix: give yourself the right to read it.") from error
    for table in sorted(tables - known):
        if gone := retired("table", table):
            with kept(wrong):
                raise CaseError(f"{name}/{table}: the table {table} is {gone}")
    if not tables & wanted:
        with kept(wrong):
            raise CaseError(no_table(f"{kind}={name}", paths, wanted))
    mention(name, sorted(tables - known), known)
    return folder


def no_table(place: str, paths: Iterable[Path], wanted: set[str]) -> str:
    """Say that a folder holds no table, and what to do with what does lie there."""
    files = [path.name for path in paths if path.suffix.lower() in EXPORTS and path.is_file()]
    says = f"{place}: none of the tables is there as .csv or .parquet"
    tables = ", ".join(sorted(wanted))
    if not files:
        return f"{says}.\nFix: put in one or more of {tables}."
    return (
        f"{says}; {some(map(vars_text.shown, files))} {'is' if len(files) == 1 else 'are'} there.\n"
        "Fix: save it as 'CSV UTF-8' (or Parquet) under the name of the table that it is, such as "
        f"survey_answers.csv, with the table's columns (models/base/_raw_*.yml): {tables}."
    )


def mention(folder: str, tables: list[str], known: set[str]) -> None:
    """Print which tables are not read: a line for each that may be misspelt, one for the others."""
    near = {table: difflib.get_close_matches(table, known, 1) for table in tables}
    misspelt = [table for table in tables if near[table]][:NEAR_NAMED]
    for table in misspelt:
        print(f"note: {folder}/{table} is not read; {near[table][0]} is meant?")
    others = [table for table in tables if table not in misspelt]
    if len(others) == 1:
        print(f"note: {folder}/{others[0]} is not read.")
    elif others:
        named = some(map(vars_text.shown, others))
        print(f"note: {len(others):,} tables in {folder} are not read: {named}.")


def read_text(path: Path) -> str:
    """Read a text file.

    Raises
    ------
    CaseError
        If it is not UTF-8, too long for vars, or cannot be read.
    """
    try:
        if path.stat().st_size > 4 * vars_text.LETTERS:  # a letter is four bytes at most
            raise CaseError(f"{path}: too long.\nFix: put nothing but vars into it.")
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaseError(f"{path}: not UTF-8.\nFix: save it again as UTF-8.") from error
    except OSError as error:
        says = f"{path}: cannot be read ({error.strerror})"
        raise CaseError(f"{says}.\nFix: give yourself the right to read it.") from error


def read_vars(
    text: str, place: str, known: set[str], wrong: list[CaseError] | None = None
) -> dict[str, Any]:
    """Read dbt vars from YAML text and refuse names that the project does not know.

    Raises
    ------
    CaseError
        If the text is no mapping, or a name is unknown: dbt would pass over it silently.
    """
    try:
        read = vars_text.read(text)
    except vars_text.VarsError as error:
        line = f", line {error.line}" if error.line and "\n" in text.strip() else ""
        raise CaseError(f"{place}{line}: {error}") from error
    if read is None:
        return {}
    if not isinstance(read, dict):
        raise CaseError(
            f"{place}: must be a mapping such as {{min_respondents: 20}}.\n"
            "Fix: write name: value, one a line."
        )
    for name in read:
        if name not in known:
            with kept(wrong):
                refuse_var(str(name), place, known)
    return {name: value for name, value in read.items() if name in known}


def refuse_var(name: str, place: str, known: set[str]) -> None:
    """Refuse the name of a var that the project does not know.

    Raises
    ------
    CaseError
        With what may be meant.
    """
    if says := retired("var", name):
        raise CaseError(f"{place}: the var {name} is {says}")
    told = vars_text.shown(name)
    near = difflib.get_close_matches(told, known, 1)
    raise CaseError(
        f"{place}: unknown var {told}." + (f" {near[0]}?" if near else "") + "\n"
        "Fix: use a name that dbt_project.yml lists under vars."
    )


def known_vars() -> set[str]:
    """Return the names of the vars that dbt_project.yml declares."""
    project = read_yaml(ROOT / "dbt_project.yml")
    declared = project.get("vars") or {}
    return set(declared) | set(declared.get(project["name"]) or {})


def case_vars(
    data: str, method: str, text: str, wrong: list[CaseError] | None = None
) -> dict[str, Any]:
    """Return the dbt vars of a case: vars.yml of METHOD, then of DATA, then --vars.

    Parameters
    ----------
    data, method, text
        As make has them: two folders, vars as YAML.
    wrong
        Where to put all that cannot be used; without it, the first such thing is raised.

    Raises
    ------
    CaseError
        If a folder or a var cannot be used.
    """
    raw_tables, method_tables = table_names()
    result: dict[str, Any] = {}
    known = known_vars()
    places = [
        (method, "METHOD", "method_dir", method_tables),
        (data, "DATA", "raw_dir", raw_tables),
    ]
    for name, kind, var_name, wanted in places:
        if not name:
            continue
        with kept(wrong):
            folder = case_folder(name, kind, wanted, raw_tables | method_tables, wrong)
            result[var_name] = str(folder)
            path = folder / "vars.yml"
            if path.is_file():
                own = read_vars(read_text(path), f"{name}/vars.yml", known, wrong)
                for key in {"method_dir", "raw_dir"} & own.keys():
                    if own[key] is not None:
                        own[key] = os.path.realpath(folder / str(own[key]))
                result.update(own)
    if data:
        result.setdefault("raw_mode", "files")
    with kept(wrong):
        result |= read_vars(text, "--vars", known, wrong)
    for key in ("raw_dir", "method_dir"):  # one that vars name: dbt says more of it
        named = os.path.join(ROOT, str(result.get(key) or ""))
        if result.get(key) and os.path.isdir(named):
            with kept(wrong):
                check_entries(entries(named, key)[1], raw_tables | method_tables, wrong)
    return result
