"""`dbt build` on Spark, then the marts as files: `python build.py <folder> <arguments of dbt>`.

Some marts are views. Only Spark can say what is in them, and its session ends with the process.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession


def main(folder: Path, arguments: list[str]) -> int:
    """Build, and write every mart that was built into a folder of its own."""
    done = dbtRunner().invoke(["--no-use-colors", "build", *arguments])
    if not done.success:
        if done.exception:
            print(done.exception)
        return 1
    session = SparkSession.builder.getOrCreate()
    for result in done.result.results:
        node = result.node
        if node.resource_type == "model" and node.fqn[1] == "marts":
            frame = session.table(node.relation_name)
            frame.coalesce(1).write.mode("overwrite").parquet(str(folder / node.name))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
