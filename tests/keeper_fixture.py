# SPDX-License-Identifier: Apache-2.0
"""A keeper at work on a real installation, in this process or as one of its own.

Rules: everything is what ships; only where time comes from is the test's.
Not here: the installation (`reader_fixture.py`).
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reader_fixture import Site

from server.keeper.clock import RetentionClock, Sources
from server.register.database import Register


@dataclass
class Machine:
    """A machine's clocks, which a test moves."""

    system: int
    since_boot: int = 1_000
    boot: str = "first"

    @property
    def sources(self) -> Sources:
        """Return where its keeper takes the time from."""
        return Sources(lambda: self.system, lambda: self.since_boot, lambda: self.boot)

    def clock(self, register: Register) -> RetentionClock:
        """Return the clock of a keeper that starts now."""
        return RetentionClock(register, self.sources)

    def passes(self, seconds: int) -> None:
        """Let time go by."""
        self.system += seconds
        self.since_boot += seconds

    def is_off(self, seconds: int, boot: str) -> None:
        """Let the machine be off for a time, and boot."""
        self.system += seconds
        self.since_boot, self.boot = 10, boot


@contextmanager
def running_keeper(site: Site) -> Iterator[subprocess.Popen[str]]:
    """Run the keeper as a process; it must end orderly."""
    command = (sys.executable, "-I", "-m", "server.keeper", "--directory")
    with subprocess.Popen(
        (*command, str(site.layout.directory)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("keeper listening on "), "the keeper did not start"
        try:
            yield process
        finally:
            process.terminate()
        assert process.wait(60) == 0
