# SPDX-License-Identifier: Apache-2.0
"""A software list (SBOM) of one device, or of this program, in CycloneDX 1.6 as JSON.

Rules: one list is of one device; a package has the package URL that its manager's
source gives it, and none where that is not known: none is guessed. This module is the
only one that imports `cyclonedx` and `packageurl`; they are the extra `export`.
Not here: collecting packages (`agent/collectors/software.py`).
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.contact import OrganizationalEntity
from cyclonedx.model.dependency import Dependency
from cyclonedx.model.lifecycle import LifecyclePhase, PredefinedLifecycle
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from server.errors import UsageError
from server.formats.tables import DEVICE, LABEL, About, Table
from wire.catalogue import Dataset

NAME = "cyclonedx"
SINGLE = False
BINARY = False
_SOFTWARE = "software"
_SYSTEMS = "operating_systems"
_PREFIX = "discreet:"
_UNKNOWN = "unknown"
_PROPERTIES = ("architecture", "package_manager", "source", "size", "install_time")
"""Columns for which CycloneDX has no field of its own."""

_Record = Mapping[str, object]


def unfit(dataset: Dataset) -> str:
    """Return why a dataset is no part of a software list; empty where it is."""
    fits = dataset.name in {_SOFTWARE, _SYSTEMS}
    return "" if fits else "a software list has software and operating_systems alone"


def write(tables: Iterable[Table], about: About, out: BinaryIO) -> None:
    """Write the list of one device; see `tables.Format`.

    Raises:
        UsageError: the rows are of several devices, or of none.
    """
    devices: dict[object, str] = {}
    components = []
    for component, record in _components(tables):
        components.append(component)
        devices[record.get(DEVICE)] = str(record.get(LABEL) or record.get(DEVICE))
        if len(devices) > 1:
            break
    if len(devices) != 1:
        found = "several" if devices else "none"
        msg = f"a software list is of one device, and the rows are of {found}: name it"
        msg += " with --device"
        raise UsageError(msg)
    ((identity, name),) = devices.items()
    device = Component(name=name, type=ComponentType.DEVICE, bom_ref=str(identity))
    parts = [Dependency(ref=component.bom_ref) for component in components]
    bom = Bom(
        components=components,
        metadata=_metadata(device, about),
        dependencies=[Dependency(ref=device.bom_ref, dependencies=parts), *parts],
    )
    out.write(JsonV1Dot6(bom).output_as_string(indent=1).encode())
    out.write(b"\n")


def own_parts(
    product: str, parts: Mapping[str, tuple[str, str, list[str]]], made: int
) -> bytes:
    """Return the software list of this program itself, from the Python index.

    Args:
        product: name of the part that is the program.
        parts: by name the version, the licence and the names of what each needs.
        made: as of when, in seconds since the epoch.
    """
    components = {
        name: Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            purl=PackageURL("pypi", None, name, version),
            properties=[Property(name=f"{_PREFIX}licence", value=licence)]
            if licence
            else None,
            bom_ref=name,
        )
        for name, (version, licence, _) in parts.items()
    }
    whole = components.pop(product)
    whole.type = ComponentType.APPLICATION
    text = json.dumps({name: one[0] for name, one in parts.items()}, sort_keys=True)
    bom = Bom(
        components=components.values(),
        serial_number=uuid5(NAMESPACE_URL, f"{_PREFIX}{made}:{text}"),
        metadata=BomMetaData(
            component=whole,
            timestamp=dt.datetime.fromtimestamp(made, dt.UTC),
            lifecycles=[PredefinedLifecycle(LifecyclePhase.OPERATIONS)],
        ),
        dependencies=[
            Dependency(
                ref=BomRef(name),
                dependencies=[Dependency(BomRef(one)) for one in needs],
            )
            for name, (_, _, needs) in parts.items()
        ],
    )
    return JsonV1Dot6(bom).output_as_string(indent=1).encode() + b"\n"


def _metadata(device: Component, about: About) -> BomMetaData:
    tool = Component(
        name="discreet", version=about.release, type=ComponentType.APPLICATION
    )
    return BomMetaData(
        component=device,
        timestamp=dt.datetime.fromtimestamp(about.made, dt.UTC),
        tools=ToolRepository(components=[tool]),
        lifecycles=[PredefinedLifecycle(LifecyclePhase.OPERATIONS)],
        properties=[Property(name=f"{_PREFIX}purpose", value=about.purpose)],
    )


def _components(tables: Iterable[Table]) -> Iterator[tuple[Component, _Record]]:
    number = 0
    for table in tables:
        for record in table.records():
            number += 1
            reference = f"component-{number}"
            if table.name == _SYSTEMS:
                yield _system(record, reference), record
            else:
                yield _package(record, reference), record


def _package(record: _Record, reference: str) -> Component:
    properties = [
        Property(name=_PREFIX + name, value=str(record[name]))
        for name in _PROPERTIES
        if name in record
    ]
    vendor = record.get("vendor_name")
    return Component(
        name=str(record.get("name") or _UNKNOWN),
        version=_text(record, "version"),
        type=ComponentType.LIBRARY,  # what the specification says to take if in doubt
        purl=_package_url(record),
        supplier=OrganizationalEntity(name=str(vendor)) if vendor else None,
        properties=properties,
        bom_ref=reference,
    )


def _system(record: _Record, reference: str) -> Component:
    return Component(
        name=str(record.get("os.name") or record.get("os.type") or _UNKNOWN),
        version=_text(record, "os.version"),
        type=ComponentType.OPERATING_SYSTEM,
        bom_ref=reference,
    )


def _text(record: _Record, name: str) -> str | None:
    return str(record[name]) if name in record else None


def _package_url(record: _Record) -> PackageURL | None:
    """Return the package URL; None where there is none, or a device sent none."""
    try:
        return PackageURL.from_string(str(record.get("purl", "")))
    except ValueError:
        return None
