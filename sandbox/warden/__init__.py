"""The warden: one small process a runner host that keeps the jails. Standard library only, one thread, no credentials."""
