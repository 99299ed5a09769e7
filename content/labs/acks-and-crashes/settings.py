"""Celery settings of both workers and of the driver. Read-only: short clocks, so that a run ends soon."""

from celery.concurrency.asynpool import AsynPool

worker_disable_prefetch = True      # take a message only when the child is free

broker_transport_options = {
    "visibility_timeout": 3,        # seconds a message may stay unacknowledged; an hour by default
    "unacked_restore_interval": 1,  # look for overdue messages every second,
    "unacked_restore_throttle": 1,  # and look each time
}

# A parent checks on its children when one of them exits, and every 5 s in case that check came a
# moment too early. The lab's parents check every 0.25 s.
AsynPool.timers = property(lambda pool: {pool.maintain_pool: 0.25})
