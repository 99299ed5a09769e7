"""The warden: one small process on each runner host, which makes and destroys the jails. It uses only the
standard library, has one thread and has no credentials.
"""
