"""A played day: seeded goods, buyers and workers who use the same services as everybody else, faster.

`play_day` (management command) runs it. Nothing here is part of the running system: no service, page or job
imports this package.
"""
