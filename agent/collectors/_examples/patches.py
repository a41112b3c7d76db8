# SPDX-License-Identifier: Apache-2.0
"""What Linux's package managers answer, and the patches that it means.

Rules: outputs are those of the real programs, shortened; "recorded here" ran on Debian
12 against repositories of composed packages.
Not here: Windows (`_windows/patches.py`), the readers (`patches.py`).
"""

import binascii
from collections.abc import Mapping

from agent.collectors._linux import updates
from agent.rows import Example
from wire.catalogue import System
from wire.values import Value

_LISTS = "/var/lib/apt/lists"
_MAIN = "deb.debian.org_debian_dists_bookworm"
_SECURITY = "deb.debian.org_debian-security_dists_bookworm-security"
_BACKPORTS = "deb.debian.org_debian_dists_bookworm-backports"
_STATUS = "/var/lib/dpkg/status"
_RPM = "/usr/lib/sysimage/rpm/rpmdb.sqlite"
_PACKED = (
    "H4sIAAAAAAACAwtITM5OTE+1UijJz8/hCkstKs7Mz7NSMOZyLErOyCxJTS4pLQLKJuammJlw"
    "uaQWJxdlFpSAlZSkVpRwcQXA9GenFpQg9BsRqx8As08dWYAAAAA="
)
"""gzip of tool 3 and kept 2."""
_SUMMARY = "Security update for libtasn1"


def _row(manager: str, update: str, **more: Value) -> Mapping[str, Value]:
    """Return a row of "name current_version -> version"."""
    uid, current, _, version = update.split()
    found = {"package_manager": manager, "uid": uid, "version": version, **more}
    known = {} if current == "?" else {"current_version": current}
    return {"install_state": "pending", **found, **known}


def _call(program: str, arguments: tuple[str, ...]) -> str:
    return " ".join((program, *arguments))


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


