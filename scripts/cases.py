"""A case: a folder of raw tables, perhaps one of method tables, as the dbt vars that name them."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]


class CaseError(Exception):
    """A case folder or a var cannot be used; the message says which and what to do."""


def table_names() -> tuple[set[str], set[str]]:
    """Return the names of the contract's tables and of the method tables, from the project."""
    raw: set[str] = set()
    for path in (ROOT / "models").glob("**/_raw*.yml"):
        for source in yaml.safe_load(path.read_text("utf-8")).get("sources") or []:
            raw.update(table["name"] for table in source["tables"])
    method = {path.stem.removeprefix("seed_") for path in (ROOT / "seeds/method").glob("*.csv")}
    return raw, method


def retired_names() -> list[dict[str, str]]:
    """Return the names that are no more: kind, name, since, instead.

    The list is the meta of the model method_rows: dbt reads it there (macros/retired.sql).
    """
    models = yaml.safe_load((ROOT / "models/method/_method.yml").read_text("utf-8"))["models"]
    (names,) = (m["config"]["meta"]["retired"] for m in models if m["name"] == "method_rows")
    return list(names)


def retired(kind: str, name: str) -> str | None:
    """Return what to say of a var, a table or a column that is no more; None of any other."""
    for entry in retired_names():
        if (entry["kind"], entry["name"]) == (kind, name):
            return f"retired ({entry['since']}). Use {entry['instead']}."
    return None


def case_folder(name: str, kind: str, wanted: set[str], known: set[str]) -> Path:
    """Return a case folder as an absolute path, after a look at what is in it.

    Raises
    ------
    CaseError
        If there is no such folder, or none of the wanted tables in it.
    """
    folder = Path(name).resolve()
    if not folder.is_dir():
        raise CaseError(f"{kind}={name}: no such folder.")
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise CaseError(f"{kind}={name}: the folder cannot be read ({error.strerror}).") from error
    for path in paths:
        if path.is_symlink() and not path.exists():
            raise CaseError(
                f"{path}: leads to {path.readlink()}, which is not there.\n"
                "Fix: put the file in its place, or remove the link."
            )
    tables = {
        path.stem if path.is_file() else path.name
        for path in paths
        if path.suffix in (".csv", ".parquet") or (path.is_dir() and any(path.glob("*.parquet")))
    }
    for table in sorted(tables - known):
        if says := retired("table", table):
            raise CaseError(f"{name}/{table}: the table {table} is {says}")
    if not tables & wanted:
        raise CaseError(
            f"{kind}={name}: none of the tables is there as .csv or .parquet.\n"
            f"Fix: put in one or more of {', '.join(sorted(wanted))}."
        )
    for table in sorted(tables - known):
        near = difflib.get_close_matches(table, known, 1)
        print(f"note: {name}/{table} is not read" + (f"; {near[0]} is meant?" if near else "."))
    return folder


def read_text(path: Path) -> str:
    """Read a text file.

    Raises
    ------
    CaseError
        If it is not UTF-8, or cannot be read.
    """
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaseError(f"{path}: not UTF-8.\nFix: save it again as UTF-8.") from error
    except OSError as error:
        raise CaseError(f"{path}: cannot be read ({error.strerror}).") from error


def read_vars(text: str, place: str, known: set[str]) -> dict[str, Any]:
    """Read dbt vars from YAML text and refuse names that the project does not know.

    Raises
    ------
    CaseError
        If the text is no mapping, or a name is unknown: dbt would pass over it silently.
    """
    try:
        read = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        says = getattr(error, "problem", None) or str(error)
        raise CaseError(f"{place}: not valid YAML: {says}.") from error
    if not isinstance(read, dict):
        raise CaseError(f"{place}: must be a mapping such as {{min_respondents: 20}}.")
    for name in read:
        if name not in known:
            if says := retired("var", str(name)):
                raise CaseError(f"{place}: the var {name} is {says}")
            near = difflib.get_close_matches(str(name), known, 1)
            raise CaseError(f"{place}: unknown var {name}." + (f" {near[0]}?" if near else ""))
    return read


def known_vars() -> set[str]:
    """Return the names of the vars that dbt_project.yml declares."""
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text("utf-8"))
    declared = project.get("vars") or {}
    return set(declared) | set(declared.get(project["name"]) or {})


def case_vars(data: str, method: str, text: str) -> dict[str, Any]:
    """Return the dbt vars of a case: vars.yml of METHOD, then of DATA, then --vars.

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
        folder = case_folder(name, kind, wanted, raw_tables | method_tables)
        result[var_name] = str(folder)
        path = folder / "vars.yml"
        if path.is_file():
            own = read_vars(read_text(path), f"{name}/vars.yml", known)
            for key in {"method_dir", "raw_dir"} & own.keys():
                if own[key] is not None:
                    own[key] = str((folder / str(own[key])).resolve())
            result.update(own)
    if data:
        result.setdefault("raw_mode", "files")
    return result | read_vars(text, "--vars", known)
