"""A learner's try at a whole quiz: its pages and the addresses that take its answers."""
