# SPDX-License-Identifier: Apache-2.0
"""The commands of `discreet-agent`, one file each.

Rules: a file offers `add(commands)`, which declares its arguments, and `run(options)`,
which returns an exit code; it is imported only when its command is given.
Not here: the work itself.
"""
