# SPDX-License-Identifier: Apache-2.0
"""The console: pages for people, in a process that holds nothing that opens."""
