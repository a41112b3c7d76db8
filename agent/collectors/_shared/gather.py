# SPDX-License-Identifier: Apache-2.0
"""Small steps that readers share: a row of the wanted columns, a checked number.

Rules: pure but for reads through the Host; what a source does not say is absent
from the row; every number fits 64 bits, every text is bounded.
Not here: formats of one source (each collector's own file).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from agent.budget import SMALL_FILE_BYTES, TEXT_BYTES
from agent.errors import BudgetError, DeniedError, HostError, NotFoundError
from agent.host.interface import Host
from agent.rows import Names, Reading, Row, Want
from wire.limits import SEQUENCE
from wire.values import Value

INTEGER_DIGITS = 19
"""A 64-bit integer has at most 19 digits."""

Source = tuple[tuple[str, ...], Callable[[Host, Want], Mapping[str, Value]]]
"""Columns that one read can fill, and that read."""


def pick(want: Want, values: Mapping[str, Value], names: Names = ()) -> Row:
    """Return a row of the wanted columns that the source has a value for.

    Args:
        want: the columns.
        values: what the source tells.
        names: what it names in other fields, to be hidden in the row's texts.
    """
    columns = want.columns
    return Row(
        {
            name: value
            for name, value in values.items()
            if value is not None and name in columns
        },
        names,
    )


def take(want: Want, found: Iterable[Mapping[str, Value] | None]) -> Reading:
    """Return a row for each mapping, within the wanted columns, time and number.

    Args:
        want: the columns and bounds.
        found: what the source tells; None for a row of it that cannot be parsed.
    """
    rows: list[Row] = []
    skipped = 0
    for values in found:
        want.check()
        if values is None:
            skipped += 1
            continue
        if len(rows) >= want.rows:
            return Reading(rows, skipped=skipped, truncated=True)
        rows.append(pick(want, values))
    return Reading(rows, skipped=skipped)


def read_sources(host: Host, want: Want, sources: Sequence[Source]) -> Reading:
    """Return one row, asking only the sources that serve a wanted column."""
    values: dict[str, Value] = {}
    for columns, read in sources:
        if want.any(*columns):
            want.check()
            values.update(read(host, want))
    return Reading([pick(want, values)])


def text(data: bytes) -> str:
    """Return bytes as bounded text; what is not UTF-8 becomes U+FFFD."""
    return data[:TEXT_BYTES].decode("utf-8", "replace").replace("\0", "")


def line(host: Host, path: str) -> str | None:
    """Return a one-value file without its white space.

    Returns:
        None where the file is absent, empty or not ours to read.
    """
    try:
        data = host.read_part(path, 0, TEXT_BYTES)
    except (NotFoundError, DeniedError):
        return None
    return text(data).strip() or None


def shown(host: Host, path: str) -> str | None:
    """Return a one-value file of a device, as `line` does.

    Returns:
        None also where the device sleeps, is broken or has no such value: a driver
        then fails the read with an error of its own.
    """
    try:
        return line(host, path)
    except BudgetError:
        raise
    except HostError:
        return None


def small(host: Host, path: str) -> bytes:
    """Return a small file; empty where it is absent or not ours to read."""
    try:
        return host.read(path, SMALL_FILE_BYTES)
    except (NotFoundError, DeniedError):
        return b""


def whole(host: Host, path: str) -> bytes:
    """Return a file of any size; empty where it is absent or not ours to read."""
    try:
        return host.read(path)
    except (NotFoundError, DeniedError):
        return b""


def start(host: Host, path: str) -> bytes:
    """Return the first page of a file; empty where it is absent or not ours."""
    try:
        return host.read_part(path, 0, TEXT_BYTES)
    except (NotFoundError, DeniedError):
        return b""


def names(host: Host, path: str) -> Sequence[str]:
    """Return the names in a directory; none where it is absent or not ours."""
    try:
        return host.list(path)
    except (NotFoundError, DeniedError):
        return ()


def there(host: Host, path: str) -> bool:
    """Tell whether a path exists."""
    try:
        host.facts(path)
    except (NotFoundError, DeniedError):
        return False
    return True


def number(field: bytes | str | None) -> int | None:
    """Return a decimal number of at most 64 bits; None for anything else."""
    if not field or len(field) > INTEGER_DIGITS or not field.isdigit():
        return None
    if isinstance(field, str) and not field.isascii():
        return None
    value = int(field)
    return value if value <= SEQUENCE else None


def times(value: int | None, unit: int) -> int | None:
    """Return a number in a smaller unit; None where it would not fit 64 bits."""
    if value is None or value > SEQUENCE // unit:
        return None
    return value * unit


def settings(data: bytes) -> dict[str, str]:
    """Return NAME=value lines of a shell-like file, quotes removed."""
    found: dict[str, str] = {}
    for raw in data.split(b"\n"):
        name, equals, value = text(raw).strip().partition("=")
        if equals and not name.startswith("#"):
            found[name.strip()] = value.strip().strip("\"'")
    return found


def colon_fields(data: bytes) -> dict[bytes, bytes]:
    """Return "Name: value" lines of a /proc file; the first of a name counts."""
    found: dict[bytes, bytes] = {}
    for raw in data.split(b"\n"):
        name, colon, value = raw.partition(b":")
        if colon:
            found.setdefault(name.strip(), value.strip())
    return found


def kilobytes(fields: Mapping[bytes, bytes], name: bytes) -> int | None:
    """Return a "123 kB" field of a /proc file in bytes."""
    value = fields.get(name, b"").split()
    return times(number(value[0]), 1024) if value else None


def user_names(host: Host) -> dict[int, str]:
    """Return the account name of each user id in /etc/passwd."""
    found: dict[int, str] = {}
    data = whole(host, "/etc/passwd")
    for raw in data.split(b"\n"):
        fields = raw.split(b":", 3)
        identifier = number(fields[2]) if len(fields) > 3 else None  # noqa: PLR2004 - name:password:uid:rest
        if identifier is not None:
            found.setdefault(identifier, text(fields[0]))
    return found


def interface_name(name: str) -> str:
    """Return an interface's name without the hardware address it may hold.

    Predictable names such as enx001122334455 are the MAC; the vendor's part stays.
    """
    prefix, rest = name[:3], name[3:]
    hexadecimal = len(rest) == 12 and all(c in "0123456789abcdef" for c in rest)  # noqa: PLR2004 - digits of a MAC
    return prefix + rest[:6] if hexadecimal else name
