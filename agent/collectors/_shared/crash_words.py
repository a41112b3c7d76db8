# SPDX-License-Identifier: Apache-2.0
"""Words of the dataset `crashes` that its readers share.

Rules: what does not look like a name, a version or a code is left out.
Not here: the declaration (`crashes.py`).
"""

import re
from collections.abc import Mapping

from agent.collectors._shared.folds import Folds
from wire.values import Value

ALIKE = ("program", "version", "exception_code", "module", "package")
"""What crashes that fold into one row have in common."""
COUNT = "count"
"""The column with the number of crashes that a row stands for."""
HANG = "hang"
"""The code of a program that did not answer any more, and was ended."""
_HOUR = 3_600
_FILE = re.compile(r"[^\x00-\x1f\x7f\\/:*?\"<>|]{1,128}\Z")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.:~+_-]{0,63}\Z")
_PACKAGE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.:~+_-]{0,127}\Z")


def file_name(path: str) -> str | None:
    """Return the last part of a path; None for what is no name of a file."""
    name = path.replace("\\", "/").rpartition("/")[2].strip()
    return name if _FILE.match(name) else None


def version(text: str) -> str | None:
    """Return a version; None for any other text."""
    return text if _VERSION.match(text) else None


def package(text: str) -> str | None:
    """Return a package's name; None for any other text."""
    return text if _PACKAGE.match(text) else None


def add_crash(found: Folds, values: Mapping[str, Value]) -> bool:
    """Add a crash to those alike of the same hour; false where there is no room."""
    at = values.get("timestamp")
    hour = at // _HOUR if isinstance(at, int) else None
    return found.add(values, hour)
