# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""A process that opens lots for one reading: `python -I -m server.reader.crew_child`.

Rules: it leaves the network and every right while it has one thread; it opens no file
and no socket, starts nothing and writes nowhere but to the reader; it asks for keys of
what it opens, of one purpose, and keeps them no longer than it lives: for one reading,
and no longer than the reader.
Not here: the reader's side (`crew.py`), what is said (`carrying.py`).
"""

import os
import resource
import sys

from server.desk.leaving import leave

if sys.platform == "win32":
    reason = "a collector's reader runs on Linux"
    raise ImportError(reason)

ADDRESS_SPACE = 4 * 1024 * 1024 * 1024
"""Bytes that it may map: Python and Arrow map one before the first row."""


def main() -> None:
    """Open lots from standard input until there are no more."""
    leave()
    from server.reader.crew_work import begin, work  # noqa: PLC0415 - it starts threads

    with os.fdopen(0, "rb") as incoming, os.fdopen(1, "wb") as outgoing:
        means = begin(incoming)
        _close_doors()
        if means is not None:
            work(means, incoming, outgoing)
        os._exit(0)


def _close_doors() -> None:
    """Allow no new file, socket, process or thread, and nothing to be written."""
    for what, most in (
        (resource.RLIMIT_AS, ADDRESS_SPACE),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()
