# SPDX-License-Identifier: Apache-2.0
"""Folder sizes: what fills a disk, by the largest folders of a few fixed places.

Rules: a place of a fixed list, a few steps deep; files are counted and never named; of
a path nothing below a user's profile leaves.
Not here: going through folders (`agent/host/folder_sizes.py`), how full disks are
(`agent/collectors/file_systems.py`).
"""

from collections.abc import Mapping

from agent.collectors._shared.declare import free_text, harmless
from agent.diagnostics import Case, Reader
from agent.diagnostics._shared.declare import asked_for, choice, whole
from agent.diagnostics._shared.probed import read_probe
from agent.host.interface import Host, ProbeVerb
from agent.rows import Example, Reading, Want
from wire.catalogue import System, ValueType
from wire.diagnostics import Checked

AREAS = ("everything", "logs", "profiles", "programs", "system", "temporary")
_COLUMNS = (
    free_text("file.path", "Says what fills the disk.", "shorten_path"),
    harmless("file.size", ValueType.BYTES, "Says how much it takes."),
    harmless("file.count", ValueType.COUNT, "Tells many files from large ones."),
    harmless("depth", ValueType.COUNT, "Says what lies within what."),
    harmless("whole", ValueType.BOOLEAN, "Tells a sum from a part of it."),
)

DATASET = asked_for(
    "folder_sizes",
    "What fills a disk: the largest folders of a fixed place.",
    _COLUMNS,
    choice("area", "Which place.", AREAS, "everything"),
    whole("depth", "How many steps deep folders are told apart.", 1, 6, 3),
    seconds=60,
    processor=50,
    rows=200,
)


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each of the largest folders."""
    return read_probe(host, want, ProbeVerb.SIZES, _COLUMNS, dict(given.pairs()))


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}

_FIRST = {
    "file.path": "/var/log",
    "file.size": "52428800",
    "file.count": "12",
    "depth": "0",
    "whole": "True",
}
_SECOND = {"file.path": "/var/log/private", "file.size": "0", "whole": "False"}

EXAMPLES = tuple(
    Case(example, {"area": "logs"})
    for system in System
    for example in (
        Example(
            system,
            "Logs, of which one folder is not ours to look into.",
            rows=(
                {
                    "file.path": "/var/log",
                    "file.size": 52428800,
                    "file.count": 12,
                    "depth": 0,
                    "whole": True,
                },
                {"file.path": "/var/log/private", "file.size": 0, "whole": False},
            ),
            facts={"probe": {"sizes": (_FIRST, _SECOND)}},
        ),
        Example(system, "Nothing there.", rows=(), facts={"probe": {"sizes": ()}}),
    )
)
