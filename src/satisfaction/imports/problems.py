"""What is wrong with a file: one line that names it, the place and a fix, never a cell of it."""

from pathlib import Path

from satisfaction.core.errors import SatisfactionError


def problem(path: Path, what: str, fix: str, place: str | None = None) -> SatisfactionError:
    """Give the error that says so.

    Examples
    --------
    >>> print(problem(Path("wave.csv"), "the file is empty", "Export it once more"))
    wave.csv: the file is empty. Export it once more.
    """
    return SatisfactionError(what, table=path.name, key=place, fix=fix)
