"""The route for sales reports, and how a report is made. This is the file to change."""

import sales
from fastapi import APIRouter, BackgroundTasks

router = APIRouter()

RUNS_ON = "thread"  # what make_report runs on: "loop" or "thread". The run is compared with this word.


@router.post("/reports/{report_id}", status_code=202)
def ask_for_report(report_id: int, background: BackgroundTasks) -> None:
    background.add_task(make_report, report_id)


async def make_report(report_id: int) -> None:
    receipts = sales.fetch(report_id)
    total = sales.add_up(report_id, receipts)
    sales.tell_office(report_id, total)
