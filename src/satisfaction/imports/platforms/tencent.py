"""腾讯问卷: number, two times and seconds, then numbered questions."""

from __future__ import annotations

from satisfaction.imports.headers import by_name
from satisfaction.imports.platforms.description import Description, Table
from satisfaction.imports.platforms.wenjuanxing import numbered_columns

NAME = "tencent"

KINDS = by_name(
    {
        "response_id": ["编号", "答卷编号", "回答编号", "序号", "答卷ID"],
        "started_at": ["开始答题时间", "开始时间"],
        "answered_at": ["结束答题时间", "结束时间", "提交时间"],
        "duration_seconds": ["答题时长", "答题时长(秒)", "答题时长（秒）", "答题用时"],
        "channel": ["来源", "渠道", "回收渠道", "答题渠道"],
        "status": ["答卷状态", "状态"],
        "customer_id": ["自定义字段"],
        "personal": [
            "用户微信ID",
            "微信昵称",
            "昵称",
            "用户",
            "IP",
            "UA",
            "城市",
            "省份",
            "地理位置",
            "openid",
        ],
        "derived": ["用户类型", "总分", "得分", "国家", "设备类型", "系统", "浏览器"],
    }
)


def recognise(table: Table) -> bool:
    """Tell a file of 腾讯问卷 by its two times."""
    first = {cell.strip() for cell in table.first[:12]}
    return {"开始答题时间", "结束答题时间"} <= first


def describe(table: Table) -> Description:
    """Say what rows and columns are."""
    return Description(1, numbered_columns(table, KINDS), has_running_ids=True)
