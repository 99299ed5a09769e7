"""What a jail is made of: bubblewrap's options, users and mounts, control groups, the watchdog."""
