"""Questions, and what the chosen source of weights asks of them."""

from collections import Counter

from satisfaction.weights.weights import SOURCES

from ._base import Method, Problem, Problems, grouped, integer, listing, unknown

FACTOR_ROLES = (
    "performance",
    "expectation",
    "importance",
    "cost",
    "kano_functional",
    "kano_dysfunctional",
    "ideal",
)
WHOLE_ROLES = ("overall", "recommend", "repurchase", "effort")
OPEN_ROLES = ("comment",)
ROLES = FACTOR_ROLES + WHOLE_ROLES + OPEN_ROLES
WIDE_COLUMNS = (
    *("response_id", "survey_id", "customer_id", "answered_at", "channel"),
    *("status", "is_complete", "started_at", "duration_seconds", "respondent_weight"),
)
KANO_LEVELS = 5
BENEFITS = ("product", "service", "personnel", "image")
COSTS = ("money", "time", "energy", "psychic")


def check_needed_tables(method: Method) -> Problems:
    """Report tables that are empty although answers cannot be scored without it."""
    needed: dict[str, str] = {}
    if method.rows("questions"):
        needed |= dict.fromkeys(("scales", "scale_levels", "scale_answers"), "There are questions")
    if method.rates_satisfaction:
        needed |= dict.fromkeys(("factors", "ahp_hierarchy"), "There are performance questions")
    for table, reason in needed.items():
        if not method.rows(table):
            fix = f"Fill {table}, or leave its file out to use the shipped table."
            yield Problem(table, "", "", f"{reason}, but the table {table} is empty.", fix)


def check_question_references(method: Method) -> Problems:
    """Report roles, scales and factors that do not exist, and factors that are not named."""
    scales = sorted(method.values("scales", "scale_id"))
    factors = sorted(method.values("factors", "factor_id"))
    for row in method.rows("questions"):
        key, role = row.get("question_id") or "?", row.get("role")
        scale, factor = row.get("scale_id"), row.get("factor_id")
        if role and role not in ROLES:
            yield unknown("questions", key, "role", role, ROLES)
        if scale and scales and scale not in scales:
            yield unknown("questions", key, "scale_id", scale, scales, "scales")
        if factor and factors and factor not in factors:
            yield unknown("questions", key, "factor_id", factor, factors, "factors")
        if role in FACTOR_ROLES and factor is None:
            problem = f"A question in the role {role} names no factor."
            fix = f"Fill in factor_id, or give it a role of the whole ({listing(WHOLE_ROLES)})."
            yield Problem("questions", key, "factor_id", problem, fix)


def check_question_names(method: Method) -> Problems:
    """Report questions that would share a column of survey_wide."""
    names = sorted(method.values("questions", "question_id"))
    for name in names:
        if name.lower() in WIDE_COLUMNS:
            problem = f"The question_id '{name}' is also a fixed column of survey_wide."
            fix = f"Rename the question, such as 'q_{name.lower()}'."
            yield Problem("questions", name, "question_id", problem, fix)
    folded = Counter(name.lower() for name in names)
    for name in names:
        if folded[name.lower()] > 1:
            problem = f"Several questions are called '{name}' when upper and lower case are one."
            fix = "Rename all but one: column names of survey_wide do not tell case apart."
            yield Problem("questions", name, "question_id", problem, fix)


def check_question_scales(method: Method) -> Problems:
    """Report questions that are counted together but answered on different scales."""
    of_factor = grouped(method.questions(*FACTOR_ROLES), "factor_id", "role")
    of_whole = grouped(method.questions(*WHOLE_ROLES), "role")
    for (*factor, role), rows in [*of_factor.items(), *of_whole.items()]:
        what, key = (f"factor {factor[0]}", factor[0]) if factor else ("the whole", role)
        scales = sorted({scale for row in rows if (scale := row.get("scale_id"))})
        if len(scales) > 1 and not role.startswith("kano"):
            problem = f"The {role} questions of {what} use different scales: {listing(scales)}."
            fix = "Put them on one scale: levels of different scales cannot be counted together."
            yield Problem("questions", key, "scale_id", problem, fix)


