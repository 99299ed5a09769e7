"""Guests: the signed cookie that names one, and what happens to a guest's rows at log-in."""
