"""`make labs-soak`: every lab ten times, starter and solution, in the jails of a product of its own."""

from __future__ import annotations

import subprocess
import sys

from tests.product import BASE, Product

TIMES = "10"


def main() -> int:
    with Product() as product:
        product.wait_ready()
        environment = {**product.environment, "DJANGO_SETTINGS_MODULE": "config.settings"}
        command = [sys.executable, "manage.py", "record_traces", "--check", "--times", TIMES, *sys.argv[1:]]
        return subprocess.run(command, cwd=BASE, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
