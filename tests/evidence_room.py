# SPDX-License-Identifier: Apache-2.0
"""An installation of which packages of evidence are built, and verified by strangers.

Rules: everything is what ships; a package is signed at the machine's time.
Not here: the installation (`keeper_fixture.py`).
"""

from collections.abc import Mapping

from keeper_fixture import Room
from reader_fixture import Site

from policies import clauses
from server.errors import ServerError
from server.evidence import archive
from server.evidence.building import build
from server.evidence.gathering import gather
from server.evidence.measured import Measured
from server.evidence.verifying import verify
from server.ledger import SqliteLedger
from server.statements import Statements
from wire import signed, trust
from wire.errors import WireError
from wire.signed import SignedKind


def root_of(site: Site) -> bytes:
    """Return the root digest by which strangers verify what an installation made."""
    statements = Statements(site.layout.authority / "statements.sqlite")
    try:
        first = statements.every(site.tenant, SignedKind.ROOT)[0]
    finally:
        statements.close()
    return trust.root_digest(
        trust.ROOT.decode(signed.read(first, SignedKind.ROOT).payload)
    )


class EvidenceRoom(Room):
    """An installation of which packages are built."""

    def package(
        self,
        now: int | None = None,
        results: Mapping[str, bool] | None = None,
        measured: Measured | None = None,
    ) -> bytes:
        """Return a package as it is built at a time; now if none is given."""
        ledger = SqliteLedger(self.site.layout.ledger)
        try:
            state = gather(self.site.layout, ledger, measured)
            found = clauses.read(clauses.shipped())
            key = self.site.keyring.keeper_key()
            time = self.machine.system if now is None else now
            return build(state, ledger, key, found, results, time)
        finally:
            ledger.close()

    def built(self, results: Mapping[str, bool] | None = None) -> dict[str, bytes]:
        """Return the files of a package as it is built now."""
        return archive.unpack(self.package(results=results))

    @property
    def root(self) -> bytes:
        """Return the root digest by which strangers verify."""
        return root_of(self.site)

    def problem_of(self, files: dict[str, bytes]) -> str:
        """Return what a stranger finds wrong with files; empty for nothing."""
        try:
            verify(archive.pack(files), self.root)
        except (ServerError, WireError) as error:
            return str(error)
        return ""
