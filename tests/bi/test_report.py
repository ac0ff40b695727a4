"""The report as a document, and its overview: what is drawn equals the marts."""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import altair as alt
import duckdb
import pytest

from reports import document, language
from reports.language import CHINESE, ENGLISH, LANGUAGES
from reports.marts import Marts
from reports.pages import overview
from reports.parts import Figure, Missing
from tests.bi.conftest import Altered
from tests.python.conftest import Built

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}"


@pytest.fixture(scope="module")
def text(demo: Built) -> str:
    """Return the demo's report."""
    return (demo.target / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def page(demo: Built) -> Any:
    """Return the overview of the demo."""
    return overview.page(Marts(demo.target / "marts.duckdb"))


def content(html: str) -> Any:
    """Return the JSON that the report draws."""
    found = re.search(r'<script type="application/json" id="content">(.*?)</script>', html, re.S)
    assert found
    return json.loads(found.group(1))


def figure(page: Any, key: str) -> Figure:
    """Return one figure of a page."""
    return next(part for part in page.parts if getattr(part, "key", "") == key)


def drawn(part: Figure) -> list[dict[str, Any]]:
    """Return the rows of the greatest dataset of a figure's first chart."""
    spec = part.panels[0].draw(ENGLISH).to_dict()
    return max(spec["datasets"].values(), key=len)


def test_one_file_that_asks_for_nothing(text: str) -> None:
    """Under 3 MB; no address is loaded; the policy forbids what the page does not hold."""
    assert len(text.encode()) < 3_000_000
    markup = re.sub(r"<script>.*?</script>", "", text, flags=re.S)
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)""", markup)
    assert not re.findall(r"url\(|@import", markup)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy and "default-src 'none'" in policy.group(1)
    assert "'unsafe-inline'" not in policy.group(1).split("script-src")[1]


def test_every_chart_is_vega_lite(text: str) -> None:
    """Every chart holds to the schema: nothing looks at that when a report is written."""
    for charts in content(text)["charts"].values():
        for spec in [spec for specs in charts.values() for spec in specs]:
            (alt.LayerChart if "layer" in spec else alt.Chart).validate(spec)


def test_the_bundle_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is put together once, also where it cannot be kept, and never half of it is left."""
    monkeypatch.setattr(document.vl_convert, "__file__", str(tmp_path / "vl_convert.py"))
    monkeypatch.setattr(document, "BUNDLE", lambda: "first\r\n语言")
    assert document.bundle() == "first\r\n语言"  # nowhere to keep it
    (tmp_path / "__pycache__").mkdir()
    assert document.bundle() == "first\r\n语言"
    monkeypatch.setattr(document, "BUNDLE", lambda: pytest.fail("put together again"))
    assert document.bundle() == "first\r\n语言"
    assert len(list((tmp_path / "__pycache__").iterdir())) == 1


def test_languages_share_their_data(text: str) -> None:
    """Every chart stands there in every language, over datasets that stand there once."""
    found = content(text)
    assert len(found["charts"]) > 20
    for key, charts in found["charts"].items():
        assert list(charts) == [t.code for t in LANGUAGES], key
        assert len({len(specs) for specs in charts.values()}) == 1, key
    for key, table in found["tables"].items():
        assert table["rows"], key
        assert all(all(pair) for pair in table["headings"]), key


def test_headings_are_business_terms(text: str) -> None:
    """No table shows the name of a column where there is a label."""
    for key, table in content(text)["tables"].items():
        for column, (_, english, *_) in zip(table["columns"], table["headings"], strict=True):
            assert english != column or "_" not in column, f"{key}: {column} has no label"


def test_labels_are_text(demo: Built, tmp_path: Path) -> None:
    """A label of the data never becomes markup."""
    copy = tmp_path / "marts.duckdb"
    shutil.copyfile(demo.target / "marts.duckdb", copy)
    with duckdb.connect(str(copy)) as con:
        for mart in ("dim_segments", "dim_factors"):
            con.execute(f"update {mart} set label_zh = ?, label_en = ?", [EVIL, EVIL])
    html = document.write(tmp_path).read_text(encoding="utf-8")
    markup = re.sub(r"<script>.*?</script>", "", html, flags=re.S)
    assert "alert(1)" in markup and "<script>" not in markup and "<img" not in markup
    assert EVIL in json.dumps(content(html), ensure_ascii=False).replace('\\"', '"')


