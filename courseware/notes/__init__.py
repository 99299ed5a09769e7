"""Notes that readers write about a passage, and the page on which instructors handle them."""
