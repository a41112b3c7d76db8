# SPDX-License-Identifier: Apache-2.0
"""Lists of packages, and the software that they mean.

Rules: each title says whose list it is.
Not here: Windows' Uninstall keys (`_windows/uninstall.py`), the readers
(`software.py`).
"""

from agent.collectors._linux.dpkg import INFO, STATUS, STATUS_FOLDER
from agent.collectors._linux.packages_rpm import RPM_FORMAT
from agent.collectors._windows.appx import STORE
from agent.host.interface import FileFacts
from agent.rows import Example
from wire.catalogue import System

_CALCULATOR = "Microsoft.WindowsCalculator_11.2405.2.0_neutral_~_8wekyb3d8bbwe"
_NOTES = "Contoso.Notes_1.0.0.0"
_PERSON = "S-1-5-21-1-2-3-100"

EXAMPLES = (
    Example(
        System.LINUX,
        "Debian: one installed package, one removed, one described over lines.",
        rows=(
            {
                "name": "g++",
                "version": "4:12.2.0-3",
                "architecture": "amd64",
                "package_manager": "dpkg",
                "source": "gcc-defaults",
                "size": 13312,
                "purl": "pkg:deb/debian/g%2B%2B@4:12.2.0-3?arch=amd64&distro=debian-12",
                "install_time": 1750000000,
            },
            {
                "name": "code",
                "version": "1.95.3",
                "architecture": "amd64",
                "vendor_name": "Microsoft",
                "package_manager": "dpkg",
                "source": "code",
                "purl": "pkg:deb/debian/code@1.95.3?arch=amd64&distro=debian-12",
            },
        ),
        files={
            "/etc/os-release": b"ID=debian\nVERSION_ID=12\n",
            STATUS: b"Package: g++\nStatus: install ok installed\n"
            b"Maintainer: Ada <ada@example.test>\nInstalled-Size: 13\n"
            b"Architecture: amd64\nSource: gcc-defaults (1.203)\n"
            b"Version: 4:12.2.0-3\n\n"
            b"Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
            b"Package: code\nStatus: hold ok installed\nArchitecture: amd64\n"
            b"Description: editor\n Version: 9\n .\n Package: x\n"
            b"Version: 1.95.3\nOrigin: Microsoft\n",
            f"{INFO}/g++.list": b"/.\n",
        },
        facts={"facts": {f"{INFO}/g++.list": FileFacts(3, 1750000000, 1, 1, 0, 0o644)}},
    ),
    Example(
        System.LINUX,
        "Fedora: two packages and a key, one of the packages with an epoch.",
        rows=(
            {
                "name": "bash",
                "version": "5.2.32-1.fc41",
                "architecture": "x86_64",
                "vendor_name": "Fedora Project",
                "package_manager": "rpm",
                "source": "bash-5.2.32-1.fc41.src.rpm",
                "size": 8000000,
                "install_time": 1730000000,
                "purl": "pkg:rpm/fedora/bash@5.2.32-1.fc41"
                "?arch=x86_64&distro=fedora-41",
            },
            {
                "name": "vim",
                "version": "2:9.1-1",
                "package_manager": "rpm",
                "purl": "pkg:rpm/fedora/vim@9.1-1?distro=fedora-41&epoch=2",
            },
        ),
        files={
            "/usr/lib/os-release": b'ID="fedora"\nVERSION_ID=41\n',
            "/usr/lib/sysimage/rpm/rpmdb.sqlite": b"",
        },
        programs={
            f"rpm -qa --queryformat {RPM_FORMAT}": b"bash\t0:5.2.32-1.fc41\tx86_64\t"
            b"Fedora Project\tbash-5.2.32-1.fc41.src.rpm\t8000000\t1730000000\n"
            b"gpg-pubkey\t0:e99d6ad1-64d2612c\t(none)\t(none)\t(none)\t0\t1730000000\n"
            b"vim\t2:9.1-1\t(none)\t(none)\t(none)\tbig\t(none)\n"
        },
    ),
    Example(
        System.LINUX,
        "An image without dpkg, and junk between the stanzas.",
        rows=(
            {
                "name": "tzdata\ufffd",
                "version": "2024a",
                "package_manager": "dpkg",
                "source": "tzdata\ufffd",
                "purl": "pkg:deb/linux/tzdata%EF%BF%BD@2024a",
            },
        ),
        files={
            f"{STATUS_FOLDER}/tzdata": b"Package: tzdata\xff\nVersion: 2024a\n"
            b"Installed-Size: -5\n",
            f"{STATUS_FOLDER}/junk": b"\xff\xfe\0\n\n\n\nPackage:\nVersion: \n",
            f"{STATUS_FOLDER}/tzdata.md5sums": b"Package: no\nVersion: 1\n",
        },
    ),
    Example(
        System.LINUX,
        "Recorded (anchore/syft@3e47305): one package of Alpine; then one cut short.",
        rows=(
            {
                "name": "musl-utils",
                "version": "1.1.24-r2",
                "architecture": "x86_64",
                "package_manager": "apk",
                "source": "musl",
                "size": 151552,
                "purl": "pkg:apk/alpine/musl-utils@1.1.24-r2"
                "?arch=x86_64&distro=alpine-3.11.5",
            },
        ),
        files={
            "/etc/os-release": b"ID=alpine\nVERSION_ID=3.11.5\n",
            "/lib/apk/db/installed": b"C:Q1bTtF5526tETKfL+lnigzIDvm+2o=\n"
            b"P:musl-utils\nV:1.1.24-r2\nA:x86_64\nS:37944\nI:151552\n"
            b"T:the musl c library (libc) implementation\nU:https://musl.libc.org/\n"
            b"L:MIT BSD GPL2+\no:musl\nm:Timo Ter\xc3\xa4s <timo.teras@iki.fi>\n"
            b"t:1584790550\nD:scanelf so:libc.musl-x86_64.so.1\nr:libiconv\nF:sbin\n"
            b"R:ldconfig\na:0:0:755\nZ:Q1Kja2+POZKxEkUOZqwSjC6kmaED4=\nF:usr\n\n"
            b"C:Q1\nP:half\nF:V:1\n",
        },
    ),
    Example(
        System.LINUX,
        "Recorded (anchore/syft@6efd824): one package of Arch; one has no version.",
        rows=(
            {
                "name": "gmp",
                "version": "6.2.1-2",
                "architecture": "x86_64",
                "package_manager": "pacman",
                "source": "gmp",
                "size": 1044438,
                "install_time": 1665878640,
                "purl": "pkg:alpm/arch/gmp@6.2.1-2?arch=x86_64",
            },
        ),
        files={
            "/etc/os-release": b"NAME=Arch\nID=arch\nBUILD_ID=rolling\n",
            "/var/lib/pacman/local/ALPM_DB_VERSION": b"9\n",
            "/var/lib/pacman/local/gmp-6.2.1-2/desc": b"%NAME%\ngmp\n\n%VERSION%\n"
            b"6.2.1-2\n\n%BASE%\ngmp\n\n%DESC%\nA free library for arbitrary precision "
            b"arithmetic\n\n%ARCH%\nx86_64\n\n%BUILDDATE%\n1653121258\n\n"
            b"%INSTALLDATE%\n1665878640\n\n%PACKAGER%\nAntonio Rojas "
            b"<arojas@archlinux.org>\n\n%SIZE%\n1044438\n\n%REASON%\n1\n",
            "/var/lib/pacman/local/half-1/desc": b"%NAME%\nhalf\n\n%VERSION%\n",
        },
    ),
    Example(
        System.LINUX,
        "Beside dpkg: flatpak's own deploy data (1.14, composed application), folders "
        "that pip and npm made, and composed snaps.",
        rows=(
            {
                "name": "firefox",
                "version": "128.0-1",
                "architecture": "amd64",
                "package_manager": "snap",
            },
            {"name": "hello", "version": "2.10", "package_manager": "snap"},
            {
                "name": "org.example.Tool",
                "version": "48.1",
                "architecture": "x86_64",
                "package_manager": "flatpak",
            },
            {
                "name": "zope_interface",
                "version": "8.7",
                "package_manager": "pip",
                "purl": "pkg:pypi/zope-interface@8.7",
            },
            {
                "name": "@angular/cli",
                "version": "17.0.0",
                "package_manager": "npm",
                "purl": "pkg:npm/%40angular/cli@17.0.0",
            },
            {
                "name": "npm",
                "version": "11.19.1",
                "package_manager": "npm",
                "purl": "pkg:npm/npm@11.19.1",
            },
        ),
        files={
            STATUS: b"",
            "/snap/README": b"",
            "/snap/bin/firefox": b"",
            "/snap/firefox/4483/meta/snap.yaml": b"name: firefox\nversion: 128.0-1\n"
            b"summary: text\narchitectures:\n- amd64\napps:\n  firefox:\n"
            b"    version: 9\n",
            "/snap/hello/42/meta/snap.yaml": b"name: hello\nversion: '2.10'\n",
            "/snap/junk/1/meta/snap.yaml": b"\xff\nname:\nversion: 1\n",
            "/var/lib/flatpak/app/org.example.Tool/x86_64/stable/08b5/deploy": b"local"
            b"\x0008b56bbef1d4651d\0\0\0\0\0\0\0\0\x06\0appdata-name\0\0\0\0Tool\0\0"
            b"s\rappdata-version\x0048.1\0\0s\x10deploy-version\0\0\x04\0\0\0\0i",
            "/usr/local/lib/python3.11/dist-packages/zope_interface-8.7.dist-info/"
            "INSTALLER": b"pip\n",
            "/usr/lib/python3/dist-packages/PyYAML-6.0.dist-info/INSTALLER": b"debian",
            "/usr/lib/python3/dist-packages/six-1.16.0.dist-info/METADATA": b"Name: s",
            "/usr/lib/python3/dist-packages/notes.dist-info/INSTALLER": b"pip\n",
            "/usr/lib/node_modules/npm/package.json": b'{"name": "npm", "version": '
            b'"11.19.1", "scripts": {"x": "secret"}}',
            "/usr/lib/node_modules/@angular/cli/package.json": b'{"name": '
            b'"@angular/cli", "version": "17.0.0"}',
            "/usr/lib/node_modules/junk/package.json": b'{"name": 5, "version": [',
        },
        links={
            "/snap/firefox/current": "4483",
            "/snap/hello/current": "42",
            "/snap/junk/current": "1",
            "/var/lib/flatpak/app/org.example.Tool/current": "x86_64/stable",
            "/var/lib/flatpak/app/org.example.Tool/x86_64/stable/active": "08b5",
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: AppX packages that the machine and two people have, parts of one, "
        "and one package of Chocolatey.",
        rows=(
            {
                "name": "Microsoft.WindowsCalculator",
                "version": "11.2405.2.0",
                "vendor_name": "Microsoft Corporation",
                "architecture": "neutral",
                "package_manager": "appx",
            },
            {
                "name": "Contoso.Notes",
                "version": "1.0.0.0",
                "vendor_name": "abcdefgh12345",
                "architecture": "amd64",
                "package_manager": "appx",
            },
            {
                "name": "git",
                "version": "2.45.1",
                "package_manager": "chocolatey",
            },
        ),
        files={
            "/C/ProgramData/chocolatey/lib/git/git.nuspec": b"\xef\xbb\xbf<?xml "
            b'version="1.0"?>\n<package><metadata>\n<id>git</id>\n<version>2.45.1'
            b"</version>\n<authors>Johannes Schindelin &amp; others</authors>\n"
            b'<dependencies><dependency id="x" version="1"/></dependencies>',
            "/C/ProgramData/chocolatey/lib/half/half.nuspec": b"<id>half</id>",
            "/C/ProgramData/chocolatey/lib/readme.txt": b"text",
        },
        facts={
            "registry": {
                f"{STORE}\\Applications\\{_CALCULATOR}": {},
                f"{STORE}\\{_PERSON}1\\{_NOTES}_x64__abcdefgh12345": {},
                f"{STORE}\\{_PERSON}2\\{_NOTES}_x64__abcdefgh12345": {},
                f"{STORE}\\{_PERSON}2\\{_NOTES}_neutral_split.language-de_abc": {},
                f"{STORE}\\{_PERSON}2\\junk": {},
                f"{STORE}\\Deprovisioned\\Microsoft.XboxApp_8wekyb3d8bbwe": {},
            }
        },
    ),
)
