# SPDX-License-Identifier: Apache-2.0
"""CycloneDX: a device's software list is whole, and valid by the official schema."""

import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from export_room import DEVICE, dataset_table, example_rows, written
from hypothesis import given
from hypothesis import strategies as st

from server.errors import UsageError
from server.formats.tables import Table

VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)
TEXT = st.none() | st.text(max_size=30)


def listed(*tables: Table) -> dict[str, object]:
    """Return a list that the official schema takes, strictly."""
    text = written("cyclonedx", *tables).decode()
    assert VALIDATOR.validate_str(text) is None
    found: dict[str, object] = json.loads(text)
    return found


def test_every_package_of_every_manager_is_listed() -> None:
    """The collectors' own examples, hostile ones among them, each a component."""
    rows = example_rows("software")
    found = listed(
        dataset_table("operating_systems", [{"os.name": "Debian", "os.version": "12"}]),
        dataset_table("software", rows),
    )
    components = found["components"]
    assert isinstance(components, list)
    assert len(components) == len(rows) + 1
    assert {(one["name"], one.get("version")) for one in components} == {
        ("Debian", "12"),
        *((row["name"], row.get("version")) for row in rows),
    }
    assert sorted(one["purl"] for one in components if "purl" in one) == sorted(
        str(row["purl"]) for row in rows if "purl" in row
    )


def test_a_list_says_of_what_it_is() -> None:
    """Device, purpose, time and maker stand where tools look for them."""
    found = listed(dataset_table("software", [{"name": "bash", "version": "5.2"}]))
    metadata = found["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["timestamp"] == "2026-11-28T12:00:00+00:00"
    assert metadata["component"] == {
        "bom-ref": DEVICE,
        "name": "Reception",
        "type": "device",
    }
    assert metadata["properties"] == [{"name": "discreet:purpose", "value": "support"}]
    assert metadata["lifecycles"] == [{"phase": "operations"}]
    assert found["components"] == [
        {
            "bom-ref": "component-1",
            "name": "bash",
            "type": "library",
            "version": "5.2",
        }
    ]
    assert {"dependsOn": ["component-1"], "ref": DEVICE} in found["dependencies"]  # type: ignore[operator]  # a list


def test_what_has_no_field_is_a_property() -> None:
    """Vendor, manager, architecture, source, size and day are kept."""
    row = {
        "name": "g++",
        "version": "4:12.2.0-3",
        "vendor_name": "Debian",
        "architecture": "amd64",
        "package_manager": "dpkg",
        "source": "gcc-defaults",
        "size": 13_312,
        "purl": "pkg:deb/debian/g%2B%2B@4:12.2.0-3?arch=amd64",
        "install_time": "2025-06-15T00:00:00Z",
    }
    (component,) = listed(dataset_table("software", [row]))["components"]  # type: ignore[misc]  # a list
    assert component["supplier"] == {"name": "Debian"}
    assert component["purl"] == "pkg:deb/debian/g%2B%2B@4:12.2.0-3?arch=amd64"
    assert {one["name"]: one["value"] for one in component["properties"]} == {
        "discreet:architecture": "amd64",
        "discreet:package_manager": "dpkg",
        "discreet:source": "gcc-defaults",
        "discreet:size": "13312",
        "discreet:install_time": "2025-06-15T00:00:00Z",
    }


@given(st.lists(st.tuples(TEXT, TEXT, TEXT, TEXT), min_size=1, max_size=4))
def test_no_text_of_a_device_makes_a_list_invalid(
    rows: list[tuple[str | None, ...]],
) -> None:
    """Whatever stands in a name, version, vendor or package URL."""
    names = ("name", "version", "vendor_name", "purl")
    told = [dict(zip(names, row, strict=True)) for row in rows]
    components = listed(dataset_table("software", told))["components"]
    assert isinstance(components, list)
    assert len(components) == len(rows)


@pytest.mark.parametrize("devices", [[], ["0a" * 16, "0b" * 16]])
def test_a_list_is_of_one_device(devices: list[str]) -> None:
    """Two devices' software in one list would be nobody's."""
    rows = [{"device": device, "name": "bash"} for device in devices]
    with pytest.raises(UsageError, match="--device"):
        written("cyclonedx", dataset_table("software", rows))
