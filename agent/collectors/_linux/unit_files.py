# SPDX-License-Identifier: Apache-2.0
"""Unit files of systemd: where they lie, what enables them, what they say.

Rules: of a unit only the asked section is read; the first folder's file counts, as
systemd has it; what is no text of a unit gives nothing and never an exception.
Not here: services (`services.py`), timers (`_linux/timers.py`).
Sources: systemd.unit(5), systemd.syntax(7).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agent.budget import UNIT_FILE_BYTES
from agent.collectors._shared.gather import names, text
from agent.errors import BudgetError, HostError
from agent.host.interface import Host

MASK = "/dev/null"
_WANTS = (".wants", ".requires")
_DROP_INS = ".d"
_CONF = ".conf"


@dataclass(slots=True)
class Units:
    """What lies in the folders of units.

    Attributes:
        paths: file of each unit, by its name.
        wanted: names that something wants: what is enabled.
        drop_ins: folders of additions to a unit, by its name.
    """

    paths: dict[str, str] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)
    drop_ins: dict[str, list[str]] = field(default_factory=dict)


def find_units(
    host: Host, folders: Sequence[str], suffixes: tuple[str, ...], *, wants: bool
) -> Units:
    """Return the units of some kinds.

    Args:
        host: the machine.
        folders: where to look, the most important first.
        suffixes: of the kinds, such as ".service".
        wants: whether to look what is enabled.
    """
    found = Units()
    for folder in folders:
        for name in names(host, folder):
            if name.endswith(suffixes):
                found.paths.setdefault(name, f"{folder}/{name}")
            elif name.endswith(_WANTS) and wants:
                found.wanted.update(names(host, f"{folder}/{name}"))
            elif name.removesuffix(_DROP_INS).endswith(suffixes):
                unit = name.removesuffix(_DROP_INS)
                found.drop_ins.setdefault(unit, []).append(f"{folder}/{name}")
    return found


def unit_settings(
    host: Host, units: Units, name: str, section: str
) -> Iterator[tuple[str, str]]:
    """Yield the settings of a unit's section, in the order in which they count."""
    conf: dict[str, str] = {}
    for folder in units.drop_ins.get(name, ()):
        for item in names(host, folder):
            if item.endswith(_CONF):
                conf.setdefault(item, f"{folder}/{item}")
    own = units.paths.get(name)
    for path in (*((own,) if own else ()), *(conf[item] for item in sorted(conf))):
        try:
            data = host.read(path, UNIT_FILE_BYTES)
        except BudgetError:
            raise
        except HostError:
            continue
        yield from parse_unit(data, section)


def parse_unit(data: bytes, section: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of each setting of a section."""
    inside = False
    for raw in data.replace(b"\\\n", b" ").split(b"\n"):
        line = text(raw).strip()
        if line.startswith("["):
            inside = line == f"[{section}]"
        elif inside and line[:1] not in {"#", ";"}:
            name, equals, value = line.partition("=")
            if equals:
                yield name.strip(), value.strip()
