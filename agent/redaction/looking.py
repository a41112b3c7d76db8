# SPDX-License-Identifier: Apache-2.0
"""The detectors as what they look for: a file is loaded when its pattern first matches.

Rules: the table is made of the detectors' own files, and one that names others is
refused; most texts need few of these files, and a start loads none.
Not here: the files (`detectors/`), the table (`detector_table.py`).
"""

from collections.abc import Sequence
from functools import lru_cache

from agent.errors import AgentError
from agent.redaction.detector import Detector, Digits, Found, Verify
from agent.redaction.detector_table import ROWS, Row
from agent.redaction.detectors import load, names


@lru_cache(maxsize=1)
def looking() -> tuple[Detector, ...]:
    """Return all detectors in alphabetical order, without their examples.

    Raises:
        AgentError: the table is not of these files.
    """
    return made_of(ROWS, names())


def made_of(rows: Sequence[Row], files: Sequence[str]) -> tuple[Detector, ...]:
    """Return the detectors of a table.

    Args:
        rows: of the table.
        files: names of the files that it has to be made of.

    Raises:
        AgentError: it is not.
    """
    if [name for name, *_ in rows] != [*files]:
        msg = "agent/redaction/detector_table.py is stale: make gen"
        raise AgentError(msg)
    return tuple(
        Detector(
            *(name, kind, pattern, needs, beside, spreads, Digits(digits)),
            *(LateVerify(name), (), (), "", wide),
        )
        for name, kind, pattern, needs, beside, spreads, digits, wide in rows
    )


class LateVerify:
    """The check of a detector's file, which is loaded when the first match asks."""

    __slots__ = ("_name", "_own")

    def __init__(self, name: str) -> None:
        """Load nothing yet.

        Args:
            name: of the file.
        """
        self._name = name
        self._own: Verify | None = None

    def __call__(self, match: bytes, before: bytes, after: bytes) -> Found:
        """Return what the file's check says."""
        return self.own()(match, before, after)

    def own(self) -> Verify:
        """Return the file's check, which costs less where it is asked often."""
        if self._own is None:
            self._own = load(self._name).verify
        return self._own


def own(verify: Verify) -> Verify:
    """Return a check itself, without what loads it.

    Args:
        verify: of a detector, about to be asked.
    """
    return verify.own() if isinstance(verify, LateVerify) else verify
