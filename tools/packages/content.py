# SPDX-License-Identifier: Apache-2.0
"""Puts locked wheels and our own code into a runtime, and compiles all of it.

Rules: a wheel is one of the lock's hashes; libraries are installed compiled alone, our
own code with its source, so that whoever looks can read what runs; what is compiled is
never checked against a time or written anew on the machine.
Not here: the runtime itself (`runtime.py`).
"""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from server.evidence import measured
from tools.packages.products import GLIBC, PYTHON, ROOT, Processor, Product
from tools.packages.programs import call
from tools.packages.runtime import SITE, STDLIB, binaries, leave_out

_UNUSED = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "WHEEL", "sboms")
_OLDEST_GLIBC = 17
FIGURES = ROOT / "build" / "figures.json"
"""Where make figures writes."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel that was installed."""

    name: str
    version: str
    sha256: str
    licence: str


def add_wheels(
    product: Product, processor: Processor, into: Path, scratch: Path
) -> list[Wheel]:
    """Install what a product's lock names; return what it was.

    Args:
        product: whose lock.
        processor: for which wheels.
        into: the runtime.
        scratch: a folder for what is needed meanwhile.
    """
    site = into / SITE
    lock, report = scratch / "lock.txt", scratch / "report.json"
    lock.write_text(_for_linux(product.lock.read_text("utf-8"), processor), "utf-8")
    call(
        *(sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"),
        *("--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile"),
        *("--python-version", PYTHON, "--implementation", "cp"),
        *(f"--platform={platform}" for platform in _platforms(processor)),
        *(
            "--root-user-action=ignore",
            "--report",
            report,
            "--target",
            site,
            "-r",
            lock,
        ),
    )
    shutil.rmtree(site / "bin", ignore_errors=True)
    leave_out(site, product.name.removeprefix("discreet-"))
    for path in sorted(site.glob("*.dist-info/*")):
        if path.name in _UNUSED:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in binaries(site):
        path.chmod(0o755)
        call("eu-strip", path)
    kept = {path.name.split("-")[0].lower() for path in site.glob("*.dist-info")}
    return [wheel for wheel in _reported(report) if _folder(wheel.name) in kept]


def add_code(product: Product, into: Path, figures: Path = FIGURES) -> None:
    """Copy our own code into a runtime, with figures where they are of this code.

    Args:
        product: whose runtime it is.
        into: the runtime.
        figures: what make figures wrote, if it did.
    """
    for name in product.code:
        shutil.copytree(
            ROOT / name,
            into / SITE / name,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    if "server" in product.code and figures.is_file():
        found = figures.read_bytes()
        if measured.read(found).here:
            (into / SITE / "policies" / measured.FILE).write_bytes(found)


def compile_all(product: Product, into: Path, python: Path) -> None:
    """Compile what is in a runtime.

    Args:
        product: whose runtime it is.
        into: the runtime.
        python: a runtime's Python that runs here.
    """
    ours = [into / SITE / name for name in product.code]
    compiler = (python, "-S", "-B", "-m", "compileall", "-q", "-f")
    named = ("-s", into, "-p", product.prefix, "--invalidation-mode", "unchecked-hash")
    call(*compiler, *named, *ours)
    aside = [path.rename(into / path.name) for path in ours]
    call(*compiler, *named, "-b", "-o", "2", into / SITE)
    call(*compiler, *named, "-b", "-o", "2", "-x", SITE.name, into / STDLIB)
    for source in sorted((into / STDLIB).rglob("*.py")):
        source.unlink()
    for path in aside:
        path.rename(into / SITE / path.name)


def _for_linux(lock: str, processor: Processor) -> str:
    """Return a lock without what its markers keep from our Linux."""
    system = {
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": processor.wheel,
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "python_version": PYTHON,
        "python_full_version": f"{PYTHON}.2",
    }
    kept = []
    for entry in lock.replace("\\\n", " ").splitlines():
        wanted, *hashes = entry.split(" --hash=")
        if wanted.startswith("#") or not wanted.strip():
            continue
        requirement = Requirement(wanted.strip())
        if requirement.marker is None or requirement.marker.evaluate(system):
            pinned = f"{requirement.name}{requirement.specifier}"
            kept.append(" --hash=".join([pinned, *hashes]))
    return "\n".join(kept) + "\n"


def _platforms(processor: Processor) -> list[str]:
    """Return the tags of wheels that run where the runtime runs, best first."""
    newest = int(GLIBC.split(".")[1])
    tags = [f"manylinux_2_{minor}" for minor in range(newest, _OLDEST_GLIBC - 1, -1)]
    return [f"{tag}_{processor.wheel}" for tag in (*tags, "manylinux2014")]


def _reported(report: Path) -> list[Wheel]:
    found = []
    for each in json.loads(report.read_text("utf-8"))["install"]:
        about = each["metadata"]
        hashes = each["download_info"]["archive_info"]["hashes"]
        licence = about.get("license_expression") or about.get("license") or ""
        first = licence.strip().splitlines()[:1]
        words = first[0] if first else ""
        found.append(Wheel(about["name"], about["version"], hashes["sha256"], words))
    return sorted(found, key=lambda wheel: wheel.name.lower())


def _folder(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")
