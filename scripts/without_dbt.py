"""The project's own macros and models on a DuckDB of their own, without dbt.

dbt takes seconds to start and to read the project. What looks at a case before a build renders the
same SQL from the same files, so that there is no second copy of a rule that could say something
else. Only what the input layer asks of dbt is here: `ref`, `var`, `graph`, `run_query` and a few.
"""

from __future__ import annotations

import datetime
import itertools
import os
import re
import types
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pandas as pd

from scripts.cases import read_yaml
from scripts.catalogue import quote

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "dbt_satisfaction"
# a macro that another one of its file calls by its bare name must be the one that may return values
MACRO = re.compile(r"(\{%-?\s*macro\s+)(\w+)")
PREFIX = "macro__"
#: macros whose answer is the same for one case, and that are asked for again and again
ASKED_OFTEN = (
    *("contract", "contract_of_answers", "find_file", "is_own", "method_columns", "raw_fields"),
    "wide_questions",
)


class MacroError(Exception):
    """What a macro has to say to the user: raise_compiler_error."""


class Returned(Exception):  # noqa: N818
    """The value that a macro returns.

    Parameters
    ----------
    value
        Of any type.
    """

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class Relation(str):
    """The name of a table or view, as macros ask for it."""

    is_cte = False

    @property
    def identifier(self) -> str:
        """Return the bare name."""
        return self.strip('"')


class Answer:
    """The rows of a query, as dbt hands them to macros.

    Parameters
    ----------
    rows
        In their order.
    width
        How many columns there are, where there is no row.
    """

    def __init__(self, rows: list[tuple[Any, ...]], width: int) -> None:
        self.rows = rows
        self.columns = [
            types.SimpleNamespace(values=lambda n=n: [row[n] for row in rows]) for n in range(width)
        ]


