# SPDX-License-Identifier: Apache-2.0
"""The command line of `discreet-authorise`.

Rules: whatever goes wrong is one sentence on standard error and a stable exit code,
never a traceback; nothing is signed that was not shown just before.
Not here: what is done (`keys.py`, `orders.py`, `browsing.py`, `serving.py`).
"""

import argparse
import getpass
import re
import secrets
import sys
import time
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path

import policies
from policies.saying import Speech
from technician import browsing, files, keys, orders, page
from technician.errors import DENIED, TRUST, USAGE, TechnicianError
from technician.serving import (
    PORT,
    Answer,
    Shown,
    Standing,
    origin_of,
    serve,
    stand,
)
from technician.signers import Signer, by_key, by_passkey
from wire.errors import WireError
from wire.orders import Proof
from wire.proofs import sign_request

_PASSPHRASE_BYTES = 1_024
"""Of a passphrase's file: longer ones are another file."""
_PAGE_SECONDS = 600.0
"""That a page waits: a request is read and signed, or started again."""
_PORT_MOST = 65_535
_ORIGIN = re.compile(
    r"https://[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?(?::[1-9][0-9]{0,4})?"
)
"""A name in ASCII: what stands in the page's policy must be nothing but an origin."""
_CHALLENGE_BYTES = 32
_USER_BYTES = 16


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code.

    Args:
        arguments: without the program's name; None for those of this process.
    """
    options = _parser().parse_args(arguments)
    act: Callable[[argparse.Namespace], None] = options.run
    try:
        act(options)
    except TechnicianError as error:
        code, sentence = error.code, str(error)
    except WireError as error:
        code, sentence = TRUST, f"this does not verify or open: {error}"
    except KeyboardInterrupt:
        code, sentence = DENIED, "interrupted: nothing was signed"
    else:
        return 0
    sys.stderr.write(f"discreet-authorise: {sentence}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "discreet-authorise",
        description="Read a diagnostic's request in words, and sign it.",
    )
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    show = acts.add_parser("show", help="tell what a request asks; sign nothing")
    sign = acts.add_parser("sign", help="sign a request with a key file")
    web = acts.add_parser(
        "serve", help="sign with a passkey, in this machine's browser"
    )
    for act, run in ((show, _show), (sign, _sign), (web, _serve)):
        act.set_defaults(run=run)
        asked = "as diagnose draft wrote it"
        if act is web:
            asked += "; without it: whatever comes from the console"
        act.add_argument(
            "request",
            type=Path,
            metavar="REQUEST",
            nargs="?" if act is web else None,
            help=asked,
        )
        if act is not show:
            out = "the order's file, to be made (default: REQUEST.order)"
            act.add_argument("--out", type=Path, metavar="FILE", help=out)
    sign.add_argument("--key", type=Path, required=True, metavar="FILE")
    sign.add_argument("--yes", action="store_true", help="sign without asking")
    _add_passphrase(sign)
    passkey = "what passkey new wrote"
    by = web.add_mutually_exclusive_group(required=True)
    by.add_argument("--passkey", type=Path, metavar="FILE", help=passkey)
    by.add_argument("--key", type=Path, metavar="FILE", help="what key new wrote")
    _add_passphrase(web)
    where = "the console's address, which orders go back to, such as https://HOST"
    web.add_argument(
        "--console", type=_console, default=None, metavar="URL", help=where
    )
    _add_page(web)
    for name, run in (("key", _new_key), ("passkey", _new_passkey)):
        made = acts.add_parser(name, help=f"make a {name}")
        new = made.add_subparsers(dest="do", required=True, metavar="ACT")
        act = new.add_parser("new", help=f"make a new {name}")
        act.set_defaults(run=run)
        act.add_argument("file", type=Path, metavar="FILE", help="to be made")
        act.add_argument("--name", required=True, help="yours, as devices show it")
        (_add_passphrase if name == "key" else _add_page)(act)
    return parser


def _add_passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="has the passphrase (default: it is asked for)",
    )


def _add_page(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=_port,
        default=PORT,
        help=f"of the page; a passkey is good for one alone (default: {PORT})",
    )
    parser.add_argument("--open", action="store_true", help="open the browser")


def _port(text: str) -> int:
    if text.isascii() and text.isdecimal() and 0 < int(text) <= _PORT_MOST:
        return int(text)
    msg = f"a port is 1 to {_PORT_MOST}"
    raise argparse.ArgumentTypeError(msg)


def _console(text: str) -> str:
    if _ORIGIN.fullmatch(text):
        return text
    msg = "an address is https://HOST or https://HOST:PORT, and nothing after it"
    raise argparse.ArgumentTypeError(msg)


def _asked(options: argparse.Namespace) -> orders.Asked:
    return orders.read_asked(options.request, policies.catalogue(), int(time.time()))


def _show(options: argparse.Namespace) -> None:
    _tell(_asked(options))


def _sign(options: argparse.Namespace) -> None:
    asked = _asked(options)
    _tell(asked)
    key = keys.read_key(options.key, _passphrase(options))
    if not options.yes and not _agreed():
        msg = "you said no: nothing was signed"
        raise TechnicianError(DENIED, msg)
    _write(options, asked, sign_request(key, asked.challenge))


def _serve(options: argparse.Namespace) -> None:
    if (options.request is None) is (options.console is None):
        msg = "name a REQUEST, or the --console whose requests are to be shown"
        raise TechnicianError(USAGE, msg)
    signer = _signer(options)
    if options.console:
        _stand(options, signer)
        return
    asked = _asked(options)

    def take(answer: Answer) -> str:
        _write(options, asked, signer.proof(answer, asked.challenge))
        return "signed.close"

    def shown(said: Speech) -> bytes:
        lines, challenge = asked.lines, asked.challenge
        return page.authorise_page(said, lines, challenge, signer.credential)

    serve(options.port, shown, take, _teller(options), _PAGE_SECONDS)


def _stand(options: argparse.Namespace, signer: Signer) -> None:
    """Show what comes from the console, and take what is signed back there."""
    console: str = options.console
    catalogue = policies.catalogue()

    def shown(octets: bytes) -> Shown:
        asked = orders.asked_of(octets, "what was sent", catalogue, int(time.time()))

        def take(answer: Answer) -> str:
            order = orders.signed(asked, signer.proof(answer, asked.challenge))
            made.back = lambda said: page.returning_page(said, order, console)
            return "signed"

        def words(said: Speech) -> bytes:
            lines, challenge = asked.lines, asked.challenge
            of = said, lines, challenge, signer.credential, console
            return page.authorise_page(*of)

        made = Shown(words, take)
        return made

    standing = Standing(console, shown, lambda said: page.waiting_page(said, console))
    stand(options.port, standing, _teller(options))


def _signer(options: argparse.Namespace) -> Signer:
    """Return what signs: the key in a file, or a passkey that the browser asks."""
    if options.key is not None:
        return by_key(keys.read_key(options.key, _passphrase(options)))
    passkey = keys.read_passkey(options.passkey)
    if passkey.technician.origin != origin_of(options.port):
        msg = f"this passkey is good for {passkey.technician.origin}: give its --port"
        raise TechnicianError(USAGE, msg)
    return by_passkey(passkey)


def _new_key(options: argparse.Namespace) -> None:
    name = keys.check_name(options.name)
    passphrase = _passphrase(options, twice=True)
    _tell_key(options.file, keys.make_key(options.file, name, passphrase))


def _new_passkey(options: argparse.Namespace) -> None:
    name = keys.check_name(options.name)
    origin = origin_of(options.port)

    def take(answer: Answer) -> str:
        passkey = browsing.passkey_of(answer, name, origin)
        _tell_key(options.file, keys.write_passkey(options.file, passkey))
        return "made"

    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    user = secrets.token_bytes(_USER_BYTES)

    def shown(said: Speech) -> bytes:
        return page.making_page(said, name, challenge, user)

    serve(options.port, shown, take, _teller(options), _PAGE_SECONDS)


def _write(options: argparse.Namespace, asked: orders.Asked, proof: Proof) -> None:
    request: Path = options.request
    path = options.out or request.with_name(f"{request.name}.order")
    orders.write_signed(path, asked, proof)
    sys.stdout.write(f"{path} is signed: send it with discreet-server diagnose send.\n")


def _tell(asked: orders.Asked) -> None:
    width = max(len(line.name) for line in asked.lines)
    for line in asked.lines:
        note = f"  ({line.note})" if line.note else ""
        sys.stdout.write(f"{line.name.ljust(width)}  {line.value}{note}\n")


def _tell_key(path: Path, fingerprint: str) -> None:
    sys.stdout.write(
        f"Send {path}.public to who runs the collector, and tell them this "
        f"fingerprint by another way:\n{fingerprint}\n"
    )


def _teller(options: argparse.Namespace) -> Callable[[str], None]:
    def tell(address: str) -> None:
        sys.stdout.write(f"Open this page in the browser of this machine:\n{address}\n")
        sys.stdout.flush()
        if options.open:
            webbrowser.open(address)

    return tell


def _agreed() -> bool:
    if not sys.stdin.isatty():
        msg = "nobody is there to say yes: give --yes"
        raise TechnicianError(USAGE, msg)
    return input("Sign this? Type yes: ").strip() == "yes"


def _passphrase(options: argparse.Namespace, *, twice: bool = False) -> bytes:
    path: Path | None = options.passphrase_file
    if path is not None:
        return files.read(path, _PASSPHRASE_BYTES, secret=True).strip()
    if not sys.stdin.isatty():
        msg = "nobody is there to type a passphrase: give --passphrase-file"
        raise TechnicianError(USAGE, msg)
    typed = getpass.getpass("Passphrase: ")
    if twice and getpass.getpass("Again: ") != typed:
        msg = "the two differ: try again"
        raise TechnicianError(USAGE, msg)
    return typed.encode()


if __name__ == "__main__":
    sys.exit(main())
