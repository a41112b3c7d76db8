# SPDX-License-Identifier: Apache-2.0
"""Runs the office: `python -I -m server.office --directory DIR`."""

import sys

from server.office.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
