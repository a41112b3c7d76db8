# SPDX-License-Identifier: Apache-2.0
"""What lies below a block device of Linux, and whether all of it is encrypted.

Rules: /sys only: no device is opened and no header read; each device is looked at once;
what is not known is never told as encrypted, nor as plain.
Stated limits: what a disk encrypts by itself, and what lies below a loop device or on
another machine, is not seen.
Not here: which file systems there are (`_linux/mounts.py`).
Sources: sysfs-block (slaves, partition, dm/uuid, dm/name); libcryptsetup's prefixes of
a mapping's UUID; /sys/fs/btrfs.
"""

from collections.abc import Iterable

from agent.budget import BLOCK_LAYERS
from agent.collectors._shared.gather import line, names, there
from agent.errors import DeniedError, NotFoundError
from agent.host.interface import Host
from agent.rows import Want

BLOCKS = "/sys/class/block"
BTRFS = "/sys/fs/btrfs"
_DEVICES = "/dev/"
_MAPPED = "/dev/mapper/"
_METHODS = {
    "BITLK": "bitlocker",
    "FVAULT2": "filevault2",
    "LOOPAES": "loop-aes",
    "LUKS1": "luks1",
    "LUKS2": "luks2",
    "PLAIN": "plain",
    "TCRYPT": "tcrypt",
}
"""Of libcryptsetup's kinds those that encrypt: VERITY and INTEGRITY do not."""


def parse_method(uuid: str) -> str | None:
    """Return how a mapping of that UUID encrypts; None where it does not."""
    kind, _, rest = uuid.partition("-")
    return _METHODS.get(rest.partition("-")[0]) if kind == "CRYPT" else None


class Layers:
    """Walks down from file systems to disks."""

    def __init__(self, host: Host, want: Want) -> None:
        self._host = host
        self._want = want
        self._known: dict[str, tuple[bool | None, frozenset[str]]] = {}
        self._mappings: dict[str, str] | None = None

    def below(self, device: str, kind: str) -> tuple[bool | None, frozenset[str]]:
        """Tell whether all that is below a file system is encrypted, and how.

        Args:
            device: as the mount table has it.
            kind: of file system, for some spread over several devices.

        Returns:
            None and no method where it cannot be told.
        """
        found = [self._named(part) for part in device.split(":")]
        if kind == "btrfs" and found[0] is not None:
            found = list(self._btrfs(found[0]))
        return self._all(found, 0)

    def _all(
        self, blocks: Iterable[str | None], depth: int
    ) -> tuple[bool | None, frozenset[str]]:
        results = [
            (None, frozenset[str]()) if block is None else self._block(block, depth)
            for block in blocks
        ]
        states = [state for state, _ in results]
        methods = frozenset[str]().union(*(found for _, found in results))
        if False in states:
            return False, methods
        return (None if None in states else True), methods

    def _block(self, block: str, depth: int) -> tuple[bool | None, frozenset[str]]:
        self._want.check()
        if depth > BLOCK_LAYERS:
            return None, frozenset()
        if block not in self._known:
            self._known[block] = (None, frozenset())  # should it be below itself
            self._known[block] = self._look(block, depth)
        return self._known[block]

    def _look(self, block: str, depth: int) -> tuple[bool | None, frozenset[str]]:
        folder = f"{BLOCKS}/{block}"
        method = parse_method(line(self._host, f"{folder}/dm/uuid") or "")
        if method:
            return True, frozenset({method})
        if block.startswith("loop"):
            return None, frozenset()
        parts = list(names(self._host, f"{folder}/slaves"))
        if not parts and there(self._host, f"{folder}/partition"):
            parts = self._whole(folder)
        return self._all(parts, depth + 1) if parts else (False, frozenset())

    def _whole(self, folder: str) -> list[str]:
        """Return the device that a partition is of."""
        path = self._link(folder) or ""
        return path.split("/")[-2:-1]

    def _link(self, path: str) -> str | None:
        try:
            return self._host.link(path)
        except (NotFoundError, DeniedError):
            return None

    def _named(self, device: str) -> str | None:
        """Return the kernel's name of a device; None where it is no block device."""
        if device.startswith(_MAPPED):
            return self._mapping(device.removeprefix(_MAPPED))
        if not device.startswith(_DEVICES):
            return None
        block = device.removeprefix(_DEVICES).replace("/", "!")
        if ".." not in block and there(self._host, f"{BLOCKS}/{block}"):
            return block
        target = (self._link(device) or "").rpartition("/")[2]
        known = target and there(self._host, f"{BLOCKS}/{target}")
        return target if known else None

    def _mapping(self, name: str) -> str | None:
        if self._mappings is None:
            self._mappings = {}
            for block in names(self._host, BLOCKS):
                if block.startswith("dm-"):
                    self._want.check()
                    known = line(self._host, f"{BLOCKS}/{block}/dm/name")
                    self._mappings[known or ""] = block
        return self._mappings.get(name)

    def _btrfs(self, block: str) -> Iterable[str]:
        """Return all devices of the btrfs that one is of."""
        for identifier in names(self._host, BTRFS):
            devices = names(self._host, f"{BTRFS}/{identifier}/devices")
            if block in devices:
                return devices
        return (block,)
