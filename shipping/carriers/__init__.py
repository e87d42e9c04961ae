"""Carriers: the protocol, its adapters, and a simulated carrier to run against."""
