# SPDX-License-Identifier: Apache-2.0
"""Raw input of `scheduled_tasks.py`, and the rows that it must give.

Rules: what is recorded names where; what was written here says so.
Not here: the readers.
"""

from agent.host.interface import FileFacts
from agent.rows import Example
from wire.catalogue import System

_UNITS = "/usr/lib/systemd/system"
_STAMP = "/var/lib/systemd/timers/stamp-"
_RUN = 1_763_900_000


def _program(modified: int = _RUN) -> FileFacts:
    return FileFacts(100, modified, 1, 1, 0, 0o755)


_CRON_D = b"""# /etc/cron.d/anacron: crontab entries for the anacron package

SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin
CRON_TZ=America/Los_Angeles
MAILTO=user1@tld1,user2@tld2;user3@tld3

\t30 7      * * *   root\ttest -x /etc/init.d/anacron && /usr/sbin/invoke-rc.d anacron start >/dev/null
  00 */3    15-25/2 May 1-5   user   somecommand
  00 */3    15-25/2 May mon-tue   user   somecommand
# a comment
@yearly\t\t\t\tfoo    a command
"""  # noqa: E501 - as it was recorded
_ANACRONTAB = b"""# /etc/anacrontab: configuration file for anacron

SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin

# These replace cron's entries
1\t5\tcron.daily\t nice run-parts --report /etc/cron.daily
7\t10\tcron.weekly\t nice run-parts --report /etc/cron.weekly
@monthly\t15\tcron.monthly nice run-parts --report /etc/cron.monthly
"""
_APT_TIMER = b"""[Unit]
Description=Daily apt download activities

[Timer]
OnCalendar=*-*-* 6,18:00
RandomizedDelaySec=12h
Persistent=true

[Install]
WantedBy=timers.target
"""
_APT_SERVICE = b"""[Unit]
Description=Daily apt download activities
Documentation=man:apt(8)
ConditionACPower=true
After=network.target network-online.target systemd-networkd.service NetworkManager.service connman.service

[Service]
Type=oneshot
ExecStartPre=-/usr/lib/apt/apt-helper wait-online
ExecStart=/usr/lib/apt/apt.systemd.daily update
"""  # noqa: E501 - as it was recorded
_CLEAN_TIMER = b"""[Unit]
Description=Daily Cleanup of Temporary Directories
Documentation=man:tmpfiles.d(5) man:systemd-tmpfiles(8)
ConditionPathExists=!/etc/initrd-release

[Timer]
OnBootSec=15min
OnUnitActiveSec=1d
"""
_CLEAN_SERVICE = b"""[Service]
Type=oneshot
ExecStart=systemd-tmpfiles --clean
SuccessExitStatus=DATAERR CANTCREAT
"""

