"""Taxonomies of factors: their classes, and what share of each factor counts in them."""

from ._base import (
    WEIGHT_TOLERANCE,
    Method,
    Problem,
    Problems,
    Row,
    grouped,
    key_of,
    number,
    unknown,
)

CLASSES, PLACES = "taxonomy_classes", "factor_classes"
#: columns of the table factors, each a taxonomy that puts a factor into one class
TAXONOMIES = ("need_structure", "servqual", "barnes", "dukas", "core_support_emotion")


def check_class_references(method: Method) -> Problems:
    """Report factors, taxonomies and classes that do not exist."""
    if PLACES not in method.own:
        return  # the shipped ones are of the shipped factors
    factors = sorted(method.values("factors", "factor_id"))
    taxonomies = sorted(method.values(CLASSES, "taxonomy"))
    for row in method.rows(PLACES):
        factor, taxonomy, class_id = (row.get(c) for c in ("factor_id", "taxonomy", "class_id"))
        if factor and factor not in factors:
            yield unknown(PLACES, _key(row), "factor_id", factor, factors, "factors")
        if taxonomy and taxonomy not in taxonomies:
            yield unknown(PLACES, _key(row), "taxonomy", taxonomy, taxonomies, CLASSES)
        elif taxonomy and class_id:
            rows = [one for one in method.rows(CLASSES) if one.get("taxonomy") == taxonomy]
            known = sorted({value for one in rows if (value := one.get("class_id"))})
            if class_id not in known:
                yield unknown(PLACES, _key(row), "class_id", class_id, known, CLASSES)


def check_class_shares(method: Method) -> Problems:
    """Report shares of a factor that are none, and those that sum to more than 1."""
    for row in method.rows(PLACES):
        share = number(row.get("share"))
        if share is not None and not 0 < share <= 1:
            problem = f"{share:g} is no share of a factor."
            fix = "Give a number above 0, 1 at most; leave the row out where nothing counts."
            yield Problem(PLACES, _key(row), "share", problem, fix)
    for (taxonomy, factor), rows in grouped(method.rows(PLACES), "taxonomy", "factor_id").items():
        # a class twice, and a share that is no number, are told elsewhere
        given = {row.get("class_id"): row.get("share") for row in rows}
        shares = [1.0 if share is None else number(share) or 0.0 for share in given.values()]
        whole = sum(shares)
        if len(shares) > 1 and whole > 1 + WEIGHT_TOLERANCE:
            problem = f"The shares of {factor} in {taxonomy} sum to {whole:g}, to more than 1."
            fix = "Give shares that sum to 1 at most; a blank one is 1."
            yield Problem(PLACES, key_of(taxonomy, factor), "share", problem, fix)


def check_taxonomy_names(method: Method) -> Problems:
    """Report taxonomies that are a column of factors too, or differ by capitals alone."""
    named = method.values(PLACES, "taxonomy")
    for taxonomy in TAXONOMIES:
        if taxonomy in named and method.values("factors", taxonomy):
            problem = f"{taxonomy} is a column of factors, too: a factor would count twice."
            fix = f"Give the taxonomy another name, or leave {taxonomy} blank in factors."
            yield Problem(PLACES, taxonomy, "taxonomy", problem, fix)
    first: dict[str, str] = {}
    for taxonomy in [*TAXONOMIES, *sorted(named)]:
        known = first.setdefault(taxonomy.lower(), taxonomy)
        if known != taxonomy:
            problem = f"{taxonomy} and {known} differ by capitals alone."
            yield Problem(PLACES, taxonomy, "taxonomy", problem, "Spell them alike.")


def _key(row: Row) -> str:
    return key_of(row.get("taxonomy"), row.get("factor_id"), row.get("class_id"))
