# SPDX-License-Identifier: Apache-2.0
"""What a policy says of the agent's own updates, and how a release's package is named.

Rules: a policy without it has no updates; a policy never names what is trusted, only
which of the trusted releases a device may take; a device is in a stage by a digest that
differs with each release, so that not the same ones are always first, and who is in a
small stage is in each larger one; meeting only ever takes away.
Not here: what makes a release trusted (`agent/updates`, `server/updates`).
"""

import hmac
import re
from dataclasses import dataclass

from wire import limits
from wire.codec import Field, Message, Text, Uint
from wire.errors import PolicyError

ALL = 100
"""Of a stage: every device."""
KINDS = ("deb", "rpm", "msi")
"""What packages a release has; each is installed by its own system's program."""

_LABEL = b"discreet update stage 1\0"
_VERSION = re.compile(
    r"(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})\Z"
)
_KIND = re.compile(rf"({'|'.join(KINDS)}) ([a-z0-9_]{{1,16}})\Z")
_PATH = re.compile(r"agent/([0-9.]{5,17})/([a-z]{3})-([a-z0-9_]{1,16})\Z")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """The version of a release, as it is compared."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.major}.{self.minor}.{self.patch}"


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """A package of a release.

    Attributes:
        version: of the release.
        kind: sort and architecture, such as "deb amd64".
    """

    version: Version
    kind: str

    @property
    def path(self) -> str:
        """Return its name among the targets of a repository."""
        return f"agent/{self.version}/{self.kind.replace(' ', '-')}"

    @property
    def file(self) -> str:
        """Return the name of its file."""
        sort, _, machine = self.kind.partition(" ")
        return f"discreet-agent_{self.version}_{machine}.{sort}"


@dataclass(frozen=True, slots=True)
class Updates:
    """Which release a device takes.

    Attributes:
        channel: the list of releases, such as "stable".
        stage: per cent of the devices that may take one.
        version: the newest that is taken; None for whatever the channel has.
    """

    channel: str
    stage: int = ALL
    version: str | None = None


UPDATES = Message(
    "updates",
    Updates,
    (
        Field(1, "channel", Text(limits.NAME_CHARS, 1)),
        Field(2, "stage", Uint(ALL, minimum=1)),
        Field(3, "version", Text(limits.NAME_CHARS, 1), optional=True),
    ),
)


def read_version(text: str) -> Version:
    """Return the version that a text writes.

    Raises:
        PolicyError: it is none.
    """
    match = _VERSION.match(text)
    if match is None:
        msg = 'a version is three numbers, such as "0.2.1"'
        raise PolicyError(msg)
    return Version(int(match[1]), int(match[2]), int(match[3]))


def read_kind(text: str) -> str:
    """Return the kind of package that a text names.

    Raises:
        PolicyError: there is no such kind.
    """
    if _KIND.match(text) is None:
        msg = f'a kind is one of {", ".join(KINDS)} and a machine, such as "deb amd64"'
        raise PolicyError(msg)
    return text


def read_path(path: str) -> Package | None:
    """Return the package of a target's name; None for what is something else."""
    match = _PATH.match(path)
    if match is None or match[2] not in KINDS:
        return None
    try:
        return Package(read_version(match[1]), f"{match[2]} {match[3]}")
    except PolicyError:
        return None


def in_stage(stage: int, version: Version, device: bytes) -> bool:
    """Tell whether a device is among the first so many per cent for a release."""
    drawn = hmac.digest(_LABEL + str(version).encode(), device, "sha256")
    return int.from_bytes(drawn) * ALL < stage << (8 * len(drawn))


def meet(first: Updates | None, second: Updates | None) -> Updates | None:
    """Return what both allow; None for no updates."""
    if first is None or second is None or first.channel != second.channel:
        return None
    pinned = [item for item in (first.version, second.version) if item is not None]
    try:
        lowest = min(map(read_version, pinned), default=None)
    except PolicyError:
        return None
    version = None if lowest is None else str(lowest)
    return Updates(first.channel, min(first.stage, second.stage), version)
