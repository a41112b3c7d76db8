# SPDX-License-Identifier: Apache-2.0
"""`make demo`: the whole path on this machine's real data; nothing is left running.

Rules: every step is a command that a person would type; what is printed is what they
answered; the collector listens on loopback and its folder is removed at the end.
DEMO_STAY=1 keeps both, and says how to go on.
Not here: any step of the product itself.
"""

import json
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tools import demo_diagnosis
from tools.demo_run import Demo, say, stay

ROLES = {
    "gate": "takes envelopes in, holds no opening key",
    "reader": "holds the keys, opens for a purpose and a reason",
    "keeper": "ends, holds, shares and erases",
    "office": "asks devices, for people at the console",
    "console": "their pages, holds nothing that opens",
}
LETTERS = 8
"""Shorter values occur by chance; words of the signed policy are public."""
HEALTH = "agent_health"
QUERY = (
    "SELECT collector, outcome, rows, round(duration * 1000) AS milliseconds "
    "FROM agent_health WHERE outcome <> 'disabled' ORDER BY rows DESC LIMIT 8"
)
LOGS = (
    'SELECT "service.name" AS service, count(*) AS lines, max(message) AS one '
    "FROM event_logs GROUP BY 1 ORDER BY 2 DESC LIMIT 3"
)


def show_processes(process: subprocess.Popen[str]) -> None:
    """Show what runs, and what each process is for."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    for pid in children.read_text().split():
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        name = command[command.index(b"-m") + 1].decode()
        role = ROLES.get(name.rpartition(".")[2], "")
        sys.stdout.write(f"{name:<14} process {pid}: {role}\n")


def show_withheld(demo: Demo) -> None:
    """Show, for each purpose, what is read and what is not."""
    preview = json.loads(
        demo.ask("discreet-agent", "preview", "--json", "--rows", "0", quiet=True)
    )
    sys.stdout.write(
        f"{'purpose':<16}{'datasets':<10}{'columns':<9}{'changed':<9}"
        f"{'not read':<10}how they are changed before they leave\n"
    )
    purposes: dict[str, list[dict[str, object]]] = {}
    for item in preview["datasets"]:
        purposes.setdefault(item["purpose"], []).append(item)
    for purpose, items in sorted(purposes.items()):
        calls: Counter[str] = Counter()
        unread = 0
        for item in items:
            calls.update(_names(item["transforms"]))
            unread += len(_list(item["not_read"]))
        total = calls.total()
        kept = calls.pop("keep", 0)
        told = ", ".join(f"{name} {count}" for name, count in calls.most_common())
        sys.stdout.write(
            f"{purpose:<16}{len(items):<10}{total:<9}{total - kept:<9}{unread:<10}"
            f"{told or '-'}\n"
        )


def _names(found: object) -> list[str]:
    calls = found.values() if isinstance(found, dict) else []
    return [str(call).partition("(")[0] for call in calls]


def _list(found: object) -> list[object]:
    return found if isinstance(found, list) else []


def show_blind(demo: Demo) -> None:
    """Look for values of this machine in everything that lies on the disks."""
    preview = demo.ask(
        "discreet-agent", "preview", "--json", "--rows", "100000", quiet=True
    )
    values, own = {platform.node()}, set()
    for item in json.loads(preview)["datasets"]:
        for row in item["rows"]:
            texts = {value for value in row.values() if isinstance(value, str)}
            if item["dataset"] == HEALTH:
                own |= texts  # the agent's own words, which its state holds in clear
            values |= texts
    public = (demo.folder / "agent" / "bundle.cbor").read_bytes()
    values = {
        value
        for value in values
        if len(value) >= LETTERS and value.encode() not in public and value not in own
    }
    for title, folder in (
        ("the agent's spool", demo.folder / "agent"),
        ("the collector's store", demo.folder / "collector" / "store"),
    ):
        files = [path for path in folder.rglob("*") if path.is_file()]
        octets = b"".join(path.read_bytes() for path in files)
        hits = sorted(value for value in values if value.encode() in octets)
        sys.stdout.write(
            f"{title}: {len(octets):,} bytes in {len(files)} files; of "
            f"{len(values):,} values of this machine readable there: "
            f"{len(hits)} ({', '.join(hits)})\n"
        )
    sys.stdout.write(
        "Those are where its log cursors stand, the collector's address, and what\n"
        "every poll says: the agent's and the system's version.\n"
    )


def show_readings(demo: Demo) -> None:
    """Read for two purposes; for support under a ticket, which is opened first."""
    query = ("discreet-server", "query", "--reason", "demo", "--purpose")
    demo.ask(*query, "provision", QUERY)
    demo.ask("discreet-server", "ticket", "open", demo_diagnosis.TICKET)
    demo.ask(*query, "support", "--ticket", demo_diagnosis.TICKET, LOGS)


def run(demo: Demo) -> None:
    """Run the whole path."""
    url = f"https://127.0.0.1:{demo.port}"
    say("1. A collector: its own CA, a tenant, a signed policy")
    demo.ask("discreet-server", "init", "--tenant", "Demo", "--url", url)
    origin = demo_diagnosis.add_console(demo) if stay() else ""
    say("2. It runs as several processes; the exposed one cannot open anything")
    with demo.collector() as process:
        show_processes(process)
        say("3. This machine enrols with a one-time token")
        token = demo.ask("discreet-server", "token").strip()
        demo.ask("discreet-agent", "enrol", token, quiet=True)
        sys.stdout.write("$ discreet-agent enrol discreet1-...\nenrolled\n")
        say("4. What would leave, for one purpose, beside what would not")
        shown = ("--purpose", "administration", "--dataset", "user_accounts")
        demo.ask("discreet-agent", "preview", *shown, "--rows", "1")
        say("5. For every purpose: what is read, what is changed, what is never read")
        show_withheld(demo)
        say("6. One full pass: collect, redact, seal, spool, ship")
        demo.ask("discreet-agent", "once")
        say("7. What lies on the disks")
        show_blind(demo)
        say("8. A person opens it, for a purpose and with a reason")
        show_readings(demo)
        say("9. A technician asks this machine something, signs it, and has the answer")
        demo_diagnosis.diagnose(demo)
        say("10. Both ledgers")
        demo.ask("discreet-agent", "ledger", "--last", "4")
        demo.ask("discreet-server", "ledger", "verify")
        say("11. How to go on")
        if stay():
            going = demo_diagnosis.stay_at_console(demo, origin)
            numbers = " ".join(map(str, [process.pid, *going]))
            sys.stdout.write(
                "The collector keeps running (process "
                f"{process.pid}). In a shell with these settings:\n"
                f"  export DISCREET_SERVER_DIR={demo.folder}/collector\n"
                f"  export DISCREET_AGENT_DIR={demo.folder}/agent\n"
                f"  export PATH={demo.programs}:$PATH\n"
                "try discreet-agent preview, discreet-agent explain user.name,\n"
                "discreet-server query --purpose security --reason 'look around'.\n"
                f"End it with: kill {numbers}; rm -r {demo.folder}\n"
            )
        else:
            sys.stdout.write(
                "DEMO_STAY=1 make demo   keeps all running, the console among it\n"
                "docs/index.md           the documents, by who you are\n"
                "docs/datasets.md        all that can be collected\n"
            )


def main() -> int:
    """Run the demo; returns 0 where every step went well."""
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="discreet-demo-"))
    try:
        run(Demo(folder))
    finally:
        if not stay():
            shutil.rmtree(folder, ignore_errors=True)
    seconds = time.monotonic() - began
    sys.stdout.write(f"\nThe whole path took {seconds:.1f} s.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
