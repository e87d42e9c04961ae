"""Reads across models, for pages: a hub's day, what is stuck and why, what goes on on the floor, what needs a look."""
