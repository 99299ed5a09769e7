from labs.checking import Trace, Verdict, check, measure


@check("The task starts twice")
def starts_twice(trace: Trace) -> Verdict:
    return Verdict(False, "two starts", "one start")


@measure("Starts", unit="starts")
def starts(trace: Trace) -> float:
    return 1.0
