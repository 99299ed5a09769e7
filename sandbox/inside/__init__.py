"""What runs inside a jail: the supervisor, the lanes it forks, and the instruments that tell what happens in them."""
