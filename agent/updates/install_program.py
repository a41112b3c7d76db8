# SPDX-License-Identifier: Apache-2.0
"""The installer's program: started as root when a release waits, and at each boot.

On Windows a service has it (`service/windows_install.py`).

Rules: takes no arguments; everything that it runs later is imported before it begins,
for the release that it installs replaces its own files; one sentence on how it ended.
Not here: the work (`installing.py`).
"""

import sys
import time

from agent.errors import AgentError, UpdateError
from agent.host.access import DEFAULT_INSTALLER, DEFAULT_STATE, DEFAULT_UPDATE_ROOT
from agent.state import State
from agent.updates.handover import PACKAGED, packaged
from agent.updates.installing import Bench, work
from agent.updates.packagers import Packager, packager
from agent.updates.words import INSTALLER


def main(by: Packager | None = None) -> int:
    """Install what waits; return 0 where nothing is left to be done by anybody.

    Args:
        by: installs packages; None for the package manager of this Linux.
    """
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
            by or packager(kind.partition(" ")[0]),
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
