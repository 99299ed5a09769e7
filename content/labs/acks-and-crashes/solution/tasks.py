"""Three tasks of Kettle & Crate, each with the guarantee that its damage asks for."""

import shop
from celery import Celery

app = Celery("kettle")
app.config_from_object("settings")


@app.task  # acknowledged before the run: lost with its process, and never run again
def mail_voucher(order_id: int) -> None:
    """Five pounds off the next order. May be lost. Must never leave twice: both codes work."""
    shop.send_voucher(order_id)


@app.task(acks_late=True, reject_on_worker_lost=True)  # back to the queue, whichever process dies
def book_sale(order_id: int) -> None:
    """The tax office wants every sale. Booking one twice is harmless: the ledger keeps one row an order."""
    shop.enter_sale(order_id)


@app.task(acks_late=True, retry_on_worker_lost=True, max_retries=3, default_retry_delay=1)  # counted
def print_label(order_id: int) -> None:
    """The label library crashes now and then. Try again after a crash, three times at most, then fail."""
    shop.draw_label(order_id)
