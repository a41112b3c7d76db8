# SPDX-License-Identifier: Apache-2.0
"""A capture file is what tcpdump and scapy read, and says no more than its rows.

Rules: real packets go through the agent's own reading of headers and the transforms of
the standard policy; two programs that share no line with ours read what is written.
Not here: who may have it (`tests/unit/server/test_console_diagnostic.py`).
"""

import io
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Packet, Raw
from scapy.utils import rdpcap

from agent.sidecar.ethernet import HEADERS, headers
from server.errors import UsageError
from server.formats import pcap
from server.formats.tables import About, Column, Table
from wire.pseudonyms import pseudonym

TCPDUMP = shutil.which("tcpdump") or "/usr/sbin/tcpdump"
ABOUT = About("support", 1_800_000_000, "0")
KEY = b"k" * 32
SECRET = b"hunter2 of ada.lovelace"
ETHER = Ether(src="00:1a:2b:01:02:03", dst="02:00:00:00:00:09")
SENT = (
    ETHER
    / IP(src="192.0.2.7", dst="198.51.100.9", ttl=63)
    / TCP(sport=50_000, dport=443, flags="SA")
    / Raw(SECRET),
    ETHER
    / Dot1Q(vlan=12)
    / IP(src="192.0.2.7", dst="192.0.2.53")
    / UDP(sport=40_000, dport=53)
    / Raw(SECRET * 20),
    ETHER / IP(src="192.0.2.1", dst="192.0.2.7") / ICMP(type=8, code=0) / Raw(SECRET),
    ETHER
    / IPv6(src="2001:db8::7", dst="2001:db8::9", hlim=7)
    / ICMPv6EchoRequest(data=SECRET),
    ETHER / ARP(op=1, psrc="192.0.2.7", pdst="192.0.2.1"),
)
NUMBERS = {
    *("milliseconds", "vlan", "ttl", "length", "source.port", "destination.port"),
    *("icmp.type", "icmp.code"),
}


def rows(packets: Iterable[Packet]) -> list[dict[str, object]]:
    """Return what the agent reads of packets, a tenth of a second apart."""
    found = []
    for number, one in enumerate(packets):
        told = {"milliseconds": str(100 * number), **headers(bytes(one)[:128])}
        found.append(
            {k: int(v) if k in NUMBERS else v for k, v in told.items()}
            | {"request": "a"}
        )
    return found


def written(found: Sequence[dict[str, object]]) -> bytes:
    """Return the file of rows."""
    names = sorted(HEADERS | {"request", "observed"})
    table = Table(
        "result",
        tuple(Column(name, "") for name in names),
        [[row.get(name) for name in names] for row in found],
    )
    out = io.BytesIO()
    pcap.write([table], ABOUT, out)
    return out.getvalue()


def test_a_packet_comes_back_as_it_was_but_for_its_content() -> None:
    """Addresses, ports, flags and lengths are the packet's; nothing of its payload."""
    octets = written(rows(SENT))
    assert SECRET[:7] not in octets
    found = rdpcap(io.BytesIO(octets))
    assert [one.wirelen for one in found] == [len(bytes(one)) for one in SENT]
    tcp, udp, icmp, echo, arp = found
    assert (tcp[IP].src, tcp[IP].dst, tcp[IP].ttl) == ("192.0.2.7", "198.51.100.9", 63)
    assert (tcp[TCP].sport, tcp[TCP].dport, str(tcp[TCP].flags)) == (50_000, 443, "SA")
    assert (udp[Dot1Q].vlan, udp[UDP].dport) == (12, 53)
    assert udp[UDP].len == 8 + 20 * len(SECRET)
    assert (icmp[ICMP].type, icmp[ICMP].code) == (8, 0)
    assert (echo[IPv6].src, echo[IPv6].hlim, echo[IPv6].plen) == (
        *("2001:db8::7", 7),
        8 + len(SECRET),
    )
    assert (arp[ARP].op, arp[ARP].psrc, arp[ARP].pdst) == (1, "192.0.2.7", "192.0.2.1")
    assert float(udp.time - tcp.time) == pytest.approx(0.1)


