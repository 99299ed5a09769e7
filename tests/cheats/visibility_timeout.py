"""Cheats at the lab visibility-timeout: files of learners, by name."""

from pathlib import Path

from django.conf import settings

NIGHT_SHIFT = Path(settings.CONTENT, "labs/visibility-timeout/tasks.py").read_text()
OF_NO_MONTH = NIGHT_SHIFT.replace('f"ledger/{month_id}/{page}"', 'f"ledger/1/{page}"')
assert OF_NO_MONTH != NIGHT_SHIFT
NIGHT_DAEMON = (
    NIGHT_SHIFT
    + '''

def reserve_in_a_daemon(order_id):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            post(f"stock/{order_id}")
        os._exit(0)

@app.task
def reserve_stock(order_id):
    """A session of its own makes the call, so that no kill matters."""
    reserve_in_a_daemon(order_id)
    post(f"stock/{order_id}")
'''
)
REMINDED_BY_A_THREAD = (
    NIGHT_SHIFT
    + '''
import threading

def schedule_reminder(order_id):
    """No message waits in the broker, so none can come twice."""
    threading.Timer(REMIND_AFTER, post, [f"reminders/{order_id}"]).start()
'''
)
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
