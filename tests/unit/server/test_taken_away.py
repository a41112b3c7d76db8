# SPDX-License-Identifier: Apache-2.0
"""What takes rows away says so to the reader, which decides it as an export.

Rules: console and command ask over real sockets, at which a reader and an office stand
in that write down what they hear; a question is the act that `parse` makes of it.
Not here: what the reader decides (`test_desks_matrix.py`), what files hold
(`test_console_explore.py`, `test_console_diagnostic.py`).
"""

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from console_room import ConsoleRoom

from policies import catalogue
from server import __main__ as program
from server.access.actions import Action, Role
from server.desk.asked_by import trusted
from server.desk.listening import Answer, Counter, listening, take_questions
from server.key_files import make_directory
from server.layout import Layout
from server.reader.question import parse

pytestmark = pytest.mark.slow
Message = dict[str, object]
ORDER = {"order": "0" * 16, "diagnostic": "packet_headers", "device": "1" * 32}
ASKED = {"purpose": "support", "reason": "the printer is gone", "ticket": "T-1"}
PACKET = [one.name for one in catalogue().datasets["packet_headers"].columns]
SQL = "SELECT message FROM event_logs"


@contextmanager
def answering(layout: Layout, path: Path, answer: Answer) -> Iterator[None]:
    """Answer at a socket until the end of the block."""
    ended = threading.Event()
    counter = Counter("other", 4, "answers", answer, trusted(layout.directory))
    with listening(path, "other") as listener:
        given = listener, counter, ended
        threading.Thread(target=take_questions, args=given, daemon=True).start()
        yield
        ended.set()


@contextmanager
def heard(layout: Layout) -> Iterator[list[Action]]:
    """Give the acts that the reader is asked for, as they come."""
    acts: list[Action] = []

    def read(question: Message, user: str, now: int) -> Generator[Message, None, None]:
        del now
        acts.append(parse(question, user).wish.action)
        yield {"columns": [[name, "VARCHAR"] for name in PACKET]}
        yield {"end": {"rows": 0}}

    def follow(
        question: Message, user: str, now: int
    ) -> Generator[Message, None, None]:
        del question, user, now
        yield {"end": {"orders": [ORDER], "tickets": []}}

    make_directory(layout.run)
    with (
        answering(layout, layout.socket, read),
        answering(layout, layout.office_socket, follow),
    ):
        yield acts


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/explore/csv", {"sql": SQL, "span": ""}),
        ("/diagnostic/export", {"order": ORDER["order"]}),
        ("/diagnostic/capture", {"order": ORDER["order"]}),
    ],
)
def test_a_file_of_the_console_is_an_export(
    tmp_path: Path, path: str, fields: dict[str, str]
) -> None:
    """Each page that gives rows as a file asks the reader for an export."""
    room = ConsoleRoom(tmp_path)
    browser = room.browser(Role.TECHNICIAN)
    sent = {"token": browser.token()} | ASKED | fields
    with heard(Layout(tmp_path)) as acts:
        assert browser.form(path, sent).status == 200
    assert acts == [Action.EXPORT_TABLES]
    room.close()


def test_a_file_of_the_command_is_an_export(tmp_path: Path) -> None:
    """What `query` shows is read; what it writes to a file is exported."""
    asked = ["--directory", str(tmp_path), "query", "--purpose", "support"]
    asked += ["--reason", "the printer is gone", "--ticket", "T-1", SQL]
    with heard(Layout(tmp_path)) as acts:
        assert program.main(asked) == 0
        assert program.main([*asked, "--out", str(tmp_path / "rows")]) == 0
    assert acts == [Action.READ, Action.EXPORT_TABLES]
