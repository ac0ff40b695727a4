"""What a model or a data test reads, so that the engine of the tests builds nothing twice.

A model is what it was while the raw tables that it reads, the vars that it and its macros name, and
the models before it are what they were. Where its text does not say which tables or vars it reads,
it counts as reading all of them: it is built once too often, never once too seldom.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from dbt.contracts.graph.manifest import Manifest

from scripts.cases import table_names

PROJECT = ".dbt_satisfaction."
RAW_TABLES = table_names()[0]
#: macros by which files are found, and those by which it is a raw table's
FIND_FILES = "macro.dbt_satisfaction.find_file"
FIND_RAW = {f"macro.dbt_satisfaction.{name}" for name in ("raw", "raw_fields", "has_raw")}
#: macros that name a raw table without reading it
NAME_ONLY = {f"macro.dbt_satisfaction.{name}" for name in ("raw", "raw_tables", "ignored_columns")}
#: vars that a macro asks for by a name that it is handed
HANDED_ON = {"macro.dbt_satisfaction.own_model": {"raw_models", "method_models"}}
#: what reads every var that is named in incremental models and all before them
CODE_VERSION = "macro.dbt_satisfaction.code_version"
NO_FIGURES = {"method_rows", "py_method_gate"}
#: what follows from it shows in the rows
OF_ROWS = {"as_of_date"}
#: what reads what earlier builds left behind
RECORD = "macro.dbt_satisfaction.record_table"
#: a delivery is recorded where this was built
ALWAYS = {"row_accounting"}
#: holds the rows of the method tables, and looks at the folder and at all vars before
METHOD_ROWS = "model.dbt_satisfaction.method_rows"
#: vars that say where files lie: a build follows their content, not their place
PLACES = ("raw_dir", "method_dir")
ALL = "all"


@dataclass
class Reads:
    """What a node reads beside other nodes; ALL stands for every var or table."""

    vars: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)
    has_files: bool = False
    is_always: bool = False


def digest(*parts: object) -> str:
    """Return a short digest of what is told."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def vars_named(text: str) -> set[str]:
    """Return the vars that a text names."""
    named = set(re.findall(r"\bvar\(['\"](\w+)['\"]", text))
    return named | ({ALL} if re.search(r"\bvar\((?!['\"])", text) else set())


def tables_named(text: str) -> set[str]:
    """Return the raw tables that a text names."""
    if "raw_tables()" in text:
        return {ALL}
    return {table for table in RAW_TABLES if re.search(rf"['\"]{table}['\"]", text)}


def files_of(folder: object) -> dict[str, str]:
    """Return a digest of every table in a folder, and under "" one of all that is no raw table."""
    found: dict[str, list[object]] = {}
    top = Path(str(folder)) if folder else None
    for path in sorted(top.rglob("*")) if top and top.is_dir() else []:
        table = path.relative_to(top).parts[0].split(".")[0].lower()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found.setdefault(table if table in RAW_TABLES else "", []).append((str(path), content))
    return {table: digest(files) for table, files in found.items()}


