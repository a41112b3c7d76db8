# SPDX-License-Identifier: Apache-2.0
"""What apt's lists and rules say, and the patches that it means.

Rules: files and outputs are those of the real programs, shortened; "recorded here" ran
on Debian 12 against repositories of composed packages.
Not here: other package managers (`patches.py`), the readers (`_linux/updates.py`).
"""

import binascii

from agent.collectors._examples.patch_rows import called, patch
from agent.collectors._linux import updates
from agent.rows import Example
from wire.catalogue import System

_LISTS = "/var/lib/apt/lists"
_MAIN = "deb.debian.org_debian_dists_bookworm"
_SECURITY = "deb.debian.org_debian-security_dists_bookworm-security"
_BACKPORTS = "deb.debian.org_debian_dists_bookworm-backports"
_STATUS = "/var/lib/dpkg/status"
_PACKED = (
    "H4sIAAAAAAACAwtITM5OTE+1UijJz8/hCkstKs7Mz7NSMOZyLErOyCxJTS4pLQLKJuammJlw"
    "uaQWJxdlFpSAlZSkVpRwcQXA9GenFpQg9BsRqx8As08dWYAAAAA="
)
"""gzip of tool 3 and kept 2."""


def _installed(name: str, version: str, architecture: str = "amd64") -> bytes:
    return (
        f"Package: {name}\nStatus: install ok installed\nMaintainer: Ada <a@x.test>\n"
        f"Architecture: {architecture}\nVersion: {version}\n\n"
    ).encode()


def _offered(name: str, version: str, more: str = "", arch: str = "amd64") -> bytes:
    return (
        f"Package: {name}\nVersion: {version}\nArchitecture: {arch}\n{more}"
        "Description: text\n\n"
    ).encode()


