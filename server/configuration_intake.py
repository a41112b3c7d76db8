# SPDX-License-Identifier: Apache-2.0
"""Where gates put what comes while the store is away: `[intake]` of config.toml.

Rules: without the table there is no such place; whoever reads only this loads no
library of it; no secret is in it.
Not here: the rest of config.toml (`server/configuration.py`), the place itself
(`server/gate/intake`).
"""

import json
import re
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from server.errors import UsageError
from wire.limits import MIB

FILE_BYTES = 16_384
SERVERS = 16
REPLICAS = (1, 3, 5)
"""What JetStream's servers vote among; one is for a trial: it survives no server."""
KEEP_DAYS = 7
"""The longest that may be asked for: what lies there is in no retention class, and what
is set aside there may do so twice as long."""
SIZE_MIB = 64, 1024 * 1024
"""A fourth of the least has room for one of the largest shipments of each of three
gates: so much may come there that a fourth one does not see."""
_DAY_SECONDS = 86_400
_STREAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")
_NEEDED = {"servers", "credentials", "authority"}
_KEYS = {*_NEEDED, "stream", "replicas", "keep_days", "size_mib"}


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """A stream of a NATS JetStream cluster.

    Attributes:
        servers: addresses, as tls://HOST:PORT.
        credentials: file of the gate's user there.
        authority: file of who signed the servers' certificates, PEM.
        stream: its name.
        replicas: how many servers hold each message.
        keep: seconds after which a message is gone, at the latest; one that was set
            aside is written anew then, and begins anew.
        size: octets that it may hold; gates fill three fourths of them.
    """

    servers: tuple[str, ...]
    credentials: Path
    authority: Path
    stream: str = "discreet"
    replicas: int = 3
    keep: int = _DAY_SECONDS
    size: int = 10_240 * MIB


def read_intake(items: object) -> IntakeSettings | None:
    """Return what `[intake]` says; None where it says nothing.

    Raises:
        ValueError: something unknown, or not what it should be.
    """
    if items == {}:
        return None
    if not isinstance(items, dict) or not _NEEDED <= items.keys() <= _KEYS:
        raise ValueError
    servers, stream = items["servers"], items.get("stream", "discreet")
    if not isinstance(servers, list) or not 0 < len(servers) <= SERVERS:
        raise ValueError
    if not isinstance(stream, str) or not _STREAM.match(stream):
        raise ValueError
    replicas = _number(items.get("replicas", 3), 1, max(REPLICAS))
    if replicas not in REPLICAS:
        raise ValueError
    return IntakeSettings(
        tuple(_server(one) for one in servers),
        _file(items["credentials"]),
        _file(items["authority"]),
        stream,
        replicas,
        _number(items.get("keep_days", 1), 1, KEEP_DAYS) * _DAY_SECONDS,
        _number(items.get("size_mib", 10_240), *SIZE_MIB) * MIB,
    )


def read_file(path: Path) -> IntakeSettings:
    """Return what a file with the table `[intake]` alone says.

    Raises:
        UsageError: it cannot be read, or says something else.
    """
    try:
        with path.open("rb") as file:
            found = tomllib.loads(file.read(FILE_BYTES).decode())
        settings = read_intake(found["intake"]) if len(found) == 1 else None
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise UsageError(msg) from None
    except (ValueError, KeyError, TypeError):
        settings = None  # the cause may quote a setting
    if settings is None:
        msg = f"{path} is to have the table [intake] of config.toml, and nothing else"
        raise UsageError(msg)
    return settings


def text_of(settings: IntakeSettings) -> str:
    """Return the settings as an argument of the gate's process."""
    return json.dumps({name: _plain(one) for name, one in asdict(settings).items()})


def of_text(text: str) -> IntakeSettings:
    """Return the settings of such an argument."""
    found = json.loads(text)
    return IntakeSettings(
        tuple(found["servers"]),
        Path(found["credentials"]),
        Path(found["authority"]),
        *(found[name] for name in ("stream", "replicas", "keep", "size")),
    )


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value


def _server(text: object) -> str:
    """Return an address; a name and a password are not part of one."""
    if not isinstance(text, str) or not text.isprintable():
        raise ValueError
    parts = urlsplit(text)
    bare = parts.scheme == "tls" and not (parts.path or parts.query or parts.fragment)
    if not bare or not parts.hostname or not parts.port or "@" in parts.netloc:
        raise ValueError
    return text


def _file(text: object) -> Path:
    path = Path(text) if isinstance(text, str) else None
    if path is None or not path.is_absolute():
        raise ValueError
    return path


def _number(found: object, least: int, most: int) -> int:
    if (
        not isinstance(found, int)
        or isinstance(found, bool)
        or not least <= found <= most
    ):
        raise ValueError
    return found
