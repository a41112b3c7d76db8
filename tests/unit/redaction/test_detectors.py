# SPDX-License-Identifier: Apache-2.0
"""Each detector's own examples, and its time on a bad input.

Rules: a detector without examples does not pass; each one runs alone.
Not here: all of them together (`test_text.py`).
"""

import re
from importlib.util import find_spec

import pytest

from agent.redaction.detector import Detector
from agent.redaction.detectors import detectors
from agent.redaction.identities import Identities
from agent.redaction.scanning import ENGINES, compile_pattern
from agent.redaction.text import Scrubber
from wire.values import Withheld

KEY = bytes(range(32))
ALL = [pytest.param(detector, id=detector.name) for detector in detectors()]
HITS = [
    pytest.param(detector, text, gone, id=f"{detector.name}-{number}")
    for detector in detectors()
    for number, (text, gone) in enumerate(detector.hits)
]
MISSES = [
    pytest.param(detector, text, id=f"{detector.name}-{number}")
    for detector in detectors()
    for number, text in enumerate(detector.misses)
]
WORST_BYTES = 60_000
RE2 = find_spec("re2") is not None
GIVEN_UP = {Withheld.TRANSFORM_FAILED, Withheld.TIME_BUDGET}
"""What becomes of a text on which an engine without RE2's linear time gives up."""


def _alone(detector: Detector) -> Scrubber:
    return Scrubber(Identities(), KEY, using=[detector])


@pytest.mark.parametrize(("detector", "text", "gone"), HITS)
def test_hits(detector: Detector, text: str, gone: str) -> None:
    """What the file says is found does not survive."""
    assert gone in text
    scrubbed = _alone(detector).scrub(text)
    assert isinstance(scrubbed, str)
    assert gone not in scrubbed


@pytest.mark.parametrize(("detector", "text"), MISSES)
def test_misses(detector: Detector, text: str) -> None:
    """What the file says is harmless stays as it is."""
    assert _alone(detector).scrub(text) == text


@pytest.mark.parametrize(("detector", "text", "gone"), HITS)
def test_hits_stay_hits_in_the_middle_of_a_block(
    detector: Detector, text: str, gone: str
) -> None:
    """The lines around a text do not change what is found in it."""
    together = _alone(detector).scrub_many(["before 1", text, "after 2"])
    assert together == ["before 1", _alone(detector).scrub(text), "after 2"]
    assert gone not in str(together[1])


@pytest.mark.slow
@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "re2"])
@pytest.mark.parametrize("detector", ALL)
def test_engines_agree(detector: Detector, engine: str) -> None:
    """A system without RE2 redacts as one with it."""
    texts = [*(text for text, _ in detector.hits), *detector.misses]
    other = Scrubber(Identities(), KEY, using=[detector], compiled=ENGINES[engine])
    assert other.scrub_many(texts) == _alone(detector).scrub_many(texts)


@pytest.mark.parametrize("detector", ALL)
def test_worst_case_is_within_budget(detector: Detector) -> None:
    """A text made to be slow is scrubbed within the budget of any block."""
    text = (detector.worst * WORST_BYTES)[:WORST_BYTES]
    scrubbed = _alone(detector).scrub(text)
    assert isinstance(scrubbed, str) or (not RE2 and scrubbed in GIVEN_UP)


@pytest.mark.slow
@pytest.mark.parametrize("detector", ALL)
def test_an_engine_that_gives_up_withholds(detector: Detector) -> None:
    """A text that is too slow for pcre2 becomes what RE2 makes of it, or nothing."""
    text = (detector.worst * WORST_BYTES)[:WORST_BYTES]
    other = Scrubber(Identities(), KEY, using=[detector], compiled=ENGINES["pcre2"])
    assert other.scrub(text) in {_alone(detector).scrub(text), *GIVEN_UP}


@pytest.mark.parametrize("detector", ALL)
def test_needs_are_sound(detector: Detector) -> None:
    """A hit always holds one of the literals that let the detector run."""
    pattern = compile_pattern(detector.pattern)
    for text, _ in detector.hits:
        if pattern.places(text.encode(), lambda: None):
            lowered = text.lower().encode()
            assert not detector.needs or any(n in lowered for n in detector.needs)


@pytest.mark.parametrize("detector", ALL)
def test_patterns_have_no_groups(detector: Detector) -> None:
    """A pattern is plain, so that RE2 never has to track groups."""
    assert re.compile(detector.pattern.replace(rb"\z", rb"\Z")).groups == 0


@pytest.mark.parametrize("detector", [one for one in ALL if one.id != "private_keys"])
def test_matches_stay_within_a_line(detector: Detector) -> None:
    """A line is seen as if it stood alone: only a key's body goes on in the next."""
    pattern = compile_pattern(detector.pattern)
    for text, _ in detector.hits:
        field = text.encode()
        for at in range(len(field) + 1):
            for cut in (
                field[:at] + b"\n" + field[at:],
                field[:at] + b"\n" + field[at + 1 :],
            ):
                for start, end in pattern.places(cut, lambda: None):
                    assert b"\n" not in cut[start:end]


@pytest.mark.parametrize("detector", ALL)
def test_every_detector_has_examples(detector: Detector) -> None:
    """A detector shows what it finds, what it leaves, and what is slow."""
    assert detector.hits
    assert detector.misses
    assert detector.worst


def test_numbers_in_a_row_are_found_at_once() -> None:
    """However many stand glued to each other: a look for each would give up."""
    many = 250
    scrubbed = Scrubber(Identities(), KEY).scrub("+1 2 3-4 5 6-7 8" * many)
    assert scrubbed == "<phone-removed>" * many
