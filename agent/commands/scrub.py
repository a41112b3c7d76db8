# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent scrub`: a pipe that takes identities and secrets out of lines.

Rules: one line out for each line in, in order, as soon as the input pauses; memory is
bounded whatever comes; raw values go to a terminal only, and only with `--explain`;
needs no rights, no enrolment and no state directory, and leaves nothing on a disk.
Not here: what is found (`agent/redaction`), the files that a person names
(`_scrub_files.py`), what is told in the end (`_scrub_report.py`).
"""

import argparse
import gc
import os
import select
import sys
from collections.abc import Callable, Iterator

from agent.commands._scrub_files import known_here, known_in
from agent.commands._scrub_key import key_of
from agent.errors import UsageError
from agent.redaction import bounds
from agent.redaction.identities import Identities
from agent.redaction.lines import Lines, ScrubMany, decoded
from agent.redaction.tallying import Tally
from agent.redaction.text import Scrubber
from wire.stand_ins import PREFIXED

_PAUSE_SECONDS = 0.01
"""Input that rests so long has paused: what is here is scrubbed and written."""
_STDIN = 0


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--identities",
        metavar="FILE",
        help='names to look for, as JSON: {"hostnames": [...], "usernames": [...]}',
    )
    parser.add_argument(
        "--machine",
        action="store_true",
        help="look for this machine's own users, names and addresses, too",
    )
    parser.add_argument(
        "--key",
        metavar="FILE",
        help="32 bytes that pseudonyms are made with; `new` for a key of this run "
        "alone (else yours, which is kept for 30 days)",
    )
    parser.add_argument(
        "--keep-prefix",
        choices=sorted(PREFIXED),
        action="append",
        default=[],
        help="have stand-ins of addresses share prefixes as the addresses do (ip), or "
        "show the maker (mac); may be given twice",
    )
    parser.add_argument("--purpose", help="scrub as this purpose may have it")
    parser.add_argument(
        "--policy",
        metavar="NAME|FILE",
        help="treat lines as this policy treats log messages; needs --purpose",
    )
    parser.add_argument(
        "--report",
        choices=("text", "json"),
        nargs="?",
        const="text",
        help="in the end, counts for each class and rule on standard error",
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="show what was found by which rule; to a terminal only",
    )


def run(options: argparse.Namespace) -> int:
    """Scrub standard input to standard output.

    Raises:
        UsageError: an argument or a file that a person gave is wrong.
    """
    if options.explain and not sys.stdout.isatty():
        msg = "--explain shows what was found to a terminal only"
        raise UsageError(msg)
    gc.disable()  # until the first lines have loaded what they need
    tally = Tally()
    scrubber = Scrubber(
        _identities(options),
        key_of(options.key, options.purpose),
        tally=tally if options.report else None,
        prefixes=frozenset(options.keep_prefix),
        learning=True,
    )
    governed = _governed(options, scrubber)
    lines = Lines(
        governed or scrubber.scrub_many, None if governed else scrubber.scrub_plain
    )
    write = sys.stdout.buffer.write
    try:
        for chunk in _explained(scrubber) if options.explain else _chunks():
            if chunk:
                lines.feed(chunk)
            if not chunk or lines.waiting >= bounds.STREAM_BYTES:
                write(lines.take())
                sys.stdout.buffer.flush()
                if not gc.isenabled():
                    gc.freeze()  # patterns and words, which stay to the end
                    gc.enable()
        write(lines.finish())
        sys.stdout.buffer.flush()
    finally:
        if options.report or lines.withheld:
            from agent.commands._scrub_report import told  # noqa: PLC0415 - start-up

            sys.stderr.writelines(told(lines, tally, options.report))
    return 0


def _identities(options: argparse.Namespace) -> Identities:
    identities = Identities()
    if options.identities is not None:
        known_in(options.identities, identities)
    if options.machine:
        known_here(identities)
    return identities


def _governed(options: argparse.Namespace, scrubber: Scrubber) -> ScrubMany | None:
    """Return what scrubs texts as a purpose and a policy have it; None without.

    Raises:
        UsageError: a person asks for more than a policy gives, or for nonsense.
    """
    if options.policy is None and options.purpose is None:
        return None
    if options.policy is not None and options.keep_prefix:
        msg = "--keep-prefix: a policy says so itself, with scrub_prefix"
        raise UsageError(msg)
    from agent.commands._scrub_policy import governed  # noqa: PLC0415 - start-up

    return governed(options.purpose, options.policy, scrubber)


def _chunks() -> Iterator[bytes]:
    """Yield what comes, and nothing each time that the input pauses."""
    while chunk := _read():
        yield chunk
        if not _more():
            yield b""


def _read() -> bytes:
    """Return what there is, once there is something; nothing at the end.

    Raises:
        UsageError: standard input is closed, or a directory.
    """
    while True:
        try:
            return os.read(_STDIN, bounds.STREAM_BYTES)
        except BlockingIOError:  # the other end of a terminal may have it so
            select.select([_STDIN], [], [])
        except OSError:
            msg = "standard input cannot be read: give it a file or a pipe"
            raise UsageError(msg) from None


def _more() -> bool:
    """Tell whether more is about to come; where nobody can say, it is not."""
    try:
        return bool(select.select([_STDIN], [], [], _PAUSE_SECONDS)[0])
    except OSError:  # Windows can ask sockets only
        return False


def _explained(scrubber: Scrubber) -> Iterator[bytes]:
    """Yield lines one by one, each after what is found in it has been shown."""
    rest = b""
    show: Callable[[bytes], None] = _show(scrubber)
    for chunk in _chunks():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            show(line)
            yield line + b"\n"
            yield b""
        if len(rest) > bounds.LINE_BYTES:
            yield rest
            rest = b""
    if rest:
        show(rest)
        yield rest


def _show(scrubber: Scrubber) -> Callable[[bytes], None]:
    from agent.printable import printable  # noqa: PLC0415 - start-up

    def show(line: bytes) -> None:
        if len(line) > bounds.FIELD_CHARS:
            return
        for value, kind, rule in scrubber.findings(decoded(line)):
            sys.stdout.write(f"  {kind:<8} by {rule:<20} {printable(value)}\n")
        sys.stdout.flush()

    return show
