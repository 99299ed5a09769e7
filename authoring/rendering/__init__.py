"""Markdown as our authors write it, rendered to sanitised HTML with listings, callouts and blocks."""
