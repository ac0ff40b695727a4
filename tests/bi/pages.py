"""What tests of the report's pages ask of a page."""

from __future__ import annotations

import json
from typing import Any

from reports.document import Content
from reports.language import LANGUAGES
from reports.parts import Figure, Missing, Page


def figure(page: Page, key: str) -> Figure:
    """Return one figure of a page."""
    [found] = [part for part in page.parts if isinstance(part, Figure) and part.key == key]
    return found


def drawn(part: Figure, panel: int = 0) -> list[dict[str, Any]]:
    """Return the rows that a panel draws; both languages draw the same."""
    specs = [part.panels[panel].draw(t).to_dict() for t in LANGUAGES]
    assert specs[0]["datasets"] == specs[1]["datasets"]
    return max(specs[0]["datasets"].values(), key=len)  # type: ignore[no-any-return]


def texts(page: Page) -> str:
    """Return all that a page says, in both languages."""
    said = [page.summary, *(word for card in page.cards for word in (card.change, card.basis))]
    for part in page.parts:
        said += [part.title, part.fix if isinstance(part, Missing) else part.note]
    return "\n".join(words(t) for words in said for t in LANGUAGES)


def is_presentable(page: Page) -> bool:
    """Tell that a page is small, every column of its tables has a heading, and no null shows."""
    content = Content([page])
    bare = [
        (key, column)
        for key, table in content.tables.items()
        for column, heading in zip(table["columns"], table["headings"], strict=True)
        if set(heading) == {column}
    ]
    assert not bare
    assert len(json.dumps(content.everything())) < 400_000
    assert not {"nan", "None", "NaT", "<NA>"} & set(texts(page).replace("%", " ").split())
    return True
