# SPDX-License-Identifier: Apache-2.0
"""The software list (SBOM) of a package that we build, in CycloneDX 1.6 as JSON.

Rules: what was put in is listed with the hash that it was locked by; the same parts and
time give the same bytes.
Not here: the list of a running program or a device (`server/formats/cyclonedx.py`).
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.model.lifecycle import LifecyclePhase, PredefinedLifecycle
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL


@dataclass(frozen=True, slots=True)
class Part:
    """What was put into a package.

    Attributes:
        kind: of package URL: `pypi`, `deb` or `generic`.
        name: as its registry names it.
        version: the same.
        sha256: of the file that was fetched, in hex.
        licence: in its own words; empty where it says none.
        qualifiers: of its package URL.
    """

    kind: str
    name: str
    version: str
    sha256: str
    licence: str = ""
    qualifiers: tuple[tuple[str, str], ...] = ()


def sbom(product: str, version: str, parts: Iterable[Part], made: int) -> bytes:
    """Return the list of one package.

    Args:
        product: name of the package.
        version: its version.
        parts: what was put into it.
        made: as of when, in seconds since the epoch.
    """
    listed = sorted(parts, key=lambda part: (part.kind, part.name))
    components = [_component(part) for part in listed]
    whole = Component(
        name=product,
        version=version,
        type=ComponentType.APPLICATION,
        purl=PackageURL("generic", None, product, version),
        bom_ref=product,
    )
    refs = [Dependency(ref=component.bom_ref) for component in components]
    bom = Bom(
        components=components,
        serial_number=uuid5(NAMESPACE_URL, f"discreet:{product}:{version}:{listed}"),
        metadata=BomMetaData(
            component=whole,
            timestamp=dt.datetime.fromtimestamp(made, dt.UTC),
            lifecycles=[PredefinedLifecycle(LifecyclePhase.BUILD)],
        ),
        dependencies=[Dependency(ref=whole.bom_ref, dependencies=refs), *refs],
    )
    return JsonV1Dot6(bom).output_as_string(indent=1).encode() + b"\n"


def _component(part: Part) -> Component:
    space = "debian" if part.kind == "deb" else None
    url = PackageURL(
        part.kind, space, part.name, part.version, qualifiers=dict(part.qualifiers)
    )
    licence = Property(name="discreet:licence", value=part.licence)
    return Component(
        name=part.name,
        version=part.version,
        type=ComponentType.LIBRARY,
        purl=url,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=part.sha256)],
        properties=[licence] if part.licence else None,
        bom_ref=str(url),
    )
