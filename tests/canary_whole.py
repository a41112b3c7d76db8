# SPDX-License-Identifier: Apache-2.0
"""The canary machine with the sources of every dataset that Linux has a reader for.

Rules: the plain machine first, so that its canaries are the same.
Not here: what another machine would have in their place (`canary_other.py`).
"""

from pathlib import Path

from tests.canary_hardware import add_hardware
from tests.canary_logs import add_logs
from tests.canary_machine import canary_machine
from tests.canary_network import add_network
from tests.canary_packages import add_packages
from tests.canary_security import add_security
from tests.canary_words import CanaryMachine


def whole_canary_machine(root: Path) -> CanaryMachine:
    """Write the machine into a new folder, or know one that was written before."""
    machine = canary_machine(root)
    for add in (add_network, add_hardware, add_packages, add_security, add_logs):
        add(machine)
    return machine
