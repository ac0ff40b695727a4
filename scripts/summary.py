"""Print what the published marts say, on one screen: the end of `make build`."""

from __future__ import annotations

import contextlib
import os
import sys
import unicodedata
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from scripts.doubts import DOUBTS  # noqa: E402

Connection = duckdb.DuckDBPyConnection

CUSTOMERS = "select count(*) from dim_customers"
WAVES = """select w.wave_date as "wave", survey_id as "survey", s.n_respondents as "respondents",
    round(satisfaction_index, 1) as "index",
    round(index_low, 1) || ' to ' || round(index_high, 1) as "95 %",
    case when index_change > 0 then '+' else '' end || round(index_change, 1) as "change",
    round(change_low, 1) || ' to ' || round(change_high, 1) as "95 %",
    case when is_reliable then '' else 'few answers: not reliable' end as " "
from fct_segment_satisfaction as s join dim_waves as w using (survey_id)
where segment_type = 'total' order by w.wave_date, survey_id"""
FEW = """select format('  {:,} of {:,} segment cells rest on few answers: is_reliable is false',
    count_if(not is_reliable), count(*))
from fct_segment_satisfaction where segment_type <> 'total' having count_if(not is_reliable) > 0"""
# of several kinds of segments the one that moves the index most
BIAS = """select format('  The answers of {} do not stand for the customers: index {:.1f} of those '
    || 'who answered, {:.1f} ({:.1f} to {:.1f}) with the customers'' shares by {}.',
    survey_id, satisfaction_index, standardised_index, standardised_low, standardised_high,
    segment_type)
from fct_nonresponse_bias join dim_waves using (survey_id) where is_bias_warning
qualify row_number() over (partition by survey_id order by abs(index_difference) desc) = 1
order by wave_number"""
WEIGHTED = """select format('  {} is weighted ({}): {:.1f}, and {:.1f} where every answer counts '
    || 'once; the {:,} respondents are worth {:.0f} of equal weight.{}{}{}{}', w.survey_id,
    weighting, s.satisfaction_index, s.unweighted_index, w.n_respondents, w.n_effective,
    case weighting_status when 'margins_missed' then ' Margins are missed by more than 2 %.'
        when 'no_margins' then ' No customers are known to weight to.' else '' end,
    if(is_finite_population, ' Intervals are for these customers.', ''),
    if(n_unweighted > 0, format(' {:,} have no weight and count nothing.', n_unweighted), ''),
    if(n_not_invited > 0, format(' {:,} were not invited.', n_not_invited), ''))
from fct_wave_weighting as w join dim_waves using (survey_id)
join fct_segment_satisfaction as s on w.survey_id = s.survey_id and s.segment_type = 'total'
order by dim_waves.wave_number"""
INVITED = """select format('  surveys says that {:,} were invited in {}, '
    || 'survey_invitations names {:,}.', w.n_invited, survey_id, c.n_invited)
from fct_survey_coverage as c join dim_waves as w using (survey_id)
where segment_type = 'total' and c.n_invited <> w.n_invited order by wave_number"""
FORGOTTEN = """select format('  Forgotten of {} since: {:,} anonymised, {:,} deleted.',
    survey_id, n_anonymised, n_deleted)
from dim_waves where n_anonymised + n_deleted > 0 order by wave_number"""
# where no factor was asked about: of several questions in one role the most answered one
VERDICTS = """select w.wave_date as "wave", survey_id as "survey",
    case measure when 'nps' then 'NPS' else 'satisfied %' end as "figure",
    n_answers as "answers", round(score, 1) as "score",
    round(score_low, 1) || ' to ' || round(score_high, 1) as "95 %",
    case when is_reliable then '' else 'few answers: not reliable' end as " "
from fct_survey_scores join dim_waves as w using (survey_id)
where segment_type = 'total' and score is not null
    and (measure, role) in (('satisfied_share', 'overall'), ('nps', 'recommend'))
qualify row_number() over (
    partition by survey_id, measure order by n_answers desc, question_id) = 1
order by w.wave_date, survey_id, measure desc"""
# only of a hierarchy that gives an index in this case
EQUAL = """select format('Weights of {}: all {} factors weigh the same, for {}', model, n,
    if(asked = 'ahp', 'no expert has judged', 'weight_source is equal'))
from (select model, count(*) as n, any_value(weight_source_asked) as asked
    from fct_factor_weights where is_leaf and weight_source = 'equal' group by model)
where n > 1 and ((model = 'satisfaction' and exists (
        from fct_segment_satisfaction where satisfaction_index is not null))
    or (model = 'loyalty' and exists (
        from fct_segment_loyalty where loyalty_index is not null)))
order by model desc"""
LOYALTY = """select format('Loyalty in {}: index {}', strftime(month_start, '%Y-%m'),
    coalesce(round(loyalty_index, 1)::varchar, '–'))
    || coalesce(format(', {} % of {:,} classed customers loyal',
        round(100 * loyal_share, 1)::varchar, n_classified), '')
    || if(n_left > 0, format('; {:,} more have left', n_left), '')
from fct_segment_loyalty
where segment_type = 'total' and coalesce(loyalty_index, loyal_share) is not null
order by month_start desc limit 1"""
LEVELS = """with newest as (
    from fct_segment_loyalty where segment_type = 'total' order by month_start desc limit 1
), levels as (unpivot newest on columns('n_level_[0-9]') into name level value customers),
labels as (select 'n_level_' || ladder_level as level, label_zh, label_en
    from dim_ladder_levels)
select concat_ws(' ', level[-1], label_zh, label_en) as "level", customers,
    round(100 * customers / nullif(sum(customers) over (), 0), 1) as "%"
from levels left join labels using (level) qualify sum(customers) over () > 0
order by levels.level desc"""
UNJUDGED = """select format('  {:,} of {:,} customers on the ladder cannot be judged yet: too '
    || 'little is known of how often they buy. Draw no conclusion from its levels.',
    n_on_ladder - n_evaluable, n_on_ladder)
from (from fct_segment_loyalty where segment_type = 'total' order by month_start desc limit 1)
where 2 * n_evaluable < n_on_ladder"""
GROWTH = """select
    format('Customers in {}: {:,} active; {:,} new, {:,} back, {:,} lost; retention {}',
    strftime(month_start, '%Y-%m'), n_closing, n_new, n_reactivated, n_lost,
    coalesce(format('{} % a year ({} to {} %, of {:,} active a year before)',
        round(100 * annual_retention_rate, 1), round(100 * annual_retention_low, 1),
        round(100 * annual_retention_high, 1), n_year_before),
        round(100 * retention_rate, 1)::varchar || ' % a month', '–'))
from fct_customer_growth where segment_type = 'total' order by month_start desc limit 1"""
ALERTS = """select format('  complaints: {} in {} {} ({} % of {:,}, expected {} %)',
    replace(complaint_alert, '_', ' '), segment_type, segment_value,
    round(100 * complaint_rate, 1), n_at_risk, round(100 * centre_line, 1))
from fct_complaint_chart
where month_start = (select max(month_start) from fct_complaint_chart) and complaint_alert <> 'none'
order by segment_type, segment_value"""
AHP = """select format('AHP {}: greatest CR {:.3f} of {} matrices, ', model, coalesce(max(cr), 0),
    count(*)) || if(count_if(status = 'review') = 0, 'all consistent',
        count_if(status = 'review') || ' to review (fct_ahp_review)')
from fct_ahp_consistency group by model order by model"""
ROWS = """select format('Rows: {:,} read, {:,} refused', sum(raw_rows)::bigint,
    sum(rejected_rows)::bigint) from row_accounting having sum(raw_rows) > 0"""
