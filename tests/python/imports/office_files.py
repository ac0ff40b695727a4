"""Workbooks of formats that no library here writes, byte by byte: .xls (BIFF8) and .ods."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_BOF = struct.Struct("<HHHHII")
Cell = str | float | None


def compound(name: str, stream: bytes) -> bytes:
    """Return a compound file (OLE2) with one stream, of which old workbooks and locked ones are."""
    stream = stream.ljust(4096, b"\0")
    stream += b"\0" * (-len(stream) % 512)
    fat = [_FAT, _END, *range(3, len(stream) // 512 + 2), _END]
    fat += [_FREE] * (128 - len(fat))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(24, b"\0")
    head += struct.pack("<5H6x9I", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    head += struct.pack("<109I", 0, *[_FREE] * 108)
    entries = _entry("Root Entry", 5, 1, _END, 0) + _entry(name, 2, _FREE, 2, len(stream))
    return head + struct.pack("<128I", *fat) + entries.ljust(512, b"\0") + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    about = struct.pack("<HBBIII", len(raw), kind, 1, _FREE, _FREE, child)
    return raw.ljust(64, b"\0") + about + b"\0" * 36 + struct.pack("<IQ", start, size)


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def xls(*rows: Sequence[Cell]) -> bytes:
    """Return a workbook of Excel 97 with one sheet."""
    first = _record(0x809, _BOF.pack(0x600, 5, 0x1234, 1997, 0, 6)) + _record(0x42, b"\xb0\x04")
    name = b"\x06\0Sheet1"
    place = len(first) + 4 + 6 + len(name) + 4
    book = first + _record(0x85, struct.pack("<IBB", place, 0, 0) + name) + _record(0x0A)
    book += _record(0x809, _BOF.pack(0x600, 0x10, 0x1234, 1997, 0, 6))
    book += _record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, len(rows[0]), 0))
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            place_of = struct.pack("<HHH", i, j, 0)
            if isinstance(cell, str):
                text = struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le")
                book += _record(0x204, place_of + text)
            elif cell is not None:
                book += _record(0x203, place_of + struct.pack("<d", cell))
    return compound("Workbook", book + _record(0x0A))


def ods(*rows: Sequence[Cell], is_locked: bool = False) -> bytes:
    """Return a workbook of LibreOffice with one sheet; a locked one says so in its manifest."""
    uri = "urn:oasis:names:tc:opendocument:xmlns"
    names = " ".join(f'xmlns:{n}="{uri}:{n}:1.0"' for n in ("office", "table", "text"))
    body = "".join(
        f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows
    )
    lock = "<manifest:encryption-data/>" if is_locked else ""
    media = "application/vnd.oasis.opendocument.spreadsheet"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", media)
        archive.writestr(
            "content.xml",
            f"<office:document-content {names}><office:body><office:spreadsheet>"
            f'<table:table table:name="Sheet1">{body}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{uri}:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{media}"/>'
            '<manifest:file-entry manifest:full-path="content.xml" '
            f'manifest:media-type="text/xml">{lock}</manifest:file-entry></manifest:manifest>',
        )
    return file.getvalue()


def _ods_cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    kind = 'office:value-type="string"'
    if not isinstance(cell, str):
        kind = f'office:value-type="float" office:value="{cell}"'
    return f"<table:table-cell {kind}><text:p>{escape(str(cell))}</text:p></table:table-cell>"
