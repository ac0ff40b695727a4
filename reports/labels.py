"""Names of what the marts hold as codes only, and how a frame gets them.

These are the shipped codes; a code that a case has of its own is called by itself.
"""

from __future__ import annotations

import pandas as pd

CLASSES = {
    "at_risk": ("高风险", "At risk"),
    "vulnerable": ("易流失", "Vulnerable"),
    "favourable": ("偏好", "Favourable"),
    "loyal": ("忠诚", "Loyal"),
}
RELATIONS = {
    "fully_satisfied_loyal": ("完全满意且忠诚", "Fully satisfied, loyal"),
    "satisfied_loyal": ("满意且忠诚", "Satisfied, loyal"),
    "satisfied_not_loyal": ("满意但不忠诚（陷阱）", "Satisfied, not loyal (trap)"),
    "dissatisfied_captive": (
        "不满意但复购意愿高（受困）",
        "Dissatisfied, likely to buy again (captive)",
    ),
    "dissatisfied_not_loyal": ("不满意且不忠诚", "Dissatisfied, not loyal"),
}
SERVQUAL = {
    "tangibles": ("有形性", "Tangibles"),
    "reliability": ("可靠性", "Reliability"),
    "responsiveness": ("响应性", "Responsiveness"),
    "assurance": ("保证性", "Assurance"),
    "empathy": ("移情性", "Empathy"),
}
TABLES = {
    "competitor_shares": ("竞争对手份额", "Competitor shares"),
    "complaints": ("投诉", "Complaints"),
    "customer_profiles": ("客户画像", "Customer profiles"),
    "customers": ("客户", "Customers"),
    "loyalty_assessments": ("忠诚度评定", "Loyalty assessments"),
    "subscriptions": ("服务订购", "Subscriptions"),
    "survey_answers": ("问卷答案", "Survey answers"),
    "survey_wide": ("问卷答案（宽表）", "Survey answers, wide"),
    "surveys": ("调查", "Surveys"),
    "transactions": ("交易", "Transactions"),
}
REASONS = {
    "missing_key": ("缺少主键", "Missing key"),
    "damaged_key": ("编号受损", "Damaged id"),
    "missing_value": ("缺少必填值", "Missing value"),
    "not_a_number": ("不是数字", "Not a number"),
    "not_a_date": ("不是日期", "Not a date"),
    "not_a_boolean": ("不是真假值", "Not a boolean"),
    "out_of_range": ("超出范围", "Out of range"),
    "unknown_code": ("未知代码", "Unknown code"),
    "in_future": ("晚于截止日", "In the future"),
    "missing_survey": ("缺少调查批次", "Missing survey"),
    "unknown_question": ("未知题目", "Unknown question"),
    "unknown_answer": ("未知答案", "Unknown answer"),
    "not_complete": ("答卷未完成", "Not complete"),
    "superseded": ("被新版取代", "Superseded"),
}


def labelled(
    frame: pd.DataFrame, column: str, names: dict[str, tuple[str, str]], into: str = "label"
) -> pd.DataFrame:
    """Add the labels of a column of codes in both languages, and the order of the names.

    Parameters
    ----------
    frame, column
        The rows, and the column that holds codes.
    names
        Code to its label in Chinese and in English, in the order that is shown.
    into
        The new columns are `<into>_zh`, `<into>_en` and `sort_order`.
    """
    pairs = [names.get(code, (code, code)) for code in frame[column]]
    order = {code: place for place, code in enumerate(names)}
    return frame.assign(
        **{f"{into}_zh": [zh for zh, _ in pairs], f"{into}_en": [en for _, en in pairs]},
        sort_order=[order.get(code, len(order)) for code in frame[column]],
    )
