# SPDX-License-Identifier: Apache-2.0
"""Security settings: what hardens the machine, one row for each setting.

Rules: a value is a word or a number of a closed list, never a text that a person wrote;
a setting whose source does not tell is left out, and where the source is not ours to
read it is counted as skipped.
Not here: products (`security_products.py`), encryption (`disk_encryption.py`), what a
person sets for themselves, such as the lock of their screen.
Sources: `_linux/settings.py` and `_windows/settings.py` name them.
"""

from collections.abc import Mapping

from agent.collectors._linux import settings as settings_linux
from agent.collectors._shared.declare import harmless
from agent.collectors._shared.each_source import read_each
from agent.host.interface import Host
from agent.rows import Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType

TEXT = ValueType.TEXT

DATASET = Dataset(
    "security_settings",
    Kind.SNAPSHOT,
    "Settings that keep attackers out: secure boot, remote access, updates.",
    ("setting",),
    (
        harmless("setting", TEXT, "Says what is set."),
        harmless("value", TEXT, "Shows machines that are easier to attack."),
        harmless("source", TEXT, "Says where to change it."),
    ),
)


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each setting of a Linux machine."""
    return read_each(host, want, settings_linux.SOURCES)


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each setting of a Windows machine."""
    from agent.collectors._windows import settings as settings_windows  # noqa: PLC0415 - Linux has no use of it

    return read_each(host, want, settings_windows.SOURCES)


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}
