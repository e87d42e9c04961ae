"""Cartonisation: which boxes hold an order's goods, and how surely no smaller ones would do. See `packing`."""
