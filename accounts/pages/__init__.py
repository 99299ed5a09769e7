"""Whole pages kept for visitors without a record."""
