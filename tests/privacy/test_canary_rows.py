# SPDX-License-Identifier: Apache-2.0
"""Every dataset of both systems, on machines where every value is a canary.

Rules: datasets and columns are found, not listed; what has no canary stands here with
its reason; what a purpose may hold whole stands here word for word.
Not here: what lies on disks and wires (`test_canaries.py`), what the kernel saw opened
(`test_trace.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from agent.catalogue import declared
from agent.collectors import collectors
from tests.canary_other import other_canary_machine
from tests.canary_reading import Left, Raw, plan_of, read_leaving, read_raw, wrongly
from tests.canary_whole import whole_canary_machine
from tests.canary_windows_events import canary_windows
from tests.canary_words import Canaries
from tests.host_fixture import EVERY_ROOT_COLUMN
from wire.catalogue import System, ValueType

pytestmark = pytest.mark.slow
LINUX, OTHER, WINDOWS = "linux", "other linux", "windows"
MACHINES = {LINUX: (LINUX, OTHER), WINDOWS: (WINDOWS,)}
POLICIES = ("standard", "full")
EACH = [(machine, policy) for machine in (LINUX, OTHER, WINDOWS) for policy in POLICIES]

NO_WORDS = {
    (LINUX, "event_templates"): "words of a list that ships, no other word is kept",
    (LINUX, "host_metrics"): "numbers alone",
    (LINUX, "security_products"): "names are ours, of a closed list; the rest is read",
    (LINUX, "security_settings"): "words of closed lists",
    (LINUX, "update_status"): "numbers, and words of closed lists",
    (WINDOWS, "disk_health"): "numbers, and words of closed lists",
    (WINDOWS, "event_templates"): "words of a list that ships, no other word is kept",
    (WINDOWS, "host_metrics"): "numbers alone",
    (WINDOWS, "security_settings"): "words of closed lists",
    (WINDOWS, "update_status"): "numbers, and words of closed lists",
}
"""Datasets whose sources' words never become values; the reason of each."""

CLOSED = {
    "certificates": "key_algorithm",
    "crashes": "exception_code",
    "devices": "chassis bios_date host.type",
    "disk_encryption": "method",
    "disk_health": "protocol system.device",
    "dns_resolvers": "scope",
    "event_counts": "event.id log.source",
    "event_logs": "event.id log.source severity_text",
    "event_templates": "log.source template template.id",
    "group_members": "group.id type",
    "link_neighbours": "protocol",
    "listening_ports": "network.transport network.type",
    "logins": "outcome type",
    "memory_modules": "form_factor type",
    "network_interfaces": "network.type",
    "network_neighbours": "network.type",
    "network_routes": "network.type",
    "operating_systems": "os.type",
    "patches": "install_state package_manager severity",
    "peripherals": "bus class",
    "processes": "process.state",
    "scheduled_tasks": "kind schedule",
    "security_products": "kind",
    "security_settings": "setting source value",
    "sessions": "type",
    "shares": "protocol",
    "software": "package_manager",
    "storage_devices": "bus",
    "update_status": "package_manager pending_reboot_reason",
    "user_accounts": "type",
}
"""Columns whose values are of a closed list, or of digits of a fixed form."""
CLOSED_LINUX = {
    "certificates": "store",
    "file_systems": "system.filesystem.type",
    "group_members": "member.id",
    "peripherals": "vendor_id product_id",
    "security_products": "name signature_version",
    "user_accounts": "user.id",
}
"""The same, of Linux: names of places and types, numbers of accounts and makers."""
CLOSED_WINDOWS = {
    "batteries": "hw.battery.chemistry hw.battery.state",
    "disk_encryption": "state",
    "disk_health": "state",
    "listening_ports": "process.owner",  # Windows does not tell
    "logins": "service.name",
    "operating_systems": "lang",
    "patches": "current_version architecture source",  # Windows has none
    "printers": "state",
    "sensors": "chip",
    "services": "state start_type",
    "sessions": "state",
    "software": "purl source",  # Windows has none
    "storage_devices": "system.device",
    "user_accounts": "shell",  # Windows has none
}
"""The same, of Windows: its numbers in our words, and what it does not have."""

