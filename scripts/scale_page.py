"""The page docs/scales.md, written from the method tables: python scripts/scale_page.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from satisfaction.imports.shipped import rows

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "scales.md"
HEAD = """# The shipped scales (自带量表)

`scale_id` of a question in `questions` names the scale that has its words. Levels stand from the
worst to the best: **bold** ones count as satisfied, *italic* ones are a neutral middle. More
spellings of each level: `seeds/method/survey/seed_scale_answers.csv`.
This page is written by `python scripts/scale_page.py`.
"""


def words(levels: Sequence[Mapping[str, str]], language: str) -> str:
    """Write the labels of a scale, from the worst to the best."""
    marked = []
    for level in sorted(levels, key=lambda row: int(row["level"])):
        mark = (
            "**"
            if level["is_satisfied"] == "true"
            else "*"
            if level["is_neutral"] == "true"
            else ""
        )
        marked.append(f"{mark}{level[f'label_{language}']}{mark}")
    return " / ".join(marked)


def page() -> str:
    """Write the page: a table per topic, which is what a scale_id begins with."""
    levels: dict[str, list[dict[str, str]]] = {}
    for row in rows("scale_levels"):
        levels.setdefault(row["scale_id"], []).append(row)
    topics: dict[str, list[dict[str, str]]] = {}
    for row in rows("scales"):
        topics.setdefault(row["scale_id"].split("_")[0].rstrip("0123456789"), []).append(row)
    lines = [HEAD]
    for topic, scales in sorted(topics.items()):
        lines += [
            f"## {topic}\n",
            "| scale_id | scale | English words | 中文 |",
            "|---|---|---|---|",
        ]
        for scale in sorted(scales, key=lambda row: row["scale_id"]):
            of_scale = levels[scale["scale_id"]]
            cells = [
                f"`{scale['scale_id']}`",
                f"{scale['label_en']} ({scale['label_zh']})",
                words(of_scale, "en"),
                words(of_scale, "zh"),
            ]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
