"""Archives with one file in them, and the bounds that keep a small file from filling the disk."""

from __future__ import annotations

import gzip
import shutil
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from satisfaction.imports.problems import problem

#: the most that a file may hold unpacked, and how many times its own size above 100 MB
MOST_BYTES = 4 << 30
MOST_TIMES = 200
_FREE_BYTES = 100 << 20
_CHUNK = 1 << 20
#: what opening a damaged archive ends with
_UNREADABLE = (zipfile.BadZipFile, OSError, ValueError, NotImplementedError)
_NOT_MEANT = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


def _too_large(path: Path, size: int) -> bool:
    return size > MOST_BYTES or (
        size > _FREE_BYTES and size > MOST_TIMES * max(path.stat().st_size, 1)
    )


def _bomb(path: Path) -> Exception:
    return problem(
        path,
        "unpacked it would be far larger than exports are",
        "Unpack it yourself if you know who made it, or export in parts",
    )


def _damaged(path: Path) -> Exception:
    return problem(
        path, "the file is cut off or damaged", "Download it once more, or export it again"
    )


def names_in_zip(path: Path) -> list[str]:
    """Give the names of the files in an archive or workbook, none if it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except _UNREADABLE:
        return []


def check_zip(path: Path, shown: Path) -> None:
    """Refuse an archive or workbook that is damaged or unpacks to too much, before it is opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            files = archive.infolist()
            if len(files) > 10_000 or _too_large(path, sum(f.file_size for f in files)):
                raise _bomb(shown)
            if any(f.flag_bits & 1 for f in files):
                raise problem(
                    shown,
                    "the archive is locked with a password",
                    "Unpack it and import the file in it",
                )
            for file in files:
                # reads no more than the size that was just added up, and checks it
                with archive.open(file) as member:
                    while member.read(_CHUNK):
                        pass
    except (*_UNREADABLE, zlib.error, EOFError):
        raise _damaged(shown) from None


def only_file(path: Path, temp: Path) -> Path:
    """Unpack the one file of a .zip into a folder.

    Parameters
    ----------
    path : Path
    temp : Path

    Returns
    -------
    Path
        The file, under its own name.
    """
    check_zip(path, path)
    with zipfile.ZipFile(path) as archive:
        files = [
            file
            for file in archive.infolist()
            if not file.is_dir()
            and not file.filename.startswith(_NOT_MEANT)
            and not file.filename.endswith(_NOT_MEANT)
        ]
        if len(files) != 1:
            raise problem(
                path,
                f"the archive holds {len(files) or 'no'} files, and one is needed"
                if files
                else "the archive holds no file",
                "Unpack it and import one file",
            )
        # the name alone, never a path that leads out of the folder
        target = temp / ("unpacked" + Path(files[0].filename).suffix.lower())
        with archive.open(files[0]) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy, _CHUNK)
    return target


def gunzipped(path: Path, temp: Path) -> Path:
    """Unpack a .gz into a folder."""
    target = temp / ("unpacked" + Path(path.stem).suffix.lower())
    try:
        with gzip.open(path) as source, target.open("wb") as copy:
            _copy_bounded(cast(BinaryIO, source), copy, path)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise _damaged(path) from None
    return target


def _copy_bounded(source: BinaryIO, copy: BinaryIO, path: Path) -> None:
    size = 0
    while block := source.read(_CHUNK):
        size += len(block)
        if _too_large(path, size):
            raise _bomb(path)
        copy.write(block)
