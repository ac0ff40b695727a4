"""A case is written whole or not at all: into a folder beside it, which is then renamed."""

from __future__ import annotations

import contextlib
import filecmp
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from satisfaction.core.errors import SatisfactionError
from satisfaction.imports import import_file, rows
from satisfaction.imports.import_file import Document

#: what may lie in a folder before an import makes it a case: the first import reads it
STATUS_CODES = "status_codes.csv"


@dataclass
class Case:
    """What a case folder is to hold.

    Attributes
    ----------
    document : dict
        Goes into import.yml.
    texts : dict of str to str
        Method tables and vars by file name.
    tables : dict of str to callable
        By file name of a raw table what writes it to a path.
    key : bytes or None
        The key of hashed customers.
    """

    document: Document
    texts: Mapping[str, str]
    tables: Mapping[str, Callable[[Path], None]]
    key: bytes | None = None
    kept_by_hand: list[str] = field(default_factory=list)


def check_folder(folder: Path) -> None:
    """Refuse to write over a folder that the importer has not made.

    Raises
    ------
    SatisfactionError
    """
    if folder.exists() and not folder.is_dir():
        raise SatisfactionError(
            "this is a file, not a folder", table=str(folder), fix="Name another CASE"
        )
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if there - {STATUS_CODES} and import_file.NAME not in there:
        raise SatisfactionError(
            "this folder was not made by the importer, and is left as it is",
            table=str(folder),
            fix="Name another folder with CASE",
        )


@contextlib.contextmanager
def beside(folder: Path) -> Iterator[Path]:
    """Give a new folder beside one, which is gone afterwards whatever happens."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def write(folder: Path, case: Case) -> bool:
    """Write a case; return whether anything in it has changed.

    Files that others put there stay, and so do tables that somebody has edited since they were
    written: their names are added to ``kept_by_hand``.

    Parameters
    ----------
    folder : Path
    case : Case

    Returns
    -------
    bool
    """
    written = dict(case.document.get("written") or {})
    with beside(folder) as whole:
        made = whole / folder.name
        made.mkdir()
        umask = os.umask(0)
        os.umask(umask)
        made.chmod(0o777 & ~umask)
        for name, text in case.texts.items():
            there = folder / name
            own = there.read_text("utf-8") if there.is_file() else None
            if own is not None and written.get(name) not in (None, import_file.sha256(own)):
                case.kept_by_hand.append(name)
                continue
            if own is not None and name not in written:
                case.kept_by_hand.append(name)
                continue
            (made / name).write_text(text, "utf-8")
            written[name] = import_file.sha256(text)
        for name, save in case.tables.items():
            save(made / name)
        if case.key is not None:
            path = made / rows.KEY_FILE
            path.touch(0o600)
            path.write_text(case.key.hex() + "\n", "ascii")
            _ignore_key(folder, made)
        case.document["written"] = dict(sorted(written.items()))
        (made / import_file.NAME).write_text(import_file.text_of(case.document), "utf-8")
        if _is_there(made, folder):
            return False
        _keep_others(folder, made)
        _swap(made, folder, whole / "before")
    return True


def _ignore_key(folder: Path, made: Path) -> None:
    """Let git pass over the key."""
    path = folder / ".gitignore"
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    if rows.KEY_FILE not in lines:
        lines.append(rows.KEY_FILE)
    (made / ".gitignore").write_text("\n".join(lines) + "\n", "utf-8")


def _is_there(made: Path, folder: Path) -> bool:
    """Whether all that was made lies in the folder already, byte for byte."""
    return all(
        (folder / path.name).is_file() and filecmp.cmp(path, folder / path.name, shallow=False)
        for path in made.iterdir()
    )


def _keep_others(folder: Path, made: Path) -> None:
    """Bring along what else lies in the folder."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        target = made / path.name
        if target.exists():
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, target, symlinks=True)
        else:
            shutil.copy2(path, target, follow_symlinks=False)


def _swap(made: Path, folder: Path, before: Path) -> None:
    """Put the new folder in the place of the old one."""
    if not folder.exists():
        made.rename(folder)
        return
    folder.rename(before)
    try:
        made.rename(folder)
    except OSError:
        before.rename(folder)
        raise
