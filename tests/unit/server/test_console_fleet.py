# SPDX-License-Identifier: Apache-2.0
"""Tests of the fleet's page, over an office that runs."""

import re
from collections.abc import Iterator
from string import ascii_lowercase

import pytest
from pages_room import Open, Reader, opened, somebody, words
from reader_fixture import Site, table

from server import health
from server.access.actions import Role
from server.authority import open_authority
from server.console import fared, fleet
from server.console.words import words as all_words
from server.gate.figures import REASONS
from server.health import Health
from server.problems import Problem
from server.store.chains import Heard
from server.store.fleet import Order
from server.store.interface import Spot
from server.store.kept_refusals import KeptRefusals
from server.store.refusals import NOBODY, Refused
from wire.purposes import Purpose
from wire.queue_state import QUEUE_STATE, QueueState

NOW = 1_800_000_000
WELL = {"state": "active", "seen": NOW - 60}
WHY = "who cannot read what"
HOSTILE = "\u202e<script>alert(1)</script>"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Return a console with devices, one of which says a lot."""
    with opened(tmp_path_factory.mktemp("fleet"), "office", "reader") as made:
        site = made.installation
        for number in range(fleet.PAGE_DEVICES + 5):
            site.enrol(f"desk-{number:02}")
        loud = site.enrol(HOSTILE)
        state = QUEUE_STATE.encode(QueueState(3, 9, 9, 4, 2, ("spool-full",)))
        heard = Heard(
            *(site.tenant, loud.device, "0.1.0", "Windows 11", loud.incarnation),
            *(1, 0, None, state),
        )
        site.store.heard([heard], site.now)
        refused = Refused(site.tenant, loud.device, "clock-skew", 3, site.now - 60)
        later = Refused(site.tenant, loud.device, "\u202enew", 1, site.now - 30)
        nobody = Refused(NOBODY, b"", "unknown-device", 7, site.now - 60)
        site.store.refusals.add("west", [refused, later, nobody])
        fare(site, "ill", ("software", "ok", ""), ("patches", "failed", "no-answer"))
        fare(site, "mended", ("patches", "denied", ""), ("patches", "ok", ""))
        yield made


def fare(site: Site, label: str, *told: tuple[str, str, str]) -> None:
    """Enrol a device that tells how it fared, an hour of the day after another."""
    speaker = site.enrol(label)
    for hour, (name, outcome, reason) in enumerate(told, 1):
        row = {"collector": name, "outcome": outcome, "reason": reason}
        part = table("agent_health", [row], Purpose.PROVISION)
        at = site.now - 86_400 + 3_600 * hour
        site.say(speaker, [part], Purpose.PROVISION, at)


@pytest.fixture
def ann(room: Open) -> Reader:
    """Return a technician."""
    return somebody(room, [Role.TECHNICIAN])


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, Health.GOOD),
        ({"seen": NOW - 3_600}, Health.LATE),
        ({"seen": NOW - 86_400, "gaps": 1}, Health.SILENT),
        ({"gaps": 1}, Health.LOSSES),
        ({"alarms": ["spool-full"], "seen": 0}, Health.ALARM),
        ({"state": "quarantined"}, Health.APART),
        ({"state": "revoked", "alarms": ["x"]}, Health.ENDED),
    ],
)
def test_the_worst_is_said(more: dict[str, object], expected: Health) -> None:
    """How a device does is the worst of what is known of it."""
    assert health.of(WELL | more, NOW) is expected


def test_each_order_is_offered() -> None:
    """By what the store can sort the page lets choose, and by nothing else."""
    assert [*fleet.SORTS] == [one.value for one in Order]


@pytest.mark.slow
def test_what_needs_a_person_comes_first(ann: Reader) -> None:
    """The list begins with the alarm, counts all, and is cut into pages."""
    told = ann.get("/fleet")
    said = words(told.text)
    assert (told.status, "spool-full" in said) == (200, True)
    assert "58 of 58 devices" in said
    assert "Page 1 of 2" in said
    assert "losses announced: 2, records dropped: 4" in said
    assert re.search(r"Waits at devices 3 envelopes, the oldest since 20\d\d-", said)
    assert "Losses announced none" in said
    assert "Reader&#39;s lag" in said
    assert told.text.index("spool-full") < told.text.index("desk-00")
    assert "desk-54" in ann.get("/fleet?page=2").text


@pytest.mark.slow
def test_why_devices_are_not_heard_is_shown(ann: Reader) -> None:
    """By reason and gate, with the devices of each, what to do, and in German."""
    told = ann.get("/fleet").text
    said = words(told)
    assert "not enrolled here: last hour 7, last day 7 at west" in said
    assert "clock too far off : last hour 3, last day 3 at west" in said
    assert "not taken: clock too far off, last 20" in said
    assert "not taken: for another reason, last 20" in said
    found = ann.get("/fleet?refused=clock-skew").text
    assert "1 of 58 devices" in words(found)
    (device,) = set(re.findall(r"/device\?device=(\w+)", found))
    shown = words(ann.get(f"/device?device={device}").text)
    assert "clock too far off : 3 times since 20" in shown
    assert "set the machine&#39;s clock" in shown
    assert ann.post("/me/preferences", language="de", theme="").status == 303
    german = words(ann.get("/fleet").text)
    assert "hier nicht angemeldet: letzte Stunde 7, letzter Tag 7 bei west" in german
    assert ann.post("/me/preferences", language="en", theme="").status == 303


@pytest.mark.slow
def test_that_there_is_more_is_said(room: Open, ann: Reader) -> None:
    """Where a gate writes more reasons than are told, each page says so."""
    site, at = room.installation, room.installation.now - 7_200
    device = site.store.devices(site.tenant)[0].device
    more = "There are more reasons than are told here"
    assert more not in ann.get(f"/device?device={device.hex()}").text
    assert "There is more than is told here" not in ann.get("/fleet").text
    made_up = [
        Refused(site.tenant, device, f"odd-{first}{second}", 1, at)
        for first in "ab"
        for second in ascii_lowercase
    ]
    kept = site.store.refusals
    kept.add("west", made_up)
    kept.add("east", made_up[:1])
    assert isinstance(kept, KeptRefusals)  # as a gate writes past `add`
    past = site.tenant, device, "odd-bz", "west", 1, at, at
    insert = "INSERT INTO refused VALUES (?, ?, ?, ?, ?, ?, ?)"
    assert kept._connections.change(insert, past)
    assert more in ann.get(f"/device?device={device.hex()}").text
    fleet_page = ann.get("/fleet").text
    assert "There is more than is told here" in fleet_page
    assert "Not all that was not taken of devices is told below" in fleet_page
    kept.forget(at + 3_600, at + 7_200)


def test_each_reason_has_words_and_what_to_do() -> None:
    """What a gate may answer, and what a receipt may say, is told in each language."""
    reasons = {one.slug for one in Problem} | {*REASONS}
    for language, known in all_words().items():
        lacking = {
            one
            for one in reasons
            if not {f"refused.{one}", f"refused.{one}.do"} <= known.keys()
        }
        assert (language, lacking) == (language, set())


@pytest.mark.slow
def test_what_a_device_says_is_inert(ann: Reader) -> None:
    """A hostile label is text: no tag, and nothing that turns the line around."""
    told = ann.get("/fleet?q=alert")
    assert "?&lt;script&gt;alert(1)&lt;/script&gt;" in told.text
    assert not re.search(r"<script(?! src=)|\u202e", told.text)


@pytest.mark.slow
def test_a_search_and_a_filter_find_one(ann: Reader) -> None:
    """Name, system and health find a device; what is unknown finds none."""
    assert "1 of 58 devices" in words(ann.get("/fleet?q=desk-07").text)
    assert "1 of 58 devices" in words(ann.get("/fleet?system=Windows").text)
    assert "1 of 58 devices" in words(ann.get("/fleet?health=alarm&seen=").text)
    assert "No device is like that" in words(ann.get("/fleet?q=nowhere&page=x").text)


@pytest.mark.slow
def test_a_site_and_a_tag_are_filters(room: Open, ann: Reader) -> None:
    """The devices of a site or a tag are shown alone, with where they are."""
    with open_authority(room.installation.layout) as authority:
        first = authority.devices()[0]
        spot = Spot("berlin", ("pilot",))
        authority.placing().place([(first, spot)], NOW, "tester")
    for query in ("site=berlin", "tag=pilot", "site=berlin&tag=pilot"):
        told = ann.get(f"/fleet?{query}").text
        assert first.device.hex()[:12] in told
        assert "1 of 58 devices" in words(told)
    assert "0 of 58 devices" in words(ann.get("/fleet?site=bonn").text)


@pytest.mark.slow
def test_an_empty_fleet_says_how_to_enrol(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Before the first device the page has the command that makes a token."""
    with opened(tmp_path_factory.mktemp("empty"), "office") as made:
        told = somebody(made, [Role.OPERATOR]).get("/fleet")
        assert "discreet-server token" in told.text


