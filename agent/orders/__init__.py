# SPDX-License-Identifier: Apache-2.0
"""Orders at the device: judged, agreed to, run once, told."""
