# SPDX-License-Identifier: Apache-2.0
"""Crashes: which programs ended by a fault, and by which.

Rules: a crash is told once; its stack, its arguments, its environment, its registers
and its memory are never read; crashes alike within an hour are one row with their
number, so that a program that is started again and again is no flood.
Not here: the readers (`_linux/crashes.py`, `_windows/crashes.py`), oopses of the
kernel, whose only form is text.
"""

from collections.abc import Mapping

from agent.collectors._linux import crashes as crashes_linux
from agent.collectors._shared.declare import harmless, only_windows, quasi
from agent.host.interface import Host
from agent.rows import Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType

TEXT = ValueType.TEXT


DATASET = Dataset(
    "crashes",
    Kind.EVENT,
    "Programs that ended by a fault.",
    (),
    (
        quasi("timestamp", ValueType.TIMESTAMP, "Says when the first of them was."),
        harmless("program", TEXT, "Says what crashed."),
        harmless("version", TEXT, "Finds versions with known faults."),
        harmless("exception_code", TEXT, "Tells kinds of faults apart."),
        only_windows(harmless("module", TEXT, "Finds libraries and drivers at fault.")),
        harmless("package", TEXT, "Says what to update."),
        harmless("count", ValueType.COUNT, "Says how many crashes a row stands for."),
    ),
)


def read_windows(host: Host, want: Want) -> Reading:
    """Read the same of Windows."""
    from agent.collectors._windows import crashes as there  # noqa: PLC0415 - Linux has no use of it

    return there.read_windows(host, want)


READERS: Mapping[System, Reader] = {
    System.LINUX: crashes_linux.read_linux,
    System.WINDOWS: read_windows,
}
