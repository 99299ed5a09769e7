"""Wrappers around libraries that tell the supervisor what they do. They are put in place before any learner code is read."""
