# SPDX-License-Identifier: Apache-2.0
"""The installer's program: started as root when a release waits, and at each boot.

Rules: takes no arguments; everything that it runs later is imported before it begins,
for the release that it installs replaces its own files; one sentence on how it ended.
Not here: the work (`installing.py`).
"""

import sys
import time
from pathlib import Path

import agent
from agent.errors import AgentError, UpdateError
from agent.host.access import DEFAULT_INSTALLER, DEFAULT_STATE, DEFAULT_UPDATE_ROOT
from agent.state import State
from agent.updates.handover import packaged
from agent.updates.installing import Bench, work
from agent.updates.packagers import packager
from agent.updates.words import INSTALLER
from wire import release

PACKAGED = Path(agent.__file__).parent / "packaged"
"""What a package says of itself; in none, there is nothing that updates itself."""


def main() -> int:
    """Install what waits; return 0 where nothing is left to be done by anybody."""
    kind = packaged(PACKAGED)
    try:
        if kind is None:
            slug = "not-packaged"
            raise UpdateError(slug)  # noqa: TRY301 - told as all others are
        bench = Bench(
            DEFAULT_INSTALLER,
            State(DEFAULT_STATE).update,
            DEFAULT_UPDATE_ROOT,
            kind,
            packager(kind.partition(" ")[0], Path(release.__file__)),
            time.time,
            time.sleep,
        )
        sys.stdout.write(f"{INSTALLER[work(bench)]}\n")
    except UpdateError as problem:
        sys.stderr.write(f"{problem}\n")
    except AgentError as problem:
        sys.stderr.write(f"{problem}\n")
        return problem.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
