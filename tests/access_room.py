# SPDX-License-Identifier: Apache-2.0
"""A register of people with its ledger, and people who come in.

Rules: real files; time goes by only as the test says.
Not here: any expectation.
"""

from pathlib import Path

from authenticator_fixture import ORIGIN, RP_ID, Authenticator

from server.access import people, sessions
from server.access.actions import PURPOSES, Role
from server.access.bounds import INVITATION_SECONDS
from server.access.changing import Changer, People
from server.access.entering import Entrance
from server.access.model import Held
from server.access.passkeys import Place
from server.access.people import Entry
from server.access.register import open_people
from server.access.sessions import Session
from server.ledger import Act, SqliteLedger

NOW = 1_700_000_000
TENANT = b"t" * 16
DAY = 86_400
ROOT = Changer("root")


class Clock:
    """Seconds that go by only when a test says so."""

    def __init__(self) -> None:
        """Start at zero."""
        self.time = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.time


class AccessRoom:
    """People, and the door that they come in by."""

    def __init__(self, folder: Path) -> None:
        """Make an empty register."""
        self.path = folder / "access" / "people.sqlite"
        self.register = open_people(self.path)
        self.ledger = SqliteLedger.create(folder / "ledger.sqlite")
        self.people = People(self.register, self.ledger, TENANT)
        self.clock = Clock()
        self.door = Entrance(
            self.register, self.ledger, Place(RP_ID, ORIGIN), clock=self.clock
        )

    def close(self) -> None:
        """Release the files."""
        self.register.close()
        self.ledger.close()

    def invite(
        self, *roles: Role, name: str = "Ann", trained: bool = True
    ) -> tuple[str, str]:
        """Invite somebody; return the id and the invitation."""
        held = [Held(role, TENANT, PURPOSES.get(role, frozenset())) for role in roles]
        until = NOW + INVITATION_SECONDS
        number, secret = self.people.invite(ROOT, name, held, until, NOW)
        if trained:
            self.people.attest(ROOT, number, NOW + 365 * DAY, NOW)
        return number, secret

    def join(self, secret: str, device: Authenticator, now: int = NOW) -> str:
        """Make a passkey by an invitation; return the session's secret."""
        return self.door.join(
            secret, device.make(self.door.begin_join(secret, now)), now
        )

    def person(
        self, *roles: Role, device: Authenticator | None = None, name: str = "Ann"
    ) -> tuple[str, Authenticator]:
        """Return somebody who joined, and their authenticator."""
        number, secret = self.invite(*roles, name=name)
        device = device or Authenticator()
        self.join(secret, device)
        return number, device

    def sign_in(self, device: Authenticator, now: int = NOW) -> str:
        """Sign in; return the session's secret."""
        return self.door.sign_in(device.use(self.door.begin()), now)

    def session(self, secret: str, now: int = NOW) -> Session | None:
        """Return the session that counts."""
        with self.register.reading() as connection:
            return sessions.find(connection, secret, now)

    def entry(self, number: str) -> Entry | None:
        """Return a person."""
        with self.register.reading() as connection:
            return people.find(connection, number)

    def acts(self) -> list[Act]:
        """Return the ledger."""
        return list(self.ledger.entries())

    def rows(self) -> int:
        """Return how many rows the register has in all its tables."""
        with self.register.reading() as connection:
            names = connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table'"
            ).fetchall()
            return sum(
                connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608 - a table's name
                for (name,) in names
            )
