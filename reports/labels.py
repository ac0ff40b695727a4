"""Names of what the marts hold as codes only, and how a frame gets them.

These are the shipped codes; a code that a case has of its own is called by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from reports.language import Words, say, verbatim, written

CLASSES = {
    "at_risk": say("At risk"),
    "vulnerable": say("Vulnerable"),
    "favourable": say("Favourable"),
    "loyal": say("Loyal"),
}
RELATIONS = {
    "fully_satisfied_loyal": say("Fully satisfied, loyal"),
    "satisfied_loyal": say("Satisfied, loyal"),
    "satisfied_not_loyal": say("Satisfied, not loyal (trap)"),
    "dissatisfied_captive": say("Dissatisfied, likely to buy again (captive)"),
    "dissatisfied_not_loyal": say("Dissatisfied, not loyal"),
}
SERVQUAL = {
    "tangibles": say("Tangibles"),
    "reliability": say("Reliability"),
    "responsiveness": say("Responsiveness"),
    "assurance": say("Assurance"),
    "empathy": say("Empathy"),
}
TABLES = {
    "actions": say("Measures"),
    "competitor_shares": say("Competitor shares"),
    "complaints": say("Complaints"),
    "customer_profiles": say("Customer profiles"),
    "customers": say("Customers"),
    "loyalty_assessments": say("Loyalty assessments"),
    "next_action_results": say("Results of calls"),
    "subscriptions": say("Subscriptions"),
    "survey_answers": say("Survey answers"),
    "survey_forgotten": say("People forgotten since"),
    "survey_invitations": say("Survey invitations"),
    "survey_wide": say("Survey answers, wide"),
    "surveys": say("Surveys"),
    "transactions": say("Transactions"),
}
REASONS = {
    "missing_key": say("Missing key"),
    "damaged_key": say("Damaged id"),
    "missing_value": say("Missing value"),
    "not_a_number": say("Not a number"),
    "not_a_date": say("Not a date"),
    "not_a_boolean": say("Not a boolean"),
    "out_of_range": say("Out of range"),
    "unknown_code": say("Unknown code"),
    "in_future": say("In the future"),
    "missing_survey": say("Missing survey"),
    "unknown_question": say("Unknown question"),
    "unknown_answer": say("Unknown answer"),
    "not_complete": say("Not complete"),
    "superseded": say("Superseded"),
}


def labelled(
    frame: pd.DataFrame, column: str, names: Mapping[str, Words], into: str = "label"
) -> pd.DataFrame:
    """Add the labels of a column of codes in all languages, and the order of the names.

    Parameters
    ----------
    frame, column
        The rows, and the column that holds codes.
    names
        Code to its label, in the order that is shown.
    into
        The new columns are `<into>_zh`, `<into>_en` …, and `sort_order`.
    """
    order = {code: place for place, code in enumerate(names)}
    return frame.assign(
        **written(into, [names.get(code, verbatim(code)) for code in frame[column]]),
        sort_order=[order.get(code, len(order)) for code in frame[column]],
    )
