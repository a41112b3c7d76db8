# SPDX-License-Identifier: Apache-2.0
"""A collector whose processes run apart, each as a user of its own."""
