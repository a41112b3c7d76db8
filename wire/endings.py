# SPDX-License-Identifier: Apache-2.0
"""Why an order came to no whole result: a slug for the wire, a sentence for people.

Rules: the device tells the slug, whoever shows it tells the sentence; a slug that this
release does not know is told as it is, in a sentence that says so; several slugs that
come to the same for a person have one sentence.
Not here: why an order is not obeyed (`wire/refusals.py`), which is told here too; the
sentences in other languages (`policies/said`).
"""

from collections.abc import Mapping

from wire.refusals import SENTENCES

_BY_SENTENCE: Mapping[str, str] = {
    "nobody at the machine said yes in time": "no-answer",
    "a person at the machine said no": "said-no",
    "the agent or the machine stopped while it ran, and it never runs again": (
        "interrupted"
    ),
    "it was ended when its time was over": "timed-out",
    "what ran it crashed": "crashed",
    "the queue of what waits to be sent is full": "spool-full",
    "there is no key to seal what it finds to": "no-sealing-key",
    "only the first rows, up to its limit": "truncated",
    "reading took longer than it may": (
        "time-budget program-time-budget netlink-time-budget sidecar-time-budget "
        "wmi-time com-time"
    ),
    "reading took more of the machine than it may": (
        "over-budget processor-budget byte-budget memory-budget no-memory "
        "sidecar-processor-budget sidecar-memory-budget"
    ),
    "there is more to read than may be read": (
        "file-too-large source-too-large package-list-too-large "
        "program-output-too-large too-many-identities too-many-includes too-many-links"
    ),
    "reading went wrong": (
        "failed read-failed source-failed clock-not-told netlink-refused "
        "ip-tables-failed bookmark-refused event-gone"
    ),
    "what was to be read is not there": "not-found not-recorded not-a-link",
    "what was to be read is damaged, or of a form that this release does not know": (
        "database-damaged database-in-two-files include-elsewhere not-a-package-list "
        "not-a-routing-table not-of-its-form unknown-form"
    ),
    "the agent's account may not read it": "denied access-denied program-denied",
    "only root's helper may read it, and it does not answer": (
        "needs-root no-answer-of-root root-side-crashed"
    ),
    "root's helper does not believe the policy that is in force there": (
        "belief-unreadable no-policy policy-expired policy-not-trusted "
        "policy-stepped-back restrictions-unreadable"
    ),
    "the policy in force there does not name what it reads": (
        "never-read not-a-column-of-this-verb not-a-field-of-this-source "
        "not-a-property-of-this-class not-a-question not-a-registry-root "
        "not-an-absolute-path not-an-interface-or-filter not-in-plan "
        "over-the-limits-of-a-capture"
    ),
    "the machine is in no network that the policy names": (
        "not-here on-no-named-network network-without-gateway"
    ),
    "the machine has no gateway: name an interface": "no-gateway",
    "that machine, or its release of the agent, has no such source": (
        "unsupported asked-of-windows-itself no-host-for-this-system "
        "no-links-on-windows no-programs-on-windows no-reader-for-this-system "
        "no-such-probe-here not-windows no-bitlocker "
        "no-certificate-folders no-crash-records no-cups no-device-buses "
        "no-file-server no-groups no-ip-tables no-kernel-clock no-liblz4 "
        "no-local-groups no-neighbour-table no-netlink no-package-database "
        "no-package-lists no-package-manager no-power-supply-class "
        "no-resolver-settings no-scheduler no-sensors no-sign-in-records no-smbios "
        "no-socket-tables no-spooler no-ssh-server-settings no-storage-service "
        "no-task-scheduler no-thermal-zones no-update-agent no-wireless-family "
        "no-wireless-service no-wireless-table only-last-sign-ins"
    ),
    "no such service is there: name it as the machine does": "no-such-service",
    "no such log is there": "no-such-log no-logs no-event-log",
    "no such folder is there": "no-such-folder",
    "systemd does not run that machine": "no-systemd",
    "the times of its last start were not measured": "starts-not-measured",
    "scapy is not installed there, and reads the packets": "no-scapy",
    "scapy is installed there, and does not work": "scapy-not-usable",
    "the driver that captures packets is not installed there": "no-capture-driver",
    "the agent's service may not open a raw socket there": "needs-net-raw",
    "the interface could not be opened: name one that is up": "interface-not-opened",
    "location is switched off in Windows there, which then tells no networks": (
        "location-switched-off"
    ),
    "a program that it needs is not installed there": (
        "program-not-installed no-smartctl"
    ),
    "a program that it runs failed there": (
        "program-failed program-not-started program-without-output"
    ),
    "Windows did not answer what it was asked": (
        "no-such-wmi-class no-wmi wmi-failed update-agent-failed"
    ),
    "the process that asks the network there ended by itself": (
        "sidecar-answer-unfit sidecar-crashed rights-not-dropped"
    ),
}
"""What people are told, and the slugs that come to it."""
ENDINGS: Mapping[str, str] = {
    slug: sentence for sentence, slugs in _BY_SENTENCE.items() for slug in slugs.split()
}
"""What a person is told of each slug with which an order may end."""
DEFECT = "its reader met a defect, which is to be reported"
"""What a person is told of a slug that begins as one of a reader that threw."""
_THREW = "error-"
UNKNOWN = "for a reason that this release does not know, {reason}"
"""What a person is told of any other slug."""
_REFUSALS = {one.value: sentence for one, sentence in SENTENCES.items()}


def sentence_of(reason: str) -> str:
    """Return what a person is told of the slug with which an order ended.

    Args:
        reason: as the device tells it, without what cannot be shown; not empty.
    """
    known = _REFUSALS.get(reason) or ENDINGS.get(reason)
    if known is not None:
        return known
    return DEFECT if reason.startswith(_THREW) else UNKNOWN.format(reason=reason)
