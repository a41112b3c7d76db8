# SPDX-License-Identifier: Apache-2.0
"""Names of processes that hold the address of a machine they work for.

Not here: that none leaves (`tests/privacy`).
"""

import pytest

from agent.host.command_name import process_name


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("10.77.99.6-mana", "*-mana"),
        ("smbd[10.77.88.5", "smbd[*"),
        ("smbd[172.29.251", "smbd[*"),
        ("fd77:9:9::5-mana", "*-mana"),
        ("smbd[::1]", "smbd[*]"),
        ("", ""),
    ],
)
def test_an_address_is_a_star(name: str, told: str) -> None:
    """Of the kernel's NFS and of Samba no peer's address is told, whole or cut."""
    assert process_name(name) == told


@pytest.mark.parametrize(
    "name",
    [
        "irq/16-0000:00:",
        "kworker/0:1H-kb",
        "kworker/u16:3-e",
        "ld-2.31.so",
        "node-20.11.1",
        "python3.11.7",
    ],
)
def test_other_names_stay(name: str) -> None:
    """Versions, interrupts and workers are told as they are."""
    assert process_name(name) == name
