"""The JSON API of the labs."""
