# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent`: one command line, a sentence for each error, a stable exit code.

Rules: a command's file is imported when it is asked for, no other; an error is one
sentence on standard error and never a trace, for a trace can carry a value.
Not here: what the commands do (`agent/commands`).
Source: exit codes are listed in docs/exit-codes.md.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from agent.errors import AgentError, HostError, TrustError
from agent.state import DEFAULT, VARIABLE
from wire.errors import WireError
from wire.release import __version__

COMMANDS = ("enrol", "run", "once", "preview", "status", "ledger", "explain")
_HELP = {
    "enrol": "join a collector with the token that the provider gave",
    "run": "collect and ship until stopped; what the service runs",
    "once": "collect all that is planned once, ship it, and end",
    "preview": "show what would leave this machine, and what is withheld and why",
    "status": "show identity, policy, spool and clock",
    "ledger": "show what left this machine, and verify the chain of it",
    "explain": "say why a column is collected, from which clause, for how long",
}
_INTERRUPTED = 130
"""What a shell reports of a program that Ctrl-C ended."""
_DEFECT = 70
"""EX_SOFTWARE of sysexits.h."""


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    """Return the parser; only the chosen command's own arguments are loaded."""
    parser = argparse.ArgumentParser(
        prog="discreet-agent",
        description="Collects for a purpose or not at all; seals before it stores.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--state",
        metavar="DIR",
        help=f"state directory ({VARIABLE}, or {DEFAULT})",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        child = commands.add_parser(name, help=_HELP[name], description=_HELP[name])
        if name == chosen:
            import_module(f"agent.commands.{name}").add(child)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 where all went well, else the error's stable code.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    chosen = next((item for item in given if item in COMMANDS), None)
    options = _parser(chosen).parse_args(given)
    os.umask(0o077)
    try:
        return _run(options)
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(options: argparse.Namespace) -> int:
    """Run the chosen command and turn every error into a sentence and a code."""
    try:
        code: int = import_module(f"agent.commands.{options.command}").run(options)
        sys.stdout.flush()
    except AgentError as problem:
        return _fail(str(problem), problem.exit_code)
    except HostError as problem:
        sentence = f"this system cannot do that: {problem.reason}"
        return _fail(sentence, AgentError.exit_code)
    except WireError as problem:
        return _fail(str(problem), TrustError.exit_code)
    except KeyboardInterrupt:
        return _fail("stopped", _INTERRUPTED)
    except BrokenPipeError:
        raise
    except Exception as problem:  # noqa: BLE001 - boundary: a trace can carry a value; its type and place cannot
        return _fail(f"a defect in this release: {_place(problem)}; report it", _DEFECT)
    return code


def _fail(sentence: str, code: int) -> int:
    sys.stderr.write(f"discreet-agent: {sentence}\n")
    return code


def _place(problem: Exception) -> str:
    """Return the type of an error and where it arose: no message, no value."""
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = ""
    if trace is not None:
        where = f" at {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
    return type(problem).__name__ + where


if __name__ == "__main__":
    sys.exit(main())
