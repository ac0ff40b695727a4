"""SPSS and Stata files: cells as codes, with the words and missing codes of each variable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from satisfaction.imports.problems import problem

_ROWS = 50_000


@dataclass(frozen=True)
class Variable:
    """A variable: its name, its label, the word of each code, and codes that mean no answer."""

    name: str
    label: str
    words: Mapping[str, str]
    missing: frozenset[str]


def load_labelled(
    con: duckdb.DuckDBPyConnection, path: Path, shown: Path, progress: Callable[[str], None]
) -> tuple[list[Variable], str]:
    """Fill the table `loaded` with the cells of a file, and give its variables and format.

    The file has no header; its codes stay codes.
    """
    try:
        import pyreadstat
    except ImportError:
        raise problem(
            shown,
            "files of SPSS and Stata need a library that is not installed",
            "Run: pip install 'dbt-satisfaction[spss]'",
        ) from None
    ending = path.suffix.lower().lstrip(".")
    readers: dict[str, Any] = {"dta": pyreadstat.read_dta, "por": pyreadstat.read_por}
    reader = readers.get(ending, pyreadstat.read_sav)
    options: dict[str, Any] = {} if ending == "por" else {"user_missing": True}
    done, meta = 0, None
    while True:
        try:
            frame, found = reader(str(path), row_offset=done, row_limit=_ROWS, **options)
        except (pyreadstat.ReadstatError, ValueError, OSError, UnicodeDecodeError):
            raise problem(
                shown,
                "the file is cut off or damaged",
                "Download it once more, or save it again in SPSS or Stata",
            ) from None
        meta = meta or found
        frame.columns = [f"c{i}" for i in range(frame.shape[1])]
        if not frame.shape[1]:
            raise problem(shown, "the file has no variable", "Export it once more")
        frame = frame.apply(_as_texts)
        con.register("block", frame)
        cells = ", ".join(f"nullif(trim({c}), '') as {c}" for c in frame.columns)
        start = "insert into loaded" if done else "create or replace table loaded as"
        con.execute(f"{start} select {cells} from block")
        con.unregister("block")
        done += len(frame)
        if len(frame) < _ROWS:
            return _variables(meta), ending
        progress(f"{shown.name}: {done:,} rows read")


def _as_texts(values: Any) -> Any:
    """Give a column as texts: whole numbers without .0, null where nothing is."""
    return values.map(_as_text, na_action="ignore").astype(object).where(values.notna(), None)


def _as_text(value: Any) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(value, ".15g")
    if hasattr(value, "isoformat"):
        return str(value).split(".")[0]
    return str(value)


def _variables(meta: Any) -> list[Variable]:
    found = []
    for name in meta.column_names:
        words = {
            _as_text(code): str(word).strip()
            for code, word in meta.variable_value_labels.get(name, {}).items()
        }
        missing = set(map(_as_text, meta.missing_user_values.get(name, [])))
        for span in meta.missing_ranges.get(name, []):
            low, high = span["lo"], span["hi"]
            if isinstance(low, str) or low == high:
                missing.add(_as_text(low))
                continue
            # of a range the codes that have a word, and the whole numbers of a short one
            missing |= {code for code in words if _is_within(code, low, high)}
            if high - low <= 1000:
                missing |= {str(i) for i in range(int(-(-low // 1)), int(high // 1) + 1)}
        label = (meta.column_names_to_labels.get(name) or "").strip()
        found.append(Variable(name, label, words, frozenset(missing)))
    return found


def _is_within(code: str, low: float, high: float) -> bool:
    try:
        return low <= float(code) <= high
    except ValueError:
        return False
