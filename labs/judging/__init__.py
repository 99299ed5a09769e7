"""What a checks.py is written with, and how it judges a trace. Pure functions: no database, no requests."""
