# SPDX-License-Identifier: Apache-2.0
"""Security products: numbers that Windows gives, and what is told where it is silent.

Not here: whole machines (`_examples/security_products.py`).
"""

from pathlib import Path

import pytest

from agent.collectors import collector
from agent.collectors._windows.cim_time import cim_time
from agent.collectors.security_products import parse_state
from agent.errors import UnsupportedError
from agent.host.linux import LinuxHost
from agent.rows import Want
from tests.host_fixture import write_tree
from tests.windows_fixture import RecordedWindows
from wire.catalogue import System

READERS = collector("security_products").readers


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (266240, (True, True)),
        (266256, (True, False)),
        (262144, (False, True)),
        (262160, (False, False)),
        (397568, (True, True)),
        (397312, (True, True)),
        (393472, (False, True)),
        (401664, (False, True)),
    ],
)
def test_states_that_security_center_gives(
    state: int, expected: tuple[bool, bool]
) -> None:
    """Known numbers are told as the Security Center shows them: 401664 is snoozed."""
    assert parse_state(state) == expected


def test_a_time_of_wmi_has_its_offset_taken_off() -> None:
    """The same moment is told alike, whatever the machine's time zone."""
    assert cim_time("20221018091829.000000+000") == 1_666_084_709
    assert cim_time("20221018111829.000000+120") == 1_666_084_709


def test_without_wmi_and_products_nothing_is_claimed() -> None:
    """Where Windows cannot be asked, that nothing protects it is not told."""
    host = RecordedWindows(Path("/nowhere"))
    with pytest.raises(UnsupportedError, match="no-wmi"):
        READERS[System.WINDOWS](host, Want(frozenset({"kind", "name"})))


@pytest.mark.parametrize(("age", "expected"), [(7, True), (8, False)])
def test_signatures_grow_old(age: int, expected: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter
    """Signatures of a week ago are up to date, older ones are not."""
    header = b"ClamAV-VDB:x:27824:1:90:x:x:builder:1000000000\n"
    files = {"/usr/sbin/clamd": b"", "/var/lib/clamav/daily.cld": header}
    write_tree(tmp_path, files)
    want = Want(frozenset({"up_to_date"}), now=1_000_000_000 + age * 86_400)
    reading = READERS[System.LINUX](LinuxHost(str(tmp_path)), want)
    assert [row.value("up_to_date") for row in reading.rows] == [expected]
