"""The route for sales reports, and how a report is made: a thread waits, other processes calculate."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import sales
from fastapi import APIRouter, BackgroundTasks

router = APIRouter()
calculators = ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn"))

RUNS_ON = "thread"


@router.post("/reports/{report_id}", status_code=202)
def ask_for_report(report_id: int, background: BackgroundTasks) -> None:
    background.add_task(make_report, report_id)


def make_report(report_id: int) -> None:
    receipts = sales.fetch(report_id)
    total = calculators.submit(sales.add_up, report_id, receipts).result()
    sales.tell_office(report_id, total)
