# SPDX-License-Identifier: Apache-2.0
"""What Linux's package managers answer, and the patches that it means.

Rules: outputs are those of the real programs, shortened; "recorded here" ran on Debian
12 against repositories of composed packages.
Not here: apt (`apt_patches.py`), Windows (`windows_patches.py`), the readers
(`_linux/updates.py`).
"""

from agent.collectors._examples.apt_patches import APT
from agent.collectors._examples.patch_rows import called, patch
from agent.collectors._linux import updates
from agent.rows import Example
from wire.catalogue import System

_RPM = "/usr/lib/sysimage/rpm/rpmdb.sqlite"
_SUMMARY = "Security update for libtasn1"

EXAMPLES = (
    *APT,
    Example(
        System.LINUX,
        "Recorded here from dnf 4.14: three updates, one of them of security.",
        rows=(
            patch(
                "dnf",
                "bash 5.2.21-1.fc39 -> 5.2.26-1.fc39",
                architecture="x86_64",
                security=False,
                source="updates",
            ),
            patch(
                "dnf",
                "openssl-libs 1:3.0.7-1.fc39 -> 1:3.0.7-2.fc39",
                architecture="x86_64",
                security=True,
                severity="important",
                source="updates",
            ),
            patch(
                "dnf",
                "tzdata ? -> 2024b-1.fc39",
                architecture="noarch",
                security=False,
                source="updates",
            ),
        ),
        files={_RPM: b"", "/var/cache/dnf/updates.solv": b""},
        programs={
            called("dnf", updates.DNF_UPGRADES): b"bash\t5.2.26-1.fc39\tx86_64\tupdates"
            b"\n\nopenssl-libs\t1:3.0.7-2.fc39\tx86_64\tupdates\n\n"
            b"tzdata\t2024b-1.fc39\tnoarch\tupdates\n\n",
            called("dnf", updates.DNF_ADVISORIES): b"FEDORA-2024-1a2b3c4d5e "
            b"Important/Sec. openssl-libs-1:3.0.7-2.fc39.x86_64\n"
            b"FEDORA-2024-5f6a7b8c9d bugfix         tzdata-2024b-1.fc39.noarch\n",
            called("rpm", updates.RPM_VERSIONS): b"openssl-libs\t1:3.0.7-1.fc39\tx86_64"
            b"\nbash\t0:5.2.21-1.fc39\tx86_64\ntzdata\t0:2024a-1.fc39\tnoarch\n"
            b"tzdata\t0:2023d-1.fc39\tnoarch\n",
        },
    ),
    Example(
        System.LINUX,
        "Composed after dnf 5's manual: its table of advisories; two of one package.",
        rows=(
            patch(
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
            called("dnf", updates.DNF_UPGRADES): b"librepo\t1.21.0-2.fc44\taarch64\t"
            b"updates\n",
            called("dnf", updates.DNF_ADVISORIES): b"Name                   Type     "
            b"Severity                           Package              Issued\n"
            b"FEDORA-2026-07aa56297a security Low      librepo-1.21.0-2.fc44.aarch64 "
            b"2026-09-03 01:38:30\n"
            b"FEDORA-2026-07aa56297b security Moderate librepo-1.21.0-1.fc44.aarch64 "
            b"2026-09-02 01:38:30\n"
            b"FEDORA-2026-07aa56297c bugfix   None     librepo-1.20.0-1.fc44.aarch64 "
            b"2026-09-01 01:38:30\n",
            called("rpm", updates.RPM_VERSIONS): b"",
        },
    ),
    Example(
        System.LINUX,
        "Recorded (kdeldycke/meta-package-manager@de72165): openSUSE Tumbleweed, one "
        "package behind.",
        rows=(
            patch(
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
            called("zypper", updates.ZYPPER): b"<?xml version='1.0'?>\n<stream>\n"
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
            patch(
                "zypper",
                "SUSE-2024-1a2b ? -> 2.0",
                title=_SUMMARY,
                architecture="noarch",
                security=True,
                severity="important",
                source="updates",
            ),
            patch(
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
            called("zypper", updates.ZYPPER): b'<update-list>\n<update kind="patch" '
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
            patch(
                "apk",
                "libcrypto1.0 1.0.1q-r0 -> 1.0.2m-r0",
            ),
            patch(
                "apk",
                "libssl1.0 1.0.1q-r0 -> 1.0.2m-r0",
            ),
            patch(
                "apk",
                "nrpe 2.14-r2 -> 2.15-r5",
            ),
        ),
        files={
            "/lib/apk/db/installed": b"",
            "/var/cache/apk/APKINDEX.066df28d.tar.gz": b"",
        },
        programs={
            called("apk", updates.APK): b"Installed:                                "
            b"Available:\nlibcrypto1.0-1.0.1q-r0                  < 1.0.2m-r0\n"
            b"libssl1.0-1.0.1q-r0                     < 1.0.2m-r0\n"
            b"nrpe-2.14-r2                            < 2.15-r5\n"
        },
    ),
    Example(
        System.LINUX,
        "Recorded here from pacman 6.0.2: two updates, and one that is ignored.",
        rows=(
            patch(
                "pacman",
                "linux 6.6.1.arch1-1 -> 6.6.2.arch1-1",
            ),
            patch(
                "pacman",
                "openssl 3.1.4-1 -> 3.2.0-1",
            ),
        ),
        files={
            "/var/lib/pacman/local/ALPM_DB_VERSION": b"9\n",
            "/var/lib/pacman/sync/core.db": b"",
        },
        programs={
            called("pacman", updates.PACMAN): b"held 1-1 -> 2-1 [ignored]\n"
            b"linux 6.6.1.arch1-1 -> 6.6.2.arch1-1\nopenssl 3.1.4-1 -> 3.2.0-1\n"
        },
    ),
)
