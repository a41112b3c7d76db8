# SPDX-License-Identifier: Apache-2.0
"""What reading a fleet may use, as people write it: `[reading]` of config.toml.

Rules: whoever says nothing gets what suits one machine of a few thousand devices.
Not here: the rest of config.toml (`server/configuration.py`), reading
(`server/reader`).
"""

from dataclasses import dataclass

MIB = 1024 * 1024
MEMORY_MIB = 1024
"""The names and versions of 50,000 devices' packages."""
MEMORY_MIB_MAXIMUM = 1024 * 1024
PROCESSES_MAXIMUM = 64
"""More read no faster than one process hands envelopes to them."""


@dataclass(frozen=True, slots=True)
class ReadingSettings:
    """What `[reading]` says.

    Attributes:
        memory: bytes of opened rows that the reader keeps for the next question.
        processes: that open beside each other; None for as many as there are cores.
    """

    memory: int = MEMORY_MIB * MIB
    processes: int | None = None


def read_reading(items: object) -> ReadingSettings:
    """Return the checked table `[reading]`.

    Raises:
        ValueError: it says something unknown, or no number within its bound.
    """
    if not isinstance(items, dict) or not items.keys() <= {"memory_mib", "processes"}:
        raise ValueError
    memory = _number(items.get("memory_mib", MEMORY_MIB), MEMORY_MIB_MAXIMUM)
    processes = items.get("processes")
    if processes is not None:
        processes = _number(processes, PROCESSES_MAXIMUM)
    return ReadingSettings(memory * MIB, processes)


def _number(found: object, most: int) -> int:
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= most:
        raise ValueError
    return found
