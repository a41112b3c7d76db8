# SPDX-License-Identifier: Apache-2.0
"""What counts as a machine where a text says that one stands.

Rules: every span is exactly a name.
Not here: where names stand (`test_detectors.py`, `test_exact.py`).
"""

import pytest

from agent.redaction.host_names import accept_host


def _names(before: str, name: str, after: str, *, sure: bool) -> list[str]:
    octets = (before + name + after).encode()
    start = len(before.encode())
    found = accept_host(octets, start, start + len(name.encode()), sure)
    assert {kind for _, _, kind in found} <= {"host"}
    return [octets[first:last].decode() for first, last, _ in found]


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("ws7", ["ws7"]),
        ("ws7.", ["ws7"]),
        ("ws7 fs-2 db3-", ["ws7", "fs-2", "db3"]),
        ("ws7 and fs-2", ["ws7", "fs-2"]),
        ("LOCALHOST", []),
        ("Kernel", []),
        ("WORKGROUP", []),
        ("mshome", []),
        ("192.0.2.7", []),
        ("10-24_7:1", []),
        ("7ws", ["7ws"]),
    ],
)
def test_machines(name: str, names: list[str]) -> None:
    """Each name is found alone; numbers, addresses and words that name none stay."""
    assert _names("host ", name, " up", sure=False) == names


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("kernel", ["kernel"]),
        ("mshome", ["mshome"]),
        ("localhost", []),
        ("last", []),
        ("192.0.2.7", []),
    ],
)
def test_any_word_is_a_machine_where_only_they_stand(
    name: str, names: list[str]
) -> None:
    """A rule that is sure takes words that name no machine elsewhere."""
    assert _names("host ", name, " up", sure=True) == names


@pytest.mark.parametrize(
    ("name", "after", "sure", "names"),
    [
        ("ipc", "$", False, []),
        ("ipc.", "$", False, []),
        ("admin-", "$ x", False, []),
        ("ipc", "$", True, ["ipc"]),
        ("ws7", "$", False, ["ws7"]),
        ("ipc", "", False, ["ipc"]),
        ("ipc", " $", False, ["ipc"]),
        ("ipc", "$$", False, []),
    ],
)
def test_shares(name: str, after: str, sure: bool, names: list[str]) -> None:  # noqa: FBT001 - a table's column
    """A share with its dollar sign is no machine, unless only machines stand there."""
    assert _names("$ on ", name, after, sure=sure) == names
