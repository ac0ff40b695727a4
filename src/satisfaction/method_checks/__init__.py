"""Checks of the method tables: what would make a figure wrong is said before any is computed.

One module per group of tables, one small function per concern, all listed in ``CHECKS``.
"""

from collections.abc import Callable, Collection, Mapping

import pandas as pd

from . import (
    _categories,
    _comments,
    _hierarchy,
    _hypotheses,
    _judgements,
    _ladder,
    _loyalty,
    _margins,
    _paths,
    _playbook,
    _promises,
    _questions,
    _scales,
    _scorecards,
    _segments,
    _shape,
    _taxonomies,
    _tiers,
    _transactions,
)
from ._base import Method, Problem, Problems, clean_method
from ._scales import normalise_answer
from ._taxonomies import TAXONOMIES

__all__ = ["CHECKS", "TAXONOMIES", "method_problems", "normalise_answer"]

CHECKS: tuple[Callable[[Method], Problems], ...] = (
    _shape.check_columns,
    _shape.check_missing_values,
    _shape.check_duplicate_keys,
    _shape.check_blanks_around_keys,
    _shape.check_types,
    _shape.check_options,
    _questions.check_needed_tables,
    _questions.check_question_references,
    _questions.check_question_names,
    _questions.check_question_scales,
    _questions.check_open_questions,
    _questions.check_kano,
    _questions.check_value_components,
    _questions.check_weight_source,
    _scales.check_scale_references,
    _scales.check_levels,
    _scales.check_values,
    _scales.check_satisfied,
    _scales.check_spellings,
    _scales.check_levels_are_spelt,
    _hierarchy.check_hierarchy,
    _hierarchy.check_satisfaction_leaves,
    _hierarchy.check_loyalty_leaves,
    _judgements.check_experts,
    _judgements.check_judgement_references,
    _judgements.check_judgement_values,
    _judgements.check_contradictions,
    _judgements.check_judgements_suffice,
    _loyalty.check_component_rows,
    _loyalty.check_component_weights,
    _loyalty.check_bands,
    _loyalty.check_level_bounds,
    _loyalty.check_class_bands,
    _loyalty.check_classes_complete,
    _loyalty.check_relations_complete,
    _loyalty.check_who_is_loyal,
    _ladder.check_ladder_levels,
    _ladder.check_ladder_rhythms,
    _ladder.check_ladder_conditions,
    _paths.check_path_references,
    _paths.check_path_blocks,
    _paths.check_path_links,
    _hypotheses.check_levels,
    _hypotheses.check_claimed_ratios,
    _playbook.check_playbook_references,
    _playbook.check_playbook_levels,
    _playbook.check_playbook_is_whole,
    _transactions.check_statuses,
    _transactions.check_rates,
    _promises.check_promise_limits,
    _promises.check_promise_targets,
    _promises.check_business_time,
    _promises.check_weekdays,
    _promises.check_hours,
    _promises.check_overlaps,
    _promises.check_business_days,
    _segments.check_segment_bounds,
    _segments.check_segment_bands,
    _tiers.check_tier_bounds,
    _tiers.check_tier_gaps,
    _tiers.check_tier_conditions,
    _tiers.check_tiers_complete,
    _scorecards.check_scorecard_parts,
    _scorecards.check_scorecard_weights,
    _scorecards.check_scorecard_points,
    _margins.check_margin_rows,
    _margins.check_margin_sums,
    _categories.check_category_factors,
    _categories.check_category_names,
    _comments.check_theme_factors,
    _comments.check_keyword_themes,
    _comments.check_keyword_patterns,
    _taxonomies.check_class_references,
    _taxonomies.check_class_shares,
    _taxonomies.check_taxonomy_names,
)


def method_problems(
    tables: Mapping[str, pd.DataFrame],
    *,
    weight_source: str = "ahp",
    own: Collection[str] = (),
) -> pd.DataFrame:
    """Find everything in the method tables that would yield a wrong figure.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Method tables by name (``questions``, ``scale_levels`` …), with the columns of the shipped
        ones. Values are text or null; numbers and booleans are understood too. An absent table is
        an empty one; tables and columns beyond the known ones are left alone.
    weight_source : str
        Where satisfaction weights come from: ahp, importance, derived, entropy or equal. The
        judgements of model satisfaction are looked at only under ahp, and only if any question
        asks for performance.
    own : collection of str
        Names of the tables that the user wrote; the others are shipped. A shipped path model may
        name questions that a questionnaire of the user's own does not have.

    Returns
    -------
    DataFrame
        One row per problem, all columns text: ``table_name``, ``key`` (parts joined by ' | ', '?'
        for a missing one; empty where the whole table is meant), ``column_name`` (may be empty),
        ``problem`` and ``fix`` (plain sentences). Sorted; the same for any order of the input
        rows; no rows where all is well.

    Examples
    --------
    >>> experts = pd.DataFrame({"expert_id": ["a", "b"], "weight": ["0.5", "0.4"]})
    >>> print(method_problems({"ahp_experts": experts}).problem[0])
    The weights of the experts sum to 0.9, not to 1.
    """
    method = clean_method(tables, weight_source, own)
    found = sorted({problem for check in CHECKS for problem in check(method)})
    # a typed column, so that an empty frame keeps its types in the engine
    return pd.DataFrame(found, columns=list(Problem._fields), dtype="string")
