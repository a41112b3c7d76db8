# SPDX-License-Identifier: Apache-2.0
"""Tests of a look for updates: what is taken by policy, and what is handed over."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from updates_room import NOW, Client, Repository, updates_room

from agent.errors import UpdateError
from agent.updates import handover
from agent.updates.choosing import Here, choose
from agent.updates.handover import Word, packaged, read_words, told
from agent.updates.look import Found
from agent.updates.mirror import from_folder
from agent.updates.trusted import Trusted
from agent.updates.words import NEWS, REASONS
from wire.updates import Updates, Version

SECOND = Version(0, 2, 0)


@pytest.fixture(name="room")
def _room(tmp_path: Path) -> Iterator[tuple[Repository, Client]]:
    with updates_room(tmp_path) as (repository, client):
        repository.add("0.1.0", b"first")
        repository.add("0.2.0", b"second")
        yield repository, client


def _packages(client: Client) -> list[str]:
    folder = client.state.update / "packages"
    return sorted(one.name for one in folder.glob("*"))


def test_a_release_is_handed_over_with_the_way_back(
    room: tuple[Repository, Client],
) -> None:
    """What the policy names is fetched with what runs here, and handed over last."""
    _, client = room
    assert client.look() == Found("ready", "0.2.0")
    assert _packages(client) == [
        "discreet-agent_0.1.0_amd64.deb",
        "discreet-agent_0.2.0_amd64.deb",
    ]
    assert told(client.state.update, handover.READY) == Word(SECOND, NOW)


def test_only_told_nothing_is_fetched(room: tuple[Repository, Client]) -> None:
    """With --check nothing is fetched or handed over."""
    _, client = room
    assert client.look(take=False) == Found("available", "0.2.0")
    assert _packages(client) == []
    assert told(client.state.update, handover.READY) is None


@pytest.mark.parametrize(
    ("wanted", "here", "found"),
    [
        (Updates("early"), {}, Found("nothing-offered")),
        (Updates("stable", 100, "0.1.9"), {}, Found("current")),
        (Updates("stable", 100, "0.2.0"), {}, Found("ready", "0.2.0")),
        (Updates("stable", 100, "next"), {}, Found("not-by-policy")),
        (Updates("stable", 1), {}, Found("not-in-stage")),
        (Updates("stable"), {"struck": (SECOND,)}, Found("struck-out")),
    ],
)
def test_the_policy_decides(
    room: tuple[Repository, Client],
    wanted: Updates,
    here: dict[str, object],
    found: Found,
) -> None:
    """Channel, version and stage of the policy say what is taken, and what is not."""
    _, client = room
    assert client.look(wanted=wanted, **here) == found  # type: ignore[arg-type]  # as a table has it
    assert found.slug in REASONS | NEWS


@pytest.mark.parametrize("version", ["0.2.0", "0.3.0", "1.0.0"])
def test_no_downgrade(room: tuple[Repository, Client], version: str) -> None:
    """A release that is not newer than the one that runs is never taken."""
    _, client = room
    assert client.look(version) == Found("current")


def test_without_a_policy_nothing_is_asked(room: tuple[Repository, Client]) -> None:
    """A policy that names no updates lets not even the repository be asked."""
    here = Here(Version(0, 1, 0), "deb amd64", bytes(32))
    repository, _ = room
    assert choose((), here, None) == "not-by-policy"
    assert repository.asked == []


def test_without_a_way_back_nothing_is_taken(room: tuple[Repository, Client]) -> None:
    """A release that could not be taken back is not installed."""
    _, client = room
    with pytest.raises(UpdateError, match="could not be put back"):
        client.look("0.1.5")
    assert told(client.state.update, handover.READY) is None


def test_without_a_root_nothing_is_taken(room: tuple[Repository, Client]) -> None:
    """A machine that was given no root of updates believes none that it is offered."""
    _, client = room
    client.anchor = b""
    with pytest.raises(UpdateError, match="is no root of updates"):
        client.look()


def test_what_is_not_needed_is_thrown_away(room: tuple[Repository, Client]) -> None:
    """Packages of earlier looks do not fill the disk."""
    repository, client = room
    client.look()
    repository.add("0.3.0", b"third")
    assert client.look() == Found("ready", "0.3.0")
    assert "discreet-agent_0.2.0_amd64.deb" not in _packages(client)


def test_the_installer_verifies_from_the_folder_alone(
    room: tuple[Repository, Client], tmp_path: Path
) -> None:
    """All that another process needs to verify a release anew lies in the folder."""
    repository, client = room
    repository.rotate("timestamp", "snapshot", "targets")
    repository.bump("root", "targets", "snapshot", "timestamp")
    client.look()
    again = Trusted(
        tmp_path / "own",
        client.anchor,
        lambda path: from_folder(client.state.update, path),
        NOW,
    )
    again.refresh()
    newest = again.offered()[-1]
    again.take(newest, tmp_path / "package")
    assert (tmp_path / "package").read_bytes() == b"second"


@pytest.mark.parametrize("swap", ["link", "folder", "pipe", "other"])
def test_the_installer_follows_nothing(
    room: tuple[Repository, Client], tmp_path: Path, swap: str
) -> None:
    """A package that the agent's user has swapped is refused, whatever it was made."""
    _, client = room
    client.look()
    place = client.state.update / "packages" / "discreet-agent_0.2.0_amd64.deb"
    place.unlink()
    if swap == "link":
        (tmp_path / "secret").write_bytes(b"second")
        place.symlink_to(tmp_path / "secret")
    elif swap == "folder":
        place.mkdir()
    elif swap == "pipe":
        os.mkfifo(place)
    else:
        place.write_bytes(b"evil!!")
    again = Trusted(
        tmp_path / "own",
        client.anchor,
        lambda path: from_folder(client.state.update, path),
        NOW,
    )
    again.refresh()
    with pytest.raises(UpdateError):
        again.take(again.offered()[-1], tmp_path / "package")
    assert not (tmp_path / "package").exists()


@pytest.mark.parametrize(
    "text", ["", "0.2.0", "0.2.0 x", "0.2 7", "0.2.0 7 8", "\xff 7", "0.2.0 7" * 900]
)
def test_a_handover_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    """Whatever stands in a small text, it is a release and a number or nothing."""
    (tmp_path / "ready").write_bytes(text.encode("latin-1"))
    assert told(tmp_path, "ready") is None


def test_a_package_says_its_kind(tmp_path: Path) -> None:
    """What a package has beside the code names its kind; nothing else does."""
    place = tmp_path / "packaged"
    assert packaged(place) is None
    place.write_text("deb amd64\n")
    assert packaged(place) == "deb amd64"
    place.write_text("deb ../x\n")
    assert packaged(place) is None
    (tmp_path / "link").symlink_to(place)
    assert read_words(tmp_path / "link") == []
