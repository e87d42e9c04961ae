"""Benchmarks of the whole house; `manage.py bench` runs them."""