def test_says_what_to_do_without_marts(tmp_path: Path) -> None:
    """No marts, or those of another version, are one plain message."""
    with pytest.raises(document.ReportError, match="make build"):
        document.write(tmp_path)
    duckdb.connect(str(tmp_path / "marts.duckdb")).close()
    with pytest.raises(document.ReportError, match="another version"):
        document.write(tmp_path)
    with duckdb.connect(str(tmp_path / "marts.duckdb")) as con:
        con.execute("create table dim_waves (survey_id text, wave_date date)")
    with pytest.raises(document.ReportError, match="another version"):
        document.write(tmp_path)
    (tmp_path / "marts.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(document.ReportError, match="broken, or of another DuckDB version.\nFix:"):
        document.write(tmp_path)
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_report_without_customers_has_a_name_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: int
) -> None:
    """A later build never replaces it by the one with names; who reads the marts may read both."""
    monkeypatch.setattr(document, "render", lambda marts: str(marts.names_customers))
    for name in ("marts", "shared"):
        with duckdb.connect(str(tmp_path / f"{name}.duckdb")) as con:
            con.execute("create table dim_waves (survey_id text, wave_date date, wave_number int)")
        (tmp_path / f"{name}.duckdb").chmod(mode)
    assert document.write(tmp_path, names_customers=False).name == "report-without-customers.html"
    assert document.write(tmp_path).name == "report.html"
    told = {path.name: path.read_text("utf-8") for path in tmp_path.glob("*.html")}
    assert told == {"report-without-customers.html": "False", "report.html": "True"}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.html")} == {mode}


def test_a_report_that_cannot_be_written_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(document, "render", lambda marts: "")
    with duckdb.connect(str(tmp_path / "marts.duckdb")) as con:
        con.execute("create table dim_waves (survey_id text, wave_date date, wave_number int)")
    (tmp_path / "report.html").mkdir()
    with pytest.raises(document.ReportError, match="Is a directory.\nFix: "):
        document.write(tmp_path)
    assert not list(tmp_path.glob("*unfinished"))


def test_what_a_killed_report_left_is_removed_once_it_is_old(tmp_path: Path) -> None:
    old, new = tmp_path / "report.7.unfinished", tmp_path / "report.8.unfinished"
    for path in (old, new):
        path.touch()
    os.utime(old, (0, 0))
    document.write_whole(tmp_path / "report.html", "whole")
    assert {*tmp_path.iterdir()} == {new, tmp_path / "report.html"}


def test_index_by_wave(page: Any, demo: Built) -> None:
    """The line is the published index; the title holds the newest one and its change."""
    part = figure(page, "index-by-wave")
    wanted = demo.rows(
        "select survey_id, satisfaction_index, index_low, index_high from fct_segment_satisfaction "
        "where segment_type = 'total' order by wave_number"
    )
    found = [
        (r["survey_id"], r["satisfaction_index"], r["index_low"], r["index_high"])
        for r in drawn(part)
    ]
    assert found == wanted
    change = demo.rows(
        "select index_change from fct_segment_satisfaction "
        "where segment_type = 'total' order by wave_number desc limit 1"
    )[0][0]
    for t in (ENGLISH, CHINESE):
        assert language.number(wanted[-1][1]) in part.title(t)
        assert language.number(abs(change)) in part.title(t)


