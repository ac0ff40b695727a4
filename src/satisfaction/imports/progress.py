"""How far a long query of DuckDB is, said while it runs."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator

import duckdb

from satisfaction.core.threads import meanwhile

#: seconds between two lines
EVERY = 5.0


def on_stderr(said: str) -> None:
    """Say a line where messages go, not where results do."""
    print(said, file=sys.stderr)


@contextlib.contextmanager
def told(
    con: duckdb.DuckDBPyConnection, say: Callable[[str], None], what: str, every: float = EVERY
) -> Iterator[None]:
    """Say every few seconds how far the query within is.

    Parameters
    ----------
    con : DuckDBPyConnection
    say : callable
        Takes a line.
    what : str
        What the percentage is of.
    every : float
        Seconds.
    """
    con.execute("set enable_progress_bar = true; set enable_progress_bar_print = false")
    is_done = threading.Event()

    def look() -> None:
        while not is_done.wait(every):
            if (share := con.query_progress()) >= 0:
                say(f"{what}: {share:.0f} %")

    with meanwhile(look, is_done):
        yield
