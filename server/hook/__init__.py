# SPDX-License-Identifier: Apache-2.0
"""The webhook by which a ticket system opens and closes tickets: it only asks."""
