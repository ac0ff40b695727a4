"""Google Forms: a time, then the questions, rows of grids in brackets; no id."""

from __future__ import annotations

from satisfaction.imports.headers import by_name, split_bracket, without_number
from satisfaction.imports.platforms.description import Description, Table, column, known

NAME = "google_forms"

KINDS = by_name(
    {
        "answered_at": [
            "Timestamp", "时间戳记", "时间戳", "時間戳記", "Zeitstempel", "Horodateur", "Marca temporal",
            "Marca de temps", "Carimbo de data/hora", "Informazioni cronologiche", "Tijdstempel",
            "タイムスタンプ", "타임스탬프", "Отметка времени", "Sygnatura czasowa", "Tidsstämpel",
            "Tidsstempel", "Tidstämpel", "Aikaleima", "Zaman damgası", "Časová značka",
            "Časové razítko", "Dấu thời gian", "ประทับเวลา", "Stempel waktu", "Cap waktu",
            "Позначка часу", "Időbélyeg", "Marcaj de timp", "طابع زمني", "חותמת זמן", "टाइमस्टैंप",
            "Χρονική σήμανση", "Clock time", "Hora de registro",
        ],
        "derived": [
            "Score", "Total score", "得分", "分数", "总分", "Punktzahl", "Punkte", "Puntuación",
            "Puntuação", "Punteggio", "スコア", "점수",
        ],
    }
)  # fmt: skip


def recognise(table: Table) -> bool:
    """Tell a file of Google Forms by its first cell."""
    return len(table.first) > 1 and known(table.first[0], KINDS) == "answered_at"


def describe(table: Table) -> Description:
    """Say what rows and columns are."""
    columns = []
    for i, header in enumerate(table.first):
        question, label = split_bracket(header)
        kind = known(header, KINDS) if i < 3 else None
        columns.append(column(i, header, kind=kind, question=without_number(question), label=label))
    return Description(1, columns, has_running_ids=True)