WHOLE = {
    LINUX: {
        "administration": "devices.host.name",
        "security": "devices.domain devices.host.id devices.host.name "
        "disk_encryption.system.device dns_resolvers.address group_members.member "
        "listening_ports.network.local.address listening_ports.process.owner "
        "logins.client.address logins.user.name network_interfaces.host.ip "
        "network_interfaces.host.mac scheduled_tasks.run_as sessions.client.address "
        "sessions.user.name user_accounts.groups user_accounts.user.name",
    },
    OTHER: {
        "administration": "devices.host.name",
        "security": "devices.host.name dns_resolvers.address logins.client.address "
        "logins.user.name user_accounts.user.name",
    },
    WINDOWS: {
        "administration": "devices.host.name",
        "security": "devices.domain devices.host.id devices.host.name "
        "dns_resolvers.address group_members.domain group_members.member "
        "group_members.member.id listening_ports.network.local.address "
        "logins.client.address logins.user.name network_interfaces.host.ip "
        "network_interfaces.host.mac scheduled_tasks.run_as sessions.client.address "
        "sessions.user.name user_accounts.user.id user_accounts.user.name",
    },
}
"""Where the standard policy lets a name, a number or an address leave as it is: the
machine's own name for its administrators, the rest for security alone."""
NAMES_WHOLE = frozenset({"support", "administration", "security"})
"""Purposes that any policy may let hold a name as it is."""
ADDRESSES_WHOLE = frozenset({"support", "security"})
"""Purposes that any policy may let hold an address as it is (REQUIREMENTS 2.2)."""
QUASI = frozenset(
    {
        "devices.domain",
        "disk_encryption.system.device",
        "disk_encryption.system.filesystem.mountpoint",
        "file_systems.system.device",
        "file_systems.system.filesystem.mountpoint",
        "group_members.domain",
        "user_accounts.groups",
    }
)
"""Declared as identifying only together with others, so a policy that says keep gives
them to provision as well: domains, and folders, groups and volumes that may be named
after a person or the machine. Of the shipped policies `full` does, for it is all that
the compiler allows."""


@dataclass(frozen=True)
class Read:
    """One machine, read.

    Attributes:
        canaries: of the machine.
        secrets: files and values that nothing may ask for.
        raw: every column of every dataset.
        left: policy -> what leaves.
    """

    canaries: Canaries
    secrets: frozenset[str]
    raw: Raw
    left: dict[str, Left]


@cache
def read(name: str) -> Read:
    """Build a machine and read it, once for all tests."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "machine"
        if name == WINDOWS:
            seen = canary_windows(root)
            host = seen.host()
            left = {p: read_leaving(host, plan_of(p, host)) for p in POLICIES}
            raw = read_raw(host)
            return Read(seen.canaries, frozenset(seen.secrets), raw, left)
        make = whole_canary_machine if name == LINUX else other_canary_machine
        machine = make(root)
        plans = {p: plan_of(p, machine.host()) for p in POLICIES}
        left = {p: read_leaving(machine.host(q.allowed()), q) for p, q in plans.items()}
        raw = read_raw(machine.host(EVERY_ROOT_COLUMN))
        return Read(machine.canaries, frozenset(machine.secrets), raw, left)


def readable(system: str) -> dict[str, frozenset[str]]:
    """Return the datasets with a reader for a system, and their columns of text."""
    this = System.WINDOWS if system == WINDOWS else System.LINUX
    return {
        name: frozenset(
            column.name
            for column in item.dataset.columns
            if this in column.systems and column.type is ValueType.TEXT
        )
        for name, item in collectors().items()
        if this in item.readers
    }


def held(system: str) -> set[tuple[str, str]]:
    """Return the columns that hold a canary on one machine of a system."""
    return {
        place
        for machine in MACHINES[system]
        for place, texts in read(machine).raw.texts.items()
        if read(machine).canaries.found_in("\n".join(texts).encode())
    }


def listed(*tables: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield dataset and column of tables of columns."""
    for table in tables:
        for dataset, columns in table.items():
            yield from ((dataset, column) for column in columns.split())


@pytest.mark.parametrize("system", MACHINES)
def test_every_dataset_has_a_canary(system: str) -> None:
    """Each dataset with a reader has a row with a canary, or a reason for none."""
    without = readable(system).keys() - {dataset for dataset, _ in held(system)}
    reasons = {dataset for of, dataset in NO_WORDS if of == system}
    assert without == reasons


@pytest.mark.parametrize("system", MACHINES)
def test_every_column_of_text_has_a_canary(system: str) -> None:
    """Each column that a source can put words into has one that would be missed."""
    texts = {
        (name, column) for name, found in readable(system).items() for column in found
    }
    own = CLOSED_WINDOWS if system == WINDOWS else CLOSED_LINUX
    filled = held(system)
    assert texts - filled - set(listed(CLOSED, own)) == set()
    assert set(listed(own)) <= texts - filled


@pytest.mark.parametrize("machine", [LINUX, WINDOWS])
def test_every_reader_answers(machine: str) -> None:
    """No reader is passed over: each finds its sources on the machine."""
    assert set(read(machine).raw.outcomes.values()) == {"ok"}


