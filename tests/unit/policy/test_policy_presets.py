# SPDX-License-Identifier: Apache-2.0
"""The shipped policies: each more than the one before, none more than the statement.

Rules: what the statement names stands here with its clause; what stands in a policy
and not here is a failure.
Not here: what a purpose may take at all (`policy_oracle.py`).
"""

import pytest
from unit.policy.policy_oracle import MOST_DAYS, enough, widened
from unit.policy.policy_order import more

from policies import PRESETS, catalogue, preset
from wire.errors import PolicyError, TransformError
from wire.policy import Policy
from wire.policy_check import PLACES, explain_column
from wire.policy_source import compile_policy
from wire.purposes import RULES, Purpose
from wire.transforms import check_call
from wire.transforms.call import parse_call
from wire.transforms.order import is_stricter

CATALOGUE = catalogue()
MINIMAL, STANDARD, FULL = (
    compile_policy(preset(name), CATALOGUE, f"policies/{name}.toml") for name in PRESETS
)
DAY = 86_400

CLAUSES = [
    (
        "2.2 IP addresses",
        "network_interfaces:host.ip",
        {"3.3": "shorten_address(24,48)", "3.6": "keep"},
    ),
    ("2.2 MAC addresses", "host.mac", {"3.3": "vendor_only", "3.6": "keep"}),
    ("2.2 device names", "devices:host.name", {"3.3": "keep", "3.6": "keep"}),
    (
        "2.2 operating system details",
        "os.version",
        {"3.1": "keep", "3.3": "keep", "3.6": "keep", "3.7": "keep"},
    ),
    ("2.2 software configurations", "services:name", {"3.1": "keep"}),
    ("2.1 software inventories", "software:version", {"3.3": "keep", "3.6": "keep"}),
    (
        "2.1 hardware inventories",
        "ram_size",
        {"3.3": "keep", "3.7": "bucket(4294967296)"},
    ),
    ("2.2 networks", "destination", {"3.3": "shorten_address(24,48)"}),
    ("2.2 login times", "start_time", {"3.6": "keep"}),
    ("2.2 features used", "agent_health:outcome", {"3.1": "keep", "3.7": "keep"}),
    ("2.2 system logs, error reports", "message", {"3.2": "scrub"}),
    ("2.2 who in a log", "event_logs:user.id", {"3.2": "pseudonymise"}),
    ("2.2 performance data", "system.cpu.time.user", {"3.1": "keep"}),
    ("2.2 troubleshooting information", "process.state", {"3.2": "keep"}),
    ("3.3 access to IT resources", "is_admin", {"3.3": "keep", "3.6": "keep"}),
    (
        "3.6 unauthorized access",
        "user_accounts:user.name",
        {"3.3": "pseudonymise", "3.6": "keep"},
    ),
    ("2.1 names of people", "user.full_name", {}),
    ("1.5 serial numbers", "hw.serial_number", {"3.3": "pseudonymise"}),
]
"""Each clause that names data, a column that stands for it, and what gets it how."""

INFORMATIVE = ("keep", "scrub", "pseudonymise", "bucket(3600)", "bucket(2)")
"""Transforms that leave something to know; of a masked value nothing is left."""
TAKEN = {
    "provision": "agent_health agent_metrics certificates disk_health event_counts "
    "file_systems host_metrics operating_systems sensors services "
    "storage_devices update_status",
    "support": "agent_check boot_times certificate_expiry crash_summary crashes "
    "disk_state dns_lookup event_logs event_totals folder_sizes "
    "interface_state log_slice packet_headers path_mtu pending_updates "
    "ping processes service_state socket_owners tcp_connect time_sync "
    "tls_certificate top_processes traceroute",
    "administration": "batteries certificates devices dns_resolvers file_systems "
    "group_members hardware memory_modules network_interfaces network_routes "
    "operating_systems patches peripherals printers scheduled_tasks "
    "security_products services shares software storage_devices update_status "
    "user_accounts wireless_networks",
    "security": "certificates devices disk_encryption dns_resolvers group_members "
    "listening_ports logins network_interfaces operating_systems patches "
    "scheduled_tasks security_products security_settings sessions "
    "software user_accounts",
    "improvement": "agent_health hardware host_metrics operating_systems "
    "storage_devices",
}
"""All that the standard policy takes; one more is one too many."""


def _takers(policy: Policy, name: str) -> dict[str, str]:
    """Return which clauses get a column, and with which transform."""
    dataset, _, column = name.rpartition(":")
    return {
        item.clause: item.transform
        for table in CATALOGUE.datasets.values()
        if dataset in ("", table.name)
        for item in explain_column(policy, CATALOGUE, table.name, column)
    }


@pytest.mark.parametrize(("less", "greater"), [(MINIMAL, STANDARD), (STANDARD, FULL)])
def test_each_preset_is_within_the_next(less: Policy, greater: Policy) -> None:
    """Minimal lies within standard, standard within full, and never the reverse."""
    assert more(less, greater) == []
    assert more(greater, less) != []


