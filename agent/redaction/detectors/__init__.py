# SPDX-License-Identifier: Apache-2.0
"""The detectors, found by file name: one file is one detector.

Rules: nothing is imported before it is asked for; the order is the alphabet's and
means nothing, for each detector works alone.
Not here: running them (`agent/redaction/text.py`).
"""

import importlib
from functools import lru_cache

from agent.errors import AgentError
from agent.redaction.detector import Detector, Digits
from wire.discovery import modules


@lru_cache(maxsize=1)
def detectors() -> tuple[Detector, ...]:
    """Return all detectors in alphabetical order.

    Raises:
        AgentError: when a file does not offer what a detector must.
    """
    return tuple(load(name) for name in names())


def names() -> tuple[str, ...]:
    """Return the names of all detectors in alphabetical order, and load none."""
    return modules(__path__)


def load(name: str) -> Detector:
    """Load one detector.

    Args:
        name: of its file.

    Raises:
        AgentError: when the file does not offer what a detector must.
    """
    module = importlib.import_module(f"{__name__}.{name}")
    try:
        detector = Detector(
            module.NAME,
            module.CLASS,
            module.PATTERN,
            module.NEEDS,
            module.BESIDE,
            module.SPREADS,
            getattr(module, "DIGITS", Digits.ALL),
            module.verify,
            module.HITS,
            module.MISSES,
            module.WORST,
        )
    except AttributeError as problem:
        msg = f"agent/redaction/detectors/{name}.py: declare {problem.name}"
        raise AgentError(msg) from problem
    if detector.name != name:
        msg = f"agent/redaction/detectors/{name}.py: NAME must be the file's name"
        raise AgentError(msg)
    return detector
