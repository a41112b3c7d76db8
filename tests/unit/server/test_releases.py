# SPDX-License-Identifier: Apache-2.0
"""A release is there whole or not at all, and opens for its recipient alone, in time.

Rules: a real installation; the recipient's side is `wire` alone; the keeper is killed
as a process.
Not here: what may be in a release, the messages' vectors (`papers-releases.json`).
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from release_room import COLUMNS, DAY, GRANT, ID, ReleaseRoom

from server.errors import DeniedError, LimitError, UsageError
from server.formats import choosing
from server.keeper.acts import recipient
from server.keeper.copies import strangers
from server.keeper.desk import Desk
from server.keeper.rounds import releases as round_of_releases
from server.keeper.sharing import fetching, writing
from server.keeper.sharing.writing import ReleasedTable
from server.keyring import KeyKind
from server.register import recipients, releases
from tests.vectors import release_world, world
from wire.errors import OpenError
from wire.papers.fetch import Fetch as Request
from wire.papers.fetch import Received, Said, sign_fetch, sign_received
from wire.papers.release import PART_BYTES, head_digest, open_part

pytestmark = pytest.mark.slow
LINES = ["first", "=second", "canary-of-a-release"]
FILE = b"message\r\nfirst\r\n'=second\r\ncanary-of-a-release\r\n"


@pytest.fixture
def room(tmp_path: Path) -> ReleaseRoom:
    """A collector with one recipient."""
    return ReleaseRoom(tmp_path)


@pytest.fixture
def desk(room: ReleaseRoom) -> Iterator[Desk]:
    """Its keeper's desk."""
    with room.desk() as opened:
        yield opened


def denied(call: Callable[[], object]) -> str:
    """Return for what reason something is refused."""
    with pytest.raises(DeniedError) as refused:
        call()
    return refused.value.reason


def keys(desk: Desk) -> int:
    """Return how many releases have a key."""
    return len(desk.keyring.cases.names(desk.tenant, KeyKind.RELEASE))


def test_a_release_opens_for_its_recipient(room: ReleaseRoom, desk: Desk) -> None:
    """With root digest and its keys the recipient has the rows; nobody before."""
    room.make(desk, LINES, sources=[b"s" * 32])
    layout = room.site.layout
    texts = [
        path.read_bytes() for path in layout.directory.rglob("*") if path.is_file()
    ]
    assert not [text for text in texts if b"canary-of-a-release" in text]
    assert strangers(layout) == []
    head = room.head()
    (file,) = head.tables
    assert (file.file, file.rows, file.octets) == ("event_logs.csv", 3, len(FILE))
    assert room.opened(room.fetched(desk)) == FILE
    with desk.register.view() as connection:
        assert releases.having(connection, b"s" * 32) == [ID]


def test_the_keeper_keeps_no_key(room: ReleaseRoom, desk: Desk) -> None:
    """Once given out, the key is gone; the same request is answered alike, no other."""
    room.make(desk, LINES)
    assert keys(desk) == 1
    now = room.machine.system
    first = fetching.give(desk, room.request(), now)
    assert keys(desk) == 0
    assert fetching.give(desk, room.request(), now + 5) == first
    other = room.request(nonce=b"n" * 16)
    assert denied(lambda: fetching.give(desk, other, now)) == "given-out"
    acts = [entry.act for entry in desk.ledger.entries(0)]
    assert acts.count("release-made") == 1
    assert acts.count("release-fetched") == 2


def test_no_key_after_the_last_second(room: ReleaseRoom, desk: Desk) -> None:
    """On its last second a release is given out; a second later never."""
    head = room.make(desk, LINES)
    late = head.expires + 1
    assert denied(lambda: fetching.give(desk, room.request(), late)) == "expired"
    assert fetching.give(desk, room.request(), head.expires)
    assert denied(lambda: fetching.give(desk, room.request(), late)) == "expired"


