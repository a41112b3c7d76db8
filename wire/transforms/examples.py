# SPDX-License-Identifier: Apache-2.0
"""Columns that the transforms' examples are written against.

Rules: names say the type; none of them is ever collected.
Not here: real declarations (`agent/collectors`).
"""

from wire.catalogue import Column, Sensitivity, ValueType


def example_column(
    value_type: ValueType = ValueType.TEXT,
    sensitivity: Sensitivity = Sensitivity.HARMLESS,
    identity: str = "",
) -> Column:
    """Return a column of that type, sensitivity and identity class."""
    name = value_type.value.replace("-", "_")
    return Column(
        f"example.{name}", value_type, sensitivity, "an example", "drop", (), identity
    )


TEXT = example_column()
FREE_TEXT = example_column(sensitivity=Sensitivity.FREE_TEXT)
COUNT = example_column(ValueType.COUNT)
BOOLEAN = example_column(ValueType.BOOLEAN)
TIMESTAMP = example_column(ValueType.TIMESTAMP, Sensitivity.QUASI)
RATIO = example_column(ValueType.RATIO)
CELSIUS = example_column(ValueType.CELSIUS)
USER = example_column(sensitivity=Sensitivity.DIRECT, identity="user")
HOME_PATH = example_column(sensitivity=Sensitivity.DIRECT, identity="home")
HOST = example_column(sensitivity=Sensitivity.DIRECT, identity="host")
ADDRESS = example_column(sensitivity=Sensitivity.DIRECT, identity="ip")
MAC = example_column(sensitivity=Sensitivity.DIRECT, identity="mac")
SERIAL = example_column(sensitivity=Sensitivity.DIRECT, identity="serial")
