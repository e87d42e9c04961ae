"""Where one can walk, and how far that is."""
