# SPDX-License-Identifier: Apache-2.0
"""Files that say what is shared: Samba's settings, user shares, NFS exports.

Rules: pure, never raises; who may connect is not told, only whether anybody may;
a printer is no share.
Stated limit: Samba's `include`, `copy` and its registry are not followed.
Not here: where the files are (`shares.py`).
Sources: smb.conf(5), net(8) usershare, exports(5).
"""

import re
from collections.abc import Iterator, Mapping

from agent.collectors._shared.gather import settings, text
from wire.values import Value

_YES = frozenset({"yes", "true", "on", "1"})
_NO = frozenset({"no", "false", "off", "0"})
_SPECIAL = frozenset({"global", "printers"})
_SYNONYMS = {"directory": "path", "public": "guestok", "printok": "printable"}
_OPPOSITES = {
    "writable": "readonly",
    "writeable": "readonly",
    "writeok": "readonly",
}
_DEFAULTS: Mapping[str, str | bool] = {
    "readonly": True,
    "guestok": False,
    "printable": False,
    "available": True,
}
_EXPORT = re.compile(rb'"([^"]*)"|(\S+)')
_OCTAL = re.compile(rb"\\([0-3][0-7]{2})")
_ANYBODY = frozenset({b"", b"*", b"0.0.0.0/0", b"::/0", b"0.0.0.0/0.0.0.0"})


def _lines(data: bytes, joint: bytes) -> Iterator[bytes]:
    """Yield lines, those that a backslash continues joined."""
    before: list[bytes] = []
    for raw in data.split(b"\n"):
        line = raw.strip()
        if line.endswith(b"\\"):
            before.append(line[:-1] + joint)
            continue
        yield b"".join((*before, line))
        before.clear()
    if before:
        yield b"".join(before)


def parse_samba(data: bytes) -> list[dict[str, Value]]:
    """Return the shares of an smb.conf, those that are switched off left out."""
    sections: dict[str, dict[str, str | bool]] = {"global": dict(_DEFAULTS)}
    names: dict[str, str] = {}
    current = sections["global"]
    for line in _lines(data, b""):
        if line.startswith(b"[") and b"]" in line:
            name = text(line[1 : line.index(b"]")]).strip()
            names.setdefault(name.lower(), name)
            current = sections.setdefault(name.lower(), {})
        elif line[:1] not in {b"#", b";", b""}:
            setting, equals, value = text(line).partition("=")
            if equals:
                _set(current, "".join(setting.lower().split()), value.strip())
    found: list[dict[str, Value]] = []
    for key, own in sections.items():
        share = {**sections["global"], **own}
        if key not in _SPECIAL and share["available"] and not share["printable"]:
            path = str(share.get("path", ""))
            found.append(
                {
                    "protocol": "smb",
                    "name": names[key],
                    "path": path or None,
                    "read_only": bool(share["readonly"]),
                    "everyone": bool(share["guestok"]),
                }
            )
    return found


def _set(section: dict[str, str | bool], name: str, value: str) -> None:
    name = _SYNONYMS.get(name, name)
    opposite = name in _OPPOSITES
    name = _OPPOSITES.get(name, name)
    word = value.lower()
    if name == "path":
        section[name] = value.strip('"')
    elif name in _DEFAULTS and word in _YES | _NO:
        section[name] = (word in _YES) is not opposite


def parse_user_share(data: bytes) -> dict[str, Value] | None:
    """Return the share of a person's own file; None where it is none."""
    found = settings(data)
    name, path = found.get("sharename"), found.get("path")
    if not name or not path:
        return None
    rights = found.get("usershare_acl", "").lower().split(",")
    return {
        "protocol": "smb",
        "name": name,
        "path": path,
        "read_only": not any(right.endswith(":f") for right in rights),
        "everyone": found.get("guest_ok", "").lower() in {"y", *_YES},
    }


def parse_exports(data: bytes) -> list[dict[str, Value]]:
    """Return the folders that NFS exports, each once."""
    found: dict[str, dict[str, Value]] = {}
    for line in _lines(data, b" "):
        words = [quoted or plain for quoted, plain in _EXPORT.findall(line)]
        if not words or words[0].startswith(b"#") or not words[0].startswith(b"/"):
            continue
        path = text(_OCTAL.sub(lambda m: bytes((int(m[1], 8),)), words[0]))
        writable, anybody = _clients(words[1:])
        known = found.setdefault(
            path,
            {"protocol": "nfs", "path": path, "read_only": True, "everyone": False},
        )
        known["read_only"] = bool(known["read_only"]) and not writable
        known["everyone"] = bool(known["everyone"]) or anybody
    return list(found.values())


def _clients(words: list[bytes]) -> tuple[bool, bool]:
    """Tell whether any client may write, and whether anybody is a client."""
    writable = anybody = False
    common: list[bytes] = []
    clients = 0
    for word in words:
        if word.startswith(b"#"):
            break
        if word.startswith(b"-"):
            common = word[1:].split(b",")
            continue
        client, _, options = word.partition(b"(")
        clients += 1
        anybody |= client in _ANYBODY
        last = [
            option
            for option in (*common, *options.rstrip(b")").split(b","))
            if option in {b"rw", b"ro"}
        ]
        writable |= last[-1:] == [b"rw"]
    if not clients:  # without a client, NFS lets anybody in
        return b"rw" in common, True
    return writable, anybody