def test_cards(page: Any, demo: Built) -> None:
    """Index, NPS, satisfied share and loyal share, each as published, with interval and n."""
    nps, satisfied = (
        demo.rows(
            "select score, score_low, n_answers from fct_survey_scores "
            f"where segment_type = 'total' and measure = '{measure}' and role = '{role}' "
            "order by survey_id desc limit 1"
        )[0]
        for measure, role in (("nps", "recommend"), ("satisfied_share", "overall"))
    )
    loyal = demo.rows(
        "select 100 * loyal_share, 100 * loyal_low, n_classified from fct_segment_loyalty "
        "where segment_type = 'total' order by month_start desc limit 1"
    )[0]
    for card, (score, low, n) in zip(page.cards[1:], (nps, satisfied, loyal), strict=True):
        assert language.number(score).replace("-", "−") in card.value
        assert language.number(low).replace("-", "−") in card.basis(ENGLISH)
        assert f"n = {n}" in card.basis(CHINESE)
        assert language.DASH not in card.change(ENGLISH)


def test_cards_show_a_change_only_between_like_and_like(page: Any, demo: Built) -> None:
    """Index and scores name their change with its interval; the loyal share none."""
    index, nps, satisfied, loyal = page.cards
    wanted = [
        "index_change, change_low, change_high from fct_segment_satisfaction "
        "where segment_type = 'total' order by wave_number",
        *(
            "score_change, change_low, change_high from fct_survey_scores join dim_waves "
            f"using (survey_id) where segment_type = 'total' and measure = '{measure}' "
            "and role in ('overall', 'recommend') order by dim_waves.wave_number"
            for measure in ("nps", "satisfied_share")
        ),
    ]
    for card, query in zip((index, nps, satisfied), wanted, strict=True):
        change, low, high = demo.rows(f"select {query} desc limit 1")[0]
        for t in (ENGLISH, CHINESE):
            assert language.signed(change) in card.change(t)
            assert language.interval(low, high)(t) in card.change(t)
    assert "percentage points" in satisfied.change(ENGLISH)
    assert "percentage" not in nps.change(ENGLISH)
    # answers of September stand in December too: no figure is named
    assert not any(letter.isdigit() for letter in loyal.change(ENGLISH) + loyal.change(CHINESE))


def test_heatmap_names_no_thin_cell(page: Any, demo: Built) -> None:
    """The title's cell is the lowest against the total among the reliable ones."""
    lowest = demo.rows(
        """with cells as (
            select *, factor_score_0_100 - max(factor_score_0_100)
                filter (where segment_type = 'total') over (partition by factor_id) as gap
            from fct_segment_factor_satisfaction
            where survey_id = (select max(survey_id) from dim_waves)
        )
        select f.label_en, g.label_en, cells.factor_score_0_100 from cells
        join dim_factors as f using (factor_id)
        join dim_segments as g using (segment_type, segment_value)
        where is_reliable and segment_type <> 'total' and segment_value <> 'unknown'
        order by gap limit 1"""
    )[0]
    title = figure(page, "segment-by-factor").title(ENGLISH)
    assert lowest[0] in title and lowest[1] in title and language.number(lowest[2]) in title


def test_ladder(page: Any, demo: Built) -> None:
    """Shares of a month add up to one; counts are those of the mart."""
    rows = drawn(figure(page, "ladder-by-month"))
    months = {row["month"] for row in rows}
    for month in months:
        assert sum(r["share"] for r in rows if r["month"] == month) == pytest.approx(1)
    newest = {r["ladder_level"]: r["customers"] for r in rows if r["month"] == max(months)}
    wanted = demo.rows(
        "select ladder_level, count(*) from fct_loyalty_ladder where month_start = "
        "(select max(month_start) from fct_loyalty_ladder) and ladder_level is not null "
        "group by all"
    )
    assert newest == dict(wanted)


def test_a_level_that_nobody_stands_on(altered: Altered) -> None:
    """It keeps its place and its name, and the others their colours."""
    marts = altered(
        "delete from fct_loyalty_ladder where ladder_level = 1",
        "update fct_segment_loyalty set n_level_1 = 0",
    )
    spec = figure(overview.page(marts), "ladder-by-month").panels[0].draw(ENGLISH).to_dict()
    assert spec["encoding"]["color"]["scale"]["domain"][0] == "About to leave"
    assert len(spec["encoding"]["color"]["scale"]["domain"]) == 5


