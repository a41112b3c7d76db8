# SPDX-License-Identifier: Apache-2.0
"""The act `notice`: lists and shows notices, writes one, notes a delivery.

Rules: who is told of what a policy will change is the client; a delivery is a digest,
never the file.
Not here: notices themselves (`server/keeper/notices.py`), letting one wait
(`server/keeper/matters/delay_notice.py`).
"""

import hashlib
from collections.abc import Callable, Generator, Mapping

from server.errors import UsageError
from server.keeper import notices
from server.keeper.bounds import OWNERSHIP_NOTICE_SECONDS
from server.keeper.desk import Desk
from server.keeper.notices import CLIENT, Telling
from server.keeper.questions import octets_of, step_of, text_of
from server.keeper.terms import day_named
from server.register import notices as register
from server.register.notices import Notice, NoticeKind
from wire import limits
from wire.purposes import Purpose

NAME = "notice"
PROOF_BYTES = 32
_OWNER = b"discreet/1/owner-told\x00"
Answer = dict[str, object]


def answer(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Generator[Answer, None, None]:
    """Yield the one answer.

    Raises:
        UsageError: the question is none, or there is no such notice.
    """
    step = step_of(message, _STEPS)
    yield {"end": step(desk, message, user, now)}


def _list(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    with desk.register.view() as connection:
        found = register.every(connection)
    return {"notices": [_told(one, now) for one in found]}


def _show(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    notice = notices.held(desk, notices.numbered(desk, text_of(message, "notice")))
    return {
        **_told(notice, now),
        "path": str(notices.path_of(desk, notice.id)),
        "text": notices.text_of(desk, notice),
    }


def _delivered(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Answer:
    number = notices.numbered(desk, text_of(message, "notice"))
    proof = octets_of(message, "proof")
    if len(proof) != PROOF_BYTES:
        msg = "a delivery is proved by the SHA-256 digest of a file"
        raise UsageError(msg)
    return _told(notices.deliver(desk, number, proof, user, now), now)


def _change_of_use(
    desk: Desk,
    message: Mapping[str, object],
    user: str,
    now: int,
) -> Answer:
    """Write what a policy will change; it names at least one use."""
    names = text_of(message, "uses").splitlines()
    purposes = {purpose.value for purpose in Purpose}
    if not names or not {name.split(" ")[0] for name in names} <= purposes:
        msg = "a change of use names a purpose that is new, or a recipient"
        raise UsageError(msg)
    version = desk.policy(now).version
    event = hashlib.sha256("\n".join([str(version), *names]).encode()).digest()
    told = Telling(
        NoticeKind.CHANGE_OF_USE, CLIENT, event, text_of(message, "text"), tuple(names)
    )
    number = notices.due(desk, told, None, now)
    return _told(notices.held(desk, number), now)


def _change_of_ownership(
    desk: Desk,
    message: Mapping[str, object],
    user: str,
    now: int,
) -> Answer:
    """Write that the provider gets another owner, while no data moves."""
    owner, text = text_of(message, "owner"), text_of(message, "day")
    if not owner or not owner.isprintable() or len(owner.encode()) > limits.TEXT_CHARS:
        msg = f"say who the owner is, in one line of {limits.TEXT_CHARS} bytes at most"
        raise UsageError(msg)
    day = day_named(text, "from which day on the owner is another one")
    name = desk.settings().controller.name or "we"
    words = "\n".join(
        [
            "Our owner changes, and with it who answers for us.",
            "",
            f"From {text} on, {name} will belong to: {owner}",
            "",
            "Data of your machines stays where it is, under the same keys and the same",
            "policy. Before it is used otherwise, or goes to another company, we tell",
            "you again, and it waits for that.",
        ]
    )
    event = hashlib.sha256(_OWNER + f"{text} {owner}".encode()).digest()
    told = Telling(NoticeKind.CHANGE_OF_OWNERSHIP, CLIENT, event, words, (owner,))
    by = max(day, now + OWNERSHIP_NOTICE_SECONDS)
    return _told(notices.held(desk, notices.due(desk, told, by, now)), now)


def _told(notice: Notice, now: int) -> Answer:
    return {
        "id": notice.id.hex(),
        "kind": notice.kind.value,
        "to": notice.recipient,
        "event": notice.event.hex(),
        "about": list(notice.about),
        "digest": notice.digest.hex(),
        "written": notice.written,
        "due": notice.due or 0,
        "delayed": notice.delayed or 0,
        "delivered": notice.delivered or 0,
        "proof": (notice.proof or b"").hex(),
        "state": notice.standing(now).value,
    }


_STEPS: Mapping[str, Callable[[Desk, Mapping[str, object], str, int], Answer]] = {
    "list": _list,
    "show": _show,
    "delivered": _delivered,
    "change-of-use": _change_of_use,
    "change-of-ownership": _change_of_ownership,
}
