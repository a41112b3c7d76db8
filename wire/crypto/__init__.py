# SPDX-License-Identifier: Apache-2.0
"""The only door to the `cryptography` library.

Rules: import-linter lets nothing else import `cryptography`; sealing, opening,
signing and certificates are separate modules, so that the gate can be kept from
opening and the resident agent from the cost of X.509.
"""
