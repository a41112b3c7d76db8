# SPDX-License-Identifier: Apache-2.0
"""What is left of a message when everything that varies is gone.

Rules: messages are written here, in the forms of programs that everybody runs.
Not here: laws over any text (`tests/property/test_templates.py`).
"""

import hashlib
import re

import pytest

from agent.redaction.log_words import LOG_WORDS
from agent.redaction.templates import template, template_id

LOG_WORDS_DIGEST = "68dd60433542334a"
"""Changes with the list and so do the ids of templates: then say it in a fragment."""
GIVEN_NAMES = frozenset(
    """
    adam alan alex alice amber amy angel ann anna anne art april august bella ben bill
    bob brad brook carl carol chase chip chris christian clay cliff cole crystal dale
    dan dave david dawn dean don drew earl ed emma erica eve faith frank gene george
    ginger glen grace grant guy hank harry heath holly hope hunter ian iris ivan ivy
    jack jade jan jane jasmine jay jean jesse jim joe john joy june karl kay ken kim
    lance laura lee leo lily lisa luke mark mason max may miles mike nick noah norm
    olive pat paul peter pierce ray reed rich rob robin rod roman rose ross ruby rusty
    ruth sally sam scarlet scott sky sue summer ted terry tiffany tim todd tom tony
    trent victor violet wade walker warren wayne will willow woody
    """.split()  # noqa: SIM905 - a list of a hundred lines
)


@pytest.mark.parametrize(
    ("message", "form"),
    [
        ("", ""),
        ("42", "*"),
        (
            "Failed password for invalid user eve from 192.0.2.7 port 22 ssh2",
            "failed password for invalid user * from * port *",
        ),
        (
            "Failed password for invalid user <user_7f3k9q2m> from <ip_7f3k9q2m> port",
            "failed password for invalid user * from * port",
        ),
        ("Started Session 12 of user eve.", "started session * of user *"),
        ("Connection from 'backup server' lost", "connection from * lost"),
        ('open "/etc/shadow": permission denied', "open * permission denied"),
        ("state=running error=none", "state * error *"),
        ("state changed: running -> stopped", "state changed running * stopped"),
        ("can't open file `x y`!", "can't open file *"),
        (r"read C:\\Users\\eve\\x.txt failed", "read * failed"),
        ("UPDATE FAILED", "update failed"),
        ("a\nb\tc error", "a * error"),
        ('{"level": "error", "user": "eve"}', "*"),
    ],
)
def test_templates(message: str, form: str) -> None:
    """Values, paths, quotations, tags and words of no list are gone."""
    assert template(message) == form


def test_an_id_is_fixed() -> None:
    """The same template has this id on every machine, for ever."""
    assert template_id("failed password for *") == "e94c1bb64e"


def test_the_list_is_known() -> None:
    """A change of the list is noticed, for it changes ids."""
    content = " ".join(sorted(LOG_WORDS)).encode()
    assert hashlib.sha256(content).hexdigest()[:16] == LOG_WORDS_DIGEST


def test_the_list_has_words_only() -> None:
    """Nothing of the list could be a number, a path or a mark."""
    odd = [word for word in LOG_WORDS if not re.fullmatch("[a-z]+('[a-z]+)?", word)]
    assert odd == []


def test_the_list_has_no_given_name() -> None:
    """No word of the list is what people are called by."""
    assert LOG_WORDS.intersection(GIVEN_NAMES) == frozenset()


def test_a_template_is_bounded() -> None:
    """Neither long messages nor long ones of listed words make long templates."""
    assert template("error failed " * 500) == " ".join(["error failed"] * 16)
    assert template("x" * 10 * 1_024) == "*"


def test_only_the_beginning_of_a_message_is_looked_at() -> None:
    """A word that ends with the 1,024th letter counts, one that goes on is cut."""
    assert template(f"{'error':1018}failed") == "error failed"
    assert template(f"{'error':1019}failed") == "error *"
    assert template(f"{'error':1024}failed") == "error"