REFUSED = """select table_name as "table", count(*) as "refused", reason,
    column_name as "column",
    min(left(regexp_replace(offending_value, '\\s+', ' ', 'g'), 30)) as "such as"
from rejected_rows group by table_name, reason, column_name
order by table_name, "refused" desc, reason, column_name"""
LINKS = """select format('  {:,} of {:,} customers of {} are in customers', n_in_customers,
    n_customers, table_name) || if(n_near > 0, format('; {:,} more would be without leading zeros, '
    || 'capitals and dashes: {}. Write their ids alike in both tables.', n_near, near_examples), '')
from customer_links
where n_near > 0 or table_name in ('survey_answers', 'survey_wide', 'transactions')
order by table_name"""
IGNORED = """select '  not read: columns ' || ignored_columns::varchar || ' of ' || table_name
from row_accounting where coalesce(ignored_columns::varchar, '') not in ('', '[]') order by 1"""


def width(text: str) -> int:
    """Return the width of a text on a terminal: wide (Chinese) characters take two columns."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


def cell(value: Any) -> str:
    """Show one value: whole numbers with thousands separated, a dash for null."""
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def find(con: Connection, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query; none where the case has no such mart."""
    try:
        return con.execute(sql).fetchall()
    except duckdb.CatalogException:
        return []


