"""What every floor's admin stands on: one look for states, one way to press a button, one kind of page."""
