# SPDX-License-Identifier: Apache-2.0
"""How figures of ourselves are kept and shown."""
