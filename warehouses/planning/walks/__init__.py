"""One walk over given places: exact where the plan allows, with a proven bound elsewhere, and the named rules."""
