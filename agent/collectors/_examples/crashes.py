# SPDX-License-Identifier: Apache-2.0
"""Examples of crashes: entries, names of files and heads of reports, events.

Rules: what is recorded names where; the rest is composed in the form of its source.
Not here: the readers (`crashes.py`).
"""

from agent.collectors._linux.crashes import CORES, REPORTS
from agent.collectors._windows.crashes import ARCHIVE
from agent.host.interface import FileFacts
from agent.rows import Example
from wire.catalogue import System

_BOOT = "0123456789abcdef0123456789abcdef"
_ZONE = b"TZif" + bytes(35) + b"\1\0\0\0\4\0\0\x0e\x10\0\0CET\0"
"""A zone file of one fixed offset: an hour east of UTC."""
_JOURNAL = "/var/log/journal/0123/system.journal"
_NS = "http://schemas.microsoft.com/win/2004/08/events/event"


def crash_event(
    record: int, provider: str, identifier: int, *data: str, named: bool = False
) -> tuple[int, str, str]:
    """Return an event in the form of EvtRender, with its number."""
    inner = "".join(
        f"<Data Name='P{place}'>{value}</Data>" if named else f"<Data>{value}</Data>"
        for place, value in enumerate(data)
    )
    xml = (
        f"<Event xmlns='{_NS}'><System><Provider Name='{provider}'/>"
        f"<EventID Qualifiers='0'>{identifier}</EventID>"
        "<TimeCreated SystemTime='2026-09-20T15:04:11.2913467Z'/>"
        f"<EventRecordID>{record}</EventRecordID><Channel>Application</Channel>"
        f"</System><EventData>{inner}</EventData></Event>"
    )
    return record, xml, ""


_OUTLOOK = (
    "OUTLOOK.EXE",
    "16.0.17928.20156",
    "66e1d3c4",
    "mso20win32client.dll",
    "0.0.0.0",  # noqa: S104 - a version
    "66e1d0a1",
    "c0000005",
    "0000000000a1b2c3",
    "2c48",
    "01db0b3c",
    "C:\\Users\\Ada\\OUTLOOK.EXE",
)
_TODO = (
    "Todo.exe",
    "2.4.0.17",
    "66f1c2a0",
    "ntdll.dll",
    "10.0.26100.2033",
    "5e1a2b3c",
    "0xC0000409",
    "2f1a3",
    "0x1a2c",
    "0x1db13f0a2c4e8f1",
    "C:\\Users\\Ada\\Todo.exe",
    "C:\\Windows\\SYSTEM32\\ntdll.dll",
    "c0ffee00-dead-beef-0000-000000000000",
    "Microsoft.Todos_2.4.0.17_x64__8wekyb3d8bbwe",
    "App",
)
_AT = 1789916651
_DRIVE = "/" + ARCHIVE.replace(":", "").replace("\\", "/")
_FOLDERS = {
    "AppHang_Bginfo64.exe_cf919d50e71d613a2bddb1a116ff8eebb4e5c_140e09f3_"
    "c2b585e7-ac5d-4cf9-bd79-7b6d4fe6075c": 1676697257,
    "AppCrash_my_app.exe_5d1a1e9b1f9d5d1a1e9b1f9d_7f8a9b0c_cab_0a2b": 1676697300,
    "Kernel_d1_5d1a1e9b1f9d5d1a1e9b1f9d_7f8a9b0c_cab_0a2b": 1676697400,
}

