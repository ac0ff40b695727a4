"""A language that nobody speaks: its texts are the English ones between marks.

What code says stands between ⟦ and ⟧, labels of the marts between ⟪ and ⟫: words outside of both
are codes, or were left in code.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import duckdb
from babel.messages.catalog import Catalog
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po, write_po

from reports.language import Language
from scripts.catalogue import business_terms
from tests.shared import ROOT

#: proper names and signs, the same in every language
NAMES = {"SERVQUAL", "AHP", "R²"}
#: what the marts and their columns are called
TERMS = {english for _, english in business_terms().values()}
PLACE = re.compile(r"({\w+})")
WORD = re.compile(r"\b[^\W\d_]\w+")


@cache
def template(folder: Path) -> Catalog:
    """Return what the report says, found as `make messages` finds it."""
    [said] = re.findall(r"^SAID := (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.M)
    command = ["pybabel", "--quiet", "extract", "--no-default-keywords", *said.split()]
    path = folder / "messages.pot"
    CommandLineInterface().run(
        [*command, "-F", str(ROOT / "babel.cfg"), "-o", str(path), str(ROOT / "reports")]
    )
    with path.open("rb") as file:
        return read_po(file)


def marked(message: str) -> str:
    """Put marks around all of a text but the places of its values.

    >>> marked("interval {low} to {high}")
    '⟦interval ⟧{low}⟦ to ⟧{high}'
    """
    parts = [part for part in PLACE.split(message) if part]
    return "".join(part if PLACE.fullmatch(part) else f"⟦{part}⟧" for part in parts)


def pseudo(folder: Path) -> Language:
    """Return the language, in a folder of its own as any other."""
    catalogue = Catalog()
    for message in template(folder):
        if message.id:
            catalogue.add(message.id, marked(str(message.id)), context=message.context)
    path = folder / "qps" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, catalogue)
    return Language("qps", folder)


def text_columns(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Return the marts and columns that hold text."""
    return con.execute(
        "select table_name, column_name from duckdb_columns() "
        "where data_type = 'VARCHAR' and not internal"
    ).fetchall()


def mark_labels(path: Path) -> set[str]:
    """Mark the English labels of published marts; return the words of their codes and ids."""
    words = set(NAMES)
    with duckdb.connect(str(path)) as con:
        for mart, column in text_columns(con):
            words |= {mart, column}
            if column.endswith("_en"):
                con.execute(f"""update "{mart}" set "{column}" = '⟪' || "{column}" || '⟫'""")
            elif not column.endswith("_zh"):
                found = con.execute(f'select distinct "{column}" from "{mart}"').fetchall()
                words |= {word for (value,) in found if value for word in WORD.findall(value)}
    return words


def is_said(text: str, codes: set[str]) -> bool:
    """Tell that a text is a term of the marts, or that each word is said, of a label or a code.

    A chart cuts long labels off.
    """
    if text in TERMS:
        return True
    text = re.sub("[⟦⟪][^⟧⟫]*…$", " ", text)
    while (bare := re.sub("⟦[^⟦⟧]*⟧|⟪[^⟪⟫]*⟫", " ", text)) != text:
        text = bare
    return set(WORD.findall(text)) <= codes
