# SPDX-License-Identifier: Apache-2.0
"""Why releases, archives, rights, packages of evidence and certificates are kept.

Rules: nothing is opened.
Not here: until when (`ends.py`), ending them (`server/keeper/rounds`).
"""

from collections.abc import Iterator

from server.keeper import ends
from server.keeper.bounds import (
    EVIDENCE_KEEP_SECONDS,
    EVIDENCE_ROW_SECONDS,
    EXPORT_KEEP_SECONDS,
)
from server.keeper.desk import Desk
from server.keeper.explaining import Group
from server.keeper.keeping import OPEN_END
from server.keeper.own import words
from server.register import certificates, packages, releases, rights
from server.register.packages import State


def release(desk: Desk, _: str) -> Iterator[Group]:
    """Yield all releases: what is known of each, and its files while they are here."""
    with desk.register.view() as connection:
        found = releases.every(connection)
    here = {path.name for path in desk.layout.releases.glob("*")}
    for one in found:
        name, said = one.id.hex(), words.FETCHED
        yield words.for_ever("release", name)
        if name in here:
            if one.revoked is not None:
                said = words.REVOKED
            end = ends.release(one)
            yield words.group("release", name, end, said, words.WRITTEN_OVER)


def export(desk: Desk, _: str) -> Iterator[Group]:
    """Yield all archives that wait for whom they are about."""
    with desk.register.view() as connection:
        found = rights.every(connection, rights.EXPORTS)
    for one in found:
        told = "export", one.case.hex(), ends.export(one), words.WAITS
        yield words.group(*told, words.WRITTEN_OVER, seconds=EXPORT_KEEP_SECONDS)


def right(desk: Desk, _: str) -> Iterator[Group]:
    """Yield all rights in force."""
    for table in (rights.RESTRICTIONS, rights.ANNOTATIONS, rights.OBJECTIONS):
        with desk.register.view() as connection:
            found = rights.every(connection, table)
        for one in found:
            told = "right", one.case.hex(), OPEN_END, words.LIFTED
            yield words.group(*told, words.WRITTEN_OVER)


def evidence(desk: Desk, _: str) -> Iterator[Group]:
    """Yield all packages: who asked for each, and its file while it is here."""
    with desk.register.view() as connection:
        found = packages.every(connection)
    for one in found:
        name = one.id.hex()
        told = "evidence", name, ends.package_row(one), words.ASKED, words.WRITTEN_OVER
        yield words.group(*told, clause=words.CLAIMS, seconds=EVIDENCE_ROW_SECONDS)
        if one.state is State.READY:
            file = "evidence", name, ends.package(one), words.DAYS, words.WRITTEN_OVER
            yield words.group(*file, seconds=EVIDENCE_KEEP_SECONDS)


def certificate(desk: Desk, _: str) -> Iterator[Group]:
    """Yield all certificates."""
    with desk.register.view() as connection:
        found = certificates.every(connection)
    for one in found:
        yield words.for_ever("certificate", str(one.number))
