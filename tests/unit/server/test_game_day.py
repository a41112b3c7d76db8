# SPDX-License-Identifier: Apache-2.0
"""A game day: a breach is played on a real installation, and its list is complete.

Rules: what was truly shown is taken from the answers themselves, row by row, and by
nothing of the product; the list may name more than that, and never less.
Not here: lines that no reading of today writes (`test_incidents.py`), a lost key
(`test_blast_radius.py`).
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from desk_room import Room as ReadingRoom
from disclosing_room import Case
from holding_room import scope_of
from reader_fixture import Speaker, table

from server.__main__ import main
from server.keeper.acts.disclose import answer
from wire.papers.scope import DatasetScope
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
DEVICES, ENVELOPES, READINGS = 8, 24, 12
OTHERS = {"Desk": "Desk", "Shed": "Shed", "again": "Shed", "s": "Shed"}
"""Messages that the room has from its beginning, and whose they are."""
GIVEN = (DatasetScope("event_logs", ("message", "user.id"), ()),)
READERS = {"chen": ("support",), "dee": ("support", "security")}
STATEMENTS = (
    "SELECT message FROM event_logs",
    "SELECT message, severity_text FROM event_logs WHERE severity_text = 'high'",
    "SELECT message FROM event_logs LIMIT 3",
)


@dataclass
class Drill:
    """An installation, its devices, and what each reading truly showed.

    Attributes:
        room: with people who can disclose.
        speakers: the devices.
        shown: entry of the ledger > who read, and the devices of the rows that came.
    """

    room: Case
    draw: random.Random
    speakers: list[Speaker]
    shown: dict[int, tuple[str, set[bytes]]] = field(default_factory=dict)

    def say(self, speaker: Speaker) -> None:
        """Have whoever has a device's key seal rows that name it."""
        purpose = self.draw.choice((Purpose.SUPPORT, Purpose.SECURITY))
        rows = [
            {
                "message": f"{speaker.device.hex()} {self.draw.random()}",
                "severity_text": self.draw.choice(("low", "high")),
                "user.id": "ann",
            }
            for _ in range(3)
        ]
        self.room.site.say(speaker, [table("event_logs", rows, purpose)], purpose)

    def read(self, desk: ReadingRoom, *only: Speaker) -> None:
        """Have somebody read, of some devices only if any are named; note what came."""
        person = self.draw.choice([*READERS])
        named = only or self.draw.sample(self.speakers, self.draw.randrange(4))
        asked = {
            "purpose": self.draw.choice(READERS[person]),
            "devices": [one.label for one in named],
            "sql": self.draw.choice(STATEMENTS),
        }
        rows: list[list[str]] = []
        for message in desk.ask(person, **asked):
            found = message.get("rows")
            rows += found if isinstance(found, list) else []
        seen = {self._sender(row[0]) for row in rows}
        self.shown[desk.ledger.head().index] = person, seen

    def _sender(self, message: str) -> bytes:
        """Return whose message it is: it says so, but for those of the room itself."""
        sites = self.room.site
        labels = {one.label: one.device for one in sites.store.devices(sites.tenant)}
        if message in OTHERS:
            return labels[OTHERS[message]]
        return bytes.fromhex(message.split(maxsplit=1)[0])

    def disclose(self) -> set[bytes]:
        """Have Amelie give two devices' rows away; returns the devices."""
        named = {one.device for one in self.draw.sample(self.speakers, 2)}
        matter = self.room.asking(scope_of(self.room, *named, datasets=GIVEN))
        with self.room.keeper() as desk:
            self.room.ask(desk, matter)
            self.room.approve(desk, matter)
            fetch = {"act": "disclose", "step": "fetch", "case": matter.case.hex()}
            list(answer(desk, fetch, "amelie", self.room.machine.system))
        return named

    def look(self, capsys: pytest.CaptureFixture[str], *about: str) -> dict[str, Any]:
        """Ask what was touched, as a person types it."""
        directory = str(self.room.site.layout.directory)
        assert (
            main(["--directory", directory, "incident", "look", *about, "--json"]) == 0
        )
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found


@pytest.fixture(scope="module", params=range(2))
def drill(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Drill]:
    """Install a collector with eight devices, whose data two people read."""
    room = Case(tmp_path_factory.mktemp("drill"))
    draw = random.Random(request.param)  # noqa: S311 - a test's own
    path = room.site.layout.configuration
    roles = '"chen" = ["technician"]\n"dee" = ["security", "technician"]\n'
    path.write_text(path.read_text().replace("[roles]\n", f"[roles]\n{roles}"))
    speakers = [room.site.enrol(f"Desk {number}") for number in range(DEVICES)]
    made = Drill(room, draw, speakers)
    for _ in range(ENVELOPES):
        made.say(draw.choice(speakers))
    desk = ReadingRoom(room.site)
    for _ in range(READINGS):
        made.read(desk)
    desk.ledger.close()
    yield made
    room.close()


def test_a_technician_went_bad(
    drill: Drill, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of each reader every device that was shown is named, and each such reading."""
    for person in READERS:
        truly = {
            number: seen
            for number, (who, seen) in drill.shown.items()
            if who == person and seen
        }
        found = drill.look(capsys, "--person", person)
        listed = {bytes.fromhex(one) for one in found["devices"]}
        assert set().union(*truly.values()) - listed == set()
        assert truly.keys() - {one["number"] for one in found["acts"]} == set()
        assert {one["who"] for one in found["acts"]} == {person}
        assert {"message", "severity_text"} <= set(found["columns"]["event_logs"])


def test_a_device_key_was_stolen(
    drill: Drill, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of each device every reading that showed its rows is named, forged ones too."""
    thief = drill.speakers[0]
    for _ in range(3):
        drill.say(thief)
    desk = ReadingRoom(drill.room.site)
    for _ in range(READINGS // 2):
        drill.read(desk)
        drill.read(desk, thief)
    desk.ledger.close()
    assert any(thief.device in seen for _, seen in drill.shown.values())
    for speaker in drill.speakers:
        truly = {
            number
            for number, (_, seen) in drill.shown.items()
            if speaker.device in seen
        }
        found = drill.look(capsys, "--device", speaker.device.hex())
        assert truly - {one["number"] for one in found["acts"]} == set()
        assert found["devices"] == [speaker.device.hex()]


def test_who_gave_data_away_touched_it(
    drill: Drill, capsys: pytest.CaptureFixture[str]
) -> None:
    """What left by a case is named for each person who had a part in it."""
    given = drill.disclose()
    for person in ("amelie", "bo"):
        found = drill.look(capsys, "--person", person)
        assert given <= {bytes.fromhex(one) for one in found["devices"]}
        assert "disclosed" in [one["act"] for one in found["acts"]]
        assert {"message", "user.id"} <= set(found["columns"]["event_logs"])
    for person in READERS:
        acts = {one["act"] for one in drill.look(capsys, "--person", person)["acts"]}
        assert acts == {"opened"}
