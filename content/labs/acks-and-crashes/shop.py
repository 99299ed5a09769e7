"""What the three tasks do. Read-only: the mail server and the back office count every call."""

import os
import signal
from urllib.request import Request, urlopen


def post(server: str, path: str) -> None:
    """Call a stub server on loopback. `server` names the variable that holds its address."""
    request = Request(f"{os.environ[server]}/{path}", method="POST")
    urlopen(request, timeout=30).close()


def send_voucher(order_id: int) -> None:
    post("MAIL_URL", f"vouchers/{order_id}")      # the mail is out at once,
    post("BACKOFFICE_URL", f"copies/{order_id}")  # filing the copy takes longer


def enter_sale(order_id: int) -> None:
    post("BACKOFFICE_URL", f"rates/{order_id}")   # looking up the tax rate takes a while,
    post("BACKOFFICE_URL", f"ledger/{order_id}")  # the row is written at the end


def draw_label(order_id: int) -> None:
    post("BACKOFFICE_URL", f"labels/{order_id}")  # one call a start
    os.kill(os.getpid(), signal.SIGKILL)          # what the library does on this address
