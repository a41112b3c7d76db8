# SPDX-License-Identifier: Apache-2.0
"""A file of the update repository, had in spite of a crowd at the collector's door.

Rules: real TLS on this machine; the rest between two tries is counted, and not taken.
Not here: what an agent makes of the files (`test_updates_trusted.py`).
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tls_fixture import authority, server_context, server_credential

from agent.delivery.download import download
from agent.delivery.transport import Session
from agent.errors import NetworkError, TrustError
from agent.update_budget import UPDATE_REST_SECONDS, UPDATE_TRIES

CA = authority()
SERVER = server_credential(CA)
FILE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfile"


@contextmanager
def crowded(folder: Path, unheard: int, untold: int) -> Iterator[str]:
    """Run a collector that ends so many connections, and so many after their TLS."""
    context = server_context(folder, SERVER)

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            for number in range(UPDATE_TRIES + 1):
                arrived, _ = listener.accept()
                if number < unheard:
                    arrived.close()
                    continue
                with context.wrap_socket(arrived, server_side=True) as wire:
                    if number >= unheard + untold:
                        wire.recv(4_096)
                        wire.sendall(FILE)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(9)


def got(url: str, rests: list[float], pinned: bytes = CA.certificate) -> bytes:
    """Return a file."""
    with Session(url, (pinned,)) as session:
        return b"".join(download(session, "/updates/x", 9.0, rests.append))


def test_a_file_is_asked_for_until_it_begins(tmp_path: Path) -> None:
    """Whom a crowd keeps out, before or after TLS, comes again after a rest."""
    rests: list[float] = []
    with crowded(tmp_path, unheard=2, untold=2) as url:
        assert got(url, rests) == b"file"
    assert rests == [UPDATE_REST_SECONDS] * 4


def test_nobody_asks_for_ever(tmp_path: Path) -> None:
    """After so many tries the file cannot be had, and that is said."""
    rests: list[float] = []
    with (
        crowded(tmp_path, unheard=UPDATE_TRIES, untold=0) as url,
        pytest.raises(NetworkError),
    ):
        got(url, rests)
    assert len(rests) == UPDATE_TRIES - 1


def test_what_is_no_crowd_is_told_at_once(tmp_path: Path) -> None:
    """Where nobody listens, or somebody else answers, another try changes nothing."""
    rests: list[float] = []
    with (
        crowded(tmp_path, unheard=0, untold=0) as url,
        pytest.raises(TrustError),
    ):
        got(url, rests, authority().certificate)
    with pytest.raises(NetworkError):
        got(url, rests)
    assert rests == []
