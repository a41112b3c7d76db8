# SPDX-License-Identifier: Apache-2.0
"""Diagnostics asked of devices: drafted here, signed elsewhere, sent and followed."""
