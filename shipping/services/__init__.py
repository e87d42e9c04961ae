"""What shipping does: one module an activity, one function a verb."""
