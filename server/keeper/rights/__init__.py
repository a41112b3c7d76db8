# SPDX-License-Identifier: Apache-2.0
"""Rights of persons: finding, exporting, noting, restricting, objecting, forwarding."""
