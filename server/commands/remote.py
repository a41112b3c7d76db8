# SPDX-License-Identifier: Apache-2.0
"""`discreet-server remote`: uses a console from another machine, by a key file.

Rules: no installation is needed or touched; the key signs here and stays here; what a
person may is decided by the console, as for their browser.
Not here: the session's file and what is said (`server/remote`).
"""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import deciding, printing
from server.errors import UsageError

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers
    from server.remote.speaking import Given

NAME = "remote"
CERTIFICATES_BYTES = 64 * 1024
"""A bundle of a few."""


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="use a console from another machine, by your key file"
    )
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    entered = acts.add_parser("sign-in", help="sign in with your key file")
    entered.add_argument(
        "--console", required=True, metavar="URL", help="as browsers open it"
    )
    entered.add_argument(
        "--key",
        type=Path,
        required=True,
        metavar="FILE",
        help="your key, from person key",
    )
    deciding.add_passphrase(entered)
    entered.add_argument(
        "--authority",
        type=Path,
        metavar="FILE",
        help="certificate of who signs the console's, such as the collector's "
        "gate/authority.der (default: those that this system trusts)",
    )
    status = acts.add_parser("status", help="show who you are there, and until when")
    opened = acts.add_parser("get", help="open a route of the console, such as a file")
    sent = acts.add_parser("send", help="send a form to a route of the console")
    left = acts.add_parser("sign-out", help="end the session, and remove its file")
    for one in (entered, status, opened, sent, left):
        one.add_argument(
            "--session",
            type=Path,
            required=True,
            metavar="FILE",
            help="where the session is kept, for you alone",
        )
    for one in (opened, sent):
        one.add_argument("route", metavar="ROUTE", help="such as /me/taken")
        one.add_argument(
            "--out", type=Path, metavar="FILE", help="(default: standard output)"
        )
    sent.add_argument("fields", nargs="*", metavar="NAME=VALUE", help="of the form")


def run(options: argparse.Namespace) -> int:
    """Sign in or out, show who one is, open or send."""
    match options.act:
        case "sign-in":
            _sign_in(options)
        case "status":
            _status(options)
        case "sign-out":
            _sign_out(options)
        case _:
            _use(options)
    return 0


def _sign_in(options: argparse.Namespace) -> None:
    from server.access.bounds import (  # noqa: PLC0415 - heavy
        IDLE_SECONDS,
        SESSION_SECONDS,
    )
    from server.person_keys import read_person_key  # noqa: PLC0415 - heavy
    from server.remote import kept, speaking  # noqa: PLC0415 - heavy

    origin = kept.origin_of(options.console)
    kept.place_of(origin)
    authority = "" if options.authority is None else _certificates(options.authority)
    key = read_person_key(options.key, deciding.passphrase_of(options))
    kept.keep(options.session, speaking.sign_in(origin, authority, key))
    ends = printing.moment(int(time.time()) + SESSION_SECONDS)
    printing.show(
        f"You are signed in at {origin} until {ends} at the latest, or until "
        f"{IDLE_SECONDS // 60} minutes go by unused."
    )


def _status(options: argparse.Namespace) -> None:
    import io  # noqa: PLC0415 - beside its use
    import json  # noqa: PLC0415 - beside its use

    from server.remote import kept, speaking  # noqa: PLC0415 - heavy

    session, out = kept.read(options.session), io.BytesIO()
    speaking.get(session, "/me/taken", out)
    me = json.loads(out.getvalue())
    roles = [
        f"{one['role']} ({', '.join(one['purposes'])})"
        if one["purposes"]
        else one["role"]
        for one in me["roles"]
    ]
    printing.show_pairs(
        [
            ("console", session.origin),
            ("you are", str(me["name"])),
            ("id", str(me["id"])),
            ("roles", ", ".join(roles) or "none"),
            ("trained until", printing.moment(int(me["trained_until"]))),
        ]
    )


def _sign_out(options: argparse.Namespace) -> None:
    import io  # noqa: PLC0415 - beside its use

    from server.errors import DeniedError  # noqa: PLC0415 - beside its use
    from server.key_files import scrub  # noqa: PLC0415 - heavy
    from server.remote import kept, speaking  # noqa: PLC0415 - heavy

    try:
        speaking.send(kept.read(options.session), "/sign-out", [], io.BytesIO())
    except DeniedError:
        printing.hint("discreet-server: the session had ended already")
    scrub(options.session)
    printing.show("You are signed out.")


def _use(options: argparse.Namespace) -> None:
    """Open a route or send a form; a file goes where it is to go."""
    from server.commands.writing import written  # noqa: PLC0415 - heavy
    from server.remote import kept, speaking  # noqa: PLC0415 - heavy

    session = kept.read(options.session)
    if options.act == "send":
        fields = [_field(one) for one in options.fields]
        with written(options.out) as out:
            given = speaking.send(session, options.route, fields, out)
            _refuse_empty(options, given)
        if given.is_page:
            printing.hint("discreet-server: done")
        return
    with written(options.out) as out:
        given = speaking.get(session, options.route, out)
        if given.is_page:
            msg = "this is a page for people: open it in a browser"
            raise UsageError(msg)


def _refuse_empty(options: argparse.Namespace, given: "Given") -> None:
    """Leave no empty file where the answer is none.

    Raises:
        UsageError: a file was wanted, and the console gives a page.
    """
    if options.out is not None and given.is_page:
        msg = "it is done; its answer is a page for people, so no file is written"
        raise UsageError(msg)


def _field(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        msg = "write each field as NAME=VALUE"
        raise UsageError(msg)
    return name, value


def _certificates(path: Path) -> str:
    """Return certificates in PEM, of a file that may be in DER.

    Raises:
        UsageError: it is none of certificates.
        StateError: it cannot be read.
    """
    import ssl  # noqa: PLC0415 - heavy

    from server.key_files import read_open  # noqa: PLC0415 - heavy

    octets = read_open(path, CERTIFICATES_BYTES)
    try:
        pem = (
            octets.decode("ascii")
            if b"-----BEGIN" in octets
            else ssl.DER_cert_to_PEM_cert(octets)
        )
        ssl.create_default_context(cadata=pem)
    except (ValueError, OSError):  # an ssl.SSLError is an OSError
        msg = f"{path} is no file of certificates, in PEM or DER"
        raise UsageError(msg) from None
    return pem
