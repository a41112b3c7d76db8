# SPDX-License-Identifier: Apache-2.0
"""The type that a raw value of a column has in Python, by its layout on the wire.

Rules: one type for each layout, no subclass of it.
Not here: any expectation.
"""

from wire.catalogue import Storage

PYTHON = {
    Storage.UTF8: str,
    Storage.BOOL: bool,
    Storage.INT64: int,
    Storage.FLOAT64: float,
}
