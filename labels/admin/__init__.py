"""What is printed in the admin: printers, their queues, and the agents that print in the hubs."""

from labels.admin import agents, printers

__all__ = ["agents", "printers"]
