# SPDX-License-Identifier: Apache-2.0
"""Hosts agent or server as a systemd or Windows service."""
