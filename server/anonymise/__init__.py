# SPDX-License-Identifier: Apache-2.0
"""Sums that point at nobody, the other way in which data ends (docs/adr/0020)."""
