"""Microsoft Forms: a running number, two times, e-mail and name, then the questions."""

from __future__ import annotations

import re

from satisfaction.imports.headers import (
    by_name,
    split_bracket,
    squeezed,
    without_number,
)
from satisfaction.imports.personal import names_person
from satisfaction.imports.platforms.description import (
    Description,
    Table,
    column,
    is_time,
    known,
)

NAME = "ms_forms"

KINDS = by_name(
    {
        "response_id": ["ID", "Id", "编号", "識別碼", "标识符"],
        "started_at": [
            "Start time", "Startzeit", "开始时间", "開始時間", "Heure de début", "Hora de inicio",
            "Hora de início", "Ora di inizio", "Begintijd", "開始時刻", "시작 시간", "Starttid",
            "Время начала", "Godzina rozpoczęcia", "Başlangıç zamanı", "Aloitusaika",
        ],
        "answered_at": [
            "Completion time", "Fertigstellungszeit", "Abschlusszeit", "完成时间", "完成時間",
            "Heure de fin", "Hora de finalización", "Hora de conclusão", "Ora di completamento",
            "Tijd van voltooien", "Voltooiingstijd", "完了時刻", "완료 시간", "Slutförandetid",
            "Fullføringstidspunkt", "Время выполнения", "Godzina ukończenia", "Tamamlanma zamanı",
            "Valmistumisaika",
        ],
        "derived": [
            "Last modified time", "Uhrzeit der letzten Änderung", "上次修改时间", "上次修改時間",
            "Heure de la dernière modification", "Hora de la última modificación",
            "Hora da última modificação", "Ora ultima modifica", "Tijd van laatste wijziging",
            "最終変更時刻", "마지막으로 수정한 시간", "Total points", "Gesamtpunktzahl", "总分", "總分",
            "Total de points", "Total de puntos", "Quiz feedback", "测验反馈", "Feedback zum Quiz",
            "Grade posted time", "成绩发布时间",
        ],
        "language": ["Language", "语言", "Sprache"],
    }
)  # fmt: skip
_DERIVED = re.compile(r"^(points|feedback|punkte|得分|分数|反馈|puntos|pontos|punti)\s+-\s+", re.I)


def recognise(table: Table) -> bool:
    """Tell a file of Microsoft Forms by its first columns, in any language by what they hold."""
    if len(table.first) < 4 or squeezed(table.first[0]) not in ("id", "编号", "識別碼", "标识符"):
        return False
    if [known(cell, KINDS) for cell in table.first[1:3]] == ["started_at", "answered_at"]:
        return True
    rows = table.head[1:6]
    return (
        bool(rows)
        and all(is_time(row[1]) and is_time(row[2]) for row in rows if any(row))
        and names_person(table.first[3])
    )


def describe(table: Table) -> Description:
    """Say what rows and columns are."""
    fixed = ("response_id", "started_at", "answered_at")
    columns = []
    for i, header in enumerate(table.first):
        # "When", "When2": one header that is there twice
        question, label = split_bracket(header)
        kind = fixed[i] if i < 3 else known(header, KINDS) if i < 8 else None
        if kind is None and (_DERIVED.match(header) or (known(header, KINDS) == "derived")):
            kind = "derived"
        columns.append(
            column(i, header, kind=kind, question=without_number(question), label=label)  # type: ignore[arg-type]
        )
    return Description(1, columns, has_running_ids=True)
