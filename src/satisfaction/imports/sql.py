"""Texts and names within SQL."""

from __future__ import annotations


def quoted(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """Return a text as an SQL name."""
    return '"' + text.replace('"', '""') + '"'
