"""What every import is given besides its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from satisfaction.imports.asking import Decisions
from satisfaction.imports.import_file import Document


@dataclass(frozen=True)
class Task:
    """Where a file goes, and who decides.

    Attributes
    ----------
    folder : Path
        The case.
    decisions : Decisions
    before : dict
        What import.yml holds.
    say : callable
        Takes a line for people.
    survey : str or None
        The wave, where it is named.
    """

    folder: Path
    decisions: Decisions
    before: Document
    say: Callable[[str], None]
    survey: str | None = None
