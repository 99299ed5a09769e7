"""What runs inside a jail: the supervisor, the lanes that it forks, the instruments that report events."""