EXAMPLES = (
    Example(
        System.LINUX,
        "Debian 12's lists of November 2026, shortened: one update is of security, one "
        "lies ready, one waits for its turn, one came from backports; one is held.",
        rows=(
            _row(
                "apt",
                "bash 5.2.15-2+b8 -> 5.2.15-2+b13",
                architecture="amd64",
                security=False,
                install_state="downloaded",
                source="Debian:12.15/oldstable",
            ),
            _row(
                "apt",
                "libssl3 3.0.19-1~deb12u2 -> 3.0.22-1~deb12u2",
                architecture="amd64",
                security=True,
                source="Debian-Security:12/oldstable-security, Debian:12.15/oldstable",
            ),
            _row(
                "apt",
                "tzdata 2025a-1 -> 2025b-1",
                architecture="all",
                security=False,
                install_state="phased",
                source="Debian:12.15/oldstable",
            ),
            _row(
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
            _row(
                "apt",
                "base-files 12.4+deb12u11 -> 12.4+deb12u15",
                architecture="amd64",
                security=False,
                source="Debian:12.15/oldstable",
            ),
            _row(
                "apt",
                "libgcrypt20 1.10.1-3 -> 1.10.1-3+deb12u1",
                architecture="amd64",
                security=True,
                source="Debian:12.15/oldstable, Debian-Security:12/oldstable-security",
            ),
            _row(
                "apt",
                "tool 1 -> 2",
                architecture="all",
                security=False,
            ),
        ),
        files={_STATUS: b"", f"{_LISTS}/x_Packages.zst": b""},
        programs={
            _call("apt-get", updates.APT): b"Reading package lists...\n"
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
            _row(
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
        "Recorded here from dnf 4.14: three updates, one of them of security.",
        rows=(
            _row(
                "dnf",
                "bash 5.2.21-1.fc39 -> 5.2.26-1.fc39",
                architecture="x86_64",
                security=False,
                source="updates",
            ),
            _row(
                "dnf",
                "openssl-libs 1:3.0.7-1.fc39 -> 1:3.0.7-2.fc39",
                architecture="x86_64",
                security=True,
                severity="important",
                source="updates",
            ),
            _row(
                "dnf",
                "tzdata ? -> 2024b-1.fc39",
                architecture="noarch",
                security=False,
                source="updates",
            ),
        ),
        files={_RPM: b"", "/var/cache/dnf/updates.solv": b""},
        programs={
            _call("dnf", updates.DNF_UPGRADES): b"bash\t5.2.26-1.fc39\tx86_64\tupdates"
            b"\n\nopenssl-libs\t1:3.0.7-2.fc39\tx86_64\tupdates\n\n"
            b"tzdata\t2024b-1.fc39\tnoarch\tupdates\n\n",
            _call("dnf", updates.DNF_ADVISORIES): b"FEDORA-2024-1a2b3c4d5e "
            b"Important/Sec. openssl-libs-1:3.0.7-2.fc39.x86_64\n"
            b"FEDORA-2024-5f6a7b8c9d bugfix         tzdata-2024b-1.fc39.noarch\n",
            _call("rpm", updates.RPM_VERSIONS): b"openssl-libs\t1:3.0.7-1.fc39\tx86_64"
            b"\nbash\t0:5.2.21-1.fc39\tx86_64\ntzdata\t0:2024a-1.fc39\tnoarch\n"
            b"tzdata\t0:2023d-1.fc39\tnoarch\n",
        },
    ),
    Example(
        System.LINUX,
        "Composed after dnf 5's manual: its table of advisories; two of one package.",
        rows=(
            _row(
                "dnf",
                "librepo ? -> 1.21.0-2.fc44",
                architecture="aarch64",
                security=True,
                severity="moderate",
                source="updates",
            ),
        ),
        files={_RPM: b"", "/var/cache/libdnf5/updates-1/repodata/repomd.xml": b""},
        programs={
            _call("dnf", updates.DNF_UPGRADES): b"librepo\t1.21.0-2.fc44\taarch64\t"
            b"updates\n",
            _call("dnf", updates.DNF_ADVISORIES): b"Name                   Type     "
            b"Severity                           Package              Issued\n"
            b"FEDORA-2026-07aa56297a security Low      librepo-1.21.0-2.fc44.aarch64 "
            b"2026-09-03 01:38:30\n"
            b"FEDORA-2026-07aa56297b security Moderate librepo-1.21.0-1.fc44.aarch64 "
            b"2026-09-02 01:38:30\n"
            b"FEDORA-2026-07aa56297c bugfix   None     librepo-1.20.0-1.fc44.aarch64 "
            b"2026-09-01 01:38:30\n",
            _call("rpm", updates.RPM_VERSIONS): b"",
        },
    ),
    Example(
        System.LINUX,
        "Recorded (kdeldycke/meta-package-manager@de72165): openSUSE Tumbleweed, one "
        "package behind.",
        rows=(
            _row(
                "zypper",
                "libopenh264-8 2.6.0~noopenh264-1.5 -> 2.6.0-2.suse1699.10",
                architecture="aarch64",
                source="repo-openh264",
            ),
        ),
        files={
            _RPM: b"",
            "/etc/zypp/repos.d/openh264.repo": b"[repo-openh264]\nenabled=1\n"
            b"baseurl=http://ada:secret@codecs.example.test/\n",
            "/etc/zypp/repos.d/old.repo": b"[old]\nenabled=0\n",
            "/var/cache/zypp/raw/repo-openh264/repodata/repomd.xml": b"",
        },
        programs={
            _call("zypper", updates.ZYPPER): b"<?xml version='1.0'?>\n<stream>\n"
            b'<message type="info">Loading repository data...</message>\n'
            b'<update-status version="0.6">\n<update-list>\n'
            b'<update kind="package" name="libopenh264-8" '
            b'edition="2.6.0-2.suse1699.10" arch="aarch64" '
            b'edition-old="2.6.0~noopenh264-1.5"><summary>H.264 codec library</summary>'
            b'<license/><source url="http://codecs.opensuse.org/openh264" '
            b'alias="repo-openh264"/></update></update-list>\n</update-status>\n'
            b"</stream>\n"
        },
    ),
    Example(
        System.LINUX,
        "Recorded here from zypper 1.14.42: a patch of security, and its package.",
        rows=(
            _row(
                "zypper",
                "SUSE-2024-1a2b ? -> 2.0",
                title=_SUMMARY,
                architecture="noarch",
                security=True,
                severity="important",
                source="updates",
            ),
            _row(
                "zypper",
                "libtasn1-6 4.13-1 -> 4.13-2",
                architecture="x86_64",
                source="updates",
            ),
        ),
        files={
            _RPM: b"",
            "/etc/zypp/repos.d/updates.repo": b"[updates]\nenabled=1\n",
            "/var/cache/zypp/raw/updates/repodata/repomd.xml": b"",
        },
        programs={
            _call("zypper", updates.ZYPPER): b'<update-list>\n<update kind="patch" '
            b'name="SUSE-2024-1a2b" edition="2.0" arch="noarch" status="needed" '
            b'category="security" severity="important" pkgmanager="false" '
            b'restart="false" interactive="false"><summary>'
            + _SUMMARY.encode()
            + b'</summary><description/><license/><source url="file:/tmp/new" '
            b'alias="updates"/><issue-date time_t="1704164645" '
            b'text="2024-01-02T03:04:05Z"/><issue-list/></update><update '
            b'kind="package" name="libtasn1-6" edition="4.13-2" arch="x86_64" '
            b'edition-old="4.13-1"><summary>ASN.1</summary><description>Text '
            b'</description><license/><source url="file:/tmp/new" alias="updates"/>'
            b"</update></update-list>\n"
        },
    ),
    Example(
        System.LINUX,
        "Recorded (future-architect/vuls@1d84286): Alpine, three packages behind.",
        rows=(
            _row(
                "apk",
                "libcrypto1.0 1.0.1q-r0 -> 1.0.2m-r0",
            ),
            _row(
                "apk",
                "libssl1.0 1.0.1q-r0 -> 1.0.2m-r0",
            ),
            _row(
                "apk",
                "nrpe 2.14-r2 -> 2.15-r5",
            ),
        ),
        files={
            "/lib/apk/db/installed": b"",
            "/var/cache/apk/APKINDEX.066df28d.tar.gz": b"",
        },
        programs={
            _call("apk", updates.APK): b"Installed:                                "
            b"Available:\nlibcrypto1.0-1.0.1q-r0                  < 1.0.2m-r0\n"
            b"libssl1.0-1.0.1q-r0                     < 1.0.2m-r0\n"
            b"nrpe-2.14-r2                            < 2.15-r5\n"
        },
    ),
    Example(
        System.LINUX,
        "Recorded here from pacman 6.0.2: two updates, and one that is ignored.",
        rows=(
            _row(
                "pacman",
                "linux 6.6.1.arch1-1 -> 6.6.2.arch1-1",
            ),
            _row(
                "pacman",
                "openssl 3.1.4-1 -> 3.2.0-1",
            ),
        ),
        files={
            "/var/lib/pacman/local/ALPM_DB_VERSION": b"9\n",
            "/var/lib/pacman/sync/core.db": b"",
        },
        programs={
            _call("pacman", updates.PACMAN): b"held 1-1 -> 2-1 [ignored]\n"
            b"linux 6.6.1.arch1-1 -> 6.6.2.arch1-1\nopenssl 3.1.4-1 -> 3.2.0-1\n"
        },
    ),
    Example(
        System.LINUX,
        "Composed: lists of junk, and one that is cut within a package.",
        rows=(
            _row(
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
