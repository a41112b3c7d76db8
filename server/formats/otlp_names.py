# SPDX-License-Identifier: Apache-2.0
"""Which columns have the name of an OpenTelemetry semantic convention, and as what.

Rules: a name is here only if the conventions have it with that meaning and unit; a
metric says whether it only rises, sums up, or is what it is at a moment.
Not here: how they are written (`otlp.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from wire.catalogue import ValueType

SEMANTIC = frozenset(
    {
        "client.address",
        "device.manufacturer",
        "device.model.name",
        "host.arch",
        "host.cpu.family",
        "host.cpu.model.id",
        "host.cpu.model.name",
        "host.cpu.stepping",
        "host.cpu.vendor.id",
        "host.id",
        "host.ip",
        "host.mac",
        "host.name",
        "host.type",
        "hw.battery.chemistry",
        "hw.battery.state",
        "hw.fan.speed",
        "hw.model",
        "hw.serial_number",
        "hw.temperature",
        "hw.temperature.limit",
        "hw.vendor",
        "network.interface.name",
        "network.local.address",
        "network.local.port",
        "network.transport",
        "network.type",
        "os.build_id",
        "os.name",
        "os.type",
        "os.version",
        "process.creation.time",
        "process.executable.name",
        "process.owner",
        "process.parent_pid",
        "process.pid",
        "process.state",
        "process.uptime",
        "service.name",
        "system.device",
        "system.filesystem.mountpoint",
        "system.filesystem.type",
        "system.filesystem.utilization",
        "system.memory.utilization",
        "system.uptime",
        "user.full_name",
        "user.id",
        "user.name",
    }
)
"""Columns whose own name is the convention's."""


class Rise(Enum):
    """How the values of a metric hang together."""

    GAUGE = "what it is at a moment"
    SUM = "what there is in all; it rises and falls"
    COUNTER = "what there was since a start; it only rises"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric.

    Attributes:
        name: the convention's.
        unit: in UCUM.
        rise: how its values hang together.
        attributes: that the column stands for.
    """

    name: str
    unit: str
    rise: Rise
    attributes: Mapping[str, str] = field(default_factory=dict)


def _modes(*modes: str) -> dict[str, Metric]:
    return {
        f"system.cpu.time.{mode}": Metric(
            "system.cpu.time", "s", Rise.COUNTER, {"cpu.mode": mode}
        )
        for mode in modes
    }


def _directions(name: str, key: str, *directions: str) -> dict[str, Metric]:
    return {
        f"{name}.{direction}": Metric(name, "By", Rise.COUNTER, {key: direction})
        for direction in directions
    }


METRICS: Mapping[str, Metric] = {
    **_modes(
        *("user", "nice", "system", "idle"),
        *("iowait", "interrupt", "softirq", "steal"),
    ),
    **_directions("system.disk.io", "disk.io.direction", "read", "write"),
    **_directions("system.network.io", "network.io.direction", "receive", "transmit"),
    "system.cpu.logical.count": Metric("system.cpu.logical.count", "{cpu}", Rise.SUM),
    "system.disk.operations": Metric(
        "system.disk.operations", "{operation}", Rise.COUNTER
    ),
    "system.memory.limit": Metric("system.memory.limit", "By", Rise.SUM),
    "system.memory.usage": Metric(
        "system.memory.usage", "By", Rise.SUM, {"system.memory.state": "used"}
    ),
    "system.network.errors": Metric("system.network.errors", "{error}", Rise.COUNTER),
    "system.network.packet.dropped": Metric(
        "system.network.packet.dropped", "{packet}", Rise.COUNTER
    ),
    "system.paging.usage": Metric(
        "system.paging.usage", "By", Rise.SUM, {"system.paging.state": "used"}
    ),
    "system.process.count": Metric("system.process.count", "{process}", Rise.SUM),
    "process.cpu.time": Metric("process.cpu.time", "s", Rise.COUNTER),
    "process.memory.usage": Metric("process.memory.usage", "By", Rise.SUM),
    "hw.fan.speed": Metric("hw.fan.speed", "rpm", Rise.GAUGE),
}
"""Columns that are a metric of the conventions in another shape than a gauge of their
own name and unit."""

UNITS: Mapping[ValueType, str] = {
    ValueType.INTEGER: "",
    ValueType.COUNT: "",
    ValueType.BYTES: "By",
    ValueType.SECONDS: "s",
    ValueType.DOUBLE_SECONDS: "s",
    ValueType.MILLISECONDS: "ms",
    ValueType.MEGABITS_PER_SECOND: "Mbit/s",
    ValueType.HERTZ: "Hz",
    ValueType.RATIO: "1",
    ValueType.CELSIUS: "Cel",
    ValueType.REAL: "",
}
"""UCUM's words for the catalogue's units, empty for a plain number: "1" is a part of a
whole, which receivers say in the metric's name (`rows_ratio`). What is not here is no
metric."""
