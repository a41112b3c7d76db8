# SPDX-License-Identifier: Apache-2.0
"""Starts what shows figures as a program.

Rules: nothing but the start.
Not here: everything (`process.py`).
"""

import sys

from server.watch.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
