# SPDX-License-Identifier: Apache-2.0
"""The formats that there are, by the names that people give them.

Rules: a name loads its own module alone; naming them all loads none.
Not here: the formats (one file each).
"""

from importlib import import_module
from typing import cast

from server.errors import UsageError
from server.formats.tables import Format

_MODULES = {
    "jsonl": "jsonl",
    "csv": "csv_file",
    "parquet": "parquet",
    "syslog": "syslog",
    "ocsf": "ocsf",
    "cyclonedx": "cyclonedx",
    "otlp-logs": "otlp_logs",
    "otlp-metrics": "otlp_metrics",
}
NAMES = tuple(_MODULES)
"""In the order in which `--help` shows them."""


def named(name: str) -> Format:
    """Return a format.

    Args:
        name: one of NAMES.

    Raises:
        UsageError: there is no such format, or its package is not installed.
    """
    if name not in _MODULES:
        msg = f"there is no format of that name: give one of {', '.join(NAMES)}"
        raise UsageError(msg)
    try:
        return cast("Format", import_module(f"server.formats.{_MODULES[name]}"))
    except ModuleNotFoundError:
        msg = f"{name} needs a package that is missing: install the extra `export`"
        raise UsageError(msg) from None
