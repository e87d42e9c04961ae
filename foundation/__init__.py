"""The slab under the house: errors, the clock, the state guard, quantities. No models."""
