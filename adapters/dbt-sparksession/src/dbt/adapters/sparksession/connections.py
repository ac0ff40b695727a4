"""The profile's keys, and dbt's connections: thin handles on the one Spark session."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any

from dbt.adapters.contracts.connection import Connection, ConnectionState, Credentials
from dbt.adapters.events.logging import AdapterLogger
from dbt.adapters.exceptions import FailedToConnectError
from dbt.adapters.spark.connections import SparkConnectionManager
from dbt_common.exceptions import DbtRuntimeError

from dbt.adapters.sparksession.errors import plain
from dbt.adapters.sparksession.session import get_session

logger = AdapterLogger("SparkSession")


@dataclass
class SessionCredentials(Credentials):
    """One output of profiles.yml; the README describes each key."""

    schema: str = "default"
    database: str | None = None
    master: str = "local[*]"
    remote: str | None = None
    warehouse_dir: str = "target/spark/warehouse"
    metastore_dir: str = "target/spark/metastore"
    driver_memory: str | None = None
    connect_timeout: int = 60
    log_level: str = "ERROR"
    server_side_parameters: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def __pre_deserialize__(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Refuse unknown keys: a misspelt warehouse_dir would silently be another warehouse."""
        known = {item.name for item in fields(cls) if not item.name.startswith("_")}
        unknown = set(data) - known - {"type", "threads", "database"}
        if unknown:
            raise DbtRuntimeError(
                f"profiles.yml: sparksession has no key {', '.join(sorted(unknown))}. "
                f"Its keys are {', '.join(sorted(known))}."
            )
        return super().__pre_deserialize__(data)  # type: ignore[no-any-return]

    def __post_init__(self) -> None:
        """Check what Spark would take without a word."""
        if self.database not in (None, self.schema):
            raise DbtRuntimeError(
                f"profiles.yml: database is {self.database!r} and schema is {self.schema!r}. "
                "On Spark they are one thing: leave database out."
            )
        self.database = None
        if not re.fullmatch(r"local(\[(\*|\d+)(,\d+)?\])?|spark://.+", self.master):
            raise DbtRuntimeError(
                f"profiles.yml: master is {self.master!r}. "
                "Fix: local[*], local[2], or a standalone cluster, spark://host:port."
            )

    @property
    def type(self) -> str:
        """Name of the adapter in profiles.yml."""
        return "sparksession"

    @property
    def unique_field(self) -> str:
        """Where the session runs."""
        return self.remote or self.master

    def _connection_keys(self) -> tuple[str, ...]:
        if self.remote:
            return ("remote", "schema")
        return ("master", "schema", "warehouse_dir", "metastore_dir")


class SessionHandle:
    """What dbt takes for a database cursor and its connection: the session and its last result."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self._frame: Any = None
        self._rows: list[Any] | None = None

    def cursor(self) -> SessionHandle:
        """Return a fresh result holder on the same session."""
        return SessionHandle(self.session)

    def execute(self, sql: str, bindings: Sequence[Any] | None = None) -> None:
        """Run one statement; commands run at once, queries when they are fetched."""
        if bindings:
            raise DbtRuntimeError("SQL with bindings is not supported in a Spark session")
        self._rows = None
        self._frame = self.session.sql(sql.strip().removesuffix(";"))

    @property
    def description(self) -> list[tuple[Any, ...]]:
        """Name and type of every column, as DB-API has it."""
        if self._frame is None:
            return []
        return [
            (item.name, item.dataType.simpleString(), None, None, None, None, item.nullable)
            for item in self._frame.schema.fields
        ]

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        return self.fetchmany(None)

    def fetchmany(self, size: int | None) -> list[Any]:
        """Return the next rows."""
        if self._rows is None:
            self._rows = [] if self._frame is None else self._frame.collect()
        taken, self._rows = self._rows[:size], self._rows[len(self._rows[:size]) :]
        return taken

    def fetchone(self) -> Any:
        """Return the next row, None when there is none."""
        return next(iter(self.fetchmany(1)), None)

    def cancel(self) -> None:
        """Stop whatever the session runs."""
        self.session.interruptAll()

    def close(self) -> None:
        """Forget the result; the session serves the other threads."""
        self._frame, self._rows = None, None

    def rollback(self) -> None:
        """Do nothing: Spark has no transactions."""


class SessionConnectionManager(SparkConnectionManager):
    """Hand every dbt thread a handle on the same session."""

    TYPE = "sparksession"

    @contextmanager
    def exception_handler(self, sql: str) -> Generator[None, None, None]:
        """Turn what Spark raises into one message without Java stack trace."""
        try:
            yield
        except DbtRuntimeError:
            raise
        except Exception as exc:
            logger.debug(f"Error while running:\n{sql}\n{exc}")
            raise DbtRuntimeError(plain(exc)) from None

    @classmethod
    def open(cls, connection: Connection) -> Connection:
        """Start the session, or take the one that runs."""
        if connection.state != ConnectionState.OPEN:
            try:
                connection.handle = SessionHandle(get_session(connection.credentials))
            except FailedToConnectError:
                connection.state = ConnectionState.FAIL
                raise
            connection.state = ConnectionState.OPEN
        return connection

    @classmethod
    def validate_creds(cls, creds: Any, required: Iterable[str]) -> None:
        """Do nothing: the credentials have checked themselves."""
