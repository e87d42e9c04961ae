"""Channels: where orders come from, and how each source's own layout is read. Pure: bytes in, plain values out."""