@pytest.mark.slow
def test_without_the_office_the_page_says_so(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A part that does not run is told in words, and nothing is shown."""
    with opened(tmp_path_factory.mktemp("away")) as made:
        told = somebody(made, [Role.OPERATOR]).get("/fleet")
        assert told.status == 503
        assert "does not answer" in told.text


@pytest.mark.slow
def test_how_agents_fared_is_read_for_a_reason(ann: Reader) -> None:
    """The column comes after purpose and reason, in the ledger, and filters."""
    assert "no-answer" not in ann.get("/fleet").text
    fields = {"purpose": "provision", "reason": WHY, "q": "ill"}
    said = words(ann.post("/fleet", **fields).text)
    assert "something failed patches no-answer" in said
    last = ann.acts("opened")[-1]
    assert (last["user"], last["reason"], last["purpose"]) == (
        *(ann.number, WHY),
        "provision",
    )
    for wanted, found in (("ill", "ill"), ("no-answer", "ill"), ("well", "mended")):
        told = words(ann.post("/fleet", **fields | {"q": "", "fared": wanted}).text)
        assert "1 of 58 devices" in told
        assert found in told
    told = words(ann.post("/fleet", **fields | {"q": "", "fared": "untold"}).text)
    assert "56 of 58 devices" in told
    assert "Page 1 of 2" in told
    again = ann.post("/fleet", **fields | {"q": "", "fared": "untold", "page": "2"})
    assert "Page 2 of 2" in words(again.text)


@pytest.mark.slow
def test_without_a_reason_nothing_of_agents_is_read(ann: Reader) -> None:
    """No reason is refused in a sentence; who reads for no purpose is not asked."""
    before = len(ann.acts("opened"))
    told = ann.post("/fleet", purpose="provision", reason="")
    assert told.status in {400, 403}
    assert "no-answer" not in told.text
    assert len(ann.acts("opened")) == before
    auditor = somebody(ann.room, [Role.AUDITOR], "Audrey")
    assert "what they could not read" not in words(auditor.get("/fleet").text)
    assert auditor.post("/fleet", purpose="provision", reason=WHY).status == 403


def test_how_a_device_fared_is_told_apart() -> None:
    """Nothing told, nothing failed and a failure are three; a slug finds its device."""
    columns = ("device", "collector", "outcome", "reason")
    rows = [
        ("aa", "", "", ""),
        ("bb", "", "", ""),
        ("bb", "patches", "timed-out", None),
    ]
    made = fared.outcomes(columns, rows)
    assert [made.of(one).value for one in ("aa", "bb", "cc")] == [
        "well",
        "ill",
        "untold",
    ]
    assert made.slugs() == ["timed-out"]
    assert [made.fits(one, "timed-out") for one in ("aa", "bb")] == [False, True]
