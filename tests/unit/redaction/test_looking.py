# SPDX-License-Identifier: Apache-2.0
"""The detectors as a table: the same as their files, which are loaded late.

Not here: what they find (`test_detectors.py`, `test_text.py`).
"""

import subprocess
import sys
from pathlib import Path

import pytest

from agent.errors import AgentError
from agent.redaction.detector import Detector
from agent.redaction.detector_table import ROWS
from agent.redaction.detectors import detectors, names
from agent.redaction.looking import looking, made_of
from agent.redaction.scanning import with_any_digit

ROOT = Path(__file__).parents[3]
_LOADED = """
import sys
from agent.redaction.identities import Identities
from agent.redaction.text import Scrubber
scrubber = Scrubber(Identities(), None)
scrubber.scrub(sys.argv[1])
package = "agent.redaction.detectors."
print(*sorted(name.removeprefix(package) for name in sys.modules if package in name))
"""


def _declared(one: Detector) -> tuple[object, ...]:
    """Return what a detector's file says of looking."""
    return one.name, one.kind, one.pattern, one.beside, one.spreads, one.digits


def test_the_table_is_what_the_files_say() -> None:
    """Each detector looks as its own file declares it."""
    assert [*map(_declared, looking())] == [*map(_declared, detectors())]
    for one, own in zip(looking(), detectors(), strict=True):
        assert one.needs == own.needs or not own.needs
        assert one.wide is not None
        assert (one.wide or one.pattern) == with_any_digit(own.pattern)


def test_a_match_is_judged_by_the_file() -> None:
    """Verdicts are those of the file, also the first one."""
    seen = b"203.0.113.9", b"from ", b" port"
    (one,) = [one for one in looking() if one.name == "ipv4"]
    (own,) = [one for one in detectors() if one.name == "ipv4"]
    assert one.verify(*seen) == own.verify(*seen) == ((0, 11, "ip"),)
    assert one.verify(b"1.2.3.4", b"version ", b"") == ()


@pytest.mark.parametrize("files", [names()[1:], (*names(), "zeal"), names()[::-1]])
def test_a_table_of_other_files_is_refused(files: tuple[str, ...]) -> None:
    """A detector that the table lacks would find nothing, and nobody would know."""
    with pytest.raises(AgentError, match="stale"):
        made_of(ROWS, files)


@pytest.mark.slow
@pytest.mark.parametrize(("text", "loaded"), [("up", ""), ("203.0.113.9", "ipv4")])
def test_a_file_is_loaded_at_its_first_match(text: str, loaded: str) -> None:
    """A text in which nothing matches loads no detector, another one those it needs."""
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, text],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == loaded
