"""How many people were forgotten of a wave, added up by hand."""

from __future__ import annotations

from tests.python.engine import Engine

FORGOTTEN = """survey_id,forgotten_on,how,people
w1,2025-03-01,anonymised,2
w1,2025-03-01,deleted,1
w1,2025-04-01,anonymised,3
w1,2025-04-01,anonymised,4
w1,2025-04-03,Anonymised,3
w1,2025-04-02,hidden,5
w2,2025-04-01,deleted,0
"""


def test_people_of_all_days_are_added_up_by_wave_and_way(engine: Engine) -> None:
    answers = "response_id,survey_id,customer_id,question_id,answer\n" + "".join(
        f"r{n},w{wave},c{n},q_care,4\n" for n in range(3) for wave in (1, 2)
    )
    engine.lay({"survey_answers.csv": answers, "survey_forgotten.csv": FORGOTTEN})
    assert engine.run("+dim_waves", "+rejected_rows", max_unknown_codes=1) == []

    waves = "select survey_id, n_respondents, n_anonymised, n_deleted from dim_waves order by 1"
    # of two rows of one day and way the one with more people counts
    assert engine.rows(waves) == [("w1", 3, 9, 1), ("w2", 3, 0, 0)]
    refused = "select record_key, reason from rejected_rows where table_name = 'survey_forgotten'"
    assert sorted(row[1] for row in engine.rows(refused)) == [
        "out_of_range",
        "superseded",
        "unknown_code",
    ]
