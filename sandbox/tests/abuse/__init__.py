"""The abuse suite: one file a family, each against a real jail, with a neighbour beside it."""
