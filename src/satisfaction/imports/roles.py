"""What a question asks about, by its words in the languages that surveys are mostly written in."""

from __future__ import annotations

from satisfaction.imports.words import says


def construct(text: str) -> str:
    """Return what a question asks about, as far as it decides between scales.

    Examples
    --------
    >>> construct("How important is the price?"), construct("您对价格满意吗？")
    ('importance', '')
    """
    asks = ("recommend", "repurchase", "satisfied", "effort", "importance", "expectation")
    found = next((what for what in asks if says(what, text)), "")
    return "" if found == "satisfied" else found


def asks_for_rating(text: str) -> bool:
    """Whether a question asks for a rating.

    Examples
    --------
    >>> asks_for_rating("How would you rate our service?"), asks_for_rating("Your age group")
    (True, False)
    """
    return any(says(what, text) for what in ("satisfied", "rates", "overall")) or bool(
        construct(text)
    )


#: scales that say how often, not how good
_NO_RATING = ("frequency",)


def is_rating_scale(scale_id: str) -> bool:
    """Whether who answers on a scale rates something.

    Examples
    --------
    >>> is_rating_scale("satisfaction5"), is_rating_scale("frequency5")
    (True, False)
    """
    return not scale_id.startswith(_NO_RATING)


def role_of(text: str, label: str, scale_id: str) -> str:
    """Return the role of a question; blank where it is none that the method has.

    Parameters
    ----------
    text : str
        The question.
    label : str
        The row of a matrix; blank elsewhere.
    scale_id : str

    Examples
    --------
    >>> role_of("How likely are you to recommend us?", "", "nps11")
    'recommend'
    >>> role_of("Overall, how satisfied are you?", "", "satisfaction5_neutral")
    'overall'
    >>> role_of("How likely are you to attend?", "", "likely5")
    ''
    """
    if scale_id.startswith("kano"):
        return "kano_dysfunctional" if says("disliked", text) else "kano_functional"
    asks = construct(label) or construct(text)
    if scale_id.startswith("importance") or asks == "importance":
        return "importance"
    if asks in ("recommend", "repurchase"):
        return asks
    if scale_id.startswith("expectation") or asks == "expectation":
        return "expectation"
    if scale_id.startswith("effort") or asks == "effort":
        return "effort" if not label else "performance"
    if scale_id.startswith(("likely", "juster")):
        return ""
    if says("overall", label) or (not label and says("overall", text)):
        return "overall"
    return "performance"


def is_of_the_whole(text: str) -> bool:
    """Whether a question asks about the company as a whole, without saying overall.

    Examples
    --------
    >>> is_of_the_whole("How satisfied are you with our company?")
    True
    """
    return says("whole", text)
