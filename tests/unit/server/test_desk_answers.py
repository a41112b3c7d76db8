# SPDX-License-Identifier: Apache-2.0
"""Whether a process answers at its socket, whatever it does there.

Rules: the socket is a real one of these tests.
Not here: what processes are asked (`test_desks_matrix.py`).
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.desk.asking import answers

WHOLE = b'{"alive":true}'


@contextmanager
def said(path: Path, octets: bytes) -> Iterator[None]:
    """Run a process that says so much to whoever asks, and ends."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4_096)
                connection.sendall(octets)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield
        thread.join(30)


@pytest.mark.parametrize(
    ("octets", "alive"),
    [
        (struct.pack(">I", len(WHOLE)) + WHOLE, True),
        (b"", False),
        (b"\0\0", False),
        (struct.pack(">I", len(WHOLE)) + WHOLE[:5], False),
        (struct.pack(">I", 2) + b"[]", False),
    ],
    ids=["whole", "nothing", "half a length", "half an answer", "another release"],
)
def test_a_process_that_ends_amid_its_answer_is_down(
    tmp_path: Path, octets: bytes, alive: object
) -> None:
    """It is no error of whoever asks, who has others to ask and to tell."""
    path = tmp_path / "socket"
    with said(path, octets):
        assert answers(path) is alive
