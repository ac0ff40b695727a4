"""A record of builds as macros/core/record.sql writes it, for build files that no dbt has built."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

START = datetime.datetime(2026, 1, 1)


def manifest(tests: Mapping[str, Sequence[str]], models: Sequence[str]) -> dict[str, Any]:
    """Return what record.py reads of a manifest: models, and tests with the models they read."""
    made = {
        f"model.dbt_satisfaction.{name}": {
            "package_name": "dbt_satisfaction",
            "resource_type": "model",
            "name": name,
            "schema": "main",
            "depends_on": {"nodes": []},
        }
        for name in ["method_rows", *models]
    }
    checks = {
        f"test.dbt_satisfaction.{name}": {
            "package_name": "dbt_satisfaction",
            "resource_type": "test",
            "name": name,
            "schema": "main",
            "depends_on": {"nodes": [f"model.dbt_satisfaction.{parent}" for parent in parents]},
        }
        for name, parents in tests.items()
    }
    return {"nodes": made | checks}


@dataclass
class Recorder:
    """Writes the record of one dbt command after another; every node takes a minute."""

    con: duckdb.DuckDBPyConnection
    minutes: int = 0

    def now(self) -> datetime.datetime:
        """Return a moment that is later than all before."""
        self.minutes += 1
        return START + datetime.timedelta(minutes=self.minutes)

    def run(
        self,
        statuses: Mapping[str, str],
        code: str = "code",
        rows: str = "rows",
        has_all_rows: bool = True,
        files_after: str = "files",
        ends: bool = True,
        command: str = "build",
    ) -> None:
        """Record a command that left these statuses, by unique id, in this order."""
        self.con.execute(
            "create table if not exists build_events (invocation_id text, event text,"
            " happened_at timestamp, command text, code_version text, files_version text,"
            " tables_version text, has_all_rows boolean)"
        )
        self.con.execute(
            "create table if not exists build_nodes (invocation_id text, unique_id text, kind text,"
            " name text, status text, started_at timestamp, finished_at timestamp)"
        )
        invocation = f"command of minute {self.minutes}"
        event = "insert into build_events values (?, ?, ?, ?, ?, ?, ?, ?)"
        start = [invocation, "start", self.now(), command, "", "files", "", has_all_rows]
        self.con.execute(event, start)
        if not ends:
            return
        for unique_id, status in statuses.items():
            kind, _, name = unique_id.split(".")
            times = [self.now(), self.now()]
            row = [invocation, unique_id, kind, name, status, *times]
            self.con.execute("insert into build_nodes values (?, ?, ?, ?, ?, ?, ?)", row)
        self.con.execute(
            "create table if not exists build_readers (invocation_id text, happened_at timestamp,"
            " published_for text)"
        )
        readers = [invocation, self.now(), "owner"]
        self.con.execute("insert into build_readers values (?, ?, ?)", readers)
        end = [invocation, "end", self.now(), command, code, files_after, rows, has_all_rows]
        self.con.execute(event, end)
