"""Two-way tables: the index where two kinds of segment cross, with letters of significance."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import altair as alt
import pandas as pd

from reports import charts
from reports.language import Language, each, say
from reports.marts import Marts
from reports.parts import Figure, Panel, Part

CELLS = """select p.survey_id, p.segment_type, row_value, column_value, column_letter, letters,
    n_respondents, n_effective, satisfaction_index, index_low, index_high, is_reliable,
    r.type_label_zh as kind_zh, r.type_label_en as kind_en,
    c.type_label_zh as across_zh, c.type_label_en as across_en,
    r.label_zh as row_zh, r.label_en as row_en,
    concat(column_letter, ' ', c.label_zh) as column_zh,
    concat(column_letter, ' ', c.label_en) as column_en,
    concat_ws(' ', printf('%.1f', satisfaction_index), letters) as text
from fct_segment_pairs as p
join dim_segments as r on r.segment_type = row_type and r.segment_value = row_value
join dim_segments as c on c.segment_type = column_type and c.segment_value = column_value
where satisfaction_index is not null
qualify p.wave_number = max(p.wave_number) over ()
order by p.segment_type, r.value_order, row_value, length(column_letter), column_letter"""
TABLE = [
    *("row_value", "column_value", "column_letter", "satisfaction_index", "index_low"),
    *("index_high", "letters", "n_respondents", "n_effective"),
]


def judged(rows: pd.DataFrame, is_shared: bool, t: Language) -> str:
    """Say which cells stand above others of their row beyond chance."""
    table = t(
        "{rows} by {columns}",
        rows=rows[f"kind{t.suffix}"].iloc[0],
        columns=rows[f"across{t.suffix}"].iloc[0],
    )
    if rows.groupby("row_value").is_reliable.sum().max() < 2:
        return t("{table}: the cells have too few answers to be compared", table=table)
    ahead = rows[rows.letters.notna()]
    if ahead.empty and is_shared:  # letters may be withheld
        return t("{table}: the index of each cell", table=table)
    if ahead.empty:
        return t("{table}: no cell stands above another of its row beyond chance", table=table)
    cells = [
        t("{row}, {column}", row=row, column=column.split(" ", 1)[1])
        for row, column in zip(ahead[f"row{t.suffix}"], ahead[f"column{t.suffix}"], strict=True)
    ]
    return t(
        "{table}: beyond chance above others of their row: {cells}",
        table=table,
        cells="; ".join(cells),
    )


def draw_cells(rows: pd.DataFrame, t: Language) -> charts.Chart:
    """Draw a cell per pair of segments, coloured by its index."""
    row, column = f"row{t.suffix}", f"column{t.suffix}"
    columns = [
        *each("row"), *each("column"), "text", "satisfaction_index", "index_low", "index_high",
        "n_respondents", "is_reliable",
    ]  # fmt: skip
    scale = alt.Scale(domain=charts.domain(rows, "satisfaction_index"), range="ramp")
    letters = sorted(set(rows.column_letter), key=lambda letter: (len(letter), letter))
    columns_of = dict(zip(rows.column_letter, rows[column], strict=True))
    return charts.heatmap(
        rows[columns],
        alt.X(
            f"{column}:N", title=None, sort=[columns_of[a] for a in letters], axis=charts.slanted()
        ),
        alt.Y(f"{row}:N", title=None, sort=list(dict.fromkeys(rows[row]))),
        alt.Color("satisfaction_index:Q", scale=scale, legend=None),
        alt.Text("text:N"),
        charts.tooltip(
            (row, t("Row"), ""),
            (column, t("Column"), ""),
            ("satisfaction_index", t("Index"), ".1f"),
            ("index_low", t("Lower bound"), ".1f"),
            ("index_high", t("Upper bound"), ".1f"),
            ("n_respondents", t("Respondents"), ",d"),
        ),
        step=30,
    )


def crossings(marts: Marts) -> Iterable[Part]:
    """Draw the two-way tables of the newest wave that the var segment_pairs asks for."""
    for kind, rows in marts.frame(CELLS).groupby("segment_type", sort=False):
        yield Figure(
            key=f"crossing-{str(kind).replace(' ', '-')}",
            title=partial(judged, rows, marts.is_shared),
            note=say(
                "The index of each cell. A letter names a column of the same row that is lower "
                "beyond chance, adjusted for all pairs of the row; cells of few answers are faded "
                "and not compared."
            ),
            panels=[Panel(partial(draw_cells, rows))],
            table=rows[TABLE],
        )
