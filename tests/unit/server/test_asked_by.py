# SPDX-License-Identifier: Apache-2.0
"""Whose word counts at a local socket.

Rules: users are numbers.
Not here: the kernel's word for who asks (`tests/packaging/test_machine_apart.py`).
"""

import os
from pathlib import Path

import pytest

from server.desk import asked_by
from server.errors import DeniedError

CONSOLE = 61_234
KNOWN = frozenset({0, 1_000})


@pytest.mark.parametrize(
    "question",
    [
        {"act": "clock"},
        {"act": "clock", "session": ""},
        {"act": "clock", "session": None},
        {"act": "clock", "session": 7},
        {"job": "fold"},
        {},
    ],
)
def test_who_was_let_in_asks_for_a_session_alone(question: dict[str, object]) -> None:
    """A console that says it is a command, however it says it, is denied."""
    with pytest.raises(DeniedError) as denied:
        asked_by.check(CONSOLE, question, KNOWN)
    assert denied.value.reason == "no-session"
    for user in KNOWN:
        asked_by.check(user, question, KNOWN)


def test_a_session_is_handed_on(tmp_path: Path) -> None:
    """What names a session is let through: who is asked looks up whose it is."""
    asked_by.check(CONSOLE, {"act": "clock", "session": "s"}, KNOWN)
    known = asked_by.trusted(tmp_path)
    assert known == {0, os.geteuid(), tmp_path.stat().st_uid}