EXAMPLES = (
    Example(
        System.LINUX,
        "Composed: entries of systemd-coredump, two of them alike; no core is named.",
        rows=(
            {
                "timestamp": 1763946060,
                "program": "gnome-shell",
                "exception_code": "SIGSEGV",
                "package": "gnome-shell",
                "version": "48.7-0ubuntu0.25.10.1",
                "count": 2,
            },
            {
                "timestamp": 1763946063,
                "exception_code": "SIGABRT",
                "count": 1,
            },
        ),
        files={
            _JOURNAL: b"LPKSHHRH",
            f"{CORES}/core.gnome-shell.1000.{_BOOT}.77.1763946060000000.zst": b"",
        },
        programs={
            "journalctl": b'{"__CURSOR":"s=1;i=2",'
            b'"__REALTIME_TIMESTAMP":"1763946060123456",'
            b'"COREDUMP_COMM":"gnome-shell","COREDUMP_SIGNAL_NAME":"SIGSEGV",'
            b'"COREDUMP_PACKAGE_NAME":"gnome-shell",'
            b'"COREDUMP_PACKAGE_VERSION":"48.7-0ubuntu0.25.10.1"}\n'
            b'{"__CURSOR":"s=1;i=3","__REALTIME_TIMESTAMP":"1763946062000000",'
            b'"COREDUMP_COMM":"gnome-shell","COREDUMP_SIGNAL_NAME":"SIGSEGV",'
            b'"COREDUMP_PACKAGE_NAME":"gnome-shell",'
            b'"COREDUMP_PACKAGE_VERSION":"48.7-0ubuntu0.25.10.1"}\n'
            b'{"__CURSOR":"s=1;i=4","__REALTIME_TIMESTAMP":"1763946063000000",'
            b'"COREDUMP_COMM":"Ada\'s tax","COREDUMP_SIGNAL_NAME":"SIGABRT"}\n'
        },
    ),
    Example(
        System.LINUX,
        "Composed: names of cores without a journal, one escaped, others of no core.",
        rows=(
            {"timestamp": 1763946060, "program": "python3.11", "count": 1},
            {"timestamp": 1763946070, "count": 1},
        ),
        files={
            f"{CORES}/core.python3\\x2e11.1000.{_BOOT}.77.1763946060000000.zst": b"",
            f"{CORES}/core.Web\\x20Content.1000.{_BOOT}.78.1763946070000000.lz4": b"",
            f"{CORES}/core.x.1000.{_BOOT}.78.99": b"",
            f"{CORES}/vgcore.77": b"",
        },
    ),
    Example(
        System.LINUX,
        "Composed: a head as apport writes it, in Zurich's time; a report of "
        "a package, junk, and one that begins with its environment.",
        rows=(
            {
                "timestamp": 1763938800,
                "program": "gnome-shell",
                "package": "gnome-shell",
                "version": "48.7-0ubuntu0.25.10.1",
                "count": 1,
            },
        ),
        files={
            "/etc/localtime": _ZONE,
            f"{REPORTS}/_usr_bin_gnome-shell.121.crash": b"ProblemType: Crash\n"
            b"Architecture: amd64\nCurrentDesktop: GNOME-Greeter:GNOME\n"
            b"Date: Mon Nov 24 00:00:00 2025\nDistroRelease: Ubuntu 25.10\n"
            b"ExecutablePath: /usr/bin/gnome-shell\nExecutableTimestamp: 1571973788\n"
            b"Package: gnome-shell 48.7-0ubuntu0.25.10.1 [modified: etc/x]\n"
            b"ProcCmdline: /usr/bin/gnome-shell --key=hunter2\n"
            b"ProcEnviron:\n LANG=C\n Package: no\nSignal: 11\n"
            b"CoreDump: base64\n H4s\n",
            f"{REPORTS}/linux.0.crash": b"ProblemType: Package\nPackage: linux 1\n",
            f"{REPORTS}/junk.crash": b"\xff\0" * 99,
            f"{REPORTS}/env.crash": b"ProcEnviron:\n A=b\nProblemType: Crash\n",
            f"{REPORTS}/lock": b"ProblemType: Crash\n",
        },
    ),
    Example(
        System.LINUX,
        "Composed: a folder for cores that holds none.",
        rows=(),
        files={f"{CORES}/": b""},
    ),
    Example(
        System.WINDOWS,
        "Composed in the forms of Windows 10 and 11: two crashes, one told twice, a "
        "hang, a blue screen, an event of another kind, one with a declaration.",
        rows=(
            {
                "timestamp": _AT,
                "program": "OUTLOOK.EXE",
                "version": "16.0.17928.20156",
                "exception_code": "0xc0000005",
                "module": "mso20win32client.dll",
                "count": 1,
            },
            {
                "timestamp": _AT,
                "program": "Todo.exe",
                "version": "2.4.0.17",
                "exception_code": "0xc0000409",
                "module": "ntdll.dll",
                "package": "Microsoft.Todos_2.4.0.17_x64__8wekyb3d8bbwe",
                "count": 1,
            },
            {
                "timestamp": _AT,
                "program": "my notes.exe",
                "version": "1.0",
                "exception_code": "hang",
                "count": 1,
            },
            {
                "timestamp": _AT,
                "program": "BlueScreen",
                "exception_code": "0xd1",
                "count": 1,
            },
        ),
        facts={
            "events": {
                "Application": (
                    crash_event(1, "Application Error", 1000, *_OUTLOOK),
                    crash_event(
                        2, "Windows Error Reporting", 1001, "", "0", "APPCRASH"
                    ),
                    crash_event(3, "Application Error", 1000, *_TODO, named=True),
                    crash_event(
                        4, "Application Hang", 1002, "my notes.exe", "1.0", "77"
                    ),
                    crash_event(
                        5,
                        "Windows Error Reporting",
                        1001,
                        "",
                        "0",
                        "BlueScreen",
                        "Not available",
                        "0",
                        "d1",
                        "C:\\Windows\\Minidump\\x.dmp",
                    ),
                    crash_event(6, "MsiInstaller", 1000, "x"),
                    (7, "<!DOCTYPE x><EventRecordID>7</EventRecordID>", ""),
                )
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Recorded (Psmths/windows-forensic-artifacts@69b972a, the first name): folders "
        "of archived reports where there is no log.",
        rows=(
            {
                "timestamp": 1676697257,
                "program": "Bginfo64.exe",
                "exception_code": "hang",
                "count": 1,
            },
            {"timestamp": 1676697300, "program": "my_app.exe", "count": 1},
        ),
        files={f"{_DRIVE}/{name}/": b"" for name in _FOLDERS},
        facts={
            "facts": {
                f"{ARCHIVE}\\{name}": FileFacts(0, made, 1, 1, 0, 0)
                for name, made in _FOLDERS.items()
            }
        },
    ),
)
