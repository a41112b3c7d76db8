# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent run --now`, on the canary machine in place of this one.

The machine is known in the child of a pass alone, as this one's rows are: the resident
process has neither made a canary nor imported what makes them.

usage: python canary_resident.py MACHINE STATE
"""

import sys
from functools import cached_property
from pathlib import Path

from agent.about import about
from agent.commands.run import stop_on_signals
from agent.delivery.courier import Courier
from agent.governor.restraint import Restraint
from agent.host.burden import LinuxGauge
from agent.logs import Log
from agent.resident import Resident
from agent.state import State


class Later:
    """A Host that is made when it is asked for the first thing."""

    def __init__(self, root: Path) -> None:
        """Take the folder of its tree."""
        self._root = root

    @cached_property
    def _machine(self) -> object:
        from canary_whole import whole_canary_machine  # noqa: PLC0415 - in the child
        from host_fixture import EVERY_ROOT_COLUMN  # noqa: PLC0415 - in the child

        return whole_canary_machine(self._root).host(EVERY_ROOT_COLUMN)

    def __getattr__(self, name: str) -> object:
        """Return what the machine has."""
        return getattr(self._machine, name)


def main() -> None:
    """Run as the command does; that machine is never busy, so the pass is whole."""
    machine, state = map(Path, sys.argv[1:])
    with stop_on_signals() as stop:
        Resident(
            State(state),
            Courier(about(), None),
            Log(),
            stop,
            restraint=Restraint(LinuxGauge(machine)),
            at_once=True,
            host=Later(machine),
        ).run()


if __name__ == "__main__":
    main()
