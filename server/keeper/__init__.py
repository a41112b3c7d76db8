# SPDX-License-Identifier: Apache-2.0
"""The keeper: what ends data, in a process of its own (docs/adr/0014)."""
