# SPDX-License-Identifier: Apache-2.0
"""Logins: who signed in or out, and who tried to.

Rules: each sign-in, sign-out and failure is told once, over rotation and restarts; the
name of a failure is told only where the machine has such an account, for a password is
sometimes typed in its place; failures alike are one row with their number.
Not here: who is signed in now (`sessions.py`), the readers (`_linux/logins.py`,
`_windows/logins.py`).
"""

from collections.abc import Mapping

from agent.collectors._linux import logins as logins_linux
from agent.collectors._shared.declare import (
    SHORT_ADDRESS,
    direct,
    harmless,
    only_linux,
    quasi,
)
from agent.host.interface import Host
from agent.rows import Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType

TEXT = ValueType.TEXT

DATASET = Dataset(
    "logins",
    Kind.EVENT,
    "Who signed in or out, and who tried to.",
    (),
    (
        quasi("timestamp", ValueType.TIMESTAMP, "Says when; finds odd hours."),
        direct("user.name", "user", "Finds sign-ins that should not be."),
        harmless("outcome", TEXT, "Tells success, failure and logout apart."),
        harmless("type", TEXT, "Tells people here from those afar, and from services."),
        harmless("terminal", TEXT, "Joins a sign-out with its sign-in."),
        direct("client.address", "ip", "Finds sign-ins from afar.", SHORT_ADDRESS),
        only_linux(
            harmless("process.pid", ValueType.COUNT, "Joins a sign-out, and processes.")
        ),
        harmless("service.name", TEXT, "Says which door was used, or which log."),
        harmless(
            "failed_count",
            ValueType.COUNT,
            "Says how many failures alike a row stands for.",
        ),
    ),
)


def read_windows(host: Host, want: Want) -> Reading:
    """Read the same of Windows."""
    from agent.collectors._windows import logins as there  # noqa: PLC0415 - Linux has no use of it

    return there.read_windows(host, want)


READERS: Mapping[System, Reader] = {
    System.LINUX: logins_linux.read_linux,
    System.WINDOWS: read_windows,
}
