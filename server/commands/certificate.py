# SPDX-License-Identifier: Apache-2.0
"""`discreet-server certificate`: lists, shows, exports and verifies certificates.

Rules: verifying needs a file and the root's digest, and neither a collector nor a
network; a pending certificate is told by its exit code as well as in words.
Not here: what a certificate says (`wire/papers/certificate.py`), making it
(`server/keeper/certifying.py`).
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import asking, printing
from server.commands.arguments import digest, entry_number
from server.errors import PendingError, StateError
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers
    from wire.papers.certificate import Certificate

NAME = "certificate"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="show or verify what was deleted")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    every = acts.add_parser("list", help="list the certificates of deletions")
    one = acts.add_parser("show", help="show one certificate")
    export = acts.add_parser("export", help="write one, with all that verifies it")
    verify = acts.add_parser("verify", help="verify an exported one, on any machine")
    for parser in (one, export):
        parser.add_argument("number", type=entry_number, metavar="N")
    for parser in (export, verify):
        parser.add_argument("file", type=Path, metavar="FILE")
    verify.add_argument(
        "--root",
        type=digest,
        required=True,
        metavar="DIGEST",
        help="the collector's pinned digest, from elsewhere than the file",
    )
    for parser in (every, one, verify):
        parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """List, show, export or verify; a pending one gives 12."""
    match options.act:
        case "list":
            _list(Layout(options.directory), as_json=options.json)
            return 0
        case "export":
            octets, _ = _proof(options)
            _write(options.file, octets)
            return 0
        case "show":
            return _shown(options)
    return _verified(options)


def _list(layout: Layout, *, as_json: bool) -> None:
    from server.desk.asking import ask  # noqa: PLC0415 - heavy

    lines = [
        line
        for message in ask(layout.keeper_socket, {"act": "certificates"})
        for line in _lines(message)
    ]
    if as_json:
        printing.show_json(lines)
        return
    printing.show_table(
        ("NUMBER", "STATE", "UNTIL", "DELETED", "WHY", "KEYS", "RECORDS"),
        [
            (
                str(line["number"]),
                str(line["state"]),
                printing.moment(int(line["until"] or 0)),
                printing.moment(int(line["ended"])),
                str(line["reason"]),
                str(line["keys"]),
                str(line["records"]),
            )
            for line in lines
        ],
    )


def _lines(message: dict[str, object]) -> list[dict[str, str | int]]:
    found = message.get("certificates")
    return found if isinstance(found, list) else []


def _proof(options: argparse.Namespace) -> tuple[bytes, bool]:
    """Return a certificate with all that verifies it, and whether it is current."""
    question = {"act": "certificates", "number": options.number}
    told = asking.told(options, question)
    return bytes.fromhex(told["proof"]), told["current"] is True


def _write(path: Path, octets: bytes) -> None:
    from server.key_files import write_new  # noqa: PLC0415 - heavy

    write_new(path, octets)
    printing.show(
        f"The certificate is in {path}. Whoever has the collector's pinned digest "
        "(root show) verifies it with certificate verify."
    )


def _shown(options: argparse.Namespace) -> int:
    from wire.papers.certificate import verify_certificate  # noqa: PLC0415 - heavy

    octets, current = _proof(options)
    certificate = verify_certificate(octets, _own_digest(octets))
    code = _told(certificate, as_json=options.json)
    if not current:
        printing.hint("discreet-server: a newer certificate stands in its place")
        return 0
    return code


def _own_digest(octets: bytes) -> bytes:
    """Return the digest of the root that a proof of this collector begins with."""
    from wire import limits, signed  # noqa: PLC0415 - heavy
    from wire.papers.keeper import PROOF  # noqa: PLC0415 - heavy
    from wire.signed import SignedKind  # noqa: PLC0415 - heavy
    from wire.trust import ROOT, root_digest  # noqa: PLC0415 - heavy

    proof = PROOF.decode(octets, limits.PROOF_BYTES)
    return root_digest(
        ROOT.decode(signed.read(proof.roots[0], SignedKind.ROOT).payload)
    )


def _verified(options: argparse.Namespace) -> int:
    from wire import limits  # noqa: PLC0415 - heavy
    from wire.papers.certificate import verify_certificate  # noqa: PLC0415 - heavy

    try:
        with options.file.open("rb") as file:
            octets = file.read(limits.PROOF_BYTES + 1)
    except OSError as error:
        msg = f"cannot read {options.file}: {error.strerror}"
        raise StateError(msg) from None
    return _told(verify_certificate(octets, options.root), as_json=options.json)


def _told(certificate: "Certificate", *, as_json: bool) -> int:
    """Print a certificate; returns 12 where it is pending."""
    from server.commands.certificate_words import plain, show  # noqa: PLC0415 - heavy

    if as_json:
        printing.show_json(plain(certificate))
    else:
        show(certificate)
    if certificate.until is None:
        return 0
    printing.hint(
        "discreet-server: pending: a backup that is known could still open it until "
        f"{printing.moment(certificate.until)}"
    )
    return PendingError.exit_code
