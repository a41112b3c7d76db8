# SPDX-License-Identifier: Apache-2.0
"""Why releases, archives, rights, packages of evidence and certificates are kept.

Rules: nothing is opened.
Not here: until when (`ends.py`), ending them (`server/keeper/rounds`).
"""

from collections.abc import Iterator
from dataclasses import replace

from server.keeper import certifying, ends, facts, ledger_ends
from server.keeper.bounds import (
    CASE_KEEP_SECONDS,
    EVIDENCE_KEEP_SECONDS,
    EVIDENCE_ROW_SECONDS,
    EXPORT_KEEP_SECONDS,
)
from server.keeper.explaining import Group
from server.keeper.keeping import OPEN_END
from server.keeper.own import words
from server.keeper.own.question import Question
from server.keeper.rights import erasing
from server.keeper.sharing import lasting
from server.register import certificates, erasures, packages, releases, rights
from server.register.packages import State


def release(asked: Question) -> Iterator[Group]:
    """Yield all releases: what is known of each, and its files while they are here."""
    with asked.desk.register.view() as connection:
        found = releases.every(connection)
    here = {path.name for path in asked.desk.layout.releases.glob("*")}
    for one in found:
        name, said = one.id.hex(), words.FETCHED
        yield _claimed("release", name, ends.release_row(one), words.ENDED)
        if name in here:
            if one.revoked is not None:
                said = words.REVOKED
            end = ends.release(one)
            yield words.group("release", name, end, said, words.WRITTEN_OVER)


def grant(asked: Question) -> Iterator[Group]:
    """Yield all grants: those in force, and those that are over."""
    for one in lasting.grants(asked.desk):
        yield _claimed("grant", one.held.id.hex(), one.until, words.ENDED)


def recipient(asked: Question) -> Iterator[Group]:
    """Yield all recipients, and for whose word one is still waited."""
    for one in lasting.registered(asked.desk):
        yield _claimed("recipient", one.held.name, one.until, words.RECIPIENT)


def export(asked: Question) -> Iterator[Group]:
    """Yield all archives that wait for whom they are about."""
    with asked.desk.register.view() as connection:
        found = rights.every(connection, rights.EXPORTS)
    for one in found:
        told = "export", one.case.hex(), ends.export(one), words.WAITS
        yield words.group(*told, words.WRITTEN_OVER, seconds=EXPORT_KEEP_SECONDS)


def right(asked: Question) -> Iterator[Group]:
    """Yield all rights in force."""
    for table in (rights.RESTRICTIONS, rights.ANNOTATIONS, rights.OBJECTIONS):
        with asked.desk.register.view() as connection:
            found = rights.every(connection, table)
        for one in found:
            told = "right", one.case.hex(), OPEN_END, words.LIFTED
            yield words.group(*told, words.WRITTEN_OVER)


def erasure(asked: Question) -> Iterator[Group]:
    """Yield all erasures in force, each until the last that is as old is due."""
    with asked.desk.register.view() as connection:
        found = erasures.in_force(connection)
    if not found:
        return
    kept = facts.kept(asked.desk, asked.known())
    live = [key for key, _ in kept]
    dies = {key.key_id: keep.key_dies for key, keep in kept}
    for one in found:
        keys = erasing.keys_of(asked.desk, one.case)
        old = erasing.as_old(keys, one.before, live)
        end = max((dies[key.key_id] for key in old), default=one.before)
        yield words.group(
            *("erasure", one.case.hex(), end, words.ERASED, words.WRITTEN_OVER)
        )


def evidence(asked: Question) -> Iterator[Group]:
    """Yield all packages: who asked for each, and its file while it is here."""
    with asked.desk.register.view() as connection:
        found = packages.every(connection)
    for one in found:
        name = one.id.hex()
        told = "evidence", name, ends.package_row(one), words.ASKED, words.WRITTEN_OVER
        yield words.group(*told, clause=words.CLAIMS, seconds=EVIDENCE_ROW_SECONDS)
        if one.state is State.READY:
            file = "evidence", name, ends.package(one), words.DAYS, words.WRITTEN_OVER
            yield words.group(*file, seconds=EVIDENCE_KEEP_SECONDS)


def certificate(asked: Question) -> Iterator[Group]:
    """Yield all certificates, each for as long as the ledger's line of it."""
    with asked.desk.register.view() as connection:
        found = certificates.every(connection)
    known = asked.known()
    for one in found:
        name, because = str(one.number), certifying.kept(asked.desk, one, known)
        end = ledger_ends.last(because)
        told = words.group("certificate", name, end, "", words.WRITTEN_OVER)
        yield replace(told, because=because)


def _claimed(kind: str, name: str, until: int, said: str) -> Group:
    """Return what is kept for claims, once nobody has anything of it any more."""
    told = kind, name, until
    if until == OPEN_END:
        return words.group(*told, words.OWES, words.WRITTEN_OVER)
    over = *told, said, words.WRITTEN_OVER
    return words.group(*over, clause=words.CLAIMS, seconds=CASE_KEEP_SECONDS)
