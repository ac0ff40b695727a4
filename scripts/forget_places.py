"""Where people are still named below a target folder, in whatever form, and how that ends."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import html
import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import duckdb

from scripts import publish
from scripts.cases import ROOT
from scripts.catalogue import quote
from scripts.forget_files import ID, NOTE
from scripts.forget_people import Person, pattern_of
from scripts.publish import text

#: what the project's own suites leave in its target folder: made-up people
OF_TESTS = {"tests", "golden", "bench", "faults", "lint", "dbt-next", "screenshots"}
#: what dbt writes of a command, and nobody needs once it has ended
OF_COMMANDS = {"compiled", "run", "logs", "run_results.json", "partial_parse.msgpack"}
CHUNK = 1 << 22
ARCHIVES = (".zip", ".xlsx", ".docx", ".ods")


class Search:
    """A search for people in files of all kinds.

    Parameters
    ----------
    people
        Whom to look for: their ids, and their names where these can be told from other words.
    """

    def __init__(self, people: Sequence[Person]) -> None:
        self.ids = [person.id for person in people]
        words = {word for person in people for word in person.words}
        self.words = pattern_of(words)
        forms = words | {json.dumps(word)[1:-1] for word in words}
        forms |= {html.escape(word) for word in words}
        self.pattern = re.compile(pattern_of(forms) or r"(?!)", re.ASCII)
        self.margin = 4 * max(map(len, forms), default=1)

    def names_in(self, path: Path) -> bool:
        """Tell whether a file names one of them."""
        if path.suffix == ".duckdb":
            return bool(self.tables_in(path)) or self.in_bytes(path)
        if path.suffix == ".parquet":
            with contextlib.suppress(duckdb.Error), duckdb.connect() as con:
                place = text(re.sub(r"([*?\[])", r"[\1]", str(path)))
                if self.rows_in(con, f"read_parquet({place})"):
                    return True
        if path.suffix in ARCHIVES:
            with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if self.in_text(archive.read(name).decode("utf-8", "ignore")):
                        return True
        if path.suffix == ".gz":
            with contextlib.suppress(OSError, EOFError), gzip.open(path) as file:
                return self.in_text(file.read().decode("utf-8", "ignore"))
        return self.in_bytes(path)

    def in_text(self, given: str) -> bool:
        """Tell whether a text names one of them."""
        return self.pattern.search(given) is not None

    def in_bytes(self, path: Path) -> bool:
        """Tell whether the bytes of a file, read as a text, name one of them."""
        before, decoder = "", codecs.getincrementaldecoder("utf-8")("ignore")
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                given = before + decoder.decode(chunk)
                if self.in_text(given):
                    return True
                before = given[-self.margin :]
        return False

    def tables_in(self, path: Path) -> list[str]:
        """Return the tables of a DuckDB file that name one of them.

        Raises
        ------
        duckdb.Error
            If the file cannot be opened.
        """
        with duckdb.connect() as con:
            con.execute(f"attach {text(str(path))} as looked (read_only)")
            found = publish.contents(con, "looked")
            tables = [name for name, rows in found.items() if rows]
            return [name for name in tables if self.rows_in(con, f"looked.{name}")]

    def rows_in(self, con: duckdb.DuckDBPyConnection, relation: str) -> bool:
        """Tell whether a table names one of them: as a customer, or within a text."""
        asked = []
        for name, kind, *_ in con.execute(f"describe from {relation}").fetchall():
            cell = f"cast({quote(name)} as varchar)"
            if name.lower() == ID:
                asked.append(f"trim({cell}) in ({', '.join(map(text, self.ids))})")
            if self.words and ("VARCHAR" in kind or kind in ("JSON", "BLOB")):
                asked.append(f"regexp_matches({cell}, {text(self.words)})")
        if not asked:
            return False
        where = " or ".join(asked)
        return bool(con.execute(f"select 1 from {relation} where {where} limit 1").fetchall())


def files_below(target: Path) -> Iterator[Path]:
    """Return the files of a target folder, without those of the project's own suites."""
    for folder, folders, files in os.walk(target):
        if Path(folder) == ROOT / "target":
            folders[:] = [name for name in folders if name not in OF_TESTS]
        for name in files:
            path = Path(folder) / name
            if path.is_file() and not path.is_symlink():
                yield path


def logs_of(target: Path) -> list[Path]:
    """Return the folders that hold dbt's logs of builds in a target folder."""
    return [target / "logs", *([ROOT / "logs"] if target == ROOT / "target" else [])]


