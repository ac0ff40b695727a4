"""Turn what dbt and DuckDB say about a failure into the few words that a user needs."""

from __future__ import annotations

import codecs
import errno
import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from textwrap import dedent
from typing import Any

import duckdb

HEADING = re.compile(r"^(?:\w+ )+Error in (\w+) (\S+) \([^)]*\)\s*\n")
TRAILER = re.compile(r"\n\s*(?:> in macro|> called by|compiled code at) .*", re.DOTALL)
ENGINE_PREFIX = re.compile(
    r"^(?:(?:Runtime|Database|Compilation|Parsing) Error\s*\n\s*)?(?:\w+(?: \w+)? Error: )"
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")
BROKEN = re.compile(r"replaying WAL|Serialization Error|not a valid DuckDB|file is corrupt")
PUBLISH_AGAIN = "make publish writes it again"
NAMED = 3
#: what the system or the engine may stop any command with, and dbt's JSON files when cut short
TROUBLE = (OSError, duckdb.Error, json.JSONDecodeError, UnicodeDecodeError)
_ELSEWHERE = "name another folder with --target-path"
_RIGHTS = f"ask for the right to read and write there, or {_ELSEWHERE}"
_IN_THE_WAY = f"remove what is in the way, or {_ELSEWHERE}"
FIXES = {
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _ELSEWHERE,
    errno.ENAMETOOLONG: _ELSEWHERE,
    errno.EEXIST: _IN_THE_WAY,
    errno.EISDIR: _IN_THE_WAY,
    errno.ENOTDIR: _IN_THE_WAY,
    errno.ELOOP: _IN_THE_WAY,
    errno.ENOENT: f"make build first, or {_ELSEWHERE}",
}


def some(names: Iterable[str]) -> str:
    """Name the first few, and how many more there are."""
    every = sorted(names)
    more = f" and {len(every) - NAMED:,} more" if len(every) > NAMED else ""
    return ", ".join(every[:NAMED]) + more


def plain(text: str) -> str:
    """Reduce one failure message of dbt to plain words.

    Parameters
    ----------
    text
        What dbt holds as the message of a failed node, or the text of an exception.

    Returns
    -------
    str
        One or a few lines without traceback, engine options or macro trail.
    """
    text = ANSI.sub("", text).strip()
    heading = HEADING.match(text)
    body = dedent(text[heading.end() :]) if heading else text
    body = TRAILER.sub("", _python_message(body)).strip()
    told = f"{body}\n  model = {heading[2]}" if heading else body
    for pattern, say in TRANSLATIONS:
        found = pattern.search(body)
        if found:
            return say(found, told)
    where = f"{heading[1]} {heading[2]}: " if heading and _is_internal(body) else ""
    return where + re.split(r"\n\s*\nLINE \d+:", ENGINE_PREFIX.sub("", body))[0].strip()


def trouble(error: Exception) -> str:
    """Say in plain words, with a fix, what one of TROUBLE means."""
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return plain("No space left on device")
        says = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return f"{says}.\nFix: {FIXES.get(error.errno or 0, 'put that right and try again')}."
    if isinstance(error, ValueError):
        return (
            "what dbt wrote of its last command (manifest.json, run_results.json) is cut short.\n"
            "Fix: make build."
        )
    says = plain(str(error))
    return says if "Fix:" in says else f"{says}\nFix: make build."


def of_file(path: Path, error: duckdb.Error, fix: str) -> str:
    """Say in plain words why a DuckDB file cannot be read, and what to do where it is broken."""
    if BROKEN.search(str(error)):
        return f"{path}: broken, or of another DuckDB version.\nFix: {fix}."
    return trouble(error)


def told(command: Callable[[], object], *family: type[Exception]) -> int:
    """Run a command and return its exit code; what stops it is told in one plain message.

    Parameters
    ----------
    command
        What to run.
    family
        The exceptions whose messages are plain already.
    """
    try:
        command()
    except family as error:
        print(error, file=sys.stderr)
    except TROUBLE as error:
        print(trouble(error), file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped.", file=sys.stderr)
    else:
        return 0
    return 1


def plain_failures(results: Iterable[Any]) -> list[str]:
    """Return one plain message per distinct cause among dbt's results, first failure first."""
    messages = [
        _failed_check(result)
        if str(result.status) == "fail"
        else plain(result.message or f"{result.node.name} failed without a message.")
        for result in results
        if str(result.status) in ("error", "fail", "runtime error")
    ]
    return list(dict.fromkeys(messages))


def not_utf8(folder: Path) -> str | None:
    """Name the first text file of the project that dbt cannot decode, with the fix."""
    for pattern in ("seeds/**/*", "models/**/*", "macros/**/*", "tests/**/*", "docs/**/*", "*.yml"):
        for path in sorted(folder.glob(pattern)):
            if path.suffix not in (".csv", ".sql", ".yml", ".yaml", ".md"):
                continue
            try:
                path.read_bytes().decode("utf-8")
            except UnicodeDecodeError:
                return _say_not_utf8(str(path.relative_to(folder)), path)
    return None


def _python_message(body: str) -> str:
    """Keep what a Python model's exception says, not where it was raised."""
    if "Traceback (most recent call last):" not in body:
        return body
    lines = body.splitlines()
    last_frame = max(i for i, line in enumerate(lines) if line.startswith("  File "))
    said = [i for i, line in enumerate(lines) if i > last_frame and re.match(r"[\w.<>]+\b", line)]
    message = "\n".join(lines[said[0] :]) if said else lines[-1]
    own = re.match(r"(?:[\w<>]+\.)*(\w+): (?=\S)", message)
    if own and own[1] in ("KeyError", "IndexError", "TypeError", "AttributeError", "NameError"):
        return f"{own[1]}: {message[own.end() :]}"
    return message[own.end() :] if own else message


def _is_internal(body: str) -> bool:
    """Tell an error of a model's own code from one that a macro raised for the user."""
    if body.startswith("Invalid Input Error:"):  # SQL's own error('…')
        return False
    return "enforced contract" in body or "Error:" in body


def _failed_check(result: Any) -> str:
    """Say which data test failed, on how many rows, and where its query is."""
    node = result.node
    rows = f"{result.failures} row(s)" if result.failures else "its rows"
    says = " ".join((node.description or "").split())
    path = getattr(node, "compiled_path", None)
    return (
        f"check {node.name} failed on {rows}."
        + (f"\n{says}" if says else "")
        + (f"\nThe query that shows them: {path}" if path else "")
    )


def _file_of(body: str) -> tuple[str, Path]:
    """Return the name and the path of the file that a CSV error is about."""
    found = re.search(r"^\s*file = (.+)$", body, re.MULTILINE)
    path = Path(found[1].strip()) if found else Path("the file")
    return path.name, path


def _encoding_of(path: Path) -> tuple[str, str]:
    """Guess the encoding of a file that is not UTF-8: iconv's name for it, and its origin."""
    start = b""
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(4_000_000)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "UTF-16", "Excel's 'Unicode text'"
    try:  # not every byte of western text has a place in GBK; a character cut at the end is fine
        codecs.getincrementaldecoder("gb18030")().decode(start)
    except UnicodeDecodeError:
        return "WINDOWS-1252", "often western text from Excel"
    return "GB18030", "often GBK from Excel"


def _say_not_utf8(name: str, path: Path, place: str = "") -> str:
    """Say how to convert a file that is not UTF-8."""
    code, often = _encoding_of(path)
    return (
        f"{name}{place}: not UTF-8 ({often}).\nFix: iconv -f {code} -t UTF-8 {name} > fixed.csv, "
        "or save it as 'CSV UTF-8'."
    )


def _say_encoding(found: re.Match[str], body: str) -> str:
    """Say that a data file is not UTF-8, and on which line that shows first."""
    name, path = _file_of(body)
    line = re.search(r"CSV Error on Line: (\d+)", body)
    return _say_not_utf8(name, path, f", line {line[1]}" if line else "")


def _say_fields(found: re.Match[str], body: str) -> str:
    """Say which line has too many or too few fields."""
    name, path = _file_of(body)
    if path.is_file() and path.read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _say_not_utf8(name, path)
    line, expected, actual = found[1], int(found[2]), int(found[3])
    fix = (
        "quote the text that holds a comma, or remove the extra field"
        if actual > expected
        else "add the missing field (an empty one is fine)"
    )
    fields = "field" if actual == 1 else "fields"
    return f"{name}, line {line}: {actual} {fields} where the header has {expected}.\nFix: {fix}."


def _say_quote(found: re.Match[str], body: str) -> str:
    """Say which line opens a quote that is not closed."""
    return (
        f"{_file_of(body)[0]}, line {found[1]}: a quoted text is not closed.\n"
        'Fix: end it with ", and write a " inside a quoted text as "".'
    )


def _say_long_line(found: re.Match[str], body: str) -> str:
    """Say which line is longer than the reader takes."""
    return (
        f"{_file_of(body)[0]}, line {found[1]}: longer than the reader takes (about 2 MB), "
        'most often a " that is never closed.\nFix: close it, or shorten the text.'
    )


def _say_line_ends(found: re.Match[str], body: str) -> str:
    """Say that a file mixes kinds of line endings."""
    name = _file_of(body)[0]
    return (
        f"{name}: its lines end in different ways (Windows and Unix mixed) or a quote stands in "
        f"the wrong place.\nFix: sed -i 's/\\r$//' {name}, or save it again as 'CSV UTF-8'."
    )


def _say_csv(found: re.Match[str], body: str) -> str:
    """Say where any other CSV error is."""
    lines = [x for x in body.splitlines()[1:] if x and not x.startswith(("Original Line", "*"))]
    return (
        f"{_file_of(body)[0]}, line {found[1]}: {lines[0].strip() if lines else 'not valid CSV.'}"
    )


def _say_lock(found: re.Match[str], body: str) -> str:
    """Say who has the build file open, and what BI tools should open instead."""
    holder = re.search(r"held in (\S+)(?: \(PID (\d+)\))?", body)
    who = f" ({Path(holder[1]).name}, process {holder[2]})" if holder and holder[2] else ""
    name = "/".join(Path(found[1]).parts[-2:])
    return (
        f"another program{who} has {name} open.\nFix: wait for the other build, or close the "
        "program; BI tools and notebooks should open target/marts.duckdb."
    )


def _say_no_file(found: re.Match[str], body: str) -> str:
    """Say that a file went away, or cannot be read."""
    return f"{found[1]}: no such file, or it cannot be read."


def _say_parquet(found: re.Match[str], body: str) -> str:
    """Say that a file is no Parquet file."""
    name = Path(found[1]).name
    return f"{name}: not a Parquet file.\nFix: write it again, or name it .csv if it is text."


def _say_damaged(found: re.Match[str], body: str) -> str:
    """Say that a Parquet file is damaged; inside a page DuckDB does not say which file it reads."""
    path = re.search(r"""["']([^"']+\.parquet)["']""", body)
    model = re.search(r"^  model = (?:base_refused_|base_|method_)?(\w+)$", body, re.MULTILINE)
    name = Path(path[1]).name if path else model[1] if model else "the data"
    return f"{name}: the Parquet file is damaged.\nFix: write it again, or copy it again whole."


def _say_memory(found: re.Match[str], body: str) -> str:
    """Say that memory is short."""
    return "not enough memory for this data.\nFix: close other programs, or use a larger machine."


def _say_disk(found: re.Match[str], body: str) -> str:
    """Say that the disk is full."""
    return "the disk is full.\nFix: free some space; the build needs a few times the raw data."


def _say_broken(found: re.Match[str], body: str) -> str:
    """Say that the build file cannot be read; it holds nothing that a build does not make."""
    return (
        "the build file (target/satisfaction.duckdb) is broken or of another DuckDB version.\n"
        "Fix: remove it and build again; the published marts are not touched."
    )


TRANSLATIONS: list[tuple[re.Pattern[str], Callable[[re.Match[str], str], str]]] = [
    (re.compile(r"Invalid unicode|not utf-8 encoded", re.IGNORECASE), _say_encoding),
    (re.compile(r"CSV Error on Line: (\d+)[\s\S]*Maximum line size"), _say_long_line),
    (
        re.compile(r"CSV Error on Line: (\d+)[\s\S]*Number of Columns: (\d+) Found: (\d+)"),
        _say_fields,
    ),
    (re.compile(r"CSV Error on Line: (\d+)[\s\S]*unterminated quote"), _say_quote),
    (re.compile(r"state machine reached an invalid state"), _say_line_ends),
    (re.compile(r"CSV Error on Line: (\d+)"), _say_csv),
    (re.compile(r'Could not set lock on file "([^"]+)"'), _say_lock),
    (re.compile(r"""No files found that match the pattern ["']([^"']+)"""), _say_no_file),
    (re.compile(r"""File ["']([^"']+)["'] too small to be a Parquet file"""), _say_parquet),
    (re.compile(r"""No magic bytes found at end of file ["']([^"']+)"""), _say_parquet),
    (
        re.compile(
            r"Footer length error|TProtocolException|don't know what type|decompress\w* fail"
            r"|(?:Parquet|Thrift)\w* (?:file|error)[^\n]*(?:corrupt|invalid)",
            re.IGNORECASE,
        ),
        _say_damaged,
    ),
    (re.compile(r"Out of Memory Error"), _say_memory),
    (re.compile(r"No space left on device|Disk quota exceeded", re.IGNORECASE), _say_disk),
    (BROKEN, _say_broken),
]
