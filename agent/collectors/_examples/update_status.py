# SPDX-License-Identifier: Apache-2.0
"""Machines that are kept up to date, or are not, and the status that it means.

Rules: logs and lists are in their programs' form; each title says whose.
Not here: the readers (`update_status.py`), single updates (`_examples/patches.py`).
"""

from agent.collectors._linux import updates
from agent.host.interface import FileFacts, KernelFacts
from agent.rows import Example
from wire.catalogue import System

_AUTO = (
    "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update"
    "\\Results"
)


def _written(seconds: int) -> FileFacts:
    return FileFacts(1, seconds, 1, 1, 0, 0o644)


def _kernel(release: str) -> KernelFacts:
    return KernelFacts("Linux", "host", release, "", "x86_64")


EXAMPLES = (
    Example(
        System.LINUX,
        "Debian 12's logs, shortened: two updates wait, the last came 27 November, and "
        "a newer kernel than the running one is installed.",
        rows=(
            {
                "package_manager": "apt",
                "pending": 2,
                "pending_security": 1,
                "lists_time": 1795821780,
                "update_time": 1795821975,
                "pending_reboot": True,
                "pending_reboot_reason": "asked-by-update,newer-kernel",
            },
        ),
        files={
            "/run/reboot-required": b"*** System restart required ***\n",
            "/lib/modules/6.1.0-28-amd64/modules.dep": b"",
            "/lib/modules/6.1.0-32-amd64/modules.dep": b"",
            "/lib/modules/6.12.1-cloud-amd64/modules.dep": b"",
            "/var/lib/dpkg/status": b"Package: a\nStatus: install ok installed\n"
            b"Architecture: all\nVersion: 1\n\nPackage: b\nStatus: install ok installed"
            b"\nArchitecture: all\nVersion: 1\n",
            "/var/lib/apt/lists/partial/": b"",
            "/var/lib/apt/lists/x_Packages": b"Package: a\nArchitecture: all\n"
            b"Version: 2\n",
            "/var/lib/apt/lists/y_InRelease": b"Label: Debian-Security\n",
            "/var/lib/apt/lists/y_Packages": b"Package: b\nArchitecture: all\n"
            b"Version: 1.1\n",
            "/var/log/dpkg.log": b"2026-11-27 23:26:15 startup archives unpack\n"
            b"2026-11-27 23:26:15 upgrade openssh-client:amd64 1:9.2p1-2+deb12u6 "
            b"1:9.2p1-2+deb12u10\n2026-11-27 23:26:16 status half-installed "
            b"openssh-client:amd64 1:9.2p1-2+deb12u6\n"
            b"2026-11-27 23:30:00 install ufw:all <none> 0.36.2-1\n",
        },
        facts={
            "kernel": _kernel("6.1.0-28-amd64"),
            "facts": {
                "/var/lib/apt/lists/partial": _written(1795821780),
                "/var/lib/apt/lists": _written(1795821747),
            },
        },
    ),
    Example(
        System.LINUX,
        "Recorded here from dnf 4.14's log: nothing waits; the kernel is the newest.",
        rows=(
            {
                "package_manager": "dnf",
                "pending": 0,
                "pending_security": 0,
                "lists_time": 1795822000,
                "update_time": 1795822322,
                "pending_reboot": False,
            },
        ),
        files={
            "/var/lib/rpm/rpmdb.sqlite": b"",
            "/var/cache/dnf/updates.solv": b"",
            "/var/log/dnf.rpm.log": b"2026-11-27T23:32:01+0000 INFO --- logging "
            b"initialized ---\n2026-11-27T23:32:02+0000 SUBDEBUG Upgrade: "
            b"bash-5.2.26-1.fc39.x86_64\n2026-11-27T23:32:02+0000 SUBDEBUG Upgraded: "
            b"bash-5.2.21-1.fc39.x86_64\n",
            "/lib/modules/5.14.0-427.13.1.el9_4.x86_64/modules.dep": b"",
            "/lib/modules/5.14.0-427.42.1.el9_4.x86_64/modules.dep": b"",
        },
        programs={" ".join(("dnf", *updates.DNF_UPGRADES)): b""},
        facts={
            "kernel": _kernel("5.14.0-427.42.1.el9_4.x86_64"),
            "facts": {"/var/cache/dnf/updates.solv": _written(1795822000)},
        },
    ),
    Example(
        System.LINUX,
        "Composed: openSUSE; a patch of security counts once, its package as the "
        "update; the tools ask for a restart.",
        rows=(
            {
                "package_manager": "zypper",
                "pending": 1,
                "pending_security": 1,
                "lists_time": 1795820000,
                "pending_reboot": True,
                "pending_reboot_reason": "asked-by-update",
            },
        ),
        files={
            "/usr/lib/sysimage/rpm/rpmdb.sqlite": b"",
            "/etc/zypp/repos.d/u.repo": b"[u]\n",
            "/var/cache/zypp/raw/u/repodata/": b"",
            "/run/reboot-needed": b"",
        },
        programs={
            " ".join(("zypper", *updates.ZYPPER)): b'<update kind="patch" name="S-1" '
            b'edition="1" arch="noarch" category="security" severity="low"></update>'
            b'<update kind="package" name="bash" edition="5.3-1" arch="x86_64" '
            b'edition-old="5.2-1"></update>'
        },
        facts={"facts": {"/var/cache/zypp/raw/u/repodata": _written(1795820000)}},
    ),
    Example(
        System.LINUX,
        "Composed: Arch after its kernel was replaced; the log is in summer time.",
        rows=(
            {
                "package_manager": "pacman",
                "pending": 1,
                "pending_security": 0,
                "lists_time": 1720000000,
                "update_time": 1720004645,
                "pending_reboot": True,
                "pending_reboot_reason": "newer-kernel",
            },
        ),
        files={
            "/var/lib/pacman/local/ALPM_DB_VERSION": b"9\n",
            "/var/lib/pacman/sync/core.db": b"",
            "/var/log/pacman.log": b"[2024-07-03T13:04:05+0200] [PACMAN] Running "
            b"'pacman -Syu --password hunter2'\n[2024-07-03T13:04:05+0200] [ALPM] "
            b"upgraded linux (6.6.1.arch1-1 -> 6.6.2.arch1-1)\n",
            "/lib/modules/6.6.2-arch1-1/modules.dep": b"",
        },
        programs={"pacman -Qu": b"openssl 3.1.4-1 -> 3.2.0-1\n"},
        facts={
            "kernel": _kernel("6.6.1-arch1-1"),
            "facts": {"/var/lib/pacman/sync/core.db": _written(1720000000)},
        },
    ),
    Example(
        System.LINUX,
        "Composed: a container whose lists were never fetched, and a log of junk.",
        rows=({"package_manager": "apt", "pending_reboot": False},),
        files={
            "/var/lib/dpkg/status": b"",
            "/var/log/dpkg.log": b"\xff\n9999-99-99 99:99:99 upgrade x\n\0",
        },
        facts={"kernel": _kernel("6.1.0")},
    ),
    Example(
        System.WINDOWS,
        "Composed in the registry's form: one update waits, and so do renamed files.",
        rows=(
            {
                "package_manager": "windows",
                "pending": 1,
                "pending_security": 1,
                "lists_time": 1645705468,
                "update_time": 1645649186,
                "pending_reboot": True,
                "pending_reboot_reason": "windows-update,file-renames",
            },
        ),
        facts={
            "registry": {
                f"{_AUTO}\\Detect": {"LastSuccessTime": "2022-02-24 12:24:28"},
                f"{_AUTO}\\Install": {"LastSuccessTime": "2022-02-23 20:46:26"},
            },
            "updates": (
                {"title": "Update (KB5041585)", "severity": "Important"},
                {"title": "9WZDNCRFJ3TJ-Netflix"},
            ),
            "pending_restart": (
                {"servicing": False, "updates": True, "renames": True},
            ),
        },
    ),
    Example(
        System.WINDOWS,
        "Recorded (cfrederickson-kpbsd/KPBSD.PowerShell.WindowsUpdate@1401934): newer "
        "systems keep the times in the Update Agent alone; a date of junk is none.",
        rows=(
            {
                "package_manager": "windows",
                "pending": 0,
                "pending_security": 0,
                "lists_time": 1645705468,
                "update_time": 1645649186,
                "pending_reboot": False,
            },
        ),
        facts={
            "registry": {f"{_AUTO}\\Detect": {"LastSuccessTime": "24.02.2022"}},
            "update_times": ({"searched": 1645705468, "installed": 1645649186},),
            "pending_restart": (
                {"servicing": False, "updates": False, "renames": False},
            ),
        },
    ),
)