def test_no_key_after_a_revocation(room: ReleaseRoom, desk: Desk) -> None:
    """What was revoked leaves neither key nor file, fetched or not."""
    room.make(desk, LINES)
    now = room.machine.system
    fetching.revoke(desk, ID, "amelie", now)
    assert denied(lambda: fetching.give(desk, room.request(), now)) == "revoked"
    assert (keys(desk), room.directory().exists()) == (0, False)
    with pytest.raises(UsageError, match="or it was revoked"):
        fetching.revoke(desk, ID, "amelie", now)


def test_no_key_for_another(room: ReleaseRoom, desk: Desk) -> None:
    """Refused: another's signature, a suspended recipient, an ended agreement."""
    room.make(desk, LINES)
    now, until = room.machine.system, room.recipient.agreement_until
    forged = sign_fetch(Request(ID, "example-soc", now, b"n" * 16), world.signing("bo"))
    assert denied(lambda: fetching.give(desk, forged, now)) == "other-recipient"
    named = room.request(recipient="another")
    assert denied(lambda: fetching.give(desk, named, now)) == "other-recipient"
    ahead = room.request(time=now + 3_601)
    assert denied(lambda: fetching.give(desk, ahead, now)) == "ahead"
    with pytest.raises(UsageError, match="not of this collector"):
        fetching.give(desk, room.request(release=b"x" * 16), now)
    with pytest.raises(UsageError, match="not what a recipient signs"):
        fetching.give(desk, b"\x00", now)
    room.make(desk, LINES, release=b"q" * 16, expires=until + DAY)
    second = room.request(release=b"q" * 16)
    late = until + 1
    assert denied(lambda: fetching.give(desk, second, late)) == "recipient-expired"
    with desk.register.transaction() as connection:
        recipients.suspend(connection, "example-soc", now)
    assert denied(lambda: fetching.give(desk, room.request(), now)) == "no-recipient"
    assert keys(desk) == 2


def test_the_cap_is_exact(room: ReleaseRoom, desk: Desk) -> None:
    """A release as large as its cap is made; of one octet more nothing is left."""
    with pytest.raises(LimitError, match="more than the 46 bytes"):
        room.make(desk, LINES, cap=len(FILE) - 1)
    assert (keys(desk), list(room.site.layout.releases.glob("*"))) == (0, [])
    assert room.make(desk, LINES, cap=len(FILE)).tables[0].octets == len(FILE)


def test_a_release_is_made_once(room: ReleaseRoom, desk: Desk) -> None:
    """Asked for again, it is returned as it is, and its rows are not read."""
    first = room.make(desk, LINES)
    unread = (1 / 0 for _ in range(1))
    table = ReleasedTable("event_logs", COLUMNS, ([item] for item in unread))
    assert room.make(desk, [], tables=[table]) == first


def test_a_file_is_named_after_its_format(room: ReleaseRoom, desk: Desk) -> None:
    """Each format has an ending; what is protobuf is not called JSON."""
    assert writing.ENDINGS.keys() == set(choosing.NAMES)
    (file,) = room.make(desk, LINES, form="otlp-logs").tables
    assert file.file == "event_logs.otlp.binpb"


def test_parts_stand_in_their_places(room: ReleaseRoom, desk: Desk) -> None:
    """Swapped, cut, altered or missing parts do not open; in their places they do."""
    rows = ["x" * 1_048_574] * 17
    head = room.make(desk, rows)
    paths = sorted(room.directory().glob("part-*"))
    assert [path.name for path in paths] == ["part-0001", "part-0002", "part-0003"]
    key = room.fetched(desk)
    first, second, last = (path.read_bytes() for path in paths)
    assert len(open_part(key, head, 0, first)) == PART_BYTES
    whole = b"message\r\n" + b"".join(row.encode() + b"\r\n" for row in rows)
    assert room.opened(key) == whole
    for number, octets in ((0, second), (1, first), (1, last), (2, last[:-1])):
        with pytest.raises(OpenError):
            open_part(key, head, number, octets)


