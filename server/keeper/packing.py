# SPDX-License-Identifier: Apache-2.0
"""Builds packages of evidence that people asked for, keeps them, and hands them out.

Rules: one at a time; asking, building, handing out and ending are each a line of the
ledger before they count; a package is verified as strangers do before it is ready; a
file that is not the one that was built is handed to nobody; what broke off, as by a
keeper that was killed, is tried once more, and no more.
Not here: what is in a package (`server/evidence`), who may ask (`by_session.py`).
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from policies import clauses
from server.errors import ServerError, StateError, UsageError
from server.keeper import ends
from server.keeper.bounds import (
    EVIDENCE_KEEP_SECONDS,
    EVIDENCE_KEPT,
    EVIDENCE_PIECE_BYTES,
    EVIDENCE_TRIES,
)
from server.keeper.desk import Desk
from server.key_files import have_directory, read_private, scrub, write_new
from server.register import packages
from server.register.packages import Contents, Package, State
from wire import limits, signed, trust
from wire.errors import WireError
from wire.signed import SignedKind

if TYPE_CHECKING:
    from server.evidence.gathering import State as Gathered
    from wire.cbor import Plain

STEPS = 3
"""Gather, build, verify."""
_ID_BYTES = 16
_MISSING = (
    "{part} is missing: install the extra 'export' of the collector, then ask again"
)
_BROKEN = "building it broke off twice: look at the log of `serve`, then ask again"


def ask(desk: Desk, by: str, reason: str, now: int) -> bytes:
    """Note that somebody asks for a package; return its id.

    Args:
        desk: what the keeper works with.
        by: id of who asks.
        reason: why, in a line.
        now: seconds since the epoch.

    Raises:
        UsageError: it says no reason, or another one is still to be built.
        StateError: too many are kept, or the ledger cannot be written.
    """
    reason = reason.strip()
    if not reason or not reason.isprintable() or len(reason) > limits.TEXT_CHARS:
        msg = f"say why in one line of at most {limits.TEXT_CHARS} characters"
        raise UsageError(msg)
    number = secrets.token_bytes(_ID_BYTES)
    with desk.register.transaction() as connection:
        known = packages.every(connection)
        if any(one.open for one in known):
            msg = "a package is being built: wait until it is ready, and use that one"
            raise UsageError(msg)
        if sum(one.state is State.READY for one in known) >= EVIDENCE_KEPT:
            msg = (
                f"{EVIDENCE_KEPT} packages are kept: use one of them, or wait until "
                "the oldest ends"
            )
            raise StateError(msg)
        body: dict[str, Plain] = {"by": by, "package": number, "reason": reason}
        desk.ledger.add("evidence-asked", body, now)
        packages.ask(connection, number, by, reason, now)
    return number


def turn(desk: Desk, now: int) -> None:
    """Build what was asked for, and end what is over.

    Raises:
        StateError: the ledger or the register cannot be written, or a file stays.
    """
    with desk.register.view() as connection:
        known = packages.every(connection)
    for one in reversed(known):
        if one.open:
            _take(desk, one, now)
        elif one.state is State.READY and ends.package(one) <= now:
            _end(desk, one, now)
    _sweep(desk)
    for one in known:
        if ends.package_row(one) <= now and not one.open:
            with desk.register.transaction() as connection:
                packages.forget(connection, one.id)


def pieces(desk: Desk, number: bytes, by: str, now: int) -> Iterator[dict[str, object]]:
    """Yield a package: first what it is, then its octets in base64.

    Raises:
        UsageError: there is no such package.
        StateError: it is not the file that was built.
    """
    with desk.register.view() as connection:
        found = packages.find(connection, number)
    if found is None or found.state is not State.READY or found.contents is None:
        msg = "there is no such package, or it has ended: the page lists what is kept"
        raise UsageError(msg)
    octets = read_private(path_of(desk, number), found.contents.size + 1)
    digest = found.contents.digest
    if hashlib.sha256(octets).digest() != digest:
        msg = (
            "this file is not the package that was built: somebody changed it at the "
            "collector; open an incident, and build another package"
        )
        raise StateError(msg)
    body: dict[str, Plain] = {"by": by, "package": number, "digest": digest}
    desk.ledger.add("evidence-fetched", body, now)
    yield {"size": len(octets), "digest": digest.hex(), "made": found.made}
    for start in range(0, len(octets), EVIDENCE_PIECE_BYTES):
        piece = octets[start : start + EVIDENCE_PIECE_BYTES]
        yield {"octets": base64.b64encode(piece).decode()}


def path_of(desk: Desk, number: bytes) -> Path:
    """Return where a package lies."""
    return desk.layout.evidence / f"{number.hex()}.zip"


def _take(desk: Desk, one: Package, now: int) -> None:
    """Build a package, or say why there is none."""
    if one.tries >= EVIDENCE_TRIES:
        _fail(desk, one, _BROKEN, now)
        return
    scrub(path_of(desk, one.id))
    with desk.register.transaction() as connection:
        packages.begin(connection, one.id)
    try:
        octets, found = _built(desk, lambda step: _step(desk, one, step), now)
        _write(path_of(desk, one.id), octets)
    except ModuleNotFoundError as error:
        _fail(desk, one, _MISSING.format(part=error.name), now)
        return
    except (ServerError, WireError) as error:
        _fail(desk, one, str(error), now)
        return
    body: dict[str, Plain] = {
        "by": one.by,
        "package": one.id,
        "digest": found.digest,
        "count": found.files,
        "until": now + EVIDENCE_KEEP_SECONDS,
    }
    desk.ledger.add("evidence-built", body, now)
    with desk.register.transaction() as connection:
        packages.keep(connection, one.id, found, now)


def _built(desk: Desk, done: Callable[[int], None], now: int) -> tuple[bytes, Contents]:
    """Return a package and what a stranger finds in it.

    Raises:
        ServerError: there is no state to pack, or it is too much for a package.
        WireError: something in the register was not signed by the keeper.
        ModuleNotFoundError: what writes the list of parts is not installed.
    """
    from server.evidence.building import build  # noqa: PLC0415 - an extra's library
    from server.evidence.gathering import gather  # noqa: PLC0415 - with the next
    from server.evidence.verifying import verify  # noqa: PLC0415 - with the others

    state = gather(desk.layout, desk.ledger)
    done(1)
    shipped, key = clauses.read(clauses.shipped()), desk.keyring.keeper_key()
    octets = build(state, desk.ledger, key, shipped, None, now)
    done(2)
    held = verify(octets, _root(state))
    return octets, Contents(
        hashlib.sha256(octets).digest(),
        len(octets),
        held.evidence.ledger.size,
        len(held.evidence.files),
        held.certificates,
        held.lines,
        held.pending,
        held.overdue or 0,
    )


def _root(state: "Gathered") -> bytes:
    """Return the digest that strangers were given when the collector was installed."""
    first = signed.read(state.roots[0], SignedKind.ROOT).payload
    return trust.root_digest(trust.ROOT.decode(first))


def _write(path: Path, octets: bytes) -> None:
    have_directory(path.parent)
    write_new(path, octets)


def _step(desk: Desk, one: Package, step: int) -> None:
    with desk.register.transaction() as connection:
        packages.note_step(connection, one.id, step)


def _fail(desk: Desk, one: Package, told: str, now: int) -> None:
    desk.ledger.add("evidence-failed", {"by": one.by, "package": one.id}, now)
    with desk.register.transaction() as connection:
        packages.fail(connection, one.id, told, now)


def _end(desk: Desk, one: Package, now: int) -> None:
    """Remove a package whose time is over."""
    desk.ledger.add("evidence-ended", {"package": one.id}, now)
    scrub(path_of(desk, one.id))
    with desk.register.transaction() as connection:
        packages.end(connection, one.id)


def _sweep(desk: Desk) -> None:
    """Remove files that no row keeps, such as what a crash left."""
    with desk.register.view() as connection:
        kept = {one.id.hex() for one in packages.every(connection) if _lies(one)}
    for path in sorted(desk.layout.evidence.glob("*")):
        if path.stem not in kept:
            scrub(path)


def _lies(one: Package) -> bool:
    return one.open or one.state is State.READY
