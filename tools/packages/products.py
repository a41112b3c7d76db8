# SPDX-License-Identifier: Apache-2.0
"""What can be packaged, and for which processors.

Rules: an agent's package has no collector in it, and the other way round.
Not here: how it is laid out (`layout.py`), what is left out (`packaging/runtime/`).
"""

from dataclasses import dataclass
from pathlib import Path

from tools.packages.programs import BuildError
from wire.release import __version__

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
VERSION = __version__
MAINTAINER = "Discreet maintainers <maintainers@discreet.invalid>"
PYTHON = "3.11"
GLIBC = "2.36"
"""What Debian 12's libexpat asks of the system; `test_runtime.py` looks."""


@dataclass(frozen=True, slots=True)
class Processor:
    """One kind of processor, as each tool names it."""

    deb: str
    rpm: str
    wheel: str
    triplet: str


PROCESSORS = {
    kind.deb: kind
    for kind in (
        Processor("amd64", "x86_64", "x86_64", "x86_64-linux-gnu"),
        Processor("arm64", "aarch64", "aarch64", "aarch64-linux-gnu"),
    )
}


@dataclass(frozen=True, slots=True)
class Product:
    """A package.

    Attributes:
        name: of the package, its user and its folders.
        lock: the wheels that it takes, with their hashes.
        code: our import packages in it.
        commands: name in /usr/bin -> the module that it starts.
        summary: one line.
        description: what a person reads before installing it.
    """

    name: str
    lock: Path
    code: tuple[str, ...]
    commands: dict[str, str]
    summary: str
    description: str

    @property
    def prefix(self) -> str:
        """Return the folder of runtime and code."""
        return f"/usr/lib/{self.name}"


AGENT = Product(
    "discreet-agent",
    ROOT / "requirements" / "agent.txt",
    ("wire", "agent", "service", "policies"),
    {"discreet-agent": "agent"},
    "telemetry agent that keeps a privacy statement",
    "Gathers what a signed policy allows for a purpose, blunts it, seals it to that\n"
    "purpose and ships it. Brings its own Python; discreet-agent preview shows what\n"
    "would leave this machine.",
)
SERVER = Product(
    "discreet-server",
    ROOT / "requirements" / "server.txt",
    ("wire", "server", "service", "policies", "recipient"),
    {"discreet-server": "server", "discreet-open": "recipient"},
    "collector of sealed telemetry, blind where it is exposed",
    "Takes in what agents ship without being able to read it, opens it for a purpose\n"
    "to who may, and ends it in time. Brings its own Python.",
)
PRODUCTS = {"agent": AGENT, "server": SERVER}


def product(name: str) -> Product:
    """Return a product by its short name.

    Raises:
        BuildError: there is none of that name.
    """
    try:
        return PRODUCTS[name]
    except KeyError:
        msg = f"no such product: {name}; there are {', '.join(PRODUCTS)}"
        raise BuildError(msg) from None
