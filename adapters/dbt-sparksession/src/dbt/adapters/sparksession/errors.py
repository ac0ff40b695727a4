"""Messages for people: what went wrong in Spark, without pages of Java."""

from __future__ import annotations

import re

# where Spark's own text ends and a stack trace of the JVM begins
_TRACE = re.compile(r"\n\s*(?:at [\w.$/]+\(|JVM stacktrace:|Driver stacktrace:|\.\.\. \d+ more)")
# the unresolved plan below an error of analysis
_PLAN = re.compile(r";\n(?=[ '+:!]*\w)")


def plain(exc: BaseException) -> str:
    """Return the message of an error without stack trace and query plan.

    Parameters
    ----------
    exc : BaseException
        Anything that pyspark or py4j raises; other errors keep their text.
    """
    java = getattr(exc, "java_exception", None)
    text = str(exc) if java is None else java.toString()
    return _PLAN.split(_TRACE.split(text)[0])[0].strip() or type(exc).__name__


def causes(exc: BaseException) -> list[str]:
    """Return the messages of an error and of what caused it in the JVM, outermost first."""
    java = getattr(exc, "java_exception", None) or getattr(exc, "_origin", None)
    found = [plain(exc)]
    while java is not None and (java := java.getCause()) is not None:
        found.append(_TRACE.split(str(java.getMessage()))[0].strip())
    return found