class Project:
    """The macros and models of the project, for one case.

    Parameters
    ----------
    dbt_vars
        Vars over those of dbt_project.yml.
    con
        Where tables are made: `ref` makes a model when it is first asked for.
    """

    def __init__(self, dbt_vars: Mapping[str, Any], con: duckdb.DuckDBPyConnection) -> None:
        self.vars = read_yaml(ROOT / "dbt_project.yml")["vars"] | dict(dbt_vars)
        self.con = con
        self.made: dict[str, Relation | Exception] = {}
        self.frames: dict[str, Callable[[], pd.DataFrame]] = {}
        self.modules: dict[Path, Any] = {}
        self.found_out: dict[str, dict[Any, Any]] = {}
        self.files: dict[str, Path] = {}
        self.said: list[str] = []
        for path in sorted((ROOT / "macros").rglob("*.sql")):
            for _, name in MACRO.findall(path.read_text("utf-8")):
                self.files[name] = path
        self.macros: dict[str, Callable[..., Any]] = {
            name: self._macro(name) for name in self.files
        }
        self._own = dict(self.macros)
        # what a build keeps from build to build is nothing to whoever builds nothing
        self.macros |= {
            "code_version": lambda *_: "",
            "kept_by": lambda *_: [],
            "case_id": lambda: "",
            "remembered": lambda topic: self.found_out.setdefault(topic, {}),
            "record_table": lambda name: Relation(name),
            # to plan a query again costs more here than to keep its rows
            "inlined": lambda: "materialized",
            "duckdb__read_file": self._read_once,
            "method_table": self._method_table,
        }
        for name in ASKED_OFTEN:
            self.macros[name] = _remembered(self.macros[name])
        # a method table is read where it lies, and only when it is asked for
        con.execute("create table method_rows (table_name varchar, row_json varchar)")
        self.made["method_rows"] = Relation("method_rows")
        self.environment = jinja2.Environment(
            loader=jinja2.FunctionLoader(self._source),
            bytecode_cache=_kept_bytecode(),
            extensions=["jinja2.ext.do"],
            optimized=False,
        )
        self.environment.globals.update(self.macros)
        self.environment.globals.update(self._context())

    def call(self, macro: str, *arguments: Any, **named: Any) -> Any:
        """Call a macro of the project; return its value, or the text that it writes."""
        return self.macros[macro](*arguments, **named)

    def render(self, text: str) -> str:
        """Render SQL, or a text of a YAML file, with the macros of the project."""
        return self.environment.from_string(text).render()

    def ref(self, name: str, *_: str) -> Relation:
        """Return a seed or model by its name; it is made when it is asked for first.

        Raises
        ------
        Exception
            If it cannot be made: the same error, however often it is asked for.
        """
        if name == "py_method_gate":  # asked for by all that waits until the method is known
            return Relation(name)
        if name not in self.made:
            try:
                self.made[name] = self._make(name)
            except (MacroError, duckdb.Error) as error:
                self.made[name] = error
        made = self.made[name]
        if isinstance(made, Exception):
            raise made
        return made

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self.con.execute(sql).fetchall()

    def query(self, sql: str) -> Answer:
        """Run a query for a macro."""
        rows = self.con.execute(sql).fetchall()
        return Answer(rows, len(self.con.description or ()))

    @cached_property
    def graph(self) -> dict[str, dict[str, Any]]:
        """Return what macros ask of the graph: the contract, the method tables, retired names."""
        sources, nodes = {}, {}
        for path in sorted((ROOT / "models").glob("**/_raw*.yml")):
            for source in read_yaml(path)["sources"]:
                for table in source["tables"]:
                    entry = self._entry(table) | {"source_name": source["name"]}
                    sources[f"source.{PACKAGE}.raw.{table['name']}"] = entry
        for path in sorted((ROOT / "seeds" / "method").glob("*/_*.yml")):
            for seed in read_yaml(path)["seeds"]:
                nodes[f"seed.{PACKAGE}.{seed['name']}"] = self._entry(seed)
        for model in read_yaml(ROOT / "models" / "method" / "_method.yml")["models"]:
            if model["name"] == "method_rows":
                entry = {"name": "method_rows", "resource_type": "model", "columns": {}}
                nodes[f"model.{PACKAGE}.method_rows"] = entry | {"config": model["config"]}
        return {"sources": sources, "nodes": nodes}

    def _entry(self, table: Mapping[str, Any]) -> dict[str, Any]:
        """Return a table of a YAML file as the graph holds it, its texts rendered."""

        def rendered(value: Any) -> Any:
            if isinstance(value, dict):
                return {name: rendered(one) for name, one in value.items()}
            return self.render(value) if isinstance(value, str) and "{{" in value else value

        columns = {
            column["name"]: {
                "data_type": column.get("data_type"),
                "config": {"meta": rendered(column.get("config", {}).get("meta", {}))},
            }
            for column in table["columns"]
        }
        return {
            "name": table["name"],
            "package_name": PACKAGE,
            "resource_type": "seed",
            "columns": columns,
        }

    def _make(self, name: str) -> Relation:
        """Make a seed, a frame or a model."""
        relation = Relation(name)
        if name in self.frames:
            frame = self.frames[name]()
            self.con.register(name, frame)
            return relation
        (path,) = itertools.islice(self._paths(name), 1)
        if path.suffix == ".csv":
            sql = f"from {self._own['duckdb__read_file'](path.as_posix())}"
        else:
            sql = self.environment.get_template(path.relative_to(ROOT).as_posix()).render()
        self.con.execute(f"create table {quote(name)} as {sql}")
        return relation

    def _read_once(self, path: str) -> str:
        """Read a CSV file into a table when it is asked for first; return what to read it by."""
        if not path.endswith(".csv"):
            return str(self._own["duckdb__read_file"](path))
        table = f"file {path}"
        if table not in self.made:
            try:
                sql = self._own["duckdb__read_file"](path)
                self.con.execute(f"create table {quote(table)} as from {sql}")
                self.made[table] = Relation(quote(table))
            except (MacroError, duckdb.Error) as error:
                self.made[table] = error
        made = self.made[table]
        if isinstance(made, Exception):
            raise made
        return made

    def _method_table(self, table: str) -> str:
        """Read a method table when it is asked for first; return what to read it by."""
        name = f"method {table}"
        if name not in self.made:
            typed = self.call("typed_method", table, self.call("method", table))
            self.con.execute(f"create table {quote(name)} as from {typed}")
            self.made[name] = Relation(quote(name))
        return str(self.made[name])

    @staticmethod
    def _source(name: str) -> str:
        """Return the text of a file with macros, or of a model."""
        text = (ROOT / name).read_text("utf-8")
        return MACRO.sub(rf"\1{PREFIX}\2", text) if name.startswith("macros/") else text

    @staticmethod
    def _paths(name: str) -> Iterator[Path]:
        """Find the file of a seed or model."""
        yield from (ROOT / "seeds").glob(f"**/{name}.csv")
        yield from (ROOT / "models").glob(f"**/{name}.sql")

    def _macro(self, name: str) -> Callable[..., Any]:
        """Return a macro, which is compiled with its file when it is called first."""

        def call(*arguments: Any, **named: Any) -> Any:
            path = self.files[name]
            if path not in self.modules:
                name_of_file = path.relative_to(ROOT).as_posix()
                self.modules[path] = self.environment.get_template(name_of_file).module
            try:
                return getattr(self.modules[path], PREFIX + name)(*arguments, **named)
            except Returned as returned:
                return returned.value

        return call

    def _dispatched(self, name: str, _: str = "") -> Callable[..., Any]:
        """Return DuckDB's variant of a macro."""
        own = f"duckdb__{name}"
        return self.macros[own if own in self.macros else f"default__{name}"]

    def _columns_of(self, relation: str) -> list[types.SimpleNamespace]:
        """Return the columns of a relation."""
        found = self.rows(f"describe {quote(relation)}")
        return [types.SimpleNamespace(name=row[0], dtype=row[1]) for row in found]

    def _var(self, name: str, default: Any = None) -> Any:
        """Return a var."""
        return self.vars.get(name, default)

    def _context(self) -> dict[str, Any]:
        """Return what dbt gives to macros, as far as these ask for it."""

        def give_back(value: Any = None) -> None:
            raise Returned(value)

        def stop(text: str) -> None:
            raise MacroError(str(text))

        now = datetime.datetime.now(datetime.UTC)
        space = types.SimpleNamespace
        return {
            PACKAGE: self.macros,
            "adapter": space(
                dispatch=self._dispatched,
                get_columns_in_relation=self._columns_of,
                get_relation=lambda *_: None,
            ),
            "config": lambda *_, **__: "",
            "dbt": space(
                type_string=lambda: "varchar",
                string_literal=lambda text: "'" + str(text).replace("'", "''") + "'",
                dateadd=lambda part, n, start: f"({start} + ({n}) * interval 1 {part})",
            ),
            "exceptions": space(raise_compiler_error=stop),
            "execute": True,
            "flags": space(WHICH="check"),
            "graph": _Lazy(lambda: self.graph),
            "is_incremental": lambda: False,
            "load_relation": lambda relation: relation,
            "log": lambda text, **_: self.said.append(str(text)),
            "modules": space(re=re, datetime=datetime),
            "project_name": PACKAGE,
            "ref": self.ref,
            "return": give_back,
            "run_query": self.query,
            "run_started_at": now,
            "source": lambda _, table: None,
            "target": space(database=None),
            "var": self._var,
        }


def _remembered(macro: Callable[..., Any]) -> Callable[..., Any]:
    """Ask a macro once for each argument; lists and mappings are handed out as copies."""
    answers: dict[str, Any] = {}

    def call(*arguments: Any) -> Any:
        key = repr(arguments)
        if key not in answers:
            answers[key] = macro(*arguments)
        answer = answers[key]
        if isinstance(answer, list):
            return [dict(one) if isinstance(one, dict) else one for one in answer]
        return dict(answer) if isinstance(answer, dict) else answer

    return call


def _kept_bytecode() -> jinja2.FileSystemBytecodeCache | None:
    """Keep compiled files from one look to the next, where there is a place for them."""
    folder = ROOT / "target" / "check"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    if not os.access(folder, os.W_OK):
        return None
    return jinja2.FileSystemBytecodeCache(str(folder), f"{jinja2.__version__}-%s.cache")


class _Lazy:
    """An object that is made when it is asked for first."""

    def __init__(self, make: Callable[[], Mapping[str, Any]]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        return self._make()[name]
