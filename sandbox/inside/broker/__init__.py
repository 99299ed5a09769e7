"""The private Valkey of a jail: its start, and the sampler of its queues."""