class Memory:
    """Which nodes of a manifest a build file holds as they would be built now.

    Parameters
    ----------
    manifest
        The parsed project.
    method
        Models of method tables alone: the engine itself knows when they are to be built.
    handed
        Vars that Python models are handed.
    """

    def __init__(
        self, manifest: Manifest, method: Collection[str], handed: Mapping[str, set[str]]
    ) -> None:
        self.manifest = manifest
        self.handed = handed
        self.method = {f"model.dbt_satisfaction.{name}" for name in method}
        self.built: dict[str, str] = {}
        self.closure = cache(self._closure)
        self.vars_of_code = cache(self._vars_of_code)
        self.reads = cache(self._reads)

    def _called(self, text: str) -> set[str]:
        """Return the macros of the project that a text names; what dbt saw leaves out `if execute`.

        Of a macro with a form for every engine it is that of DuckDB.
        """
        names = set(re.findall(r"\bdbt_satisfaction\.(\w+)", text))
        names |= {f"duckdb__{name}" for name in re.findall(r"adapter\.dispatch\('(\w+)'", text)}
        ids = {f"macro.dbt_satisfaction.{name}" for name in names}
        return {name for name in ids if name in self.manifest.macros}

    def _closure(self, macro: str) -> frozenset[str]:
        """Return a macro and all that it calls."""
        seen: set[str] = set()
        waiting = {macro}
        while waiting := waiting - seen:
            seen |= waiting
            texts = [self.manifest.macros[name].macro_sql for name in waiting]
            waiting = self._called("\n".join(texts))
        return frozenset(seen)

    def _reads(self, name: str) -> Reads:
        """Return what a node and its macros name."""
        node = self.manifest.nodes[name]
        code = f"{node.raw_code} {getattr(node.config, 'pre_hook', '')}"
        macros = {called for macro in self._called(code) for called in self.closure(macro)}
        found = Reads(has_files=FIND_FILES in macros)
        found.is_always = node.name in ALWAYS or RECORD in macros
        found.vars = vars_named(code) | self.handed.get(name, set())
        found.tables = tables_named(code)
        for macro in macros - {CODE_VERSION}:
            text = self.manifest.macros[macro].macro_sql
            found.vars |= HANDED_ON.get(macro, vars_named(text))
            found.tables |= tables_named(text) if macro not in NAME_ONLY else set()
        if CODE_VERSION in macros:
            found.vars |= self.vars_of_code()
        if ALL in found.tables or (not found.tables and macros & FIND_RAW):
            found.tables = {*RAW_TABLES}
        return found

    def _vars_of_code(self) -> set[str]:
        """Return the vars that incremental models and all before them name."""
        nodes = self.manifest.nodes.items()
        kept = [name for name, node in nodes if node.config.materialized == "incremental"]
        before = {parent for name in kept for parent in self.ancestors(name)}
        before = {name for name in before if name.split(".")[2] not in NO_FIGURES}
        codes = [node.raw_code for name, node in nodes if name in before]
        called = self._called("\n".join(codes))
        macros = {macro for one in called for macro in self.closure(one)}
        macros -= {CODE_VERSION, *HANDED_ON}
        texts = codes + [self.manifest.macros[macro].macro_sql for macro in macros]
        handed = [self.handed[name] for name in before & {*self.handed}]
        return vars_named("\n".join(texts)).union(*handed) - OF_ROWS

    def ancestors(self, name: str) -> set[str]:
        """Return a node and all that it is built from."""
        seen: set[str] = set()
        waiting = {name}
        while waiting := waiting - seen:
            seen |= waiting
            nodes = [self.manifest.nodes[one] for one in waiting if one in self.manifest.nodes]
            waiting = {parent for node in nodes for parent in node.depends_on_nodes}
        return seen

    def descendants(self, name: str) -> set[str]:
        """Return the models that are built from a node."""
        return {
            other
            for other, node in self.manifest.nodes.items()
            if node.resource_type == "model" and name in self.ancestors(other) - {other}
        }

    def keys(
        self, wanted: Collection[str], dbt_vars: Mapping[str, Any], method: object
    ) -> dict[str, str]:
        """Return what tells the content of nodes, and of all before them, where it is equal.

        Parameters
        ----------
        wanted
            Nodes.
        dbt_vars
            Every var of the run.
        method
            What tells the method tables, beside their files.
        """
        files = files_of(dbt_vars.get("raw_dir"))
        method_files = digest(files_of(dbt_vars.get("method_dir")))
        told = {name: value for name, value in dbt_vars.items() if name not in PLACES}
        found: dict[str, str] = {}

        def key(name: str) -> str:
            if name in found:
                return found[name]
            node = self.manifest.nodes.get(name)
            if node is None or node.resource_type == "seed":
                found[name] = name
            elif name in self.method or name == METHOD_ROWS:
                found[name] = digest(name, method, method_files, files.get(""))
            else:
                reads = self.reads(name)
                names = told if ALL in reads.vars else reads.vars & {*told}
                read = {name: told[name] for name in sorted(names)}
                own: object = None
                if reads.has_files:
                    # also files of method tables, and those that the contract does not name
                    tables = [files.get(table) for table in sorted(reads.tables)]
                    own = (tables, files.get(""), method_files)
                parents = sorted(key(parent) for parent in node.depends_on_nodes)
                found[name] = digest(name, json.dumps(read, default=str), own, parents)
            return found[name]

        for name in wanted:
            key(name)
        if METHOD_ROWS in found:
            found[METHOD_ROWS] = digest(found[METHOD_ROWS], sorted(files.items()), str(told))
        return found

    def stale(
        self, wanted: Collection[str], keys: Mapping[str, str], forgetful: bool = False
    ) -> set[str]:
        """Return the models and tests that are not there as they would be built now, or all."""
        return {
            name
            for name in wanted
            if name in self.manifest.nodes
            and name not in self.method
            and self.manifest.nodes[name].resource_type in ("model", "test")
            and (forgetful or self.built.get(name) != keys[name] or self.reads(name).is_always)
        }

    def forget(self, names: Collection[str]) -> None:
        """Take these for what nobody knows: they were built, well or not."""
        for name in names:
            self.built.pop(name, None)

    def learn(
        self, names: Collection[str], keys: Mapping[str, str], pending: Collection[str]
    ) -> None:
        """Remember what was built, unless something before it was not as it would be now.

        Parameters
        ----------
        names
            What was built.
        keys
            Their keys, and those of all before them.
        pending
            Models of method tables that are to be built, and were not.
        """
        waiting = {*names} - {*pending}

        def is_there(name: str) -> bool:
            if name in waiting:
                waiting.remove(name)
                parents = self.manifest.nodes[name].depends_on_nodes
                if all([is_there(parent) for parent in parents]):
                    self.built[name] = keys[name]
            node = self.manifest.nodes.get(name)
            if node is None or node.resource_type == "seed" or name == METHOD_ROWS:
                return True
            if name in self.method:
                return name not in pending
            return self.built.get(name) == keys[name]

        for name in names:
            is_there(name)
