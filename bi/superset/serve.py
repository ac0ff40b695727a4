"""Set up Superset, import the dashboards and serve them: `make superset`.

Everything that is written goes to the folder superset of the target folder: Superset's own
database, its secret key and the administrator's password, each made once. Remove it to start anew.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bi.superset import bundle
from scripts import catalogue, publish

HERE = Path(__file__).resolve().parent
BIN = publish.ROOT / ".venv-superset" / "bin"
LOCK = HERE / "requirements.lock"
USER = "admin"
# one process: SQLite connections do not survive the fork of --preload (logins failed), and DuckDB
# works outside Python's lock
WORKERS, THREADS = 1, 16


class ServeError(Exception):
    """Superset cannot be set up or started; the message says what to do."""


def secret(path: Path) -> str:
    """Return the secret in a file that only its owner can read, made when it is missing."""
    if not path.exists():
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
    return path.read_text(encoding="utf-8")


def environment(home: Path) -> dict[str, str]:
    """Return the environment of every Superset process: our settings, none of the caller's."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("SUPERSET_", "FLASK_"))}
    if locale := os.environ.get("SUPERSET_LOCALE"):
        own["SUPERSET_LOCALE"] = locale
    return own | {
        "SUPERSET_HOME": str(home),
        "SUPERSET_CONFIG_PATH": str(HERE / "superset_config.py"),
        "FLASK_APP": "superset.app:create_app()",
        "PYTHONUTF8": "1",
    }


def superset(env: Mapping[str, str], *arguments: str) -> None:
    """Run a command of Superset's; show what it said only when it failed.

    Raises
    ------
    ServeError
        If the command failed.
    """
    done = subprocess.run(
        [BIN / "superset", *arguments], env=env, capture_output=True, text=True, check=False
    )
    # import-directory says what is wrong with a file and ends as if all were well
    if done.returncode or "An error occurred" in done.stderr:
        raise ServeError(f"superset {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")


def set_up(home: Path, env: Mapping[str, str]) -> None:
    """Make Superset's database, its roles and the administrator; once per version of Superset."""
    done = home / "set_up_by"
    if done.exists() and done.read_bytes() == LOCK.read_bytes():
        return
    print("setting up Superset (once) …", flush=True)
    superset(env, "db", "upgrade")
    superset(env, "init")
    # by environment: a command line is for all to see
    password = {"FLASK_FAB_CREATE_ADMIN_PASSWORD": secret(home / "admin_password")}
    superset(
        {**env, **password},
        *("fab", "create-admin", "--username", USER, "--email", f"{USER}@localhost"),
        *("--firstname", "Satisfaction", "--lastname", "Admin"),
    )
    done.write_bytes(LOCK.read_bytes())


def import_dashboards(archive: Path, env: Mapping[str, str]) -> None:
    """Bring the dashboards of this repository into Superset, over those of an earlier import.

    The first command replaces databases, datasets and charts that are there; the second would
    leave them as they were, but takes charts off a dashboard that are no longer on it.
    """
    print("importing the dashboards …", flush=True)
    superset(env, "import-directory", "--overwrite", str(archive.with_suffix("")))
    superset(env, "import-dashboards", "--path", str(archive), "--username", USER)


def serve(target: Path, port: int, is_whole: bool = False) -> None:
    """Set up, import, and become the server; returns only by an error.

    The dashboards read what may be passed on, or all marts.

    Raises
    ------
    ServeError
        If a command of Superset's failed.
    bundle.BundleError
        If nothing is published, or a dashboard names what does not exist.
    """
    archive = bundle.bundle(target, is_whole=is_whole)
    home = target / "superset"
    home.chmod(0o700)
    secret(home / "secret_key")
    secret(home / "admin_password")
    env = environment(home)
    set_up(home, env)
    import_dashboards(archive, env)
    url = f"http://127.0.0.1:{port}"
    print(
        f"\nSuperset is at {url}  (Ctrl-C stops it)\n"
        f"  user      {USER}\n"
        f"  password  in {home / 'admin_password'}\n"
        f"  满意度 satisfaction  {url}/superset/dashboard/satisfaction/\n"
        f"  忠诚度 loyalty       {url}/superset/dashboard/loyalty/\n",
        flush=True,
    )
    command = [str(BIN / "gunicorn"), "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    command += ["--workers", str(WORKERS), "--threads", str(THREADS), "--timeout", "120"]
    command += ["--log-level", "warning", "superset.app:create_app()"]
    os.execve(command[0], command, env)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve from the command line; return the exit code of the process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--target-path", help="dbt's target folder; default: target")
    parser.add_argument("--port", type=int, default=8088)
    parser.add_argument("--whole", action="store_true", help=publish.WHOLE)
    args = parser.parse_args(argv)
    try:
        serve(publish.target_folder(args.target_path), args.port, args.whole)
    except (ServeError, bundle.BundleError, catalogue.CatalogueError) as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
