"""The three steps of a sales report. Read-only. Each is blocking code: it returns when it is done."""

import json
import os
from urllib.request import Request, urlopen


def fetch(report_id: int) -> int:
    """Ask the tills how many receipts belong to this report. Waits for their response."""
    with urlopen(f"{os.environ['TILLS_URL']}/receipts/{report_id}", timeout=30) as response:
        return int(json.load(response)["receipts"])


def add_up(report_id: int, receipts: int) -> int:
    """The control total of so many receipts. Waits for nothing: it is a tenth of a second of pure Python."""
    amount, total = report_id, 0
    for _ in range(receipts):
        amount = (amount * 1103515245 + 12345) % 2**31  # stands for reading one receipt
        total = (total + amount) % 2**31
    return total


def tell_office(report_id: int, total: int) -> None:
    """Send the total to the office. Waits for the response."""
    request = Request(f"{os.environ['OFFICE_URL']}/totals/{report_id}/{total}", method="POST")
    urlopen(request, timeout=30).close()
