# SPDX-License-Identifier: Apache-2.0
"""What people ask of devices and of the policy through the console."""
