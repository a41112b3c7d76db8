# SPDX-License-Identifier: Apache-2.0
"""What a law pack would change, before it is published: rules, records, what ends.

Rules: nothing is opened, so records are counted by what their envelopes announce, and
at most so many are touched; what is told here is decided by the same function that
ends data.
Not here: deciding (`keeping.py`), publishing (`server/publishing.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from server import laws
from server.keeper import facts, law
from server.keeper.desk import Desk
from server.keeper.keeping import Keeping, keeping
from server.keeper.law_extracts import law_keys
from server.keyring import LiveKey
from wire.papers.law import LawPack, LawRule


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that comes, goes or asks for another time; None for not there."""

    name: str
    before: LawRule | None
    after: LawRule | None


@dataclass(slots=True)
class Touched:
    """One retention class of which something would be kept for another time.

    Attributes:
        keys: of how many key periods.
        envelopes: sealed to them.
        records: in those, at most so many are touched.
        dies: first second after which the last of the keys is gone.
        before: first second at which nothing of them is kept, as it is.
        after: and as it would be.
    """

    keys: int = 0
    envelopes: int = 0
    records: int = 0
    dies: int = 0
    before: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True)
class Impact:
    """What a pack would change.

    Attributes:
        changes: rules that are not as they were, by name.
        touched: by purpose and retention class.
        ending: pieces that a law kept and that would end at once.
    """

    changes: tuple[Change, ...]
    touched: Mapping[tuple[str, str], Touched]
    ending: int


def impact(desk: Desk, pack: LawPack) -> Impact:
    """Return what would change if a pack were published now.

    Args:
        desk: what the keeper works with.
        pack: in order (`wire.papers.law.check_pack`).

    Raises:
        UsageError: it cannot follow those that were published.
        ServerError: something of the installation cannot be used.
    """
    packs = law.published(desk)
    laws.check_next(packs, pack)
    known = facts.facts(desk)
    then = replace(known, minima=law.minima([*packs, pack], desk.tenant))
    promised = facts.promised(desk)
    touched: dict[tuple[str, str], Touched] = {}
    for key in desk.keyring.live(desk.tenant):
        said = promised.get((key.purpose, key.retention))
        before, after = keeping(key, said, known), keeping(key, said, then)
        if before.columns != after.columns:
            place = key.purpose.value, key.retention
            _add(desk, touched.setdefault(place, Touched()), key, before, after)
    now = desk.clock.now()
    lasting = {key.key_id for key in law_keys(desk, then) if key.until > now}
    ending = sum(
        desk.store.sealed_to(desk.tenant, key.key_id).others
        for key in law_keys(desk, known)
        if key.until > now and key.key_id not in lasting
    )
    return Impact(tuple(_changes(packs, pack)), touched, ending)


def _add(
    desk: Desk, found: Touched, key: LiveKey, before: Keeping, after: Keeping
) -> None:
    use = desk.store.sealed_to(desk.tenant, key.key_id)
    found.keys += 1
    found.envelopes += use.envelopes
    found.records += use.records
    found.dies = max(found.dies, before.key_dies)
    found.before = max(found.before, before.key_dies, *before.columns.values())
    found.after = max(found.after, after.key_dies, *after.columns.values())


def _changes(packs: list[LawPack], pack: LawPack) -> Iterator[Change]:
    before, after = (
        {one.name: one.rule for one in laws.in_force(some)}
        for some in (packs, [*packs, pack])
    )
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield Change(name, before.get(name), after.get(name))
