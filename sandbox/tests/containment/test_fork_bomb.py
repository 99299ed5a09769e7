def test_processes_that_fork_for_ever(bench) -> None:
    ran = bench.attack("import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n")
    assert (ran.outcome, ran.reason) == ("over_limit", "The run started too many processes or threads.")


def test_threads_without_end(bench) -> None:
    code = "import threading, time\nwhile True:\n    try:\n        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    ran = bench.attack(code + "    except RuntimeError:\n        time.sleep(0.01)\n")
    assert (ran.outcome, ran.reason) == ("over_limit", "The run started too many processes or threads.")
