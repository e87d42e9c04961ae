"""Pure planning of the warehouse: distances, walks, batches, bounds, putaway. Plain values in, plain values out.

No models, no settings, no clock but a monotonic deadline; every search takes its seed and its seconds.
"""
