"""Three tasks of Kettle & Crate. The flags in the decorators are yours to change; the work is in shop.py."""

import shop
from celery import Celery

app = Celery("kettle")
app.config_from_object("settings")


@app.task(acks_late=True, default_retry_delay=1)
def mail_voucher(order_id: int) -> None:
    """Five pounds off the next order. May be lost. Must never leave twice: both codes work."""
    shop.send_voucher(order_id)


@app.task(acks_late=True, default_retry_delay=1)
def book_sale(order_id: int) -> None:
    """The tax office wants every sale. Booking one twice is harmless: the ledger keeps one row an order."""
    shop.enter_sale(order_id)


@app.task(acks_late=True, max_retries=3, default_retry_delay=1)
def print_label(order_id: int) -> None:
    """The label library crashes now and then. Try again after a crash, three times at most, then fail."""
    shop.draw_label(order_id)
