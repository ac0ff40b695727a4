"""Run a command in a fresh process and measure its whole process tree: wall, CPU, peak memory."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# the kernel itself keeps the peak of the first process; sampling is for trees of processes
SAMPLE_SECONDS = 0.2
PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    """What one run took.

    Attributes
    ----------
    wall, cpu : float
        Seconds; cpu is user and system time of the process and its descendants.
    peak : int
        Largest resident memory of the tree, in bytes.
    exit_code : int
        0 where the run is whole.
    """

    wall: float
    cpu: float
    peak: int
    exit_code: int


class TreeSampler:
    """Watches /proc for the descendants of a process; elsewhere than on Linux it sees nothing."""

    def __init__(self, root: int) -> None:
        self.root = root
        self.peak = 0
        self.ticks: dict[int, int] = {}
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self.done.wait(SAMPLE_SECONDS):
            self.sample()

    def sample(self) -> None:
        """Add up the memory of the tree as it stands, and note the CPU time of each process."""
        processes = dict(_read_processes())
        tree, resident = {self.root}, 0
        # a child's number is mostly above its parent's; a second pass catches the others
        for _ in range(2):
            tree.update(pid for pid, (parent, _, _) in processes.items() if parent in tree)
        for pid in tree & processes.keys():
            _, pages, ticks = processes[pid]
            resident += pages * PAGE
            self.ticks[pid] = ticks
        self.peak = max(self.peak, resident)

    @property
    def cpu(self) -> float:
        """CPU seconds of all processes seen, those that nobody waits for among them."""
        return sum(self.ticks.values()) / TICKS


def _read_processes() -> list[tuple[int, tuple[int, int, int]]]:
    """Return (pid, (parent, resident pages, CPU ticks)) of every process."""
    found = []
    if not Path("/proc/self/stat").exists():
        return []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                # the name in parentheses may hold blanks
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        found.append(
            (int(name), (int(fields[1]), int(fields[21]), int(fields[11]) + int(fields[12])))
        )
    return found


def run(
    command: Sequence[str],
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Measured:
    """Run a command to its end; what it prints goes into a file.

    Parameters
    ----------
    command
        Program and arguments.
    log
        File for its output.
    env
        Variables over those of this process.
    cwd
        Where it runs; default: here.
    """
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            cwd=cwd,
        )
        sampler = TreeSampler(process.pid)
        sampler.thread.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall = time.perf_counter() - started
    sampler.done.set()
    sampler.thread.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = max(usage.ru_utime + usage.ru_stime, sampler.cpu)
    unit = 1024 if os.uname().sysname == "Linux" else 1  # macOS counts in bytes
    return Measured(wall, cpu, max(sampler.peak, usage.ru_maxrss * unit), process.returncode)
