"""The states of a case: built anew, built once more, and built by BASE and then by the new side.

Marts are the same with or without data tests and a report: dbt builds the models, and their rows
are read off the build file, which `make publish` would refuse as unchecked.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from scripts import cases as case_reader
from scripts import publish
from scripts.catalogue import marts as read_marts
from tests.golden.cases import Case
from tests.golden.checkouts import Side, run

DRAWS = {"bootstrap_draws": 50}  # the fewest that are allowed
NO_TESTS = ("--exclude-resource-type", "test", "unit_test")
NOT_OF_THE_PROJECT = (
    "examples",
    "target",
    "logs",
    ".git",
    ".venv",
    ".venv-spark",
    ".venv-superset",
)


class Build:
    """One side's build of one case, in a folder that keeps the marts of every state."""

    def __init__(self, side: Side, case: Case, place: Path) -> None:
        self.side, self.case, self.place = side, case, place
        home = place / "repository" / "examples"
        self.project = home / case.project.name if case.project else side.root
        self.target = self.project / "target" if case.project else place / "target"
        self.build_file = self.target / ("shop.duckdb" if case.project else "satisfaction.duckdb")

    def marts(self, state: str) -> Path:
        """Return the file with the published marts of a state."""
        return self.place / f"{state}.duckdb"

    def manifest(self) -> dict[str, Any]:
        """Return the manifest of the last build."""
        return dict(json.loads((self.place / "manifest.json").read_text("utf-8")))

    def full(self) -> None:
        """Build into a fresh file, and keep that file: an upgrade begins with it."""
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir(parents=True)
        if self.case.project:
            self._install(self.case.project)
        self._build("full")
        self._keep(self.build_file, self.kept_build_file)

    def incremental(self) -> None:
        """Build once more on the file that is there."""
        self._build("incremental")

    def upgrade(self, other: Build) -> None:
        """Build on the file that the other side's full build left."""
        self.build_file.unlink(missing_ok=True)
        shutil.copyfile(other.kept_build_file, self.build_file)
        self._build("upgrade")

    @property
    def kept_build_file(self) -> Path:
        """Return where the file of the full build is kept."""
        return self.place / "full.build.duckdb"

    @property
    def is_kept(self) -> bool:
        """Tell whether both states of BASE are there from an earlier run."""
        wanted = [self.marts("full"), self.marts("incremental"), self.kept_build_file]
        return all(path.is_file() for path in wanted)

    def _build(self, state: str) -> None:
        doing = f"{self.case.name}: {state} build by {self.side.name}"
        self.target.mkdir(parents=True, exist_ok=True)
        command: list[str | Path] = [self.side.programs / "dbt", "build", *NO_TESTS]
        command += ["--target-path", self.target, "--log-path", self.place / "logs"]
        environment = {}
        if not self.case.project:
            data, method = (str(folder or "") for folder in (self.case.data, self.case.method))
            dbt_vars = case_reader.case_vars(data, method, "") | DRAWS
            command += ["--profiles-dir", self.side.root]
            command += ["--vars", json.dumps(dbt_vars, default=str)]
            environment["SATISFACTION_DUCKDB"] = str(self.build_file)
        run(command, self.project, doing, **environment)
        self._keep(self.target / "manifest.json", self.place / "manifest.json")
        with tempfile.TemporaryDirectory(dir=self.place) as folder:
            manifest = self.manifest()
            publish.write_generation(self.build_file, manifest, read_marts(manifest), Path(folder))
            self._keep(Path(folder) / "marts.duckdb", self.marts(state))

    def _install(self, project: Path) -> None:
        """Lay the project of the package case beside links to the side's files, as a clone is."""
        repository = self.project.parents[1]
        repository.mkdir()
        for path in self.side.root.iterdir():
            if path.name not in NOT_OF_THE_PROJECT:
                (repository / path.name).symlink_to(path)
        written = shutil.ignore_patterns("target", "logs", "dbt_packages")
        shutil.copytree(project, self.project, ignore=written)
        doing = f"{self.case.name}: dbt deps by {self.side.name}"
        run([self.side.programs / "dbt", "deps"], self.project, doing)

    @staticmethod
    def _keep(path: Path, to: Path) -> None:
        unfinished = to.with_name(f"{to.name}.unfinished")
        shutil.copyfile(path, unfinished)
        unfinished.replace(to)