def test_receipts_are_noted(room: ReleaseRoom, desk: Desk) -> None:
    """What the recipient signs is noted; of another or another head it is refused."""
    head, now = room.make(desk, LINES, sources=[b"s" * 32]), room.machine.system
    good = Received(ID, "example-soc", head_digest(head), Said.RECEIVED, now)
    wrong = Received(ID, "example-soc", b"h" * 32, Said.RECEIVED, now)
    ended = Received(ID, "example-soc", head_digest(head), Said.DELETED, now)
    key = release_world.SIGNING
    forged = sign_received(good, world.signing("bo"))
    assert denied(lambda: fetching.take(desk, forged, now)) == "other-recipient"
    other = sign_received(wrong, key)
    assert denied(lambda: fetching.take(desk, other, now)) == "other-head"
    assert fetching.take(desk, sign_received(good, key), now + 1) is Said.RECEIVED
    assert fetching.take(desk, sign_received(ended, key), now + 9) is Said.DELETED
    with desk.register.view() as connection:
        made = releases.find(connection, ID)
        assert releases.having(connection, b"s" * 32) == []
    assert made is not None
    assert (made.received, made.deleted) == (now + 1, now + 9)


def test_what_a_recipient_owes_is_shown(room: ReleaseRoom, desk: Desk) -> None:
    """A receipt is missing from the fetch on, an attestation from the expiry on."""
    head, now = room.make(desk, LINES), room.machine.system

    def owed(at: int) -> tuple[object, object]:
        (said,) = recipient.answer(desk, {"do": "list"}, "amelie", at)
        (line,) = said["end"]["recipients"]  # type: ignore[index]  # as it answers
        return line["receipts_missing"], line["attestations_overdue"]

    def take(said: Said) -> None:
        received = Received(ID, "example-soc", head_digest(head), said, now)
        fetching.take(desk, sign_received(received, release_world.SIGNING), now)

    assert owed(head.expires + 1) == (0, 0)
    fetching.give(desk, room.request(), now)
    assert owed(head.expires) == (1, 0)
    take(Said.RECEIVED)
    assert owed(head.expires + 1) == (0, 1)
    take(Said.DELETED)
    assert owed(head.expires + 1) == (0, 0)


def test_what_expired_is_swept(room: ReleaseRoom, desk: Desk) -> None:
    """A turn removes key and files of what expired, and nothing of what did not."""
    head = room.make(desk, LINES)
    room.make(desk, LINES, release=b"q" * 16, expires=head.expires + DAY)
    round_of_releases.turn(desk, head.expires)
    assert (keys(desk), room.directory().exists()) == (2, True)
    round_of_releases.turn(desk, head.expires + 1)
    assert (keys(desk), room.directory().exists()) == (1, False)
    assert room.directory(b"q" * 16).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the keeper runs on Unix")
def test_a_killed_keeper_leaves_all_or_nothing(room: ReleaseRoom) -> None:
    """Killed at each of its steps, a release is whole or gone, and is then made."""
    seen = set()
    for step in range(100):
        release = b"k%015d" % step
        killed = _killed_at(room, release, step)
        with room.desk() as desk:
            round_of_releases.turn(desk, room.machine.system)
            made = writing.find(desk, release) is not None
            assert room.directory(release).exists() is made
            assert (
                release
                in desk.keyring.cases.names(desk.tenant, KeyKind.RELEASE).values()
                or not made
            )
            room.make(desk, LINES, release=release)
            assert room.head(release).grant == GRANT
            fetching.revoke(desk, release, "amelie", room.machine.system)
        seen.add(made)
        if not killed:
            break
    assert seen == {True, False}
    assert step > 5


def _killed_at(room: ReleaseRoom, release: bytes, step: int) -> bool:
    """Make a release in a process that dies at a step; tell whether it got there."""
    child = os.fork()
    if child == 0:
        with room.desk() as desk:
            left = [step]

            def die(event: str, _: object) -> None:
                if event in {"open", "os.mkdir", "os.rename", "os.chmod"}:
                    left[0] -= 1
                    if left[0] < 0:
                        os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(die)
            room.make(desk, LINES, release=release)
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)
