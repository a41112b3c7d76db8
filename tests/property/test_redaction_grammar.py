# SPDX-License-Identifier: Apache-2.0
"""Laws, honeytokens and scores of redaction, on lines that a grammar makes.

Rules: seeds are fixed; what a law compares is two outputs, never an expectation; the
bounds are what was promised, not what was measured. The law of wrapping is tried with
every wrapping of the grammar: none is exempt.
Not here: texts built of detectors' examples (`test_redaction.py`).
"""

from random import Random

import pytest

from agent.redaction.identities import known_identities
from agent.redaction.text import Scrubber
from tests.log_grammar.grammar import Score, lines, score
from tests.log_grammar.honeytokens import known, secrets
from tests.log_grammar.laws import broken, survives
from tests.log_grammar.values import IDENTITIES

PAIRS = 100_000
"""Over all laws; `python -m bench.redaction laws` tries a million."""
VARIANTS = 10_000
LINES = 20_000
TWICE = 2
"""How much more of lines that nobody labelled may leak, or be lost."""
MOST = {
    **dict.fromkeys(("ipv4", "ipv6", "mac", "sid"), 0.005),
    **dict.fromkeys(("email", "iban", "card", "ssn"), 0.015),
    **dict.fromkeys(("aws_key", "vcs_token", "slack_token", "jwt"), 0.03),
    **dict.fromkeys(("user", "account", "fqdn"), 0.08),
    "path_user": 0.02,
    "host": 0.03,
    "api_key": 0.20,
}
MOST_LEAKED, MOST_MACRO, MOST_OVER, MOST_SPOILED = 0.03, 0.05, 0.005, 0.02

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def counted() -> Score:
    """Score lines in which every value is new."""
    made = list(lines(23, LINES))
    scrubber = Scrubber(known_identities(), None)
    return score(made, scrubber.scrub_many([line.text for line in made]))


def test_laws_hold() -> None:
    """No pair of lines breaks a law."""
    found = broken(31, PAIRS)
    assert sum(tried for tried, _ in found.values()) >= PAIRS - len(found)
    assert {name: wrong for name, (_, wrong) in found.items() if wrong} == {}


def test_no_known_name_escapes() -> None:
    """A name that is known is gone from environments, arguments, URLs and blobs."""
    random = Random(41)  # noqa: S311 - repeatable, not secret
    names = [IDENTITIES["account"](random) for _ in range(40)]
    planted = list(known(random, names, VARIANTS // 2))
    scrubber = Scrubber(known_identities(users=names), None)
    output = scrubber.scrub_many([text for _, text in planted])
    assert [
        text
        for (name, text), shown in zip(planted, output, strict=True)
        if survives(name, str(shown))
    ] == []


def test_no_planted_secret_escapes() -> None:
    """A secret is gone where a key's name, a URL or a header gives it away."""
    planted = list(secrets(Random(43), VARIANTS // 2))  # noqa: S311 - repeatable
    output = Scrubber(known_identities(), None).scrub_many([t for _, t in planted])
    assert [
        text
        for (value, text), shown in zip(planted, output, strict=True)
        if survives(value, str(shown))
    ] == []


def test_little_leaks(counted: Score) -> None:
    """Of values in formats of many programs hardly any is left, in any class."""
    assert counted.leak_rate <= MOST_LEAKED * TWICE
    assert counted.macro_leak_rate <= MOST_MACRO * TWICE


def test_no_class_leaks_much(counted: Score) -> None:
    """No class leaks more than twice what it may on labelled lines."""
    assert {
        kind: counted.leaked[kind]
        for kind, most in MOST.items()
        if counted.leaked[kind] > most * TWICE * counted.planted[kind]
    } == {}


def test_logs_stay_useful(counted: Score) -> None:
    """Words that name nobody stay, and so do lines without a name."""
    assert counted.over_rate <= MOST_OVER * TWICE
    assert counted.spoiled <= MOST_SPOILED * TWICE * counted.clean
