"""Sequence figures: their grammar and their drawing as SVG and table."""
