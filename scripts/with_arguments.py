"""Run a command with the arguments that make's ARGS names: a list that no shell reads.

``make report ARGS='--target-path "my case"'`` runs ``python -m reports --target-path 'my case'``.
"""

from __future__ import annotations

import os
import shlex
import sys


def main() -> int:
    """Become the command; return an exit code only where that cannot be."""
    given = os.environ.pop("GIVEN_ARGS", "")
    try:
        more = shlex.split(given)
    except ValueError:  # a quote that is never closed, or a backslash at the end
        print(f"ARGS={given}: a quote is not closed.\nFix: close it.", file=sys.stderr)
        return 2
    command = [*sys.argv[1:], *more]
    os.execvp(command[0], command)


if __name__ == "__main__":
    sys.exit(main())
