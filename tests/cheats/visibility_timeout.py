"""Cheats at the lab visibility-timeout: files of learners, by name."""

EARLY_ACKS = """
task_acks_late = False
broker_transport_options = {
    "visibility_timeout": 30, "unacked_restore_interval": 1, "unacked_restore_throttle": 1
}
"""
ASKED_AGAIN = '''
checkout = schedule_reminder

def schedule_reminder(order_id):
    """The reservation that was lost is sent once more by hand."""
    reserve_stock.delay(order_id)
    checkout(order_id)
'''
