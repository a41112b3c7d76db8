# SPDX-License-Identifier: Apache-2.0
"""The act `law`: which laws are in force, and what another pack would change.

Rules: it changes nothing and opens nothing.
Not here: what would change (`server/keeper/law_impact.py`), publishing
(`server/publishing.py`).
"""

from collections import Counter
from collections.abc import Generator

from server import laws
from server.errors import UsageError
from server.keeper import facts, law
from server.keeper.acts import Message
from server.keeper.desk import Desk
from server.keeper.keeping import OPEN_END
from server.keeper.law_extracts import law_keys
from server.keeper.law_impact import Change, Impact, impact
from server.keeper.questions import octets_of
from wire.errors import WireError
from wire.papers.law import LAW_PACK, LawPack, LawRule, check_pack

NAME = "law"


def answer(
    desk: Desk,
    message: Message,
    user: str,
    now: int,
) -> Generator[Message, None, None]:
    """Yield the rules in force, or what a pack would change.

    Args:
        desk: what the keeper works with.
        message: "do" is "show", or "diff" with "pack" in hexadecimal digits.
        user: who asks.
        now: the system's time.

    Raises:
        UsageError: it is no pack, or one that cannot follow those before.
    """
    if message.get("do") == "diff":
        yield {"end": _told(impact(desk, _pack(octets_of(message, "pack"))))}
    else:
        yield {"end": {"rules": _shown(desk)}}


def _pack(octets: bytes) -> LawPack:
    try:
        pack = LAW_PACK.decode(octets)
        check_pack(pack)
    except WireError as error:
        msg = f"the keeper does not understand this pack: {error}"
        raise UsageError(msg) from None
    return pack


def _shown(desk: Desk) -> list[Message]:
    known = facts.facts(desk)
    pieces: Counter[str] = Counter()
    ends: dict[str, int] = {}
    for key in law_keys(desk, known):
        use = desk.store.sealed_to(desk.tenant, key.key_id)
        pieces[key.rule] += use.others
        ends.setdefault(key.rule, key.until)  # the first to end comes first
    return [
        {
            "name": one.name,
            **_words(one.rule),
            "kept": pieces[one.name],
            "until": _until(ends.get(one.name, 0)),
        }
        for one in laws.in_force(law.published(desk))
    ]


def _words(rule: LawRule) -> Message:
    return {
        "statute": rule.statute,
        "title": rule.title,
        "criterion": rule.criterion.value,
        "purposes": [purpose.value for purpose in rule.purposes],
        "dataset": rule.dataset,
        "columns": list(rule.columns),
        "days": rule.days,
        "from": rule.starts.value,
    }


def _told(found: Impact) -> Message:
    return {
        "rules": [*map(_change, found.changes)],
        "classes": [
            {
                "purpose": purpose,
                "retention": retention,
                "keys": one.keys,
                "envelopes": one.envelopes,
                "records": one.records,
                "dies": one.dies,
                "before": _until(one.before),
                "after": _until(one.after),
            }
            for (purpose, retention), one in sorted(found.touched.items())
        ],
        "ending": found.ending,
    }


def _change(change: Change) -> Message:
    days = [None if one is None else one.days for one in (change.before, change.after)]
    rule = change.after or change.before
    said = {} if rule is None else {"statute": rule.statute, "title": rule.title}
    return {"name": change.name, **said, "before": days[0], "after": days[1]}


def _until(moment: int) -> int | None:
    """Return an end; None until the contract ends."""
    return None if moment == OPEN_END else moment
