# SPDX-License-Identifier: Apache-2.0
"""`discreet-server evidence`: builds a package of evidence, and verifies one anywhere.

Rules: building changes nothing; verifying needs a file and the root's digest, and
neither a collector nor a network.
Not here: what is in a package (`server/evidence`).
"""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import printing
from server.commands.arguments import digest
from server.errors import UsageError
from server.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.commands.arguments import Subparsers
    from server.evidence.measured import Measured

NAME = "evidence"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="build or verify a signed package for an auditor"
    )
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    build = acts.add_parser("build", help="build a package of what is so now")
    build.add_argument(
        "--results",
        type=Path,
        metavar="JUNIT.xml",
        help="results of the tests, as make statement wrote them (default: not run)",
    )
    build.add_argument(
        "--figures",
        type=Path,
        metavar="FILE",
        help="of this build, as make figures wrote them (default: those that ship)",
    )
    annex = acts.add_parser(
        "dpia", help="write the annex to an impact assessment, as a page"
    )
    annex.add_argument(
        "--json", action="store_true", help="write the annex as JSON instead"
    )
    verify = acts.add_parser("verify", help="verify a package, on any machine")
    for one in (build, annex, verify):
        one.add_argument("file", type=Path, metavar="FILE")
    verify.add_argument(
        "--root",
        type=digest,
        required=True,
        metavar="DIGEST",
        help="the collector's pinned digest, from elsewhere than the package",
    )
    verify.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Build, write the annex, or verify."""
    layout = Layout(options.directory)
    match options.act:
        case "build":
            _build(layout, options)
        case "dpia":
            _annex(layout, options.file, as_json=options.json)
        case _:
            _verify(options)
    return 0


def _build(layout: Layout, options: argparse.Namespace) -> None:
    path: Path = options.file
    junit: Path | None = options.results
    results = None if junit is None else _results(junit)
    octets = _made(layout, results, options.figures)
    _write(path, octets)
    printing.show(
        f"The package is in {path}; its index.html is for people. Whoever has the "
        "collector's pinned digest (root show) verifies it with evidence verify."
    )


def _annex(layout: Layout, path: Path, *, as_json: bool) -> None:
    from server.evidence import archive  # noqa: PLC0415 - heavy

    name = "dpia.json" if as_json else "dpia.html"
    _write(path, archive.unpack(_made(layout))[name])
    printing.show(
        f"The annex is in {path}. It is signed in a package of evidence, as {name}."
    )


def _write(path: Path, octets: bytes) -> None:
    from server.commands.writing import written  # noqa: PLC0415 - heavy

    with written(path) as file:
        file.write(octets)


def _made(
    layout: Layout,
    results: "Mapping[str, bool] | None" = None,
    figures: Path | None = None,
) -> bytes:
    """Return a package of what is so now.

    Raises:
        UsageError: what writes the list of parts is not installed, or the figures are
            not of this build.
    """
    from policies import clauses  # noqa: PLC0415 - heavy
    from server.keyring import open_keyring  # noqa: PLC0415 - heavy
    from server.ledger import SqliteLedger  # noqa: PLC0415 - heavy

    try:
        from server.evidence.building import build  # noqa: PLC0415 - heavy
        from server.evidence.gathering import gather  # noqa: PLC0415 - heavy
    except ModuleNotFoundError as error:
        msg = f"{error.name} is missing: install the extra 'export' of the collector"
        raise UsageError(msg) from None
    keyring = open_keyring(layout)
    ledger = SqliteLedger(layout.ledger)
    try:
        key = keyring.keeper_key()
        state = gather(layout, ledger, _measured(figures))
        found = clauses.read(clauses.shipped())
        return build(state, ledger, key, found, results, int(time.time()))
    finally:
        ledger.close()
        keyring.close()


def _measured(path: Path | None) -> "Measured | None":
    from server.evidence import measured  # noqa: PLC0415 - with the above

    if path is None:
        return None
    try:
        with path.open("rb") as file:
            octets = file.read(measured.FIGURES_BYTES)
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise UsageError(msg) from None
    found = measured.read(octets)
    if not found.here:
        msg = f"{path} was measured of other code than runs here: make figures anew"
        raise UsageError(msg)
    return found


def _results(junit: Path) -> "Mapping[str, bool]":
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415 - with the next

    from policies import clauses  # noqa: PLC0415 - heavy

    try:
        return clauses.results(junit)
    except (OSError, ParseError):
        msg = f"{junit} is no JUnit file of a run: make statement writes one"
        raise UsageError(msg) from None


def _verify(options: argparse.Namespace) -> None:
    from server.evidence import archive  # noqa: PLC0415 - heavy
    from server.evidence.verifying import verify  # noqa: PLC0415 - heavy

    found = verify(archive.read(options.file), options.root)
    evidence = found.evidence
    if options.json:
        printing.show_json(
            {
                "tenant": evidence.tenant.hex(),
                "made": evidence.made,
                "policy": evidence.policy.hex(),
                "entries": evidence.ledger.size,
                "root": evidence.ledger.root.hex(),
                "files": len(evidence.files),
                "certificates": found.certificates,
                "lines": found.lines,
                "pending": found.pending,
                "overdue": found.overdue,
            }
        )
        return
    printing.show(
        f"The package holds: {len(evidence.files)} files, signed by the keeper on "
        f"{printing.moment(evidence.made)}, after {evidence.ledger.size} entries of "
        "the ledger.",
        f"{found.certificates} certificates of deletions hold, {found.pending} of them "
        f"pending; {found.lines} are shown to be in the ledger.",
        *([] if found.overdue is None else [_late(found.overdue)]),
    )


def _late(count: int) -> str:
    if not count:
        return "No finding and no incident was overdue then."
    return f"{count} findings or duties of incidents were overdue then: see index.html."
