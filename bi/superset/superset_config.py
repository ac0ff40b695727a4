"""How Superset runs here: on this machine alone, from files in SUPERSET_HOME, with no network.

Superset reads this file by SUPERSET_CONFIG_PATH; serve.py sets both variables.
"""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

from superset import config  # half loaded: it reads this file at its end
from superset.utils.log import StdOutEventLogger

HOME = Path(os.environ["SUPERSET_HOME"])

# made at the first start, never in the repository
SECRET_KEY = (HOME / "secret_key").read_text(encoding="utf-8").strip()

# charts, users and settings; writers of SQLite wait for each other
SQLALCHEMY_DATABASE_URI = f"sqlite:///{HOME / 'superset.db'}"
SQLALCHEMY_ENGINE_OPTIONS = {"connect_args": {"timeout": 30}}

BABEL_DEFAULT_LOCALE = os.environ.get("SUPERSET_LOCALE", "en")
LANGUAGES = {
    "en": {"flag": "us", "name": "English"},
    "zh": {"flag": "cn", "name": "简体中文"},
}

# a figure is read from the marts at every look: they are small, and the newest build counts
CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}


# the default writes every click into SQLite, which ten readers at once would wait for
class NoEventLogger(StdOutEventLogger):  # type: ignore[misc]
    """Logs no clicks."""

    def log(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing."""


EVENT_LOGGER = NoEventLogger()

# pages may load nothing from elsewhere: the usual policy lets a pixel of the makers count visits
TALISMAN_CONFIG = copy.deepcopy(config.TALISMAN_CONFIG)
for directive, sources in TALISMAN_CONFIG["content_security_policy"].items():
    if isinstance(sources, list):
        own = [source for source in sources if "." not in source]
        TALISMAN_CONFIG["content_security_policy"][directive] = own
