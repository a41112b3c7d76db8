# SPDX-License-Identifier: Apache-2.0
"""Canaries of logs: sign-ins, failures and crashes.

Rules: what was typed in a name's place, and what a crashed program was told, held and
ran in, is never read.
Not here: the system's log (`canary_machine.py`), the journal (`canary_other.py`).
"""

from agent.host.utmp import BOOT, DEAD, LOGIN, RUN_LEVEL, USER
from tests.canary_network import record
from tests.canary_words import CanaryMachine

_INIT = 5


def add_logs(machine: CanaryMachine) -> None:
    """Write the sources of the datasets that tell of what happened."""
    _sign_ins(machine)
    _crashes(machine)
    machine.secret("/var/log/lastlog")
    machine.secret("/var/log/faillog")
    machine.secret("/var/log/audit/audit.log", 'type=EXECVE a0="{}"\n')
    machine.secret("/var/log/mysql/query.log")
    machine.secret("/var/log/nginx/access.log", "GET /?token={}\n")


def _sign_ins(machine: CanaryMachine) -> None:
    word, known, users = machine.canaries.word, machine.canaries.known, machine.users
    for user in users:
        known(user, "logins.user.name")
    afar = known("198.51.100.79", "logins.client.address", identity=True)
    node = machine.canaries.name("logins.client.address")
    line = word("logins.terminal")
    at = 1_700_000_000
    machine.write(
        "/var/log/wtmp",
        b"".join(
            (
                record(BOOT, "reboot", "~", word(), at),
                record(RUN_LEVEL, "runlevel", "~", word(), at + 1),
                record(_INIT, word(), word(), word(), at + 2),
                record(LOGIN, word(), word(), word(), at + 3),
                record(USER, users[0], line, afar, at + 4),
                record(USER, users[1], "pts/4", f"{node}.example", at + 5),
                record(USER, users[1], "tty8", f":0.{word()}", at + 5),
                record(DEAD, users[0], line, "", at + 6),
            )
        ),
    )
    thief = known("198.51.100.80", "logins.client.address", identity=True)
    machine.write(
        "/var/log/btmp",
        b"".join(
            (
                record(LOGIN, word(), "ssh:notty", thief, at + 7),  # a password
                record(LOGIN, users[2], "ssh:notty", thief, at + 8),
                record(LOGIN, word(), f"{word()} {word()}", thief, at + 9),
            )
        ),
    )


def _crashes(machine: CanaryMachine) -> None:
    word = machine.canaries.word
    program = word("crashes.program")
    machine.secret(
        f"/var/lib/systemd/coredump/core.{program}.1000.{'0a' * 16}.4242."
        "1700000000000000.zst"
    )
    machine.write(
        f"/var/crash/_opt_{word()}.1000.crash",
        f"ProblemType: Crash\nArchitecture: amd64\nDate: Sun Nov 23 03:00:00 2025\n"
        f"ExecutablePath: /opt/{word()}/{word('crashes.program')}\n"
        f"Package: {word('crashes.package')} {word('crashes.version')}\n"
        f"SourcePackage: {word()}\nUname: Linux {word()}\n"
        f"ProcCmdline: /opt/x --password {word()}\nProcCwd: /home/{word()}\n"
        f"ProcEnviron:\n TOKEN={word()}\nProcMaps: {word()}\nProcStatus:\n {word()}\n"
        f"ExecutablePath: /opt/{word()}\nPackage: {word()} {word()}\n"
        f"UserGroups: {word()}\nCoreDump: base64\n {word()}\n",
    )
    machine.write(
        f"/var/crash/{word()}.crash",
        f"ProblemType: Package\nPackage: {word()} {word()}\nTitle: {word()}\n"
        f"DpkgTerminalLog: {word()}\n",
    )