def named(target: Path, search: Search) -> list[Path]:
    """Return the files below a target folder, and dbt's logs, that name one of the people."""
    logs = [path for folder in logs_of(target) for path in folder.glob("*") if path.is_file()]
    paths = sorted({*files_below(target), *logs})
    return [path for path in paths if search.names_in(path)]


def remove_generations(target: Path) -> int:
    """Remove all generations of marts but the one in force, and what killed commands left.

    Who reads one of them is cut off: that is what was asked for.
    """
    with publish.only_one(target, "publish"):
        link = target / "marts"
        in_force = os.readlink(link) if link.is_symlink() else ""
        gone = [path for path in target.glob("marts-*") if path.name != in_force]
        for path in gone:
            shutil.rmtree(path)
    for path in [*target.glob(f"*{publish.UNFINISHED}*"), *target.glob("*.duckdb*.tmp")]:
        remove(path)
    return len(gone)


def remove(path: Path) -> None:
    """Remove a file or a folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def remove_records(target: Path, found: Iterable[Path]) -> list[Path]:
    """Remove the files that dbt wrote of its commands; return those that are something else."""
    logs, others = logs_of(target), []
    for path in found:
        below = path.relative_to(target).parts[0] if path.is_relative_to(target) else ""
        if path.parent in logs or below in OF_COMMANDS:
            path.unlink(missing_ok=True)
        else:
            others.append(path)
    return others


def ties(build_file: Path, people: Sequence[Person]) -> dict[str, set[str]]:
    """Return with whom each person shares its place of the call list; none where there is none."""
    found: dict[str, set[str]] = {}
    wanted = ", ".join(text(person.id) for person in people)
    with contextlib.suppress(duckdb.Error), duckdb.connect() as con:
        con.execute(f"attach {text(str(build_file))} as looked (read_only)")
        for relation in publish.contents(con, "looked"):
            if not relation.endswith('."fct_next_best_action"'):
                continue
            for name, other in con.execute(
                f"""select a.customer_id, b.customer_id
                from looked.{relation} as a join looked.{relation} as b
                    on a.line_id is not distinct from b.line_id
                    and a.amount_in_window is not distinct from b.amount_in_window
                    and a.customer_id <> b.customer_id
                where a.customer_id in ({wanted})"""
            ).fetchall():
                found.setdefault(name, set()).add(other)
    return found


#: columns that speak of ids, of the build, or of who was forgotten
OTHERWISE = {
    "build_log": None,
    "rejected_rows": {"record_key", "offending_value", "row_json"},
    "customer_links": {"near_examples"},
    "dim_waves": {"n_anonymised", "n_deleted"},
}


def differing(before: Path, after: Path, people: Sequence[Person]) -> list[str]:
    """Return the marts whose figures two generations do not have alike, but for the tokens.

    Parameters
    ----------
    before, after
        Two published DuckDB files.
    people
        Who was anonymised between them.
    """
    found = []
    with duckdb.connect() as con:
        con.execute(f"attach {text(str(before))} as a (read_only)")
        con.execute(f"attach {text(str(after))} as b (read_only)")
        con.execute("create table tokens (id varchar, token varchar)")
        con.executemany("insert into tokens values (?, ?)", [[p.id, p.token] for p in people])
        con.execute(
            "create macro now(one) as coalesce(map_extract_value("
            "(select map(list(id), list(token)) from tokens), one), one)"
        )
        names = {row[0] for row in con.execute("show tables from a").fetchall()}
        for name in sorted(
            names | {row[0] for row in con.execute("show tables from b").fetchall()}
        ):
            if name in OTHERWISE and OTHERWISE[name] is None:
                continue
            if name not in names:
                found.append(name)
                continue
            fields = []
            for column, kind, *_ in con.execute(f"describe a.{quote(name)}").fetchall():
                if column == "customer_name" or column in (OTHERWISE.get(name) or ()):
                    continue
                is_id = column == ID and kind == "VARCHAR"
                fields.append(f"now({quote(column)})" if is_id else quote(column))
            rows = f"select {', '.join(fields)} from {{}}.{quote(name)}"
            if name == "row_accounting":
                rows += f" where table_name <> '{NOTE}'"
            old, new = rows.format("a"), rows.format("b")
            both = f"(({old}) except all ({new})) union all (({new}) except all ({old}))"
            if con.execute(f"select 1 from ({both}) limit 1").fetchall():
                found.append(name)
    return found
