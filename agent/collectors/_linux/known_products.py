# SPDX-License-Identifier: Apache-2.0
"""Security products of Linux that are told by where they are installed.

Rules: fixed paths and names of units; nothing of a product is run or read.
Not here: whether they run (`_linux/units.py`), what else is told
(`security_products.py`).
Sources: each maker's own pages of installation.
"""

from dataclasses import dataclass

ANTIVIRUS, EDR, FIREWALL = "antivirus", "edr", "firewall"
PREVENTION, MANDATORY = "intrusion-prevention", "mandatory-access-control"
CLAMAV, UFW = "ClamAV", "ufw"


@dataclass(frozen=True, slots=True)
class Product:
    """One product.

    Attributes:
        name: as its maker writes it.
        kind: what it is.
        places: it is installed where one of these is there, or one of its units.
        units: those that start it.
        stays: whether it has a process while it works.
    """

    name: str
    kind: str
    places: tuple[str, ...]
    units: tuple[str, ...]
    stays: bool = True


PRODUCTS = (
    Product(
        CLAMAV,
        ANTIVIRUS,
        ("/usr/sbin/clamd", "/usr/bin/clamscan"),
        ("clamav-daemon.service", "clamav-daemon.socket", "clamd@scan.service"),
    ),
    Product("ESET Endpoint Antivirus", ANTIVIRUS, ("/opt/eset/eea",), ("eea.service",)),
    Product("ESET Server Security", ANTIVIRUS, ("/opt/eset/efs",), ("efs.service",)),
    Product(
        "Kaspersky Endpoint Security",
        ANTIVIRUS,
        ("/opt/kaspersky/kesl",),
        ("kesl.service",),
    ),
    Product(
        "Sophos Protection for Linux",
        ANTIVIRUS,
        ("/opt/sophos-spl",),
        ("sophos-spl.service",),
    ),
    Product(
        "Trend Micro Deep Security Agent",
        ANTIVIRUS,
        ("/opt/ds_agent",),
        ("ds_agent.service",),
    ),
    Product("Cortex XDR", EDR, ("/opt/traps/bin",), ("traps_pmd.service",)),
    Product(
        "CrowdStrike Falcon",
        EDR,
        ("/opt/CrowdStrike/falcond",),
        ("falcon-sensor.service",),
    ),
    Product(
        "Elastic Defend", EDR, ("/opt/Elastic/Endpoint",), ("ElasticEndpoint.service",)
    ),
    Product(
        "Microsoft Defender for Endpoint",
        EDR,
        ("/opt/microsoft/mdatp/sbin/wdavdaemon",),
        ("mdatp.service",),
    ),
    Product("SentinelOne", EDR, ("/opt/sentinelone/bin",), ("sentinelone.service",)),
    Product("Wazuh", EDR, ("/var/ossec/bin/wazuh-agentd",), ("wazuh-agent.service",)),
    Product("firewalld", FIREWALL, ("/usr/sbin/firewalld",), ("firewalld.service",)),
    Product(
        "netfilter-persistent",
        FIREWALL,
        (),
        ("netfilter-persistent.service",),
        stays=False,
    ),
    Product("nftables", FIREWALL, (), ("nftables.service",), stays=False),
    Product(UFW, FIREWALL, ("/usr/sbin/ufw",), ("ufw.service",), stays=False),
    Product(
        "fail2ban",
        PREVENTION,
        ("/usr/bin/fail2ban-server",),
        ("fail2ban.service",),
    ),
)

WINDOWS_SERVICES = {
    "CSFalconService": "CrowdStrike Falcon",
    "cyserver": "Cortex XDR",
    "ElasticEndpoint": "Elastic Defend",
    "Sense": "Microsoft Defender for Endpoint",
    "SentinelAgent": "SentinelOne",
    "WazuhSvc": "Wazuh",
}
"""Services of Windows that watch it and that its Security Center does not list."""
