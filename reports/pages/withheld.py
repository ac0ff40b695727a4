"""What is not shown in a report that is passed on: segments of too few people, and their like."""

from __future__ import annotations

from reports.labels import labelled
from reports.language import each, each_as, say
from reports.marts import Marts
from reports.parts import Listing
from satisfaction.disclosure.cells import JOINED, SUPPRESSED

CELLS = """select g.type_label_zh, g.type_label_en, g.label_zh, g.label_en, s.n_respondents,
    s.satisfaction_index, s.cell_status
from {cells} as s
join dim_segments as g using (segment_type, segment_value)
join waves as w using (survey_id)
where s.survey_id = ? and s.cell_status in ('{suppressed}', '{joined}')
order by g.type_order, g.value_order, s.cell_status desc"""
STATUSES = {SUPPRESSED: say("suppressed"), JOINED: say("those suppressed, together")}


def segments(marts: Marts) -> Listing | None:
    """List the segments whose figures are suppressed; None where there are none."""
    survey_id = marts.newest_wave
    if not marts.is_shared or survey_id is None:
        return None
    sql = CELLS.format(cells=marts.all_cells, suppressed=SUPPRESSED, joined=JOINED)
    rows = labelled(marts.frame(sql, survey_id), "cell_status", STATUSES, into="cell_status")
    n = int((rows.cell_status == SUPPRESSED).sum())
    if not n:
        return None
    return Listing(
        key="suppressed-segments",
        title=say("The figures of {n} segments are suppressed", n=n),
        note=say(
            "A segment with too few people, and others beside it from which it could be worked "
            "out, are missing from all figures of this report; together they are one row."
        ),
        table=rows.rename(columns=each_as(type_label="segment_type", label="segment")),
        columns=[
            *each("segment_type"),
            *each("segment"),
            *each("cell_status"),
            "n_respondents",
            "satisfaction_index",
        ],
    )
