# SPDX-License-Identifier: Apache-2.0
"""The exposed, blind part of the collector."""
