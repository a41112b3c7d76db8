# SPDX-License-Identifier: Apache-2.0
"""A package is handed on as the metadata says it is, or not at all.

Rules: as of `test_updates_trusted.py`.
Not here: attacks on the metadata.
"""

import pytest
from updates_fixture import served_updates  # noqa: F401 - a fixture
from updates_room import NOW, Client, Repository

from agent.delivery.download import download
from agent.delivery.transport import Session
from agent.errors import UpdateError
from wire.crypto.certificates import make_authority


def test_a_tampered_package_is_thrown_away(room: tuple[Repository, Client]) -> None:
    """A package whose bytes are others than the metadata's never gets its name."""
    repository, client = room
    package = repository.add("0.2.0", b"good package")
    repository.files[repository.place(package)] = b"evil package"
    trusted = client.trusted()
    trusted.refresh()
    place = client.state.update / package.file
    with pytest.raises(UpdateError) as refused:
        trusted.take(trusted.offered()[0], place)
    assert refused.value.slug == "altered"
    assert not place.exists()


def test_a_longer_package_is_left_at_its_length(
    room: tuple[Repository, Client],
) -> None:
    """A package that is longer than the metadata says is not read to its end."""
    repository, client = room
    package = repository.add("0.2.0", b"good package")
    repository.files[repository.place(package)] = b"good package and more"
    trusted = client.trusted()
    trusted.refresh()
    with pytest.raises(UpdateError) as refused:
        trusted.take(trusted.offered()[0], client.state.update / package.file)
    assert refused.value.slug == "too-long"


def test_a_changed_package_on_the_disk_is_fetched_anew(
    room: tuple[Repository, Client],
) -> None:
    """A package that was changed after it came is not handed on."""
    repository, client = room
    package = repository.add("0.2.0", b"good package")
    place = client.state.update / package.file
    place.write_bytes(b"evil package")
    trusted = client.trusted()
    trusted.refresh()
    trusted.take(trusted.offered()[0], place)
    assert place.read_bytes() == b"good package"


def test_a_busy_repository_is_a_network_failure(
    room: tuple[Repository, Client],
) -> None:
    """A server that fails is no repository that lies: it is asked again later."""
    _, client = room
    client.fetch = lambda path: download(
        Session("https://127.0.0.1:1", (make_authority("x", NOW).certificate,)), path
    )
    assert client.refresh() == "NetworkError"
