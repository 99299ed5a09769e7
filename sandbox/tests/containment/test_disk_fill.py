import pytest

FILL = """
n = 0
while True:
    n += 1
    try:
        with open(f"{PLACE}/f{n}", "wb") as f:
            f.write(b"x" * (4 << 20))
    except OSError:
        pass
"""
KEEP_ON = """
import os
n = 0
while True:
    n += 1
    try: open(f"/lab/f{n}", "wb").close()
    except OSError: pass
"""


@pytest.mark.parametrize("place", ["/lab", "/tmp", "/dev/shm", "/run"])
def test_a_folder_is_filled(bench, place) -> None:
    ran = bench.attack(f"PLACE = {place!r}" + FILL)
    assert ran.outcome == "over_limit"
    assert "disk" in ran.reason


def test_files_without_end(bench) -> None:
    ran = bench.attack(KEEP_ON)
    assert (ran.outcome, ran.reason) == ("over_limit", "The run made too many files.")


def test_a_sparse_file_of_a_tebibyte(bench) -> None:
    ran = bench.attack(
        "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nopen('/lab/big', 'wb').truncate(1 << 40)"
    )
    assert ran.outcome == "error"
    assert "File too large" in ran.reason


def test_folders_within_folders(bench) -> None:
    ran = bench.attack("import os\nfor _ in range(100_000):\n    os.mkdir('d'); os.chdir('d')")
    assert ran.outcome in {"error", "over_limit"}


@pytest.mark.parametrize(
    "place", ["/", "/dev", "/usr", "/etc", "/opt/venv", "/opt/jailside", "/opt/jailside/sandbox/inside", "/proc"]
)
def test_nothing_else_can_be_written(bench, place) -> None:
    ran = bench.attack(
        f"import errno\ntry: open({place + '/x'!r}, 'w')\nexcept OSError as e: print('refused', errno.errorcode[e.errno])"
    )
    assert ran.texts()[0].startswith("refused")
