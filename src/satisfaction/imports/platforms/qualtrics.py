"""Qualtrics: three header rows, two in its legacy export; the first and third are never translated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from satisfaction.imports.export import Column, Kind
from satisfaction.imports.headers import by_name, split_common, squeezed
from satisfaction.imports.personal import names_person
from satisfaction.imports.platforms.description import (
    Description,
    Drop,
    Reason,
    Table,
    is_time,
    known,
    one_of,
)

NAME = "qualtrics"

_IMPORT_ID = re.compile(r"""ImportId["']+\s*:\s*["']+([^"']+)""")
_TIME_ZONE = re.compile(r"""timeZone["']+\s*:\s*["']+([^"']+)""")
# by ImportId, by tag and, in legacy files, by text
KINDS = by_name(
    {
        "started_at": ["StartDate"],
        "answered_at": ["RecordedDate"],
        "response_id": ["_recordId", "ResponseId", "Response ID"],
        "status": ["Status", "Finished"],
        "duration_seconds": ["duration", "Duration (in seconds)"],
        "channel": ["DistributionChannel"],
        "language": ["UserLanguage", "Q_Language"],
        "customer_id": ["ExternalReference", "ExternalDataReference"],
        "personal": [
            "IPAddress",
            "RecipientLastName",
            "RecipientFirstName",
            "RecipientEmail",
            "LocationLatitude",
            "LocationLongitude",
            "LocationAccuracy",
            "Name",
            "EmailAddress",
        ],
        "derived": ["EndDate", "Progress", "ResponseSet"],
    }
)
_DERIVED = re.compile(
    r"^(Q_(Recaptcha|BallotBox|Relevant|Straightlin|Duplicate|Fraud|Unanswered|TotalDuration|Chl|URL|Device|"
    r"Session|DataPolicy|Ambiguous|Quota|Terminate|AllowedDevice)\w*|SC\d+|SC_\w+)$"
    r"|_NPS_GROUP$|_DO(_\S+)?$|_(First|Last) Click$|_Page Submit$|_Click Count$|FIRST_CLICK$|LAST_CLICK$"
    r"|PAGE_SUBMIT$|CLICK_COUNT$| - (Parent )?Topics$| - Sentiment\b.*$|_(Sentiment|ParentTopics|Topics)\w*$",
    re.IGNORECASE,
)
_BROWSER = re.compile(
    r"_(Browser|Version|Operating System|Resolution|User Agent)$|_METAINFO$", re.I
)
# Status: numbers, or words in the language of who exported
_STATUS: Mapping[Reason, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "preview": (
        ("1", "9", "17"),
        (
            "preview", "vorschau", "aperçu", "apercu", "previa", "previsualiz", "pré-visualiz",
            "prévia", "anteprima", "voorbeeld", "förhandsgransk", "forhåndsvis", "esikatsel",
            "podgląd", "предварительн", "预览", "預覽", "プレビュー", "미리 보기", "미리보기", "önizleme",
        ),
    ),
    "spam": (("8", "12", "40"), ("spam", "垃圾", "スパム", "스팸")),
    "test": (
        ("2", "256"),
        (
            "test", "testantwort", "prueba", "teste", "essai", "prova", "тест", "测试", "測試",
            "テスト", "테스트", "synthetic", "synthetisch", "合成",
        ),
    ),
}  # fmt: skip
_UNFINISHED = (
    "0", "false", "falsch", "faux", "falso", "onwaar", "falsk", "falskt", "fałsz", "ложь", "否",
    "假", "no", "nein", "non", "não", "nee", "nej", "nei", "нет", "いいえ", "偽", "아니요", "거짓",
    "yanlış", "hayır", "epätosi", "ei", "nie", "未完成", "not finished", "incomplete",
)  # fmt: skip


def recognise(table: Table) -> bool:
    """Tell a file of Qualtrics by the ImportIds of a header row, else by the tags it always has."""
    if any(_IMPORT_ID.search(cell) for row in table.head[1:3] for cell in row):
        return True
    for row in table.head[:2]:
        if {"startdate", "enddate", "responseid"} <= {squeezed(cell) for cell in row}:
            return True
    return False


def describe(table: Table) -> Description:
    """Say what rows and columns are."""
    tags = table.row(0)
    rows = _header_rows(table)
    ids = [
        found.group(1) if (found := _IMPORT_ID.search(cell)) else ""
        for cell in (table.row(rows - 1) if rows > 1 else tags)
    ]
    texts = table.row(1) if rows == 3 or (rows == 2 and not any(ids)) else tags
    columns = []
    for i, tag in enumerate(tags):
        kind = known(ids[i], KINDS) or known(tag, KINDS)
        if kind is None and rows == 2 and not any(ids):
            kind = known(texts[i], KINDS)
        if kind is None:
            if _DERIVED.search(tag) or _DERIVED.search(ids[i]) or _DERIVED.search(texts[i]):
                kind = "derived"
            elif _BROWSER.search(tag) or _BROWSER.search(ids[i]):
                kind = "personal"
            elif names_person(texts[i]) or names_person(tag):
                kind = "personal"
            elif ids[i].endswith("_TEXT") or tag.endswith("_TEXT"):
                kind = "text"
        columns.append(Column(i, ids[i] or tag, tag, texts[i] or tag, kind=kind))
    if all(c.kind != "answered_at" for c in columns):
        columns = [
            replace(c, kind="answered_at")
            if squeezed(c.header + texts[c.position]).startswith("enddate")
            else c
            for c in columns
        ]
    zone = next((z.group(1) for cell in table.row(rows - 1) if (z := _TIME_ZONE.search(cell))), "")
    return Description(
        rows,
        _split(columns),
        drops=drops_of(columns),
        read={"time_zone": zone} if zone else {},
    )


def kind_of(name: str) -> Kind | None:
    """Give the kind of a column by the name that it has in every form of the files."""
    return known(name, KINDS) or ("derived" if _DERIVED.search(name) else None)


def _header_rows(table: Table) -> int:
    """Count the header rows: up to the ImportIds, else up to the first row that has a time."""
    for number in (2, 1):
        if any(_IMPORT_ID.search(cell) for cell in table.row(number)):
            return number + 1
    place = next(
        (
            i
            for row in table.head[:2]
            for i, cell in enumerate(row)
            if squeezed(cell) == "startdate"
        ),
        0,
    )
    rows = 1
    while rows < min(3, len(table.head)) and not is_time(table.row(rows)[place]):
        rows += 1
    return rows


def _split(columns: list[Column]) -> list[Column]:
    """Cut the texts of a matrix into what its rows have in common and the row."""
    groups: dict[str, list[Column]] = {}
    for column in columns:
        if column.kind in (None, "choices"):
            stem = re.match(r"^(.*?QID\d+(?:#\d+)?)", column.key)
            name = stem.group(1) if stem else re.sub(r"_\d+$", "", column.header)
            groups.setdefault(name, []).append(column)
    found = {column.position: column for column in columns}
    for group in groups.values():
        question, labels = split_common([c.question for c in group])
        for column, label in zip(group, labels, strict=True):
            if question:
                found[column.position] = replace(column, question=question, label=label)
            else:
                found[column.position] = replace(
                    column, question=re.sub(r" - [^-]*Selected Choice$", "", column.question)
                )
    return list(found.values())


def drops_of(columns: list[Column]) -> list[Drop]:
    """Say which rows are previews, tests, spam and partial ones, by columns known by their tags."""
    fixed = [c for c in columns if c.kind in ("status", "channel", "derived")]
    # of the legacy export only the texts tell them
    places = {squeezed(c.question): c.name for c in fixed}
    places |= {squeezed(c.header): c.name for c in columns}
    places |= {squeezed(c.key): c.name for c in columns}
    status, channel = places.get("status"), places.get("distributionchannel")
    finished, progress = places.get("finished"), places.get("progress")
    drops = []
    for reason, (numbers, words) in _STATUS.items():
        parts = []
        if status:
            parts.append(one_of(status, numbers))
            parts += [f"coalesce(contains(lower({status}), '{word}'), false)" for word in words]
        if channel and reason != "spam":
            parts.append(one_of(channel, [reason]))
        if parts:
            drops.append(Drop(reason, " or ".join(parts)))
    if finished:
        drops.append(Drop("partial", one_of(finished, _UNFINISHED)))
    elif progress:
        drops.append(Drop("partial", f"coalesce(try_cast({progress} as double) < 100, false)"))
    return drops
