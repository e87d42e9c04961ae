"""The door for the hubs' print agents, under `/print/agent/v1/`. Not part of the sellers' API."""