APT = (
    Example(
        System.LINUX,
        "Debian 12's lists of November 2026, shortened: one update is of security, one "
        "lies ready, one waits for its turn, one came from backports; one is held.",
        rows=(
            patch(
                "apt",
                "bash 5.2.15-2+b8 -> 5.2.15-2+b13",
                architecture="amd64",
                security=False,
                install_state="downloaded",
                source="Debian:12.15/oldstable",
            ),
            patch(
                "apt",
                "libssl3 3.0.19-1~deb12u2 -> 3.0.22-1~deb12u2",
                architecture="amd64",
                security=True,
                source="Debian-Security:12/oldstable-security, Debian:12.15/oldstable",
            ),
            patch(
                "apt",
                "tzdata 2025a-1 -> 2025b-1",
                architecture="all",
                security=False,
                install_state="phased",
                source="Debian:12.15/oldstable",
            ),
            patch(
                "apt",
                "tool 1:2.0~bpo12+1 -> 1:3.0~bpo12+1",
                architecture="amd64",
                security=False,
                source="Debian Backports:bookworm-backports",
            ),
        ),
        files={
            _STATUS: _installed("bash", "5.2.15-2+b8")
            + _installed("libssl3", "3.0.19-1~deb12u2")
            + _installed("tzdata", "2025a-1", "all")
            + _installed("tool", "1:2.0~bpo12+1")
            + b"Package: held\nStatus: hold ok installed\nArchitecture: amd64\n"
            b"Version: 1\n\n"
            b"Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n",
            f"{_LISTS}/{_MAIN}_InRelease": b"-----BEGIN PGP SIGNED MESSAGE-----\n"
            b"Hash: SHA256\n\nOrigin: Debian\nLabel: Debian\nSuite: oldstable\n"
            b"Version: 12.15\nCodename: bookworm\n",
            f"{_LISTS}/{_MAIN}_main_binary-amd64_Packages": _offered(
                "bash", "5.2.15-2+b13"
            )
            + _offered("libssl3", "3.0.22-1~deb12u2")
            + _offered("tzdata", "2025b-1", "Phased-Update-Percentage: 20\n", "all")
            + _offered("tool", "1.9")
            + _offered("held", "2")
            + _offered("gone", "2"),
            f"{_LISTS}/{_SECURITY}_InRelease": b"Origin: Debian\n"
            b"Label: Debian-Security\nSuite: oldstable-security\nVersion: 12\n",
            f"{_LISTS}/{_SECURITY}_main_binary-amd64_Packages": _offered(
                "libssl3", "3.0.22-1~deb12u2"
            )
            + _offered("libssl3", "3.0.20-1", arch="i386"),
            f"{_LISTS}/{_BACKPORTS}_InRelease": b"Label: Debian Backports\n"
            b"Suite: bookworm-backports\nNotAutomatic: yes\n"
            b"ButAutomaticUpgrades: yes\n",
            f"{_LISTS}/{_BACKPORTS}_main_binary-amd64_Packages": _offered(
                "tool", "1:3.0~bpo12+1"
            )
            + _offered("bash", "5.3-1~bpo12+1"),
            "/var/cache/apt/archives/bash_5.2.15-2+b13_amd64.deb": b"",
        },
    ),
    Example(
        System.LINUX,
        "Recorded on Debian 12, but for the list, which is packed in a form that only "
        "apt reads: it is asked; of a repository without a name its host is not told.",
        rows=(
            patch(
                "apt",
                "base-files 12.4+deb12u11 -> 12.4+deb12u15",
                architecture="amd64",
                security=False,
                source="Debian:12.15/oldstable",
            ),
            patch(
                "apt",
                "libgcrypt20 1.10.1-3 -> 1.10.1-3+deb12u1",
                architecture="amd64",
                security=True,
                source="Debian:12.15/oldstable, Debian-Security:12/oldstable-security",
            ),
            patch(
                "apt",
                "tool 1 -> 2",
                architecture="all",
                security=False,
            ),
        ),
        files={_STATUS: b"", f"{_LISTS}/x_Packages.zst": b""},
        programs={
            called("apt-get", updates.APT): b"Reading package lists...\n"
            b"2 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n"
            b"Inst base-files [12.4+deb12u11] (12.4+deb12u15 Debian:12.15/oldstable "
            b"[amd64])\n"
            b"Conf base-files (12.4+deb12u15 Debian:12.15/oldstable [amd64])\n"
            b"Inst libgcrypt20 [1.10.1-3] (1.10.1-3+deb12u1 Debian:12.15/oldstable, "
            b"Debian-Security:12/oldstable-security [amd64]) []\n"
            b"Inst linux-image-6.1.0-42-amd64 (6.1.1 Debian:12.15/oldstable [amd64])\n"
            b"Inst tool [1] (2 packages.example.test [all])\n"
        },
    ),
    Example(
        System.LINUX,
        "Composed: a packed list, and rules that prefer an older backport to a newer "
        "version, keep one package from a suite, and name one that is not installed.",
        rows=(
            patch(
                "apt",
                "tool 1 -> 2~bpo12+1",
                architecture="amd64",
                security=False,
                source="Debian Backports:bookworm-backports",
            ),
        ),
        files={
            _STATUS: _installed("tool", "1") + _installed("kept", "1"),
            "/etc/apt/preferences.d/own.pref": b"Explanation: a newer one breaks it\n"
            b"Package: to*\nPin: release n=bookworm-backports\nPin-Priority: 900\n\n"
            b"Package: kept\nPin: origin deb.debian.org\nPin-Priority: -1\n\n"
            b"Package: absent\nPin: version 5*\nPin-Priority: 1001\n",
            f"{_LISTS}/{_MAIN}_InRelease": b"Label: Debian\n",
            f"{_LISTS}/{_MAIN}_main_binary-amd64_Packages.gz": binascii.a2b_base64(
                _PACKED
            ),
            f"{_LISTS}/{_BACKPORTS}_InRelease": b"Label: Debian Backports\n"
            b"Suite: bookworm-backports\nCodename: bookworm-backports\n"
            b"NotAutomatic: yes\nButAutomaticUpgrades: yes\n",
            f"{_LISTS}/{_BACKPORTS}_main_binary-amd64_Packages": _offered(
                "tool", "2~bpo12+1"
            ),
        },
    ),
    Example(
        System.LINUX,
        "Composed: lists of junk, and one that is cut within a package.",
        rows=(
            patch(
                "apt",
                "a\ufffd 1 -> 2\ufffd",
                architecture="amd64",
                security=False,
            ),
        ),
        files={
            _STATUS: b"\xff\n\n\n" + _installed("b", "1") + b"Package: a\xff\nStatus: "
            b"install ok installed\nArchitecture: amd64\nVersion: 1\n",
            f"{_LISTS}/x_Packages": b"\0\n\n\n\nPackage: a\xff\nVersion: 2\xff\n"
            b"Architecture: amd64\n\nPackage: b\nVersion: 1\nArchitecture: amd64\n\n"
            b"Package: b\nVersio",
        },
    ),
)
