# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent once`, on the canary machine in place of this one.

usage: python canary_agent.py MACHINE STATE [ARGUMENT ...]
"""

import argparse
import sys
from pathlib import Path

from canary_whole import whole_canary_machine
from host_fixture import EVERY_ROOT_COLUMN

from agent.commands import once
from agent.errors import AgentError


def main() -> int:
    """Run one full pass as the command does."""
    machine = whole_canary_machine(Path(sys.argv[1]))
    parser = argparse.ArgumentParser()
    parser.add_argument("--state")
    once.add(parser)
    options = parser.parse_args(["--state", sys.argv[2], *sys.argv[3:]])
    try:
        return once.run(options, machine.host(EVERY_ROOT_COLUMN))
    except AgentError as problem:
        sys.stderr.write(f"discreet-agent: {problem}\n")
        return problem.exit_code


if __name__ == "__main__":
    sys.exit(main())
