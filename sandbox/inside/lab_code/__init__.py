"""The lab's own code in the jail: its files, its modules, and its failures in words."""
