# SPDX-License-Identifier: Apache-2.0
"""The program `discreet-authorise`, by which a technician signs what is asked.

Rules: it imports `wire` and the shipped catalogue, and nothing of agent or server; it
runs on the technician's own machine and asks no collector anything; what it signs it
has shown in words, made of the very octets that are signed.
Not here: drafting and sending (`server/orders`), obeying (`agent/orders`).
"""
