"""What people store or send, in words for the pages: points in time, and browsers."""
