# SPDX-License-Identifier: Apache-2.0
"""The stream of a NATS JetStream cluster that shipments wait in: the door to nats.

Rules: nothing is told to a server before it has shown its certificate; a stream that is
not what it should be is refused and never changed; a message is there once a majority
has written it; nothing is put where the stream would come near its own limit; no word
of a server is in an error, for it may name what was asked.
Not here: what is put in and what becomes of it (`queueing.py`, `emptying.py`), what the
stream is (`stream.py`), the settings (`server/configuration_intake.py`).
"""

import asyncio
import logging
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext, api

from server.configuration_intake import IntakeSettings
from server.errors import StateError
from server.gate.intake.bounds import (
    ASK_SECONDS,
    CONNECT_SECONDS,
    GONE_SECONDS,
    LISTEN_SECONDS,
    MESSAGE_BYTES,
    PAUSE_SECONDS,
    PEERS_SECONDS,
    PUBLISH_SECONDS,
    REACH_SECONDS,
    RETURNS,
    TAKEN,
)
from server.gate.intake.buffer import AwayError, FullError, Taken
from server.gate.intake.credentials import Credentials
from server.gate.intake.room import Room
from server.gate.intake.stream import (
    ASIDE,
    CONSUMER,
    SHIPMENTS,
    consumer,
    subject,
    wanted,
    wrong,
)

NAME = "discreet-gate"
_FULL = {10077, 10167, 10023, 10047}
"""What JetStream says of a stream, an account or a disk that has no room."""
_TOO_FEW = 10005
"""What it says where there are fewer servers than copies."""
_ERRORS = (nats.errors.Error, OSError, asyncio.TimeoutError)


class _Client(Client):
    """Speaks over TLS or not at all, whatever a server says of itself."""

    def _connect_command(self) -> bytes:
        if not self._server_info.get("tls_required"):
            raise nats.errors.SecureConnRequiredError
        return super()._connect_command()


