"""What a request may hold, how long it may take to come, and who is asked for: decided before any view."""
