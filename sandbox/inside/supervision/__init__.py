"""The supervisor of a jail: lanes, commands, the driver's questions, the connection to the warden."""
