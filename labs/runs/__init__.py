"""Runs outside of runners: starting, quotas, waking, ending, sweeping and retention."""
