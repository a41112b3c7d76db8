# SPDX-License-Identifier: Apache-2.0
"""How a person comes in: by invitation, by passkey, by key file; and a step-up.

Rules: a challenge counts once and for what it was asked for; an invitation is used up
with the passkey that it lets in, in one transaction; each sign-in gives another secret;
who is refused is told nothing but that; each sign-in is in the ledger by an id.
Not here: proofs (`passkeys.py`, `key_proofs.py`), cookies (`server/console`).
"""

import hashlib
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from server.access import (
    invitations,
    key_proofs,
    links,
    passkey_rows,
    passkeys,
    people,
    sessions,
)
from server.access.bounds import KEYS
from server.access.challenges import Challenges
from server.access.model import Standing
from server.access.passkeys import Place
from server.access.refusals import RefusedError, Why
from server.access.sessions import Session
from server.ledger import SqliteLedger
from server.sqlite_file import SqliteFile
from wire.crypto.signing import PUBLIC_BYTES

_SIGN_IN, _KEY = "sign-in", "key"


@dataclass(frozen=True, slots=True)
class Entrance:
    """What signing in needs; any thread may use it.

    Attributes:
        register: of people.
        ledger: where each sign-in is written down.
        place: RP ID and origin.
        challenges: those that wait.
        clock: seconds that go by, whatever is done to the time of day.
    """

    register: SqliteFile
    ledger: SqliteLedger
    place: Place
    challenges: Challenges = field(default_factory=Challenges)
    clock: Callable[[], float] = time.monotonic

    def begin_join(self, invitation: str, now: int) -> str:
        """Return what a browser needs to make a passkey by an invitation.

        Raises:
            RefusedError: the invitation does not count.
        """
        with self.register.reading() as connection:
            number = invitations.invited(connection, invitation, now)
            entry = None if number is None else people.find(connection, number)
            if entry is None or entry.person.standing is not Standing.ACTIVE:
                raise RefusedError(Why.NO_INVITATION)
            kept = passkey_rows.of(connection, entry.person.name)
        challenge = self.challenges.ask(_join(invitation), self.clock())
        return passkeys.to_make(self.place, entry, kept, challenge)

    def join(self, invitation: str, answer: str, now: int) -> str:
        """Add the passkey that was made, and sign its person in.

        Returns:
            The secret of the session.

        Raises:
            RefusedError: invitation or answer do not count; the invitation stays.
        """
        challenge = self._taken(answer, _join(invitation))
        with self.register.writing() as connection:
            number = invitations.use(connection, invitation, now)
            entry = None if number is None else people.find(connection, number)
            if entry is None or entry.person.standing is not Standing.ACTIVE:
                raise RefusedError(Why.NO_INVITATION)
            name = entry.person.name
            made = passkeys.made(self.place, answer, challenge, name, now)
            if len(passkey_rows.of(connection, name)) >= KEYS:
                raise RefusedError(Why.TOO_MANY)
            if not passkey_rows.add(connection, made):
                raise RefusedError(Why.KNOWN_PASSKEY)
            self.ledger.add("person-joined", {"person": name}, now)
            return sessions.begin(connection, name, sessions.PASSKEY, now)

    def forget(self, now: int) -> None:
        """Delete the sessions and invitations that count no more.

        Raises:
            StateError: the register cannot be written.
        """
        with self.register.writing() as connection:
            sessions.forget(connection, now)
            invitations.forget(connection, now)

    def begin(self) -> str:
        """Return what a browser needs to sign in with any passkey."""
        challenge = self.challenges.ask(_SIGN_IN, self.clock())
        return passkeys.to_use(self.place, challenge)

    def sign_in(self, answer: str, now: int) -> str:
        """Sign in; return the secret of a new session.

        Raises:
            RefusedError: the answer does not count.
        """
        challenge = self._taken(answer, _SIGN_IN)
        with self.register.writing() as connection:
            name = self._proved(connection, answer, challenge, now)
            body = {"person": name, "how": sessions.PASSKEY}
            self.ledger.add("signed-in", body, now)
            return sessions.begin(connection, name, sessions.PASSKEY, now)

    def begin_step_up(self, session: Session) -> str:
        """Return what a browser needs to prove that the person is there now."""
        challenge = self.challenges.ask(_step_up(session), self.clock())
        return passkeys.to_use(self.place, challenge)

    def step_up(self, session: Session, answer: str, now: int) -> str:
        """Take the proof; return another secret for the same session.

        Raises:
            RefusedError: the answer does not count, or is somebody else's.
        """
        challenge = self._taken(answer, _step_up(session))
        with self.register.writing() as connection:
            name = self._proved(connection, answer, challenge, now)
            if name != session.entry.person.name:
                raise RefusedError(Why.OTHER_PERSON)
            return sessions.renew(connection, session, now)

    def begin_key(self) -> bytes:
        """Return a challenge for a key file."""
        return self.challenges.ask(_KEY, self.clock())

    def sign_in_by_key(
        self, public: bytes, challenge: bytes, signature: bytes, now: int
    ) -> str:
        """Sign in with a key file; return the secret of a new session.

        Raises:
            RefusedError: the proof does not count.
        """
        if not self.challenges.take(challenge, _KEY, self.clock()):
            raise RefusedError(Why.NO_CHALLENGE)
        origin = self.place.origin
        if len(public) != PUBLIC_BYTES or not key_proofs.is_proof(
            public, origin, challenge, signature
        ):
            raise RefusedError(Why.NO_PROOF)
        with self.register.writing() as connection:
            entry = people.of_key(connection, public)
            if entry is None or entry.person.standing is not Standing.ACTIVE:
                raise RefusedError(Why.NO_PERSON)
            name = entry.person.name
            body = {"person": name, "how": sessions.KEY_FILE}
            self.ledger.add("signed-in", body, now)
            return sessions.begin(connection, name, sessions.KEY_FILE, now)

    def sign_in_elsewhere(self, issuer: str, subject: str, now: int) -> str:
        """Sign in whom another provider vouches for; return the session's secret.

        Raises:
            RefusedError: nobody here is linked to it, or they do not take part.
        """
        with self.register.writing() as connection:
            number = links.of(connection, issuer, subject)
            entry = None if number is None else people.find(connection, number)
            if entry is None or entry.person.standing is not Standing.ACTIVE:
                raise RefusedError(Why.NO_PERSON)
            name = entry.person.name
            body = {"person": name, "how": sessions.ELSEWHERE}
            self.ledger.add("signed-in", body, now)
            return sessions.begin(connection, name, sessions.ELSEWHERE, now)

    def _taken(self, answer: str, use: str) -> bytes:
        challenge = passkeys.challenge_of(answer)
        if not self.challenges.take(challenge, use, self.clock()):
            raise RefusedError(Why.NO_CHALLENGE)
        return challenge

    def _proved(
        self, connection: sqlite3.Connection, answer: str, challenge: bytes, now: int
    ) -> str:
        """Return the id of whoever the answer proves to be there, and note the use."""
        passkey = passkey_rows.find(connection, passkeys.passkey_of(answer))
        entry = None if passkey is None else people.find(connection, passkey.person)
        if passkey is None or entry is None:
            raise RefusedError(Why.UNKNOWN_PASSKEY)
        proof = passkeys.proved(self.place, answer, challenge, passkey, entry.handle)
        if entry.person.standing is not Standing.ACTIVE:
            raise RefusedError(Why.SUSPENDED)
        if not passkey_rows.used(
            connection, passkey, proof.count, now, backed_up=proof.backed_up
        ):
            raise RefusedError(Why.COPIED)
        return entry.person.name


def _join(invitation: str) -> str:
    return f"join {hashlib.sha256(invitation.encode()).hexdigest()}"


def _step_up(session: Session) -> str:
    return f"step-up {session.digest.hex()}"
