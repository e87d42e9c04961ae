"""What happens to a wave under way: pickers, rush orders, arrivals, zones, single-item orders."""
