# SPDX-License-Identifier: Apache-2.0
"""The program `discreet-server`.

Rules: whatever goes wrong is one sentence on standard error and a stable exit code
(docs/exit-codes.md), never a traceback; `--help` imports no library.
Not here: the commands (`server/commands`, one file each).
"""

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from server.commands import printing
from server.commands.arguments import Parser
from server.errors import ServerError, StateError, TrustError, UsageError
from server.gate.privileges import forbid_core_dumps
from wire.errors import PolicyError, WireError
from wire.release import __version__

COMMANDS = (
    "init",
    "serve",
    "gate",
    "office",
    "reader",
    "console",
    "apart",
    "ready",
    "token",
    "policy",
    "device",
    "accounting",
    "query",
    "export",
    "fold",
    "alert",
    "ledger",
    "anchor",
    "incident",
    "finding",
    "root",
    "release",
    "keyring",
    "backup",
    "store",
    "retention",
    "diagnose",
    "ticket",
    "why",
    "certificate",
    "contract",
    "billing",
    "keeper",
    "person",
    "case",
    "hold",
    "disclose",
    "recipient",
    "notice",
    "share",
    "transfer",
    "subject",
    "law",
    "anonymise",
    "evidence",
    "remote",
)
"""In the order in which `--help` shows them."""
DIRECTORY = "/var/lib/discreet-server"
VARIABLE = "DISCREET_SERVER_DIR"
INTERRUPTED = 130
"""What shells give a program that Ctrl-C ended."""
_NONE: Mapping[str, "Run"] = {}


Run = Callable[[argparse.Namespace], int]
"""Runs a command of given options."""


def main(
    arguments: Sequence[str] | None = None, instead: Mapping[str, Run] = _NONE
) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; None for those of this process.
        instead: what runs a command in its own place: a service hosts `serve`.

    Returns:
        The exit code.
    """
    _open_streams()
    forbid_core_dumps()
    try:
        return _run(arguments, instead)
    except BrokenPipeError:
        _discard_output()
        return 0  # whoever read the output has seen enough
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - boundary: the last
        code, sentence = told(error)
        try:
            sys.stdout.flush()
        except OSError:
            _discard_output()
        printing.hint(f"discreet-server: {' '.join(sentence.split())}")
        return code


def _open_streams() -> None:
    """Give each stream that was closed a place, or a database would get its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - to the end


def _discard_output() -> None:
    """Let what nobody takes go, or the interpreter would try again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def told(error: BaseException) -> tuple[int, str]:
    """Return the exit code and the sentence of an error."""
    match error:
        case ServerError():
            return error.exit_code, str(error)
        case PolicyError():
            return UsageError.exit_code, str(error).splitlines()[0]
        case WireError():
            return TrustError.exit_code, str(error)
        case KeyboardInterrupt():
            return INTERRUPTED, "interrupted before it was done"
        case OSError():
            name = error.filename or "a file"
            return StateError.exit_code, f"cannot use {name}: {error.strerror}"
    return ServerError.exit_code, _unforeseen(error)


def _run(arguments: Sequence[str] | None, instead: Mapping[str, Run]) -> int:
    modules = _modules()
    options = _parser(modules, os.environ).parse_args(arguments)
    run: Run = modules[options.command].run
    code = instead.get(options.command, run)(options)
    sys.stdout.flush()
    return code


def _modules() -> dict[str, ModuleType]:
    """Return the commands that this installation has."""
    return {
        name: import_module(f"server.commands.{name}")
        for name in COMMANDS
        if find_spec(f"server.commands.{name}") is not None
    }


def _parser(
    modules: Mapping[str, ModuleType], environment: Mapping[str, str]
) -> Parser:
    parser = Parser(
        prog="discreet-server",
        description="The collector: takes sealed telemetry in and opens it for a "
        "purpose only.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--directory",
        type=Path,
        default=Path(environment.get(VARIABLE) or DIRECTORY),
        metavar="DIR",
        help=f"where the collector lives (default: ${VARIABLE}, else {DIRECTORY})",
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in modules.values():
        module.add(subparsers)
    return parser


def _unforeseen(error: BaseException) -> str:
    """Return where an error came from; its text may hold anything and is not shown."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"failed unexpectedly ({type(error).__name__} at {where}): please report it"


if __name__ == "__main__":
    sys.exit(main())
