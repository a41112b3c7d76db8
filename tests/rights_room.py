# SPDX-License-Identifier: Apache-2.0
"""A collector with a planted fleet, and people who answer for it.

Rules: stand-ins are made as an agent makes them, under the keyring's own keys; what is
whose is noted while it is planted, by nothing of the product; archives are opened by
another program.
Not here: the installation (`reader_fixture.py`), signing (`people_fixture.py`).
"""

import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from keeper_fixture import Machine
from people_fixture import said, write_people
from reader_fixture import Site, Speaker, table, with_state

from agent.redaction.tags import make_tag
from server.keeper import casework
from server.keeper.desk import Desk
from server.register.cases import State
from tests.vectors import world
from wire.body import Mode, Op
from wire.papers.decision import Act, Role
from wire.papers.matter import MATTER, Matter, MatterKind, Term
from wire.pseudonyms import pseudonym
from wire.purposes import Purpose
from wire.values import Value

PEOPLE = {
    "amelie": frozenset({Role.REQUESTER}),
    "bo": frozenset({Role.PRIVACY_OFFICER}),
    "cy": frozenset({Role.OPERATOR, Role.COUNSEL, Role.APPROVER}),
}
PERSONS = ("ann", "bea", "cem", "dana")
SPELLINGS = ("{}", "{}@acme.example", "ACME\\{}")
Row = dict[str, Value]
PLACES = {
    Purpose.SUPPORT: ("event_logs", "message", "user.id"),
    Purpose.SECURITY: ("logins", "terminal", "user.name"),
}
"""What is planted for a purpose: dataset, column of a text, column of an account."""


@dataclass
class RightsRoom:
    """A site, its machine, and what was planted of whom."""

    site: Site
    machine: Machine
    planted: dict[str, list[tuple[str, str, Row]]] = field(default_factory=dict)
    """Person > purpose, dataset and row, as they were sealed."""
    number: int = 0

    def __post_init__(self) -> None:
        """Let three people act there."""
        write_people(self.site.layout, PEOPLE)

    def stand_in(self, purpose: Purpose, kind: str, value: str, *, text: bool) -> str:
        """Return what an agent makes of a value now, in a column or a text."""
        site, epoch = self.site, self.site.key(purpose)
        (key,) = (
            one.key
            for one in site.keyring.pseudonym_keys(site.tenant, [purpose], site.now)
            if (one.start, one.end) == (epoch.start, epoch.end)
        )
        if text:
            return make_tag(key, kind, value.encode()).decode()
        return pseudonym(key, kind, value)

    def row(self, draw: random.Random, purpose: Purpose, person: str) -> Row:
        """Return a message by or about a person, or about nobody; notes whose it is."""
        name = draw.choice(SPELLINGS).format(draw.choice((str.upper, str))(person))
        whole = purpose is Purpose.SECURITY and draw.random() < 0.5
        about = self.stand_in(purpose, "user", name, text=True)
        column = name if whole else self.stand_in(purpose, "user", name, text=False)
        dataset, text, user = PLACES[purpose]
        row: Row = {text: f"= line {draw.random()}"}
        match draw.randrange(3):
            case 0:
                row[user] = column
            case 1:
                row[text] = f"= line {draw.random()}, {about} came"
            case _:
                return row
        self.planted.setdefault(person, []).append((purpose.value, dataset, row))
        return row

    def plant(self, seed: int, envelopes: int = 12) -> list[Speaker]:
        """Have three devices seal messages and accounts for two purposes."""
        draw = random.Random(seed)  # noqa: S311 - a test's own
        devices = [self.site.enrol(f"Desk {number}") for number in range(3)]
        for _ in range(envelopes):
            purpose = draw.choice((Purpose.SUPPORT, Purpose.SECURITY))
            persons = draw.choices(PERSONS, k=4)
            rows = [self.row(draw, purpose, person) for person in persons]
            part = table(PLACES[purpose][0], rows, purpose)
            self.site.say(draw.choice(devices), [part], purpose)
        self._accounts(devices[0])
        return devices

    def _accounts(self, device: Speaker) -> None:
        """Seal a full state of accounts and a change of it."""
        purpose = Purpose.ADMINISTRATION
        names = [
            self.stand_in(purpose, "user", person, text=False) for person in PERSONS
        ]
        rows = [{"user.name": name, "shell": "sh"} for name in names]
        whole = table("user_accounts", rows, purpose, Mode.FULL)
        self.site.say(device, [with_state(whole, rows)], purpose)
        changed = {**rows[1], "shell": "zsh"}
        changes = [(Op.CHANGE, 1), (Op.REMOVE, 2)]
        delta = table("user_accounts", [changed, {}], purpose, Mode.DELTA, changes)
        now = [rows[0], changed, rows[3]]
        self.site.say(device, [with_state(delta, now)], purpose)
        for person, row in [*zip(PERSONS, rows, strict=True), (PERSONS[1], changed)]:
            self.planted.setdefault(person, []).append(
                (purpose.value, "user_accounts", row)
            )

    def matter(self, kind: MatterKind, *pair: str, **terms: str) -> Matter:
        """Return a right of a subject, under a case of its own."""
        self.number += 1
        named = dict(zip(("class", "value"), pair, strict=False)) | terms
        return Matter(
            self.site.tenant,
            world.octets(f"right {self.number}", 16),
            kind,
            world.octets("salt", 16),
            None,
            tuple(Term(name, text) for name, text in sorted(named.items())),
        )

    def ask(
        self, desk: Desk, matter: Matter, role: Role = Role.REQUESTER
    ) -> dict[str, int]:
        """Let somebody in this role ask; returns the counts."""
        name = next(name for name, held in PEOPLE.items() if role in held)
        now = self.machine.system
        octets = said(matter, name, Act.ASK, role, now)
        return casework.ask(desk, MATTER.encode(matter), octets, now)

    def approve(self, desk: Desk, matter: Matter) -> State:
        """Let the privacy officer approve."""
        now = self.machine.system
        octets = said(matter, "bo", Act.APPROVE, Role.PRIVACY_OFFICER, now)
        return casework.decide(desk, matter.case, octets, now)

    def granted(self, desk: Desk, kind: MatterKind, *pair: str, **terms: str) -> Matter:
        """Ask for a right and approve it."""
        matter = self.matter(kind, *pair, **terms)
        self.ask(desk, matter)
        self.approve(desk, matter)
        return matter

    @contextmanager
    def processing(self) -> Iterator[None]:
        """Let the provider only process for a client meanwhile."""
        path = self.site.layout.configuration
        before = path.read_text()
        words = 'name = "Acme"\ncontact = "privacy@acme.example"\nmode = "processor"'
        path.write_text(f"{before}\n[controller]\n{words}\n")
        try:
            yield
        finally:
            path.write_text(before)

    def acts(self, beginning: str) -> list[str]:
        """Return the ledger's acts that begin so."""
        return [act.act for act in self.site.acts() if act.act.startswith(beginning)]


def unpacked(archive: Path, password: str, into: Path) -> dict[str, str]:
    """Open an archive with bsdtar; returns its members."""
    into.mkdir()
    command = ("bsdtar", "-x", "--passphrase", password, "-C", into, "-f", archive)
    subprocess.run(command, check=True, timeout=60)
    return {path.name: path.read_bytes().decode() for path in sorted(into.iterdir())}
