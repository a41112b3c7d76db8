# SPDX-License-Identifier: Apache-2.0
"""`discreet-service`: makes agent or collector a service, and runs it as one.

Rules: an error is one sentence on standard error and a stable exit code
(docs/exit-codes.md), never a trace; the verbs mean the same on every system.
Not here: what they do (`contract.py` says it, a file for each system does it).
"""

import wire.lean  # noqa: F401 - before all that would load what it leaves out

# isort: split
import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from service.contract import (
    UP,
    AbsentError,
    Condition,
    Manager,
    Part,
    ServiceError,
    Status,
    StoppedError,
    UsageError,
)
from wire.release import __version__

VERBS = {
    "install": "start it now and with the machine",
    "remove": "stop it and have no service any more; what it keeps stays",
    "start": "start it",
    "stop": "stop it",
    "reload": "have it read its settings anew, without a restart",
    "status": "say how it is; the exit code says whether it runs",
    "run": "run it here: what the service manager calls; takes the words of "
    "`discreet-agent run` or `discreet-server serve`",
}
_PROGRAM = "discreet-service"
_DEFECT = 70
"""EX_SOFTWARE of sysexits.h."""
_INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Leave with the code of a usage error."""
        line = " ".join(message.split()).encode("ascii", "backslashreplace").decode()
        self.exit(UsageError.exit_code, f"{self.prog}: {line}; --help shows the use\n")


def _parser() -> _Parser:
    parser = _Parser(
        prog=_PROGRAM,
        description="Makes the agent or the collector a service of this machine.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "part", choices=[one.value for one in Part], help="what the service is of"
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, told in VERBS.items():
        verbs.add_parser(name, help=told, description=told, allow_abbrev=False)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one verb.

    Returns:
        0 where all went well, else the error's stable code.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    known, words = given, list[str]()
    if len(given) > 1 and given[1] == "run":  # the rest is the part's own
        known, words = given[:2], given[2:]
    options = _parser().parse_args(known)
    try:
        return _do(manager(), Part(options.part), options.verb, words)
    except ServiceError as problem:
        return _fail(str(problem), problem.exit_code)
    except KeyboardInterrupt:
        return _fail("stopped", _INTERRUPTED)
    except Exception as problem:  # noqa: BLE001 - boundary: a trace can carry a value; its type cannot
        kind = type(problem).__name__
        return _fail(f"a defect in this release: {kind}; report it", _DEFECT)


def manager() -> Manager:
    """Return the service manager of this machine."""
    if sys.platform == "win32":
        from service.windows import Windows  # noqa: PLC0415 - Windows only

        return Windows()
    else:  # noqa: RET505 - a type checker follows one of the two
        from service.foreground import Foreground  # noqa: PLC0415 - as needed
        from service.linux import Systemd, is_booted  # noqa: PLC0415 - Linux only

        return Systemd() if is_booted() else Foreground()


def _do(manager: Manager, part: Part, verb: str, words: Sequence[str]) -> int:
    if verb == "run":
        return manager.run(part, words)
    if verb == "status":
        found = manager.status(part)
        print(_told(part, found))  # noqa: T201 - a command's output
        return _code(found)
    getattr(manager, verb)(part)
    return 0


def _told(part: Part, found: Status) -> str:
    """Return how a service is, in one line."""
    line = f"{part.value}: {found.condition.value}"
    if found.condition is Condition.ABSENT:
        return f"{line}; discreet-service {part.value} install makes it a service"
    if not found.at_start:
        line += ", does not start with the machine"
    if found.restarts:
        line += f", restarts: {found.restarts}"
    return f"{line}; {found.detail}" if found.detail else line


def _code(found: Status) -> int:
    if found.condition is Condition.ABSENT:
        return AbsentError.exit_code
    if found.condition is Condition.FAILED:
        return ServiceError.exit_code
    return 0 if found.condition in UP else StoppedError.exit_code


def _fail(sentence: str, code: int) -> int:
    sys.stderr.write(f"{_PROGRAM}: {' '.join(sentence.split())}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