def test_absent_data_says_what_to_add(demo: Built, tmp_path: Path) -> None:
    """Empty marts give a report that says what each page wants, and no error."""
    copy = tmp_path / "marts.duckdb"
    shutil.copyfile(demo.target / "marts.duckdb", copy)
    with duckdb.connect(str(copy)) as con:
        for (mart,) in con.execute("select table_name from duckdb_tables()").fetchall():
            con.execute(f'delete from "{mart}"')
    page = overview.page(Marts(copy))
    assert page.cards == []
    assert all(isinstance(part, Missing) for part in page.parts)
    html = document.write(tmp_path).read_text(encoding="utf-8")
    assert "survey_answers" in html and "transactions" in html


def altered(demo: Built, folder: Path, *statements: str) -> Path:
    """Return a folder with a copy of the demo's marts in which some rows are others."""
    shutil.copyfile(demo.target / "marts.duckdb", folder / "marts.duckdb")
    with duckdb.connect(str(folder / "marts.duckdb")) as con:
        for statement in statements:
            con.execute(statement)
    return folder


def titles(folder: Path) -> dict[str, str]:
    """Return the titles of the overview's figures."""
    with closing(Marts(folder / "marts.duckdb")) as marts:
        parts = overview.page(marts).parts
        return {part.key: part.title(ENGLISH) for part in parts if isinstance(part, Figure)}


def test_one_respondent(demo: Built, tmp_path: Path) -> None:
    """One respondent has no interval: the report is written, and nothing is beyond chance."""
    unknown = "set index_low = null, index_high = null, change_low = null, change_high = null"
    few = altered(
        demo,
        tmp_path,
        f"update fct_segment_satisfaction {unknown}, n_respondents = 1, is_reliable = false",
        "update fct_priorities set is_reliable = false",
    )
    document.write(few)
    said = titles(few)
    assert "too few answers" in said["index-by-wave"]
    assert "too few answers" in said["quadrants"]
    with closing(Marts(few / "marts.duckdb")) as marts:
        card = overview.page(marts).cards[0]
        assert (card.direction, card.is_reliable) == ("flat", False)


def test_short_history(demo: Built, tmp_path: Path) -> None:
    """With no month of a year before nothing is said about one; few classes are no loyal share."""
    assert "twelve months before" in titles(demo.target)["ladder-by-month"]
    short = altered(
        demo,
        tmp_path,
        "delete from fct_segment_loyalty where month_start < '2025-06-01'",
        "update fct_segment_loyalty set n_classified = 3, n_loyal = 2",
    )
    assert titles(short)["ladder-by-month"].endswith("on the two lowest levels")
    with closing(Marts(short / "marts.duckdb")) as marts:
        card = overview.loyal_card(marts)
        assert card and not card.is_reliable


def test_two_questions_of_one_role(demo: Built, tmp_path: Path) -> None:
    """A second question about recommendation is not taken for the wave before."""
    with closing(Marts(demo.target / "marts.duckdb")) as marts:
        alone = overview.cards(marts, marts.frame(overview.INDEX))[1]
    twice = altered(
        demo,
        tmp_path,
        "insert into fct_survey_scores select * replace ('q_other' as question_id, 1 as score,"
        " n_answers - 1 as n_answers) from fct_survey_scores where measure = 'nps'",
    )
    with closing(Marts(twice / "marts.duckdb")) as marts:
        card = overview.cards(marts, marts.frame(overview.INDEX))[1]
    assert card.value == alone.value
    assert card.change(ENGLISH) == alone.change(ENGLISH)


@pytest.mark.parametrize(
    ("change", "low", "high", "wanted"),
    [
        (2.0, 0.5, 3.5, "up 2.0 points"),
        (-2.0, -3.5, -0.5, "down 2.0 points"),
        (2.0, -0.5, 4.5, "within chance"),
        (2.0, None, None, "too few answers to tell it from chance"),
        (None, None, None, "no wave before"),
    ],
)
def test_changes_in_words(change: Any, low: Any, high: Any, wanted: str) -> None:
    """Only what leaves chance behind is called up or down."""
    assert wanted in language.change_words(change, low, high)(ENGLISH)
