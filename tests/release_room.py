# SPDX-License-Identifier: Apache-2.0
"""A keeper that makes releases, and a recipient that opens them with `wire` alone.

Rules: everything is what ships; the recipient's keys are those of the vectors.
Not here: the installation (`reader_fixture.py`), the recipient (`release_world.py`).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from keeper_fixture import Machine
from reader_fixture import Site, make_site

from server.authority import open_authority
from server.keeper.desk import Desk
from server.keeper.process import opened
from server.keeper.sharing import fetching, writing
from server.keeper.sharing.writing import ReleasedTable
from server.register import recipients
from tests.vectors import release_world as world
from wire import trust
from wire.papers.fetch import RELEASE_KEY, Fetch, sign_fetch
from wire.papers.recipient import Recipient, sign_recipient
from wire.papers.release import (
    Release,
    ReleasedColumn,
    open_data_key,
    open_part,
    verify_release,
)

DAY = 86_400
ID, GRANT = b"r" * 16, b"g" * 32
COLUMNS = (ReleasedColumn("message", "VARCHAR", "keep"),)


def register(desk: Desk, recipient: Recipient) -> None:
    """Put a recipient's entry, which the keeper signs, into the register."""
    paper = sign_recipient(recipient, desk.keyring.keeper_key())
    with desk.register.transaction() as connection:
        recipients.put(connection, recipient.name, recipient.version, paper)


class ReleaseRoom:
    """An installation with one recipient."""

    def __init__(self, directory: Path) -> None:
        """Install it, and register the recipient of the vectors."""
        self.site: Site = make_site(directory / "collector")
        self.machine = Machine(self.site.now)
        with open_authority(self.site.layout) as authority:
            self.digest = trust.root_digest(authority.root())
        self.recipient = replace(
            world.recipient(),
            tenant=self.site.tenant,
            agreement_until=self.site.now + 300 * DAY,
        )
        with self.desk() as desk:
            register(desk, self.recipient)

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """Open the keeper's desk, as a keeper that starts now."""
        with opened(self.site.layout, self.machine.sources) as desk:
            desk.clock.now()
            yield desk

    def make(self, desk: Desk, rows: Iterable[str], **changes: object) -> Release:
        """Make a release of messages, for two weeks."""
        table = ReleasedTable("event_logs", COLUMNS, ([text] for text in rows))
        now = self.machine.system
        usual: dict[str, object] = {
            "release": ID,
            "grant": GRANT,
            "recipient": self.recipient,
            "tables": [table],
            "expires": now + 14 * DAY,
            "form": "csv",
            "purpose": "support",
            "decisions": (),
            "basis": None,
            "now": now,
        }
        return writing.make(desk, **(usual | changes))  # type: ignore[arg-type]  # as named

    def directory(self, release: bytes = ID) -> Path:
        """Return where a release lies."""
        return self.site.layout.releases / release.hex()

    def head(self, release: bytes = ID) -> Release:
        """Verify a head as its recipient does."""
        octets = (self.directory(release) / "head").read_bytes()
        return verify_release(octets, self.digest)

    def request(self, nonce: bytes = world.NONCE, **changes: object) -> bytes:
        """Return the recipient's signed request."""
        fetch = Fetch(ID, self.recipient.name, self.machine.system, nonce)
        return sign_fetch(replace(fetch, **changes), world.SIGNING)  # type: ignore[arg-type]  # as named

    def fetched(self, desk: Desk) -> bytes:
        """Return the data key, as the recipient gets it."""
        octets = fetching.give(desk, self.request(), self.machine.system)
        answer = RELEASE_KEY.decode(octets)
        return open_data_key(answer.sealed, self.head(), answer.nonce, world.OPENING)

    def opened(self, key: bytes) -> bytes:
        """Return what all parts hold."""
        head, paths = self.head(), sorted(self.directory().glob("part-*"))
        return b"".join(
            open_part(key, head, number, path.read_bytes())
            for number, path in enumerate(paths)
        )