def texts(con: Connection, sql: str) -> list[str]:
    """Return the first column of a query."""
    return [row[0] for row in find(con, sql)]


def table(con: Connection, sql: str) -> list[str]:
    """Return the rows of a query as lines of aligned columns, numbers to the right."""
    rows = find(con, sql)
    if not rows:
        return []
    head = tuple(column[0] for column in con.description or [])
    shown = [cell(value) for row in rows for value in row]
    cells = [head, *zip(*[iter(shown)] * len(head), strict=True)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    right = [all(isinstance(x, int | float | None) for x in c) for c in zip(*rows, strict=True)]
    lines = []
    for row in cells:
        gaps = [" " * (widths[i] - width(value)) for i, value in enumerate(row)]
        padded = [gaps[i] + x if right[i] else x + gaps[i] for i, x in enumerate(row)]
        lines.append("  " + "  ".join(padded).rstrip())
    return lines


def short(path: Path) -> str:
    """Return a path from here or from the root, whichever is shorter."""
    return min(os.path.relpath(path), str(path.absolute()), key=len)


def show(path: Path) -> None:
    """Print the summary of a published DuckDB file."""
    with contextlib.closing(duckdb.connect(str(path), read_only=True)) as con:
        dated = find(con, "select table_name from duckdb_columns() where column_name='as_of_date'")
        days = [find(con, f'select max(as_of_date) from "{row[0]}"')[0][0] for row in dated]
        as_of = f" as of {max(filter(None, days))}" if any(days) else ""
        customers = [f"{row[0]:,} customers{as_of}" for row in find(con, CUSTOMERS)]
        customers += texts(con, LINKS)
        waves = [
            "Satisfaction index",
            *table(con, WAVES),
            *texts(con, FEW),
            *texts(con, BIAS),
            *texts(con, WEIGHTED),
            *texts(con, INVITED),
            *texts(con, FORGOTTEN),
        ]
        levels = [*texts(con, LOYALTY), *table(con, LEVELS), *texts(con, UNJUDGED)]
        growth = [*texts(con, GROWTH), *texts(con, ALERTS)]
        refused = [*texts(con, ROWS), *table(con, REFUSED), *texts(con, IGNORED)]
        doubts = [line for sql in DOUBTS for line in texts(con, sql)]
        weights = [*texts(con, EQUAL), *texts(con, AHP)]
        verdicts = table(con, VERDICTS)
        asked = ["Questions to look at", *doubts] if doubts else []
        parts = [customers, waves, levels, growth, weights, refused, asked]
    if not waves[1:]:
        nothing = "Satisfaction: no accepted answers about a weighted factor in this case."
        parts[1] = ["Overall verdicts, for no factor was asked about", *verdicts]
        parts[1] = parts[1] if verdicts else [nothing]
    if not levels:
        parts[2] = [
            "Loyalty: no accepted transactions, subscriptions or loyalty answers in this case."
        ]
    folder = short(path.parent)
    parts.append(
        [
            f"Published: {folder}/marts.duckdb and {folder}/marts/*.parquet",
            f"For passing on: {folder}/shared.duckdb and {folder}/shared/*.parquet",
        ]
    )
    print("\n" + "\n\n".join("\n".join(part) for part in parts if part))


if __name__ == "__main__":
    target = ROOT / "target"
    show(Path(sys.argv[1]) if len(sys.argv) > 1 else target / "marts.duckdb")
