"""Pure calculations: cartons, prices, where a parcel is. No Django, no clock, no I/O."""
