"""A wave onto carts, walks included: the search, its bounds and its proof."""
