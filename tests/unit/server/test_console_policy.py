# SPDX-License-Identifier: Apache-2.0
"""Tests of the policy's pages, over an office that runs."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pages_room import Open, opened, somebody, words

import policies
from server.access.actions import Role
from server.authority import open_authority
from server.console.policy import grouped, length
from server.store.interface import Spot
from server.targets import Binding
from wire.policy_source import compile_policy

pytestmark = pytest.mark.slow
NARROWED = [Role.CLIENT, Role.PRIVACY_OFFICER]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Return a console whose policy was narrowed once."""
    with opened(tmp_path_factory.mktemp("policy"), "office") as made:
        text = policies.preset("minimal")
        minimal = compile_policy(text, policies.catalogue(), "minimal.toml")
        with open_authority(made.installation.layout) as authority:
            authority.publish(minimal, int(time.time()), "tester")
        yield made


def test_the_map_says_what_is_taken_for_what(room: Open) -> None:
    """The map has a line for each dataset, a column for each purpose, and days."""
    told = somebody(room, [Role.AUDITOR]).get("/policy?version=1")
    said = words(told.text)
    assert told.status == 200
    assert "Policy standard, version 1" in said
    assert '<a href="/policy/dataset?dataset=software&amp;version=1">' in told.text
    assert "Nothing is collected for it." in said
    assert "400 days" in said


def test_a_client_sees_what_the_staff_see(room: Open) -> None:
    """A client's page lacks the command of who publishes, and nothing else."""
    client, officer = (
        somebody(room, [role], name=role.value).get("/policy").text for role in NARROWED
    )
    start, end = '<main id="content"', "</main>"
    seen = client.partition(start)[2].partition(end)[0]
    whole, _, command = officer.partition(start)[2].partition(
        "<section>\n<h2>To change"
    )
    assert seen == whole
    assert "discreet-server policy publish" in command


def test_a_dataset_is_told_column_by_column(room: Open) -> None:
    """Each column has its reason and, for each purpose, what leaves the machine."""
    told = somebody(room, [Role.CLIENT]).get(
        "/policy/dataset?dataset=software&version=1"
    )
    said = words(told.text)
    assert "Data: software" in said
    assert "as it is" in said
    assert "Kept for" in said


def test_an_unknown_dataset_or_version_says_what_to_do(room: Open) -> None:
    """What does not exist is refused with a sentence, and is not repeated."""
    ann = somebody(room, [Role.CLIENT])
    told = ann.get("/policy/dataset?dataset=<script>")
    assert (told.status, "choose it in the map" in told.text) == (400, True)
    assert "<script>" not in told.text
    told = ann.get("/policy?version=99")
    assert (told.status, "choose one of the list" in told.text) == (400, True)


def test_a_version_says_what_it_takes_less(room: Open) -> None:
    """The narrower version is said to take less; compared the other way, more."""
    ann = somebody(room, [Role.CLIENT])
    said = words(ann.get("/policy/changes").text)
    assert "Nothing more is taken than before." in said
    assert "gone" in said
    assert "Updates of the agent" in said
    back = words(ann.get("/policy/changes?version=1&before=2").text)
    assert "Nothing less is taken than before." in back
    first = words(ann.get("/policy/changes?version=1").text)
    assert "Version 1 is the first one" in first


def test_german_has_the_same_pages(room: Open) -> None:
    """Every page of the policy is there in German."""
    ann = somebody(room, [Role.CLIENT])
    ann.browser.headers["accept-language"] = "de"
    for path in ("/policy", "/policy/changes", "/policy/dataset?dataset=software"):
        assert '<html lang="de"' in ann.get(path).text


def test_without_the_office_the_page_says_so(room: Open) -> None:
    """Where no office answers, the page says that it cannot be asked now."""
    layout = room.installation.layout
    aside = layout.office_socket.with_suffix(".aside")
    layout.office_socket.rename(aside)
    try:
        assert somebody(room, [Role.CLIENT]).get("/policy").status == 503
    finally:
        aside.rename(layout.office_socket)


def test_changes_of_one_dataset_stand_together() -> None:
    """Changes of the same sort, purpose and dataset are one group, in their order."""
    line: dict[str, object] = {"sort": "new", "purpose": "support", "dataset": "users"}
    lines = [line | {"name": "a"}, line | {"name": "b"}]
    other = line | {"dataset": "software", "name": "c"}
    groups = grouped([*lines[:1], other, *lines[1:]])
    assert [(one.dataset, len(one.changes)) for one in groups] == [
        ("users", 2),
        ("software", 1),
    ]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (86_400, ("day", 1)),
        ("7200", ("hour", 2)),
        (90, ("second", 90)),
        ("", ("second", 0)),
    ],
)
def test_a_length_is_in_its_largest_whole_unit(
    seconds: object, expected: tuple[str, int]
) -> None:
    """Days where it is whole days, else hours, minutes, seconds."""
    assert length(seconds) == expected


def test_who_obeys_what_is_shown_to_everybody(room: Open) -> None:
    """Bindings, stages and how many devices have each stand on the page, in both words.

    The published policy stays the one that is shown first.
    """
    site, now = room.installation, int(time.time())
    minimal = policies.preset("minimal")
    less = compile_policy(minimal, policies.catalogue(), "minimal.toml")
    for label in ("One", "Two"):
        site.enrol(label)
    with open_authority(site.layout) as authority:
        rollout = authority.rollout()
        rollout.bind("site:berlin", less, now, "tester")
        stage = Binding("tenant", 0, share=20, first="pilot")
        rollout.stage(stage, replace(less, name="next"), now, "tester")
        devices = [(one, Spot("berlin")) for one in authority.devices()]
        authority.placing().place(devices, now, "tester")
        published = authority.policy().version
    client = somebody(room, [Role.CLIENT])
    said = words(client.get("/policy").text)
    assert f"Policy minimal, version {published}" in said
    assert "Who obeys which policy" in said
    assert "site berlin" in said
    assert "20 of a hundred devices first devices with the tag pilot first" in said
    client.browser.headers["accept-language"] = "de"
    assert "Standort berlin" in words(client.get("/policy").text)
