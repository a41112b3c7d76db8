# SPDX-License-Identifier: Apache-2.0
"""Who may do what, who is who, and how a person signs in."""
