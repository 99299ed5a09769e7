"""Signing up and logging in with django-allauth: forms, the adapter, rate limits, guests who become
users.
"""
