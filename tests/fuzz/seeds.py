# SPDX-License-Identifier: Apache-2.0
"""What fuzzing begins with: vectors, presets, recorded examples and what it has found.

Rules: nothing is made up here. What was found is text, an input a line, for one that is
added is a line that is added, to read, to merge and to a repository that keeps it.
Not here: the targets (`targets.py`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from agent.collectors import collector
from policies import PRESETS, preset
from tests.fuzz.targets import BELIEVED, SIGNED
from tests.vectors.forms import input_of

_HERE = Path(__file__).resolve().parent
CORPUS = _HERE / "corpus"
_VECTORS = _HERE.parent / "vectors"
_LONGEST = 64 * 1024
_TITLE = (
    "generated: by `make fuzz`, an input a line as Python writes octets; do not edit"
)


def seeds(name: str) -> Iterator[bytes]:
    """Yield the octets that are a target's own; each at most 64 KiB."""
    for octets in _SEEDS[name]():
        if len(octets) <= _LONGEST:
            yield octets


def begins(name: str, corpus: Path = CORPUS) -> list[bytes]:
    """Return all that fuzzing a target begins with: its seeds and what is kept."""
    return [*seeds(name), *kept(name, corpus)]


def kept(name: str, corpus: Path = CORPUS) -> list[bytes]:
    """Return what fuzzing a target has found that goes new ways."""
    path = corpus / f"{name}.txt"
    return read(path.read_text("ascii")) if path.exists() else []


def written(inputs: Iterable[bytes]) -> str:
    """Return inputs as text, short ones first and none twice."""
    lines = [
        octets.decode("latin-1").encode("unicode_escape").decode("ascii")
        for octets in sorted(set(inputs), key=lambda octets: (len(octets), octets))
    ]
    return "\n".join([_TITLE, *lines, ""])


def read(text: str) -> list[bytes]:
    """Return the inputs that a text has."""
    return [
        line.encode("ascii").decode("unicode_escape").encode("latin-1")
        for line in text.split("\n")[1:-1]
    ]


def _vectors(*names: str) -> Iterator[bytes]:
    for name in names:
        text = (_VECTORS / f"{name}.json").read_text("ascii")
        for vector in json.loads(text)["vectors"]:
            if "input" in vector:
                yield input_of(vector)


def _policies() -> Iterator[bytes]:
    for name in PRESETS:
        yield preset(name)
    yield b'[[forbid]]\ndataset = "software"\n'
    yield from _vectors("messages")


def _receipts() -> Iterator[bytes]:
    yield BELIEVED
    yield from _vectors("messages", "signed")


def _papers() -> Iterator[bytes]:
    kinds = "certificates", "matters", "decisions", "extracts", "keeper"
    yield from _vectors(*(f"papers-{kind}" for kind in kinds))


def _orders() -> Iterator[bytes]:
    yield from SIGNED
    yield from _vectors("orders", "requests", "proofs", "revocations")


def _recipients() -> Iterator[bytes]:
    kinds = "recipients", "grants", "releases", "fetches", "resolved"
    yield from _vectors(*(f"papers-{kind}" for kind in kinds))


def _entries() -> Iterator[bytes]:
    for name in ("event_logs", "event_counts", "event_templates", "crashes"):
        for example in collector(name).examples:
            for printed in example.programs.values():
                yield from (line for line in printed.splitlines() if line)


def _statuses() -> Iterator[bytes]:
    for example in collector("software").examples:
        for path, octets in example.files.items():
            if "dpkg" in path:
                yield octets


def _events() -> Iterator[bytes]:
    for name in ("event_logs", "logins", "crashes"):
        for example in collector(name).examples:
            yield from _within(example.facts)


def _within(value: object) -> Iterator[bytes]:
    """Yield the events of Windows anywhere in an example's facts."""
    if isinstance(value, str):
        if value.startswith("<Event "):
            yield value.encode("utf-8", "surrogatepass")
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _within(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _within(part)


_SEEDS = {
    "envelope": lambda: _vectors("headers", "envelopes", "shipments", "bodies"),
    "policy": _policies,
    "receipt": _receipts,
    "journald": _entries,
    "dpkg": _statuses,
    "paper": _papers,
    "order": _orders,
    "recipient": _recipients,
    "event_xml": _events,
}
