"""The abuse suite: one file for each family of attacks, each in a real jail with a neighbour's
run beside it.
"""
