# SPDX-License-Identifier: Apache-2.0
"""Laws of templates.

Rules: texts are built of words of the list and of what varies beside them.
Not here: single messages (`tests/unit/redaction/test_templates.py`).
"""

from hypothesis import given
from hypothesis import strategies as st

from agent.redaction.detectors import detectors
from agent.redaction.identities import Identities
from agent.redaction.log_words import LOG_WORDS
from agent.redaction.templates import VARIABLE, template, template_id
from agent.redaction.text import Scrubber

LISTED = st.sampled_from(["failed", "connection", "from", "for", "user", "error"])
VARIED = (
    *("42", "0x7f", "/srv/x", "'a b'", "<user_7f3k9q2m>", "amelie", "ws7-x", "[k=v]"),
    *("192.0.2.7", "amelie@example.net", r"C:\\x\\y", '"quoted failed text"', "ab12"),
)
VARIABLES = st.sampled_from(VARIED)
VALUES = VARIABLES | st.sampled_from(
    [gone for detector in detectors() for _, gone in detector.hits]
)
TEXTS = st.lists(LISTED | VALUES | st.text(max_size=5), max_size=12).map(" ".join)
NAMES = ("amelie", "ws7", "turing", "müller", "wsprod12", "o'brien")


@given(TEXTS | st.text(max_size=300))
def test_only_listed_words_are_left(text: str) -> None:
    """Nothing but words of the list and marks is ever left, whatever the text."""
    assert LOG_WORDS.union([VARIABLE]).issuperset(template(text).split())


@given(TEXTS)
def test_no_digit_is_left(text: str) -> None:
    """No number of any script is left."""
    assert not any(char.isdigit() or char.isnumeric() for char in template(text))


@given(TEXTS)
def test_a_template_is_its_own(text: str) -> None:
    """The template of a template is itself, and has one id."""
    form = template(text)
    assert template(form) == form
    assert template_id(form) == template_id(template(text))


@given(TEXTS, st.sampled_from(NAMES), TEXTS)
def test_no_known_name_is_left(before: str, name: str, after: str) -> None:
    """A name that is no word of the list is gone, in any case."""
    for spelling in (name, name.upper(), name.title()):
        assert name not in template(f"{before} {spelling} {after}").split()


@given(st.lists(LISTED, min_size=1, max_size=4), VARIABLES, VARIABLES)
def test_values_do_not_matter(words: list[str], one: str, two: str) -> None:
    """Messages that differ in their values only have one template."""
    head, tail = " ".join(words), words[0]
    first, second = (template(f"{head} {value} {tail}") for value in (one, two))
    assert first == second == template(f"{head} {VARIABLE} {tail}")


@given(st.lists(LISTED, min_size=1, max_size=6))
def test_what_a_machine_knows_does_not_matter(words: list[str]) -> None:
    """A text has the same template where its names are known and where they are not."""
    text = " ".join(["amelie", *words, "192.0.2.7", "ws7"])
    known = Identities([("user", "amelie"), ("host", "ws7")])
    scrubber = Scrubber(known, bytes(32), using=())
    assert template(str(scrubber.scrub(text))) == template(text)
