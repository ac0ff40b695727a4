"""Work that goes on beside other work."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def meanwhile(work: Callable[[], None], done: threading.Event) -> Iterator[None]:
    """Let some work go on in a thread of its own while what is within runs.

    Parameters
    ----------
    work : callable
        Ends soon after the event is set.
    done : Event
        Is set at the end.
    """
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
