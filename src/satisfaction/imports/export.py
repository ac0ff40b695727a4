"""What every reader makes of a file, and all that comes after it works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import duckdb

#: what a column is known to be before anybody looks at its cells; None is a column of the answers
Kind = Literal[
    "response_id",
    "customer_id",
    "answered_at",
    "started_at",
    "duration_seconds",
    "status",
    "channel",
    "language",
    "choices",  # a question with several answers, or one option of it
    "text",  # an open question
    "weight",  # how much the respondent counts
    "derived",  # computed by the platform: scores, groups, captcha
    "personal",  # names a person: never written anywhere
]


@dataclass(frozen=True)
class Column:
    """A column of an export.

    Attributes
    ----------
    position : int
        Place in the file, from 0; its cells are column `c<position>` of the export's table.
    key : str
        Tells the column in the next file of the survey: ImportId, variable name or code, else the
        header without its leading number; of equal ones with the number of the occurrence.
    header : str
        As it stands in the file.
    question : str
        The question's text without its number; of a matrix what its rows have in common.
    label : str
        The row of a matrix; blank elsewhere.
    kind : Kind or None
    words : mapping of str to str
        Word by code, where the file or a dictionary beside it has value labels.
    missing : frozenset of str
        Codes that are declared to mean no answer.
    """

    position: int
    key: str
    header: str
    question: str
    label: str = ""
    kind: Kind | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Its name in the export's table."""
        return f"c{self.position}"


@dataclass(frozen=True)
class Export:
    """A file as a table of texts, with what its platform says of rows and columns.

    Attributes
    ----------
    path : Path
    sha256 : str
    platform : str
        Such as qualtrics or wenjuanxing; plain where no platform is known.
    area : {"survey", "orders", "tickets"}
    con : DuckDBPyConnection
        Holds the tables `cells` (row_number bigint, from 1 in the order of the file without its
        headers and footers; one varchar column per Column, blank cells null, trimmed) and
        `dropped` (row_number, reason), rows that are no finished answer. Reasons: preview, test,
        spam, partial, not_a_row, longer_than_header.
    columns : tuple of Column
    has_running_ids : bool
        Whether ids restart with every survey or file; an id of ours then begins with the survey.
    read : mapping of str to str
        How it was read, for people: encoding, delimiter, header_rows, sheet, time_zone …
    """

    path: Path
    sha256: str
    platform: str
    area: Literal["survey", "orders", "tickets"]
    con: duckdb.DuckDBPyConnection
    columns: tuple[Column, ...]
    has_running_ids: bool = False
    read: Mapping[str, str] = field(default_factory=dict)