@pytest.mark.parametrize("policy", [MINIMAL, STANDARD, FULL])
def test_no_preset_allows_what_none_may(policy: Policy) -> None:
    """Read by the requirements alone, no shipped policy takes too much."""
    assert widened(policy, CATALOGUE) == []


def test_a_preset_is_asked_for_by_its_name() -> None:
    """Another name is refused with those there are."""
    with pytest.raises(PolicyError, match="minimal, standard, full"):
        preset("../secrets")


def test_minimal_is_liveness_and_the_version_of_the_system() -> None:
    """A fresh installation collects that it runs, and on what; nothing else."""
    (rules,) = MINIMAL.purposes
    taken = {
        item.dataset: [column.column for column in item.columns]
        for item in rules.datasets
    }
    assert rules.purpose is Purpose.PROVISION
    assert taken == {
        "agent_health": ["collector", "outcome", "reason"],
        "operating_systems": ["os.name", "os.type", "os.version"],
    }


@pytest.mark.parametrize(("clause", "column", "takers"), CLAUSES)
def test_standard_takes_what_the_statement_names(
    clause: str, column: str, takers: dict[str, str]
) -> None:
    """Each kind of data goes to the purposes that the statement gives it, just so."""
    assert {clause: _takers(STANDARD, column)} == {clause: takers}


def test_standard_takes_nothing_else() -> None:
    """A dataset that is not on the list is for nobody."""
    taken = {
        rules.purpose.value: " ".join(item.dataset for item in rules.datasets)
        for rules in STANDARD.purposes
    }
    assert taken == TAKEN


def test_standard_holds_whole_identifiers_for_security_and_machine_names() -> None:
    """Outside security the only identifier that leaves whole is a machine's name."""
    whole = {
        (rules.purpose.value, item.dataset, column.column)
        for rules in STANDARD.purposes
        for item in rules.datasets
        for column in item.columns
        if column.transform == "keep"
        and rules.purpose is not Purpose.SECURITY
        and (found := CATALOGUE.datasets[item.dataset].column(column.column))
        and (found.identity or found.sensitivity.value in "DF")
    }
    assert whole == {("administration", "devices", "host.name")}


def test_standard_looks_often_for_two_purposes_only() -> None:
    """Every quarter of an hour for two purposes, for the others every six hours."""
    often = {
        rules.purpose.value: min(slots)
        for rules in STANDARD.purposes
        if min(slots := [i.every for i in rules.datasets if i.every]) < 6 * 3600
    }
    assert often == {"provision": 900, "support": 900}


def test_standard_keeps_no_longer_than_stated() -> None:
    """The longest age of each purpose, in days."""
    ages = {
        rules.purpose.value: max(item.maximum_age for item in rules.retention) // DAY
        for rules in STANDARD.purposes
    }
    assert ages == {
        "provision": 400,
        "support": 30,
        "administration": 400,
        "security": 400,
        "improvement": 90,
    }


def test_only_security_reads_security() -> None:
    """Who reads for security reads for nothing else, and the other way round."""
    readers = {rules.purpose: set(rules.readers) for rules in STANDARD.purposes}
    others = set().union(
        *(readers[item] for item in readers if item.value != "security")
    )
    assert readers[Purpose.SECURITY] & others == set()


def test_a_dataset_names_its_clause() -> None:
    """Above each dataset of the standard policy stands the clause it is for."""
    text = preset("standard").decode()
    bare = []
    for block in text.split("\n\n"):
        lines = block.split("\n")
        heads = [line for line in lines if line.startswith("[purpose.")]
        if heads and ".dataset." in heads[0] and not lines[0].startswith("# "):
            bare.append(heads[0])
    assert bare == []


def _weakest(purpose: Purpose, dataset: str, column: str) -> list[str]:
    """Return the transforms a purpose may use that are less strict than full."""
    table = CATALOGUE.datasets[dataset]
    found = table.column(column)
    assert found is not None
    taken = _takers(FULL, f"{dataset}:{column}").get(RULES[purpose].clause, "drop")
    weaker = []
    for text in INFORMATIVE:
        call = parse_call(text)
        try:
            check_call(call, found)
        except TransformError:
            continue
        allowed = enough(purpose.value, table, found, call)
        if allowed and text != taken and is_stricter(parse_call(taken), call):
            weaker.append(text)
    return weaker


@pytest.mark.parametrize("slug", MOST_DAYS)
def test_full_is_all_that_the_compiler_allows(slug: str) -> None:
    """No purpose may take a column that full leaves out or takes more strictly.

    But what tells of a place: its networks are a site's own, and no preset knows them.
    """
    purpose = Purpose(slug)
    weaker = {
        (table.name, column.name): found
        for table in CATALOGUE.datasets.values()
        if table.name not in PLACES
        for column in table.columns
        if (found := _weakest(purpose, table.name, column.name))
    }
    assert weaker == {}