CRON = Example(
    System.LINUX,
    "Recorded (hercules-team/augeas@5883ad5, @034a168): cron.d and anacrontab; the "
    "folders of programs are composed.",
    rows=(
        {
            "name": "/etc/cron.d/anacron",
            "kind": "cron",
            "enabled": True,
            "schedule": "30 7 * * *",
            "run_as": "root",
            "program": "test",
        },
        {
            "name": "/etc/cron.d/anacron (2)",
            "kind": "cron",
            "enabled": True,
            "schedule": "00 */3 15-25/2 May 1-5",
            "run_as": "user",
            "program": "somecommand",
        },
        {
            "name": "/etc/cron.d/anacron (3)",
            "kind": "cron",
            "enabled": True,
            "schedule": "00 */3 15-25/2 May mon-tue",
            "run_as": "user",
            "program": "somecommand",
        },
        {
            "name": "/etc/cron.d/anacron (4)",
            "kind": "cron",
            "enabled": True,
            "schedule": "@yearly",
            "run_as": "foo",
            "program": "a",
        },
        {
            "name": "/etc/cron.daily/man-db",
            "kind": "cron",
            "enabled": True,
            "schedule": "@daily",
            "run_as": "root",
            "program": "man-db",
        },
        {
            "name": "/etc/cron.daily/off",
            "kind": "cron",
            "enabled": False,
            "schedule": "@daily",
            "run_as": "root",
            "program": "off",
        },
        {
            "name": "cron.daily",
            "kind": "anacron",
            "enabled": False,
            "schedule": "@daily",
            "last_run": _RUN,
            "run_as": "root",
            "program": "nice",
        },
        {
            "name": "cron.weekly",
            "kind": "anacron",
            "enabled": False,
            "schedule": "every 7 days",
            "run_as": "root",
            "program": "nice",
        },
        {
            "name": "cron.monthly",
            "kind": "anacron",
            "enabled": False,
            "schedule": "@monthly",
            "run_as": "root",
            "program": "nice",
        },
    ),
    files={
        "/usr/sbin/cron": b"\x7fELF",
        "/etc/cron.d/anacron": _CRON_D,
        "/etc/cron.d/anacron.dpkg-old": _CRON_D,
        "/etc/cron.daily/.placeholder": b"",
        "/etc/cron.daily/man-db": b"#!/bin/sh\n",
        "/etc/cron.daily/off": b"#!/bin/sh\n",
        "/etc/anacrontab": _ANACRONTAB,
        "/var/spool/anacron/cron.daily": b"20251123\n",
    },
    facts={
        "facts": {
            "/etc/cron.daily/man-db": _program(),
            "/var/spool/anacron/cron.daily": _program(),
        }
    },
)
TIMERS = Example(
    System.LINUX,
    "Recorded (Debian 12): two timers; composed: a drop-in, an instance for a person.",
    rows=(
        {
            "name": "apt-daily.timer",
            "kind": "systemd-timer",
            "enabled": True,
            "schedule": "OnCalendar=Mon *-*-* 03:00",
            "last_run": _RUN,
            "run_as": "root",
            "program": "apt.systemd.daily",
        },
        {
            "name": "backup@ada.timer",
            "kind": "systemd-timer",
            "enabled": True,
            "schedule": "OnCalendar=weekly",
            "run_as": "ada",
            "program": "restic",
        },
        {
            "name": "systemd-tmpfiles-clean.timer",
            "kind": "systemd-timer",
            "enabled": False,
            "schedule": "OnBootSec=15min; OnUnitActiveSec=1d",
            "run_as": "root",
            "program": "systemd-tmpfiles",
        },
    ),
    files={
        f"{_UNITS}/apt-daily.timer": _APT_TIMER,
        f"{_UNITS}/apt-daily.service": _APT_SERVICE,
        f"{_UNITS}/systemd-tmpfiles-clean.timer": _CLEAN_TIMER,
        f"{_UNITS}/systemd-tmpfiles-clean.service": _CLEAN_SERVICE,
        f"{_UNITS}/backup@.timer": b"[Timer]\nOnCalendar=weekly\nUnit=save@.service\n",
        f"{_UNITS}/save@.service": b"[Service]\nUser=ada\n"
        b"Environment=RESTIC_PASSWORD=hunter2\n"
        b"ExecStart=@/usr/bin/restic restic -r sftp:ada@host:/b backup\n",
        "/etc/systemd/system/apt-daily.timer.d/later.conf": b"[Timer]\nOnCalendar=\n"
        b"OnCalendar=Mon *-*-* 03:00\n",
        f"{_STAMP}apt-daily.timer": b"",
    },
    links={
        "/etc/systemd/system/timers.target.wants/apt-daily.timer": f"{_UNITS}/x",
        "/etc/systemd/system/timers.target.wants/backup@ada.timer": f"{_UNITS}/y",
    },
    facts={"facts": {f"{_STAMP}apt-daily.timer": _program()}},
)
PEOPLE = Example(
    System.LINUX,
    "Composed in cron's and at's forms: a person's table, whose commands hold secrets.",
    rows=(
        {
            "name": "crontab",
            "kind": "cron",
            "enabled": False,
            "schedule": "*/5 * * * *",
            "run_as": "ada",
            "program": "pull.sh",
        },
        {
            "name": "crontab (2)",
            "kind": "cron",
            "enabled": False,
            "schedule": "@reboot",
            "run_as": "ada",
        },
        {
            "name": "at job 10",
            "kind": "at",
            "enabled": True,
            "next_run": 1_763_932_260,
            "run_as": "ada",
        },
    ),
    files={
        "/etc/passwd": b"ada:x:1000:1000::/home/ada:/bin/sh\n",
        "/var/spool/cron/crontabs/ada": b"# m h dom mon dow command\n"
        b'PASSWORD = "hunter2"\n'
        b"*/5 * * * * TOKEN=abc /home/ada/bin/pull.sh --password hunter2\n"
        b'@reboot PASS="two words" /home/ada/secret\n',
        "/var/spool/cron/atjobs/.SEQ": b"0000a\n",
        "/var/spool/cron/atjobs/a0000a01c09757": b"#!/bin/sh\nexport SECRET=x\n",
    },
    facts={
        "euid": 0,
        "facts": {
            "/var/spool/cron/atjobs/a0000a01c09757": FileFacts(1, 1, 1, 1, 1000, 0o700)
        },
    },
)
JUNK = Example(
    System.LINUX,
    "Composed: junk in every file; what is no job of a known form gives no row.",
    rows=(
        {
            "name": "/etc/crontab",
            "kind": "cron",
            "enabled": False,
            "schedule": "* * * * *",
            "run_as": "\ufffd\ufffd",
        },
        {
            "name": "x\u00e9.timer",
            "kind": "systemd-timer",
            "enabled": False,
            "run_as": "root",
        },
    ),
    files={
        "/etc/crontab": b"* * * *\n* * * * * \xff\xfe $(rm -rf /)\n\0\0\n@daily\n"
        b"99999 * * * root\n* * * * * root\n",
        "/etc/cron.d/": b"",
        "/etc/anacrontab": b"x 5 a b\n1 5\n1 5 / \xff\n"[:12],
        f"{_UNITS}/x\u00e9.timer": b"[Timer]\nOnCalendar=\xff$(x)\n[Tim\0er]\n[",
        f"{_UNITS}/x\u00e9.service": b"[Service]\nExecStart=%h/$(x)\n",
    },
)
WINDOWS = Example(
    System.WINDOWS,
    "Composed in the Task Scheduler's form: one of Windows, one that has never run.",
    rows=(
        {
            "name": "\\Microsoft\\Windows\\Defrag\\ScheduledDefrag",
            "kind": "task-scheduler",
            "enabled": True,
            "schedule": "weekly",
            "next_run": 1_764_100_000,
            "last_run": 1_763_900_000,
            "last_result": 0,
            "run_as": "SYSTEM",
            "program": "defrag.exe",
        },
        {
            "name": "\\Backup Windows Terminal Config",
            "kind": "task-scheduler",
            "enabled": False,
            "schedule": "monthly, logon",
            "last_result": 267_011,
            "run_as": "EXAMPLE\\ada",
            "program": "pwsh.exe",
        },
    ),
    facts={
        "tasks": (
            {
                "name": "\\Microsoft\\Windows\\Defrag\\ScheduledDefrag",
                "enabled": True,
                "triggers": "3",
                "next_run": 1_764_100_000,
                "last_run": 1_763_900_000,
                "last_result": 0,
                "run_as": "SYSTEM",
                "program": "defrag.exe",
            },
            {
                "name": "\\Backup Windows Terminal Config",
                "enabled": False,
                "triggers": "4,9",
                "next_run": None,
                "last_run": None,
                "last_result": 267_011,
                "run_as": "EXAMPLE\\ada",
                "program": "pwsh.exe",
            },
        )
    },
)
WINDOWS_JUNK = Example(
    System.WINDOWS,
    "Composed: kinds of trigger that Windows does not have, and a task nobody may see.",
    rows=(
        {"name": "\\odd\ufffd", "kind": "task-scheduler", "schedule": "daily"},
        {"kind": "task-scheduler"},
    ),
    facts={
        "tasks": (
            {
                "name": "\\odd\ufffd\0",
                "enabled": "yes",
                "triggers": "99,2,,x,2",
                "last_result": -1,
                "last_run": 2**70,
            },
            {"name": "", "triggers": None},
        )
    },
)
EXAMPLES = (CRON, TIMERS, PEOPLE, JUNK, WINDOWS, WINDOWS_JUNK)
