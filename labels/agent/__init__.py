"""The print agent: a program in a hub that fetches the hub's print jobs and sends them to its printers.

It needs a network way out to the server and one to the printers, and a directory of its own; no database, no Django.
"""

VERSION = "1.0"
