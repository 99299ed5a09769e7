"""Wrappers around libraries' functions that send notes to the supervisor. They are installed before any code
of a learner is imported.
"""
