# SPDX-License-Identifier: Apache-2.0
"""Canaries of packages: what each manager has installed, and what it could update.

Rules: maintainers and authors are people and are never read; nor are settings with a
password, tokens, and who asked for what.
Not here: dpkg's own list (`canary_machine.py`), managers of another machine
(`canary_other.py`).
"""

import json

from tests.canary_words import CanaryMachine

_LISTS = "/var/lib/apt/lists"


def add_packages(machine: CanaryMachine) -> None:
    """Write the sources of the datasets that tell of packages."""
    _updatable(machine)
    _logs(machine)
    _applications(machine)
    _languages(machine)
    _lists(machine)
    machine.secret("/etc/apt/auth.conf", "machine x login y password {}\n")
    machine.secret("/etc/apt/auth.conf.d/mirror.conf", "password {}\n")
    machine.secret("/etc/apt/sources.list", "deb https://x:{}@example.org y main\n")
    machine.secret("/var/log/apt/history.log", "Requested-By: {} (1000)\n")
    machine.secret("/var/log/apt/term.log")
    machine.secret("/root/.netrc", "machine x password {}\n")
    machine.secret("/root/.npmrc", "//registry/:_authToken={}\n")
    machine.secret("/root/.pip/pip.conf", "index-url = https://x:{}@example.org\n")
    machine.secret("/etc/pip.conf", "index-url = https://x:{}@example.org\n")
    machine.secret("/var/lib/snapd/state.json", '{"macaroon": "{}"}\n')


def _updatable(machine: CanaryMachine) -> None:
    word = machine.canaries.word
    name = word("patches.uid", "software.name", "software.purl", "software.source")
    architecture = word(
        "patches.architecture", "software.architecture", "software.purl"
    )
    held = word("patches.current_version", "software.version", "software.purl")
    status = machine.root / "var/lib/dpkg/status"
    before = status.read_text() if not machine.there else ""
    machine.write(
        "/var/lib/dpkg/status",
        f"{before}\nPackage: {name}\nStatus: install ok installed\n"
        f"Architecture: {architecture}\nVersion: 1.{held}\nMaintainer: {word()}\n",
    )
    stem = f"{_LISTS}/{word()}_dists_x"
    machine.write(
        f"{stem}_InRelease",
        f"Origin: {word()}\nLabel: {word('patches.source')}\n"
        f"Suite: {word('patches.source')}\nVersion: {word('patches.source')}\n"
        f"Codename: {word()}\nDescription: {word()}\nSignedBy: {word()}\n",
    )
    machine.write(
        f"{stem}_main_binary-amd64_Packages",
        f"Package: {name}\nArchitecture: {architecture}\n"
        f"Version: 2.{word('patches.version')}\nMaintainer: {word()} <{word()}@x>\n"
        f"Filename: pool/{word()}\nDescription: {word()}\nTask: {word()}\n",
    )
    machine.write(
        "/etc/apt/apt.conf.d/50own",
        f'Acquire::http::Proxy "http://{word()}:{word()}@proxy.example:3128";\n'
        f'APT::Periodic::Enable "{word()}";\n// {word()}\n',
    )
    machine.write(f"/var/cache/apt/archives/{word()}_1_all.deb", b"")


def _logs(machine: CanaryMachine) -> None:
    word = machine.canaries.word
    package, release = word("event_logs.message"), word("event_logs.message")
    machine.write(
        "/var/log/dpkg.log",
        f"2025-11-23 03:00:00 upgrade {package}:amd64 1 2.{release}\n",
    )
    machine.write(f"/var/lib/dpkg/info/{word()}.list", f"/opt/{word()}\n")
    machine.write(f"/lib/modules/{word()}/modules.dep", f"{word()}\n")


def _applications(machine: CanaryMachine) -> None:
    word = machine.canaries.word
    machine.write(
        f"/snap/{word()}/current/meta/snap.yaml",
        f"name: {word('software.name')}\nversion: '{word('software.version')}'\n"
        f"summary: {word()}\ndescription: |\n  {word()}\ntitle: {word()}\n"
        f"architectures: [{word('software.architecture')}]\n"
        f"environment:\n  TOKEN: {word()}\napps:\n  x:\n"
        f"    command: bin --key {word()}\n"
        f"    environment:\n      PASSWORD: {word()}\n",
    )
    place = f"/var/lib/flatpak/app/{word('software.name')}"
    architecture = f"{word('software.architecture')}/stable"
    machine.link(f"{place}/current", architecture)
    version = word("software.version")
    machine.write(
        f"{place}/{architecture}/active/deploy",
        b"\0".join(
            (
                f"origin\0{word()}\0s\0appdata-name\0{word()}\0s".encode(),
                f"appdata-version\0{version}\0s".encode(),
                f"appdata-summary\0{word()}\0s".encode(),
            )
        ),
    )
    machine.secret("/var/lib/flatpak/repo/config", "url=https://x:{}@example.org\n")


def _languages(machine: CanaryMachine) -> None:
    word = machine.canaries.word
    name = word("software.name", "software.purl")
    version = word("software.version", "software.purl")
    info = f"/usr/lib/python3/dist-packages/{name}-1.{version}.dist-info"
    machine.write(f"{info}/INSTALLER", "pip\n")
    machine.secret(f"{info}/METADATA", "Author-email: {}@example.org\n")
    machine.secret(f"{info}/direct_url.json", '{"url": "https://x:{}@example.org"}')
    machine.secret(f"{info}/RECORD", "../../../home/{}/x\n")
    folder = f"/usr/lib/node_modules/@{word()}/{word()}"
    machine.write(
        f"{folder}/package.json",
        json.dumps(
            {
                "name": word("software.name", "software.purl"),
                "version": word("software.version", "software.purl"),
                "_authToken": word(),
                "_resolved": f"https://{word()}:{word()}@example.org/x.tgz",
                "author": {"name": word(), "email": f"{word()}@example.org"},
                "config": {"password": word()},
                "description": word(),
                "scripts": {"install": f"TOKEN={word()} {word()}"},
            }
        ),
    )
    machine.secret(f"{folder}/.npmrc", "//registry/:_authToken={}\n")
    machine.secret(f"{folder}/.env", "TOKEN={}\n")


def _lists(machine: CanaryMachine) -> None:
    word = machine.canaries.word
    named = ("name", "version", "architecture", "source")
    for manager in ("apk", "pacman"):
        found = {
            column: word(
                f"software.{column}",
                *(["software.purl"] if column != "source" else []),
            )
            for column in named
        }
        if manager == "apk":
            machine.write(
                "/lib/apk/db/installed",
                f"C:{word()}\nP:{found['name']}\nV:{found['version']}\n"
                f"A:{found['architecture']}\no:{found['source']}\nT:{word()}\n"
                f"m:{word()} <{word()}@example.org>\nU:https://{word()}\nc:{word()}\n"
                f"F:opt/{word()}\nR:{word()}\n\n",
            )
        else:
            machine.write(
                f"/var/lib/pacman/local/{word()}/desc",
                f"%NAME%\n{found['name']}\n\n%VERSION%\n{found['version']}\n\n"
                f"%BASE%\n{found['source']}\n\n%ARCH%\n{found['architecture']}\n\n"
                f"%PACKAGER%\n{word()} <{word()}@example.org>\n\n%DESC%\n{word()}\n\n"
                f"%URL%\n{word()}\n\n%LICENSE%\n{word()}\n\n",
            )
