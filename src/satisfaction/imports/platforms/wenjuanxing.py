"""问卷星: words of the options (选项文本) or their places in the list (选项序号)."""

from __future__ import annotations

import re
from dataclasses import replace

from satisfaction.imports.export import Column
from satisfaction.imports.headers import by_name, number_of, split_numbered, without_number
from satisfaction.imports.platforms.description import Description, Table, column, known

NAME = "wenjuanxing"

KINDS = by_name(
    {
        "response_id": ["序号", "答卷序号", "答卷编号"],
        "answered_at": ["提交答卷时间", "提交时间"],
        "started_at": ["开始答卷时间", "开始答题时间", "开始时间"],
        "duration_seconds": ["所用时间", "答题时长", "用时", "作答时长"],
        "channel": ["来源"],
        "personal": ["来源详情", "来自IP", "IP", "用户ID", "微信昵称", "昵称", "姓名", "openid"],
        "derived": ["总分", "得分", "评分", "状态", "是否有效", "标签"],
    }
)
_FIXED = {"提交答卷时间", "所用时间", "来源", "来源详情", "来自ip"}
_WHOLE = re.compile(r"-?\d+")


def recognise(table: Table) -> bool:
    """Tell a file of 问卷星 by its first columns."""
    first = {cell.strip().casefold() for cell in table.first[:10]}
    return len(first & _FIXED) >= 2 or ("序号" in first and "提交答卷时间" in first)


def describe(table: Table) -> Description:
    """Say what rows and columns are."""
    columns = numbered_columns(table, KINDS)
    read = {"answers": "选项文本"}
    if _holds_numbers(table, columns):
        read["answers"] = "选项序号"
        columns = [
            replace(c, missing=frozenset({"-2", "-3"})) if not c.kind else c for c in columns
        ]
    return Description(1, columns, has_running_ids=True, read=read)


def numbered_columns(table: Table, kinds: dict[str, str]) -> list[Column]:
    """Give the columns of a Chinese platform: fixed ones, then numbered questions."""
    split = split_numbered(table.first)
    columns = []
    for i, header in enumerate(table.first):
        question, label = split[i]
        kind = None if number_of(header) else known(header, kinds)
        key = f"{question} - {label}" if label else without_number(header)
        columns.append(
            column(
                i,
                header,
                kind=kind,
                question=question or without_number(header),
                label=label,
                key=key,
            )
        )
    return columns


def _holds_numbers(table: Table, columns: list[Column]) -> bool:
    """Tell whether answers are places in the list of options: numbers alone, −3 and −2 for none."""
    numbers = words = 0
    for c in columns:
        if c.kind is not None:
            continue
        values = table.values(c.position, 1, 60)
        if values and all(_WHOLE.fullmatch(v) for v in values):
            numbers += 1
            if {"-2", "-3"} & set(values):
                return True
        elif 0 < len(values) < 12:
            words += 1
    return numbers >= 2 and words == 0
