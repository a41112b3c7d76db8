# SPDX-License-Identifier: Apache-2.0
"""One setting of security, as the sources of both systems write it.

Not here: the sources (`_linux/settings.py`, `_windows/settings.py`).
"""

from collections.abc import Iterator, Mapping

from wire.values import Value

Setting = Mapping[str, Value]


def setting(name: str, value: str | None, source: str) -> Iterator[Setting]:
    """Yield a setting; nothing where its value is not known."""
    if value is not None:
        yield {"setting": name, "value": value, "source": source}
