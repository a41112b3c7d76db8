# SPDX-License-Identifier: Apache-2.0
"""Builds what an administrator installs: .deb, .rpm and tarball of agent and collector.

Rules: everything that goes in is locked by its hash; the same commit gives the same
bytes; Debian's own programs write the formats.
Not here: what the packages hold beside code (`packaging/`), Windows' MSI.
"""
