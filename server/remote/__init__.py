# SPDX-License-Identifier: Apache-2.0
"""The command line on another machine: a key file, a session, a console's routes."""
