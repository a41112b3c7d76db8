# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent`: one command line, a sentence for each error, a stable exit code.

Rules: a command's file is imported when it is asked for, no other; an error is one
line on standard error and never a trace, for a trace can carry a value; a crash leaves
no core file, for that holds rows.
Not here: what the commands do (`agent/commands`).
Source: exit codes are listed in docs/exit-codes.md.
"""

import wire.lean  # noqa: F401 - before all that would load what it leaves out

# isort: split
import argparse
import errno
import gc
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from agent.errors import AgentError, HostError, StateError, TrustError, UsageError
from agent.host.access import DEFAULT_CONFIGURATION, DEFAULT_STATE, STATE_VARIABLE
from agent.host.crash import leave_no_core
from agent.settings import CONFIG_VARIABLE, NAME, configure
from wire.errors import WireError
from wire.release import __version__

COMMANDS = (
    "enrol",
    "run",
    "once",
    "preview",
    "status",
    "doctor",
    "ledger",
    "diagnostics",
    "page",
    "explain",
    "scrub",
    "update",
    "window",
    "notices",
    "root",
    "prepare-image",
    "forget",
)
_HELP = {
    "enrol": "join a collector with the token that the provider gave",
    "run": "collect and ship until stopped; what the service runs",
    "once": "collect all that is planned once, ship it, and end",
    "preview": "show what would leave this machine, and what is withheld and why",
    "status": "show identity, policy, spool and clock",
    "doctor": "look at all that an agent needs, and say what to do",
    "ledger": "show what left this machine, and verify the chain of it",
    "diagnostics": "show who asked what of this machine and why; approve or deny",
    "page": "open a page in plain words: what is read, why, who asked",
    "explain": "say why a column is collected, from which clause, for how long",
    "scrub": "take identities and secrets out of lines, from a pipe to a pipe",
    "update": "look for a release that the policy names; the installer takes it",
    "prepare-image": "make this machine one to take copies of; each then enrols",
    "forget": "take leave of the collector, and wipe keys and spool",
    "window": "let people at this machine open the page, and answer requests",
    "notices": "show a notice of the agent; what the session of a person runs",
    "root": "read for the agent what only root can; what its service runs",
}
_PROGRAM = "discreet-agent"
_STATE = "--state"
_CONFIG = "--config"
_HELPS = {"-h", "--help"}
_UNCONFIGURED = frozenset({"doctor"})
"""Commands that themselves tell what is wrong with what is set."""
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FULL = StateError.exit_code
_INTERRUPTED = 130
"""What a shell reports of a program that Ctrl-C ended."""
_USUAL_WIDTH = 80
"""Columns where nobody can say how wide the output is."""
_DEFECT = 70
"""EX_SOFTWARE of sysexits.h."""
_NONE: Mapping[str, "Run"] = {}


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Leave with the code of a usage error."""
        line = " ".join(message.split()).encode("ascii", "backslashreplace").decode()
        self.exit(UsageError.exit_code, f"{self.prog}: {line}; --help shows the use\n")


class _Formatter(argparse.HelpFormatter):
    """Help as wide as the terminal, without the 2 ms of importing `shutil`."""

    def __init__(self, prog: str) -> None:
        """Take the terminal's width, or the usual one."""
        try:
            width = os.get_terminal_size().columns
        except (AttributeError, OSError, ValueError):
            width = _USUAL_WIDTH
        super().__init__(prog, width=max(width, _USUAL_WIDTH // 2) - 2)


def _parser(chosen: str | None) -> _Parser:
    """Return the parser, of the chosen command alone: each takes a while to make.

    Args:
        chosen: the command; None, or a word that is none, for a parser of all commands,
            without their arguments.
    """
    parser = _Parser(
        prog=_PROGRAM,
        description="Collects for a purpose or not at all; seals before it stores.",
        allow_abbrev=False,
        formatter_class=_Formatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        _STATE,
        metavar="DIR",
        help=f"state directory ({STATE_VARIABLE}, or {DEFAULT_STATE})",
    )
    parser.add_argument(
        _CONFIG,
        metavar="FILE",
        help=f"configuration ({CONFIG_VARIABLE}, or {DEFAULT_CONFIGURATION / NAME})",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    only = [name for name in COMMANDS if name == chosen]
    for name in only or COMMANDS:
        child = commands.add_parser(
            name,
            help=_HELP[name],
            description=_HELP[name],
            allow_abbrev=False,
            formatter_class=_Formatter,
        )
        if only:
            _command(name).add(child)
    return parser


def _command(name: str) -> ModuleType:
    """Import a command's file."""
    return import_module(f"agent.commands.{name.replace('-', '_')}")


def _chosen(given: Sequence[str]) -> str | None:
    """Return the word that names the command: no directory's or file's name.

    Returns:
        None where there is none, or the help of all is asked for.
    """
    words = iter(given)
    for word in words:
        if word in _HELPS:
            return None
        if word in {_STATE, _CONFIG}:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


Run = Callable[[argparse.Namespace], int]
"""Runs a command of given options."""


def main(
    arguments: Sequence[str] | None = None, instead: Mapping[str, Run] = _NONE
) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; None for those of this process.
        instead: what runs a command in its own place: a service hosts `run`.

    Returns:
        0 where all went well, else the error's stable code.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    os.umask(0o077)
    gc.disable()  # what is imported stays: looking through it costs 4 ms
    leave_no_core()
    _ready_output()
    try:
        return _run(given, instead)
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        _discard_output()
        return 0
    finally:
        gc.enable()


def _ready_output() -> None:
    """Have something to write to, whatever its encoding lacks."""
    if sys.stdout is None:  # the caller has closed it
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _discard_output() -> None:
    """Let nothing be written at exit where writing has failed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(given: Sequence[str], instead: Mapping[str, Run]) -> int:
    """Run the chosen command and turn every error into a line and a code."""
    try:
        try:
            options = _parser(_chosen(given)).parse_args(given)
        finally:
            sys.stdout.flush()  # of --help and --version
        command = _command(options.command)
        if options.command not in _UNCONFIGURED:
            configure(options)
        gc.freeze()
        gc.enable()
        code: int = instead.get(options.command, command.run)(options)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as problem:  # noqa: BLE001 - boundary: a trace can carry a value; its type and place cannot
        return _fail(*_told(problem))
    return code


def _told(problem: BaseException) -> tuple[str, int]:
    """Return what to say of an error, and its code."""
    if isinstance(problem, AgentError):
        return str(problem), problem.exit_code
    if isinstance(problem, HostError):
        return f"this system cannot do that: {problem.reason}", AgentError.exit_code
    if isinstance(problem, WireError):
        return str(problem), TrustError.exit_code
    if isinstance(problem, KeyboardInterrupt):
        return "stopped", _INTERRUPTED
    if isinstance(problem, OSError) and problem.errno in _NO_ROOM:
        _discard_output()
        return "the disk is full: free some space, then run it again", _FULL
    return f"a defect in this release: {_place(problem)}; report it", _DEFECT


def _fail(sentence: str, code: int) -> int:
    sys.stderr.write(f"{_PROGRAM}: {' '.join(sentence.split())}\n")
    return code


def _place(problem: BaseException) -> str:
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
