"""Goods that lie in several places: which of them to visit is part of the walk."""
