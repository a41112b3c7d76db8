# SPDX-License-Identifier: Apache-2.0
"""An installation whose business is to be taken over, with people who decide on it.

Rules: everything is what ships; only where time comes from is the test's; what an
acquirer opens is opened with the keys of the vectors.
Not here: the installation (`keeper_fixture.py`), people's keys (`people_fixture.py`).
"""

import datetime as dt
import json
from dataclasses import dataclass, replace

from erasing_room import ErasingRoom
from release_room import DAY, register

from server.authority import open_authority
from server.keeper import notices
from server.keeper.desk import Desk
from server.keeper.sharing import fetching, writing
from server.keeper.transferring import exporting, judging, notice
from server.keeper.transferring.exporting import Order, Went
from server.register import releases
from server.register.cases import State
from tests.vectors import release_world
from wire import trust
from wire.papers.decision import Role
from wire.papers.fetch import RELEASE_KEY, Fetch, sign_fetch
from wire.papers.matter import Matter, MatterKind, Term
from wire.papers.recipient import (
    Recipient,
    RecipientRole,
    recipient_digest,
)
from wire.papers.release import Release, open_data_key, open_part, verify_release
from wire.purposes import Purpose
from wire.values import Value

ACQUIRER, PROOF = "example-buyer", b"p" * 32
PURPOSES = (Purpose.SUPPORT, Purpose.SECURITY, Purpose.IMPROVEMENT)


@dataclass
class TransferRoom(ErasingRoom):
    """A room with an acquirer in its register."""

    def __post_init__(self) -> None:
        """Install it, and register the acquirer."""
        super().__post_init__()
        self.acquirer = release_world.recipient(
            tenant=self.site.tenant,
            name=ACQUIRER,
            role=RecipientRole.ACQUIRER,
            purposes=PURPOSES,
            agreement_until=self.site.now + 300 * DAY,
        )
        with self.keeper() as desk:
            self.register(desk)

    def register(self, desk: Desk, **changes: object) -> Recipient:
        """Put the acquirer into the register, with changes that stay."""
        self.acquirer = replace(self.acquirer, **changes)  # type: ignore[arg-type]  # names of its fields
        register(desk, self.acquirer)
        return self.acquirer

    def tell(self, desk: Desk, name: str = ACQUIRER) -> bytes:
        """Write the client's notice."""
        deal = "We sell our managed services."
        return notice.write(desk, name, deal, "ops", self.machine.system)[0]

    def told(self, desk: Desk, seconds: int | None = None) -> bytes:
        """Tell the client, prove it, and let its time pass, or so many seconds."""
        number = self.tell(desk)
        notices.deliver(desk, number, PROOF, "ops", self.machine.system)
        self.machine.passes(judging.window(desk) if seconds is None else seconds)
        return number

    def transfer(self, **terms: str) -> Matter:
        """Return that the business be transferred; a term without text is left out."""
        day = dt.datetime.fromtimestamp(self.machine.system + 30 * DAY, dt.UTC)
        usual = {
            "recipient": self.acquirer.name,
            "entry": recipient_digest(self.acquirer).hex(),
            "purposes": "support security",
            "basis": "sale of 2026-11-02",
            "until": day.date().isoformat(),
            "format": "jsonl",
        }
        named = sorted((usual | terms).items())
        items = tuple(Term(name, text) for name, text in named if text)
        return self.matter(None, kind=MatterKind.TRANSFER, terms=items)

    def decided(self, desk: Desk, **terms: str) -> Matter:
        """Have a transfer asked for and approved by two others."""
        matter = self.transfer(**terms)
        self.ask(desk, matter)
        assert self.approve(desk, matter) is State.ASKED
        assert self.approve(desk, matter, "cy", Role.APPROVER) is State.DONE
        return matter

    def export(self, desk: Desk, matter: Matter, **bounds: int) -> list[Went]:
        """Make the releases that are missing."""
        order = Order(matter.case, "ops", self.machine.system, **bounds)
        return list(exporting.export(desk, order))

    def heads(self, desk: Desk) -> list[Release]:
        """Return the heads of all releases, verified as their recipient does."""
        with open_authority(self.site.layout) as authority:
            root = trust.root_digest(authority.root())
        with desk.register.view() as connection:
            made = releases.every(connection)
        return [
            verify_release(
                (writing.directory_of(desk, one.id) / "head").read_bytes(), root
            )
            for one in made
            if one.revoked is None
        ]

    def opened(self, desk: Desk, head: Release) -> dict[str, list[dict[str, Value]]]:
        """Return the rows of a release's files, which are JSON lines."""
        files = self.files(desk, head)
        return {
            one.dataset: [*map(json.loads, files[one.file].splitlines())]
            for one in head.tables
        }

    def files(self, desk: Desk, head: Release) -> dict[str, bytes]:
        """Return a release's files, opened with the acquirer's key."""
        fetch = Fetch(head.id, head.recipient, self.machine.system, b"n" * 16)
        request = sign_fetch(fetch, release_world.SIGNING)
        reply = RELEASE_KEY.decode(fetching.give(desk, request, self.machine.system))
        key = open_data_key(reply.sealed, head, reply.nonce, release_world.OPENING)
        paths = sorted(writing.directory_of(desk, head.id).glob("part-*"))
        parts = [
            open_part(key, head, number, path.read_bytes())
            for number, path in enumerate(paths)
        ]
        octets, found = b"".join(parts), {}
        for one in head.tables:
            found[one.file], octets = octets[: one.octets], octets[one.octets :]
        return found

    def refused(self) -> list[str]:
        """Return for which reasons the ledger says that a transfer was refused."""
        return [
            str((one.body or {})["denied"])
            for one in self.site.acts()
            if one.act == "transfer-refused"
        ]

    def restriction_of(self, value: str, kind: str = "user") -> Matter:
        """Return that somebody's rows be shown to nobody."""
        terms = Term("class", kind), Term("value", value)
        return self.matter(None, kind=MatterKind.RESTRICT, terms=terms)
