"""Listings: what their headers say, which of them run in CI, and their HTML."""
