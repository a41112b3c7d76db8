# SPDX-License-Identifier: Apache-2.0
"""Changes of people: who may make them, and a line of the ledger for each.

Rules: by whichever way a change comes, it is allowed or denied here; nobody changes
what they have themselves; nobody gives a role that checks them; the line is in the
ledger before the change counts, and names people by ids.
Not here: what is allowed (`actions.py`), rows (`people.py`), sessions (`entering.py`).
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from server.access import invitations, links, passkey_rows, people, sessions
from server.access.actions import PURPOSES, Action, Role
from server.access.bounds import (
    HELD,
    INVITATION_SECONDS_MOST,
    KEYS,
    NAME_CHARS,
    PEOPLE,
)
from server.access.impossible import ImpossibleError, What
from server.access.links import SUBJECT_CHARS
from server.access.model import SENTENCES, Held, Person, Standing, may, may_give
from server.access.people import Entry
from server.access.sessions import Session
from server.errors import DeniedError
from server.ledger import SqliteLedger
from server.sqlite_file import SqliteFile
from wire.cbor import Plain

OWN = "own-roles"
NOT_TO_GIVE = "not-to-give"


@dataclass(frozen=True, slots=True)
class Changer:
    """Who makes changes.

    Attributes:
        by: the name for the ledger.
        person: who it is by the register; None for the user of this machine who
            operates the collector, by the kernel's word.
    """

    by: str
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class People:
    """The register of people with the ledger beside it.

    Attributes:
        register: the file.
        ledger: where each change is written down.
        tenant: of the installation, 16 bytes.
    """

    register: SqliteFile
    ledger: SqliteLedger
    tenant: bytes

    def invite(
        self, changer: Changer, shown: str, held: Sequence[Held], until: int, now: int
    ) -> tuple[str, str]:
        """Enter a person and invite them; return the id and the invitation.

        Args:
            changer: who invites.
            shown: the person's name.
            held: roles that they get.
            until: until when the invitation counts.
            now: seconds since the epoch.

        Raises:
            DeniedError: who invites may not.
            ImpossibleError: what is asked for is not possible.
        """
        self._check(changer, Action.PEOPLE_INVITE, now)
        for one in held:
            self._check_role(changer, one.role, one.tenant)
        name = _checked_name(shown)
        with self.register.writing() as connection:
            if people.count(connection) >= PEOPLE:
                raise ImpossibleError(What.TOO_MANY)
            number = people.add(connection, name, now)
            for one in held:
                people.give(connection, number, _narrowed(one))
            secret = self._invitation(connection, number, until, now)
            body = _said(changer, number) | {"until": until}
            body["roles"] = [one.role.value for one in held]
            self.ledger.add("person-invited", body, now)
        return number, secret

    def invite_again(self, changer: Changer, number: str, until: int, now: int) -> str:
        """Invite a person to add another passkey; the invitation before ends.

        Raises:
            DeniedError: who invites may not.
            ImpossibleError: there is no such person.
        """
        with self._changing(changer, Action.PEOPLE_INVITE, number, now) as connection:
            self._check_theirs(changer, self.entry(connection, number))
            secret = self._invitation(connection, number, until, now)
            body = _said(changer, number) | {"until": until}
            self.ledger.add("person-invited", body, now)
        return secret

    def give(self, changer: Changer, number: str, held: Held, now: int) -> None:
        """Give a person a role, or other purposes of one.

        Raises:
            DeniedError: who gives may not.
            ImpossibleError: there is no such person, or they have too many roles.
        """
        self._check_role(changer, held.role, held.tenant)
        with self._changing(changer, Action.PEOPLE_CHANGE, number, now) as connection:
            if len(self.entry(connection, number).person.held) >= HELD:
                raise ImpossibleError(What.ROLES)
            narrow = _narrowed(held)
            people.give(connection, number, narrow)
            self._line(changer, number, "role-given", now, narrow)

    def take(
        self, changer: Changer, number: str, role: Role, tenant: bytes | None, now: int
    ) -> None:
        """Take a role from a person.

        Raises:
            DeniedError: who takes may not.
            ImpossibleError: there is no such person, or they do not have it.
        """
        self._check_role(changer, role, tenant)
        with self._changing(changer, Action.PEOPLE_CHANGE, number, now) as connection:
            if not people.take(connection, number, role, tenant):
                raise ImpossibleError(What.ROLE)
            self._line(changer, number, "role-taken", now, Held(role, tenant))

    def suspend(self, changer: Changer, number: str, now: int) -> None:
        """Let a person do nothing until they are resumed; their sessions end.

        Raises:
            DeniedError: who suspends may not.
            ImpossibleError: there is no such person.
        """
        with self._changing(changer, Action.PEOPLE_CHANGE, number, now) as connection:
            self._check_theirs(changer, self.entry(connection, number))
            people.set_standing(connection, number, Standing.SUSPENDED)
            sessions.end_all(connection, number)
            self._line(changer, number, "suspended", now)

    def resume(self, changer: Changer, number: str, now: int) -> None:
        """Let a suspended person take part again.

        Raises:
            DeniedError: who resumes may not.
            ImpossibleError: there is no such person.
        """
        with self._changing(changer, Action.PEOPLE_CHANGE, number, now) as connection:
            self._check_theirs(changer, self.entry(connection, number))
            people.set_standing(connection, number, Standing.ACTIVE)
            self._line(changer, number, "resumed", now)

    def remove(self, changer: Changer, number: str, now: int) -> None:
        """Remove a person with all that is kept of them; the ledger keeps the id.

        Raises:
            DeniedError: who removes may not.
            ImpossibleError: there is no such person.
        """
        with self._changing(changer, Action.PEOPLE_CHANGE, number, now) as connection:
            self._check_theirs(changer, self.entry(connection, number))
            people.remove(connection, number)
            self._line(changer, number, "removed", now)

    def attest(self, changer: Changer, number: str, until: int, now: int) -> None:
        """Say until when a person's training counts; a time that is over ends it.

        Raises:
            DeniedError: who attests may not.
            ImpossibleError: there is no such person.
        """
        with self._changing(changer, Action.PEOPLE_ATTEST, number, now) as connection:
            self._check_theirs(changer, self.entry(connection, number))
            people.set_trained(connection, number, until)
            self._line(changer, number, "training", now, until=until)

    def add_key(self, changer: Changer, number: str, public: bytes, now: int) -> None:
        """Add a key file's public half to a person.

        Raises:
            DeniedError: who adds may not.
            ImpossibleError: there is no such person, or the key is not to be had.
        """
        with self._changing(changer, Action.PEOPLE_CHANGE, number, now) as connection:
            entry = self.entry(connection, number)
            self._check_theirs(changer, entry)
            known = len(entry.keys) < KEYS and people.add_key(
                connection, number, public
            )
            if not known:
                raise ImpossibleError(What.KEY)
            self._line(changer, number, "key-added", now)

    def link(
        self, changer: Changer, number: str, issuer: str, subject: str, now: int
    ) -> None:
        """Say who a person is at another provider, which lets them sign in there.

        What began by a link before ends.

        Raises:
            DeniedError: who says so may not.
            ImpossibleError: there is no such person, or it is somebody else.
        """
        with self._changing(changer, Action.PEOPLE_CHANGE, number, now) as connection:
            self._check_theirs(changer, self.entry(connection, number))
            fits = len(subject) <= SUBJECT_CHARS and subject.isprintable()
            if not fits or not links.link(connection, number, issuer, subject):
                raise ImpossibleError(What.LINK)
            sessions.end_elsewhere(connection, number)
            self._line(changer, number, "linked" if subject else "unlinked", now)

    def set_account(
        self, changer: Changer, number: str, account: str, now: int
    ) -> None:
        """Say which user of this machine a person is.

        Raises:
            DeniedError: who says so may not.
            ImpossibleError: there is no such person, or it is somebody else.
        """
        with self._changing(changer, Action.PEOPLE_CHANGE, number, now) as connection:
            self._check_theirs(changer, self.entry(connection, number))
            if not people.set_account(connection, number, account):
                raise ImpossibleError(What.ACCOUNT)
            self._line(changer, number, "account", now)

    def remove_passkey(self, session: Session, passkey: bytes, now: int) -> None:
        """Remove a passkey of one's own; the person's other sessions end.

        Args:
            session: of whose it is, who may by `self.passkey`.
            passkey: its id.
            now: seconds since the epoch.

        Raises:
            ImpossibleError: it is no passkey of theirs, or the last.
        """
        number = session.entry.person.name
        with self.register.writing() as connection:
            mine = passkey_rows.of(connection, number)
            if passkey not in {one.id for one in mine}:
                raise ImpossibleError(What.PASSKEY)
            if len(mine) == 1:
                raise ImpossibleError(What.LAST_PASSKEY)
            passkey_rows.remove(connection, number, passkey)
            sessions.end_others(connection, session)
            self._line(Changer(number), number, "passkey-removed", now)

    def entry(self, connection: sqlite3.Connection, number: str) -> Entry:
        """Return a person.

        Raises:
            ImpossibleError: there is none.
        """
        entry = people.find(connection, number)
        if entry is None:
            raise ImpossibleError(What.NOBODY)
        return entry

    @contextmanager
    def _changing(
        self, changer: Changer, action: Action, number: str, now: int
    ) -> Iterator[sqlite3.Connection]:
        """Hold the transaction of a change of somebody else, once it is allowed."""
        self._check(changer, action, now)
        if changer.person is not None and changer.person.name == number:
            raise DeniedError(OWN, "nobody changes what they have themselves")
        with self.register.writing() as connection:
            self.entry(connection, number)
            yield connection

    def _check(self, changer: Changer, action: Action, now: int) -> None:
        if changer.person is None:
            return
        verdict = may(changer.person, action, self.tenant, None, now)
        if verdict.reason is not None:
            raise DeniedError(verdict.reason.value, SENTENCES[verdict.reason])

    def _check_role(self, changer: Changer, role: Role, tenant: bytes | None) -> None:
        if role is Role.READER:
            raise ImpossibleError(What.READER)
        if changer.person is not None and not may_give(changer.person, role, tenant):
            msg = "your role cannot give or take this role: the operator can"
            raise DeniedError(NOT_TO_GIVE, msg)

    def _check_theirs(self, changer: Changer, entry: Entry) -> None:
        """Refuse to touch somebody who has a role that who changes cannot give."""
        for one in entry.person.held:
            self._check_role(changer, one.role, one.tenant)

    def _invitation(
        self, connection: sqlite3.Connection, number: str, until: int, now: int
    ) -> str:
        if not now < until <= now + INVITATION_SECONDS_MOST:
            raise ImpossibleError(What.INVITATION)
        return invitations.issue(connection, number, until)

    def _line(
        self,
        changer: Changer,
        number: str,
        change: str,
        now: int,
        held: Held | None = None,
        until: int = 0,
    ) -> None:
        body = _said(changer, number) | {"change": change}
        if held is not None:
            body["role"] = held.role.value
            body["purposes"] = [*sorted(item.value for item in held.purposes)]
        if until:
            body["until"] = until
        self.ledger.add("person-changed", body, now)


def _said(changer: Changer, number: str) -> dict[str, Plain]:
    return {"by": changer.by, "person": number}


def _checked_name(shown: str) -> str:
    name = " ".join(shown.split())
    if not name or len(name) > NAME_CHARS or not name.isprintable():
        raise ImpossibleError(What.NAME)
    return name


def _narrowed(held: Held) -> Held:
    """Return a role with no more purposes than it can have.

    Raises:
        ImpossibleError: it reads data, and none is left to read it for.
    """
    most = PURPOSES.get(held.role, frozenset())
    if most and not held.purposes & most:
        raise ImpossibleError(What.PURPOSES)
    return Held(held.role, held.tenant, held.purposes & most)