def check_open_questions(method: Method) -> Problems:
    """Report open questions that have a scale, and others that have none."""
    for row in method.rows("questions"):
        key, role, scale = row.get("question_id") or "?", row.get("role"), row.get("scale_id")
        if role in OPEN_ROLES and scale:
            problem = (
                f"An open question (role {role}) has the scale {scale}, and text has no level."
            )
            yield Problem("questions", key, "scale_id", problem, "Leave scale_id blank.")
        elif role not in OPEN_ROLES and scale is None:
            problem = "The question has no scale, so that no answer to it can be read."
            fix = "Fill in scale_id; of an open question the role is comment."
            yield Problem("questions", key, "scale_id", problem, fix)


def check_kano(method: Method) -> Problems:
    """Report Kano questions that are not one pair per factor on five attitudes."""
    kinds = ("kano_functional", "kano_dysfunctional")
    for (factor,), rows in grouped(method.questions(*kinds), "factor_id").items():
        counts = Counter(row.get("role") for row in rows)
        for kind in kinds:
            if counts[kind] != 1:
                how_many = "no" if counts[kind] == 0 else str(counts[kind])
                problem = f"Factor {factor} has {how_many} {kind} question, and a pair needs one."
                fix = f"Keep exactly one {kinds[0]} and one {kinds[1]} question for {factor}."
                yield Problem("questions", factor, "role", problem, fix)
    levels = grouped(method.rows("scale_levels"), "scale_id")
    for row in method.questions(*kinds):
        scale = row.get("scale_id") or ""
        count = len({integer(level.get("level")) for level in levels.get((scale,), [])})
        if count not in (0, KANO_LEVELS):
            problem = f"The Kano table has {KANO_LEVELS} attitudes, but scale {scale} has {count}."
            fix = "Use a scale of five levels, from dislike (1) to like (5), such as kano5."
            yield Problem("questions", row.get("question_id") or "?", "scale_id", problem, fix)


def check_value_components(method: Method) -> Problems:
    """Report parts of delivered value that do not exist, and costs that are not called costs."""
    components = dict[str, str]()
    for row in method.rows("factors"):
        factor, component = row.get("factor_id") or "?", row.get("value_component")
        if component and component not in BENEFITS + COSTS:
            yield unknown("factors", factor, "value_component", component, BENEFITS + COSTS)
        elif component:
            components[factor] = component
    for (factor,) in grouped(method.questions("cost"), "factor_id"):
        if factor in method.values("factors", "factor_id") and components.get(factor) not in COSTS:
            problem = f"Questions ask what factor {factor} costs, but it is no cost of any kind."
            fix = f"Put one of {listing(COSTS)} into its value_component."
            yield Problem("factors", factor, "value_component", problem, fix)


def check_weight_source(method: Method) -> Problems:
    """Report a source of weights that is unknown, or that the questions cannot feed."""
    source = method.weight_source
    if source not in SOURCES:
        yield unknown("vars", "weight_source", "weight_source", source, SOURCES)
    if source == "derived" and method.rates_satisfaction and not method.questions("overall"):
        problem = "The weights are derived from overall satisfaction, but no question asks for it."
        fix = "Add a question with role overall, or set the var weight_source to another source."
        yield Problem("questions", "overall", "role", problem, fix)
    if source == "importance":
        yield from _importance_problems(method)


def _importance_problems(method: Method) -> Problems:
    rated = {factor for (factor,) in grouped(method.questions("performance"), "factor_id")}
    weighed = {factor for (factor,) in grouped(method.questions("importance"), "factor_id")}
    fix = "Add a question with role importance, or set the var weight_source to another source."
    if rated and not weighed:
        problem = "The weights are stated importance, but no question asks for importance."
        yield Problem("questions", "importance", "role", problem, fix)
        return
    for factor in sorted(rated - weighed):
        problem = f"The weights are stated importance, but no question asks it of factor {factor}."
        yield Problem("questions", factor, "role", problem, fix)
