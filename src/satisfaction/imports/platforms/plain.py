"""A table of no known platform: columns by their names, in the usual languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from satisfaction.imports.export import Column
from satisfaction.imports.headers import by_name, split_numbered, split_rows, without_number
from satisfaction.imports.platforms.description import Description, Table, column, known

NAME = "plain"

KINDS = by_name(
    {
        "response_id": [
            "response id", "responseid", "respondent id", "respondent", "respid", "resp_id", "id",
            "submission id", "entry id", "answer id", "interview id", "intid", "case id", "caseid",
            "record id", "uuid", "_uuid", "_id", "record", "Antwort-ID", "Teilnehmer-ID", "lfdn",
            "Respondent number", "interview number", "serial", "编号", "序号", "答卷编号", "问卷编号",
            "样本编号", "受访者编号", "id de respuesta", "id réponse", "id risposta", "id da resposta",
            "№", "no.", "nr.", "#", "row id", "回答ID",
        ],
        "customer_id": [
            "customer id", "customerid", "customer number", "customer no", "customer no.",
            "customer key", "custno", "cust_id", "cust no", "custid", "client id", "client number",
            "member id", "membership number", "member number", "account id", "user id", "userid",
            "external reference", "external id", "external data reference", "loyalty number",
            "crm id", "contact id", "subscriber id", "Kundennummer", "Kunden-ID", "Kundennr",
            "Kundennr.", "Mitgliedsnummer", "numéro client", "numéro de client", "id client",
            "número de cliente", "id cliente", "id de cliente", "codice cliente", "numero cliente",
            "código do cliente", "klantnummer", "客户编号", "客户号", "客户ID", "客户代码", "会员号",
            "会员编号", "会员ID", "会员卡号", "用户ID", "用户编号", "顧客ID", "顧客番号", "会員番号",
            "고객번호", "고객 ID", "номер клиента", "id клиента",
        ],
        "answered_at": [
            "submitted at", "submitted", "submit date", "submission date", "submission time",
            "submit time", "submitdate", "date submitted", "completed at", "completed", "end date",
            "enddate", "end time", "end", "completion time", "completion date", "timestamp", "time stamp",
            "date", "datetime", "date time", "interview date", "intdate", "survey date",
            "response date", "answered at", "answered on", "answer date", "recorded date", "recorded at",
            "created at", "created", "date created", "time", "_submission_time", "endtime", "Datum",
            "Abgabedatum", "Enddatum", "Zeitstempel", "Befragungsdatum", "Interviewdatum",
            "Antwortdatum", "date de réponse", "date de soumission", "date de fin", "horodateur",
            "fecha", "fecha de respuesta", "fecha de envío", "data", "data risposta",
            "data de resposta", "data da resposta", "提交时间", "提交日期", "答题时间", "填写时间",
            "答卷时间", "完成时间", "结束时间", "结束答题时间", "日期", "时间", "填写日期", "回答日時",
            "提交答卷时间", "時間戳記", "응답 날짜", "дата", "дата ответа", "datum ingevuld",
        ],
        "started_at": [
            "started at", "start date", "startdate", "start time", "starttime", "start", "started",
            "begin time", "Startdatum", "Startzeit", "Beginn", "date de début", "fecha de inicio",
            "data inizio", "data de início", "开始时间", "开始答题时间", "开始日期", "開始日時",
        ],
        "duration_seconds": [
            "duration", "duration (in seconds)", "duration in seconds", "duration seconds",
            "time taken (seconds)", "time taken", "interview time", "Dauer", "Dauer (in Sekunden)",
            "durée", "duración", "durata", "duração", "答题时长", "所用时间", "用时", "时长", "答题用时",
        ],
        "channel": [
            "channel", "distribution channel", "collector", "source", "mode", "Kanal", "canal",
            "来源", "渠道", "渠道来源",
        ],
        "language": [
            "language", "user language", "locale", "lang", "Sprache", "langue", "idioma", "lingua",
            "taal", "语言", "語言", "言語",
        ],
        "status": ["status", "response status", "finished", "state", "答卷状态", "状态"],
    }
)  # fmt: skip
#: kinds that one column alone can have
_ONE = ("response_id", "customer_id", "answered_at", "started_at", "duration_seconds", "language")


def recognise(table: Table) -> bool:
    """Tell a table at all: it is what no platform before recognised."""
    return True


def describe(table: Table) -> Description:
    """Say what rows and columns are."""
    return Description(1, by_names(table.first, [""] * len(table.first)), has_running_ids=True)


def by_names(headers: Sequence[str], texts: Sequence[str]) -> list[Column]:
    """Give columns by their names, else by the texts beside them."""
    columns = []
    for i, (question, label) in enumerate(split_rows(split_numbered(headers))):
        header = headers[i]
        kind = known(header, KINDS) or (known(texts[i], KINDS) if texts[i] else None)
        key = f"{question} - {label}" if label else without_number(header)
        columns.append(column(i, header, kind=kind, question=question, label=label, key=key))
    return first_of_each(columns)


def first_of_each(columns: list[Column]) -> list[Column]:
    """Let one column have a kind that is there once: of answered_at the most telling, else the first."""
    best: dict[str, Column] = {}
    order = list(KINDS)
    for c in columns:
        if c.kind in _ONE:
            held = best.get(c.kind)
            if held is None or (c.kind == "answered_at" and _rank(c, order) < _rank(held, order)):
                best[c.kind] = c
    return [
        replace(c, kind=None) if c.kind in _ONE and best[c.kind] is not c else c for c in columns
    ]


def _rank(c: Column, order: list[str]) -> int:
    from satisfaction.imports.headers import squeezed

    name = squeezed(c.header)
    return order.index(name) if name in order else len(order)
