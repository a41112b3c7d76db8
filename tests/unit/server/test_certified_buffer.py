# SPDX-License-Identifier: Apache-2.0
"""A certificate names the buffer before the store among what it says nothing of.

Rules: a real keeper and a real deletion; the buffer is what config.toml says.
Not here: what lies in a buffer (`tests/e2e/test_intake.py`).
"""

from pathlib import Path

import pytest
from keeper_fixture import Room, signed

from server.commands import certificate_words
from server.keeper.certifying import OF_BUFFER
from wire.papers.certificate import Method

pytestmark = pytest.mark.slow
TABLE = """
[intake]
servers = ["tls://nats.example.org:4222"]
credentials = "/etc/discreet-server/gate.creds"
authority = "/etc/ssl/nats-ca.pem"
"""


def test_where_gates_may_queue_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key's end is the end of what lies there; its files were not looked at."""
    room = Room(tmp_path)
    with room.site.layout.configuration.open("a") as file:
        file.write(TABLE)
    with room.keeper() as desk:
        room.until_due(desk)
        room.turn(desk)
        (certificate,) = signed(desk)
    room.close()
    assert certificate.method is Method.PURGE
    assert OF_BUFFER in certificate.not_claimed
    certificate_words.show(certificate)
    told = capsys.readouterr().out
    assert "what waits before the store while that is away" in told
    assert "twice as long where it was set aside" in told


def test_without_a_buffer_nothing_is_said_of_one(tmp_path: Path) -> None:
    """There is no such place."""
    room = Room(tmp_path)
    with room.keeper() as desk:
        room.until_due(desk)
        room.turn(desk)
        (certificate,) = signed(desk)
    room.close()
    assert OF_BUFFER not in certificate.not_claimed