class Cluster:
    """A connection to the stream; used by one loop."""

    def __init__(self, settings: IntakeSettings, who: Credentials) -> None:
        """Connect to nothing yet.

        Raises:
            StateError: the file of who signs the servers' certificates is none.
        """
        self._settings = settings
        self._who = who
        self._client = _Client()
        self._begun = False
        self._pull: JetStreamContext.PullSubscription | None = None
        self._failures: list[Exception] = []
        self._refusal = asyncio.Event()
        self._room, self._looking = Room(), asyncio.Lock()
        self._context = _context(settings)
        logging.getLogger("nats").disabled = True  # its words name servers and subjects
        logging.getLogger("nats.aio.client").disabled = True

    @property
    def there(self) -> bool:
        """Tell whether the cluster is connected, and its stream was looked at."""
        return self._pull is not None and self._client.is_connected

    async def connect(self) -> None:
        """Connect, and look whether the stream is what it should be; make a new one.

        Raises:
            AwayError: no server answers.
            StateError: they refuse us, or the stream is not what it should be.
        """
        await self.close()
        try:
            await self._reach()
        except _ERRORS as error:
            raise self._refused(error) from None
        self._begun = True
        if self._client.max_payload < MESSAGE_BYTES:
            msg = (
                "the intake's servers take no message as large as a shipment: set "
                f"max_payload = {2 * MESSAGE_BYTES} in their configuration"
            )
            raise StateError(msg)
        await self._look()

    async def _reach(self) -> None:
        """Connect to any server, until one refuses us for what a person has to mend.

        The library waits for ever behind a handshake that failed, so it is left.
        """
        self._failures.clear()
        self._refusal = asyncio.Event()  # of this loop: at the start it is another one
        self._client, keyless = _Client(), self._who.key is None
        asked = self._client.connect(
            list(self._settings.servers),
            error_cb=self._failed,
            name=NAME,
            tls=self._context,
            pending_size=2 * MESSAGE_BYTES,
            connect_timeout=int(CONNECT_SECONDS),
            allow_reconnect=True,
            max_reconnect_attempts=RETURNS,
            reconnect_time_wait=0,
            user=self._who.user if keyless else None,
            password=self._who.password if keyless else None,
            user_jwt_cb=None if keyless else self._who.token,
            signature_cb=None if keyless else self._who.sign,
        )
        waits = (
            asyncio.ensure_future(asked),
            asyncio.ensure_future(self._refusal.wait()),
        )
        try:
            await asyncio.wait(
                waits, timeout=REACH_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if not waits[0].done():
                raise TimeoutError
            await waits[0]
        finally:
            for one in waits:
                one.cancel()

    async def close(self) -> None:
        """Let the connection go."""
        self._pull, self._room = None, Room()
        begun, self._begun = self._begun, False
        if begun and not self._client.is_closed:
            with suppress(*_ERRORS):
                await asyncio.wait_for(self._client.close(), ASK_SECONDS)

    async def put(self, octets: bytes, name: bytes) -> None:
        """Return when a majority of servers has a shipment.

        Args:
            octets: the shipment.
            name: tells it from others; what is repeated within minutes is there once.

        Raises:
            FullError: there is no room.
            AwayError: no majority said so in time; it may be there all the same.
        """
        began = time.monotonic()
        until = began + PUBLISH_SECONDS
        headers = {str(api.Header.MSG_ID.value): name.hex()}
        while True:
            try:
                await self._publish(SHIPMENTS, octets, headers, until)
            except AwayError:
                now = time.monotonic()
                gone = not self.there and now - began > GONE_SECONDS
                if gone or now + PAUSE_SECONDS > until:
                    raise
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                return

    async def set_aside(self, taken: Taken, reason: str) -> bool:
        """Have a message lie where nobody takes it, for as long again as one may wait.

        Args:
            taken: the message, which is not given out again.
            reason: a slug.

        Returns:
            Whether it lies there; where there is no room for it, it is deleted.

        Raises:
            AwayError: the cluster does not answer: it is given out again.
        """
        headers = {"Discreet-Reason": reason}
        until = time.monotonic() + ASK_SECONDS
        try:
            await self._publish(ASIDE, taken.octets, headers, until)
        except FullError:
            lies = False
        else:
            lies = True
        await self.done(taken)
        return lies

    async def take(self) -> Sequence[Taken]:
        """Return messages for the store; none where there is none for a while.

        Raises:
            AwayError: the cluster does not answer.
        """
        if self._pull is None:
            raise AwayError(_AWAY)
        try:
            found = await self._pull.fetch(TAKEN, LISTEN_SECONDS)
        except nats.errors.TimeoutError:
            return ()
        except _ERRORS:
            raise AwayError(_AWAY) from None
        return [Taken(one.data, one) for one in found]

    async def done(self, taken: Taken) -> None:
        """Have a message deleted; one whose word is lost is given out again."""
        if isinstance(taken.message, Msg):
            with suppress(*_ERRORS):
                await taken.message.ack()

    async def later(self, taken: Taken, seconds: float) -> None:
        """Have a message given out again after a while."""
        if isinstance(taken.message, Msg):
            with suppress(*_ERRORS):
                await taken.message.nak(delay=seconds)

    async def counts(self) -> tuple[int, int]:
        """Return how many messages wait, and how many were set aside.

        Raises:
            AwayError: the cluster does not answer.
        """
        try:
            found = await self._stream().stream_info(
                self._settings.stream, subjects_filter=subject(self._settings, ASIDE)
            )
        except _ERRORS:
            raise AwayError(_AWAY) from None
        aside = sum((found.state.subjects or {}).values())
        return found.state.messages - aside, aside

    def _stream(self) -> JetStreamContext:
        return self._client.jetstream(timeout=ASK_SECONDS)

    async def _publish(
        self, kind: str, octets: bytes, headers: dict[str, str], until: float
    ) -> None:
        if not self.there:
            raise AwayError(_AWAY)
        try:
            async with asyncio.timeout(_left(until)):
                room = await self._room_there()
            with room.put(len(octets), aside=kind is ASIDE):
                await self._stream().publish(
                    subject(self._settings, kind),
                    octets,
                    timeout=_left(until),
                    stream=self._settings.stream,
                    headers=headers,
                )
        except nats.js.errors.APIError as error:
            if error.err_code in _FULL:
                msg = "the intake's stream is full"
                raise FullError(msg) from None
            raise AwayError(_AWAY) from None
        except _ERRORS:
            raise AwayError(_AWAY) from None

    async def _room_there(self) -> Room:
        """Return what is known of the stream's room, after a look where one is due."""
        async with self._looking:
            room, now = self._room, time.monotonic()
            if room.due(now):
                flying = room.flying
                found = await self._stream().stream_info(self._settings.stream)
                held = found.state.bytes + flying
                room.seen(held, found.config.max_bytes or 0, now)
            return room

    async def _look(self) -> None:
        """Make the stream where there is none, and require that it is as asked for."""
        settings, stream = self._settings, self._stream()
        asked = wanted(settings)
        try:
            try:
                found = (await stream.stream_info(settings.stream)).config
            except nats.js.errors.NotFoundError:
                found = await self._made(asked)
            other = wrong(found, asked)
            if other:
                msg = (
                    f"the intake's stream {settings.stream} has another {other} "
                    "than it should: mend it, or delete it and have a gate make it anew"
                )
                raise StateError(msg)
            self._pull = await stream.pull_subscribe(
                subject(settings, SHIPMENTS),
                CONSUMER,
                settings.stream,
                config=consumer(settings),
            )
        except nats.js.errors.APIError as error:
            raise self._unmade(error) from None
        except _ERRORS:
            raise AwayError(_AWAY) from None

    async def _made(self, asked: api.StreamConfig) -> api.StreamConfig:
        """Make the stream; servers that just started do not know each other yet."""
        until = time.monotonic() + PEERS_SECONDS
        while True:
            try:
                return (await self._stream().add_stream(asked)).config
            except nats.js.errors.APIError as error:
                if error.err_code != _TOO_FEW or time.monotonic() > until:
                    raise
            await asyncio.sleep(PAUSE_SECONDS)

    def _unmade(self, error: nats.js.errors.APIError) -> StateError:
        """Return why a stream cannot be made, or looked at."""
        code = error.code or 0
        if code == _NO_JETSTREAM:
            return AwayError(_AWAY)
        msg = (
            f"the intake's stream {self._settings.stream} cannot be made (JetStream's "
            f"error {error.err_code}): give its account room for it on "
            f"{self._settings.replicas} servers"
        )
        return StateError(msg)

    def _refused(self, error: Exception) -> StateError:
        """Return why no server let us in: the first reason that a person can mend."""
        found = (self._mended(one) for one in (*self._failures, error))
        told = next((words for words in found if words), "")
        return StateError(told) if told else AwayError(_AWAY)

    def _mended(self, error: Exception) -> str:
        """Return how a person mends what a server refused; empty: it is away."""
        if isinstance(error, ssl.SSLCertVerificationError):
            return (
                "the intake's servers show a certificate that "
                f"{self._settings.authority} did not sign: mend `authority` of "
                "[intake], or their certificates"
            )
        if isinstance(error, nats.errors.SecureConnRequiredError):
            return "the intake's servers speak without TLS: give each a certificate"
        if isinstance(error, nats.errors.AuthorizationError) or _UNKNOWN in str(error):
            return (
                "the intake's servers do not let this user in: mend the file "
                f"{self._settings.credentials}"
            )
        return ""

    async def _failed(self, error: Exception) -> None:
        """Remember why one server could not be used."""
        self._failures.append(error)
        del self._failures[:-_REMEMBERED]
        if self._mended(error):
            self._refusal.set()


_AWAY = "the intake's servers do not answer: start them, or mend `servers` of [intake]"
_UNKNOWN = "uthorization Violation"
"""What a server says of a user that it does not know."""
_NO_JETSTREAM = 503
_REMEMBERED = 64
"""Failures of servers since the last connection."""


def _left(until: float) -> float:
    """Return the seconds until a moment, and some for a last try."""
    return max(until - time.monotonic(), PAUSE_SECONDS)


def _context(settings: IntakeSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(settings.authority))
    except (OSError, ssl.SSLError):
        msg = f"{settings.authority} holds no certificate in PEM that can be read"
        raise StateError(msg) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context
