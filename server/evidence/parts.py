# SPDX-License-Identifier: Apache-2.0
"""The collector's own software parts: what is installed with it, and for whom.

Rules: what is listed is what is installed and runs here, found from the product's own
requirements; nothing is guessed, and nothing that only lies beside it is listed.
Not here: writing the list (`server/formats/cyclonedx.py`).
"""

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

PRODUCT = "discreet"
EXTRAS = ("server", "token", "export")
"""What a collector may be installed with."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")


def parts() -> dict[str, tuple[str, str, list[str]]]:
    """Return the installed parts: by name, the version, licence and what each needs."""
    found: dict[str, tuple[str, str, list[str]]] = {}
    waiting = [PRODUCT]
    while waiting:
        name = _normal(waiting.pop())
        if name in found:
            continue
        try:
            part = distribution(name)
        except PackageNotFoundError:
            continue  # a requirement of another system, or of an extra that is absent
        needs = sorted({_normal(one) for one in _needed(part, name == PRODUCT)})
        found[name] = (part.version, _licence(part), needs)
        waiting += needs
    return {
        name: (version, licence, [one for one in needs if one in found])
        for name, (version, licence, needs) in sorted(found.items())
    }


def _needed(part: Distribution, product: bool) -> Iterator[str]:  # noqa: FBT001 - of the product, its extras count
    for line in part.requires or ():
        name = _NAME.match(line)
        extra = _EXTRA.search(line)
        if name and (extra is None or (product and extra[1] in EXTRAS)):
            yield name[0]


def _licence(part: Distribution) -> str:
    return str(part.metadata.json.get("license_expression", ""))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