@pytest.mark.slow
@pytest.mark.skipif(not Path(TCPDUMP).exists(), reason="needs Debian's tcpdump")
def test_tcpdump_reads_every_packet(tmp_path: Path) -> None:
    """In its own words, with the lengths that the packets had, and no complaint."""
    (tmp_path / "a.pcap").write_bytes(written(rows(SENT)))
    told = subprocess.run(
        [TCPDUMP, "-nn", "-e", "-v", "-r", tmp_path / "a.pcap"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "EN10MB" in told.stderr
    for words in (
        "192.0.2.7.50000 > 198.51.100.9.443: Flags [S.]",
        f"length {len(SECRET)}",
        "vlan 12",
        "192.0.2.7.40000 > 192.0.2.53.53",
        "192.0.2.1 > 192.0.2.7: ICMP echo request",
        "2001:db8::7 > 2001:db8::9",
        "Request who-has 192.0.2.1 tell 192.0.2.7",
    ):
        assert words in told.stdout, told.stdout
    assert "bad" not in told.stdout
    assert "truncated-ip" not in told.stdout


def test_stand_ins_are_the_same_all_through_a_capture() -> None:
    """Whoever was one is one; networks keep their shape where the policy lets them."""
    plain = rows(SENT[:3])
    for row in plain:
        for end in ("source", "destination"):
            name = f"{end}.address"
            row[name] = pseudonym(KEY, "ip", str(row[name]), prefix=True)
            row[f"{end}.mac"] = pseudonym(
                KEY, "mac", str(row[f"{end}.mac"]), prefix=True
            )
    found = rdpcap(io.BytesIO(written(plain)))
    assert found[0][IP].src == found[1][IP].src == found[2][IP].dst
    assert found[0][IP].src != "192.0.2.7"
    inside = {one.rpartition(".")[0] for one in (found[0][IP].src, found[2][IP].src)}
    assert len(inside) == 1
    assert {one.src[:8] for one in found} == {"00:1a:2b"}
    assert {one.src for one in found} != {"00:1a:2b:01:02:03"}
    for row in plain:
        row["source.address"] = pseudonym(KEY, "ip", str(row["source.address"]))
    found = rdpcap(io.BytesIO(written(plain)))
    assert found[0][IP].src == found[1][IP].src
    assert found[0][IP].src.startswith("240.0.0.")
    assert found[2][IP].src not in {"0.0.0.0", found[0][IP].src}  # noqa: S104 - not told


def test_what_the_policy_takes_away_is_not_there() -> None:
    """A network stands for its addresses, a maker for its cards; nothing is zero."""
    less = [
        {**row, "source.address": "192.0.2.0/24", "source.mac": "00:1a:2b"}
        for row in rows(SENT[:3])
    ]
    less[1]["destination.address"] = None
    less[2]["destination.mac"] = "locally-administered"
    found = rdpcap(io.BytesIO(written(less)))
    assert {one[IP].src for one in found} == {"192.0.2.0"}
    assert {one.src for one in found} == {"00:1a:2b:00:00:00"}
    assert found[1][IP].dst == "0.0.0.0"  # noqa: S104 - an address that is not told
    assert found[2].dst == "02:00:00:00:00:00"


def test_a_file_is_of_one_capture_and_of_packets() -> None:
    """Rows of two requests, or of anything else, are refused in a sentence."""
    two = rows(SENT[:2])
    two[1]["request"] = "b"
    with pytest.raises(UsageError, match="WHERE request"):
        written(two)
    other = Table("result", (Column("name", "VARCHAR"),), [["cups"]])
    with pytest.raises(UsageError, match="SELECT \\* FROM packet_headers"):
        pcap.write([other], ABOUT, io.BytesIO())


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(sorted(HEADERS)),
            st.one_of(
                st.none(),
                st.text(),
                st.integers(),
                st.floats(),
                st.sampled_from(["0x0800", "0x86dd", "0x0806", "ipv6", "tcp", "udp"]),
            ),
        ),
        max_size=5,
    )
)
def test_nonsense_of_a_device_is_a_file_all_the_same(
    found: list[dict[str, object]],
) -> None:
    """Whatever a device says, each row is a packet that a reader can go past."""
    read = rdpcap(io.BytesIO(written(found)))
    assert len(read) == len(found)
    assert all(one.wirelen >= len(bytes(one)) for one in read)