@pytest.mark.parametrize("machine", WHOLE)
def test_a_row_holds_what_is_declared(machine: str) -> None:
    """Each canary of a row is a value of its column, or stands in its text."""
    canaries = read(machine).canaries
    wrong = [
        (dataset, column, canary)
        for (dataset, column), texts in read(machine).raw.texts.items()
        for canary in canaries.found_in("\n".join(texts).encode())
        if f"{dataset}.{column}" not in canaries.raw(canary)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("machine", "least"), [(LINUX, 400), (OTHER, 60), (WINDOWS, 280)]
)
def test_what_may_not_be_read_is_in_no_row(machine: str, least: int) -> None:
    """Passwords, keys, commands, people's texts: none of it is in a row at all."""
    found = read(machine)
    never = found.canaries.never()
    assert len(never) > least
    everything = "\n".join(text for texts in found.raw.texts.values() for text in texts)
    assert found.canaries.found_in(everything.encode()) & never == set()


@pytest.mark.parametrize(("machine", "least"), [(LINUX, 70), (OTHER, 3), (WINDOWS, 60)])
def test_no_secret_is_asked_for(machine: str, least: int) -> None:
    """No reader asks for a file or a value that holds nothing but a secret."""
    found = read(machine)
    assert len(found.secrets) > least
    assert found.raw.asked & found.secrets == set()


@pytest.mark.parametrize(("machine", "policy"), EACH)
def test_what_leaves_is_what_the_policy_keeps(machine: str, policy: str) -> None:
    """Each canary that leaves is a value of a column that the policy keeps."""
    found = read(machine)
    left = found.left[policy]
    assert sum(left.rows.values()) > 30
    assert wrongly(found.canaries, left.texts, left) == []


def whole(found: Read, policy: str) -> dict[str, set[str]]:
    """Return where names, numbers and addresses leave as they are, by purpose."""
    seen: dict[str, set[str]] = {}
    for (purpose, dataset, column), texts in found.left[policy].texts.items():
        canaries = found.canaries.found_in("\n".join(texts).encode())
        if canaries & found.canaries.identities:
            seen.setdefault(purpose, set()).add(f"{dataset}.{column}")
    return seen


@pytest.mark.parametrize("machine", WHOLE)
def test_identities_leave_whole_for_security_alone(machine: str) -> None:
    """The standard policy lets a name leave as it is where it is listed, only there."""
    expected = {purpose: set(text.split()) for purpose, text in WHOLE[machine].items()}
    assert whole(read(machine), "standard") == expected


@pytest.mark.parametrize("machine", WHOLE)
def test_no_policy_gives_a_name_to_others(machine: str) -> None:
    """Even what allows most keeps names and addresses from all but their purposes."""
    found = read(machine)
    seen = whole(found, "full")
    assert seen.keys() - NAMES_WHOLE <= {"provision"}
    assert seen.get("provision", set()) <= QUASI
    addresses = {one for one in found.canaries.identities if set(one) & set(".:")}
    for (purpose, *place), texts in found.left["full"].texts.items():
        canaries = found.canaries.found_in("\n".join(texts).encode())
        if purpose not in ADDRESSES_WHOLE:
            assert (purpose, place, canaries & addresses) == (purpose, place, set())


@pytest.mark.parametrize(("machine", "policy"), EACH)
def test_no_full_name_leaves(machine: str, policy: str) -> None:
    """A person's name is read to be taken out of texts, and is in none that leaves."""
    found = read(machine)
    column = "user_accounts.user.full_name"
    names = {
        one for one, columns in found.canaries.columns.items() if column in columns
    }
    assert len(names) > 1 or machine == OTHER
    for texts in found.left[policy].texts.values():
        assert found.canaries.found_in("\n".join(texts).encode()) & names == set()


def test_a_leak_would_be_seen() -> None:
    """A canary in another column, a kept name in a text, a secret: each is caught."""
    canaries = Canaries()
    word, name, secret = canaries.word("a.b"), canaries.name("a.b"), canaries.word()
    transforms = {
        ("p", "a", "b"): "keep",
        ("p", "a", "c"): "keep",
        ("q", "a", "b"): "scrub",
    }
    texts = {place: {f"x {word} {name} {secret}"} for place in transforms}
    caught = wrongly(canaries, texts, Left(texts, transforms))
    assert {(*item[:3], item[4]) for item in caught} == {
        ("p", "a", "b", secret),
        ("p", "a", "c", word),
        ("p", "a", "c", name),
        ("p", "a", "c", secret),
        ("q", "a", "b", name),
        ("q", "a", "b", secret),
    }


@pytest.mark.parametrize("machine", WHOLE)
def test_canaries_are_of_declared_columns(machine: str) -> None:
    """The oracle speaks of columns that exist: a typing error excuses no leak."""
    known = {
        f"{dataset.name}.{column.name}"
        for dataset in declared().datasets.values()
        for column in dataset.columns
    }
    canaries = read(machine).canaries
    named = {column for canary in canaries.columns for column in canaries.raw(canary)}
    assert named - known == set()
