"""Looks for the project's secret key and database, by their paths and in every visible folder."""

from sandbox.tests.abuse.harness import program

FAMILY = "project secrets"
REQUEST = program("""
import os, bench
state = bench.knob("state")
read = []
for name in ("secret-key", "db.sqlite3", "../w.sock"):
    for path in (f"{state}/{name}", f"/proc/1/root{state}/{name}", f"/proc/self/root/..{state}/{name}"):
        try:
            read.append(open(path, "rb").read().decode("latin-1"))
        except OSError:
            pass
seen = []
for folder, folders, files in os.walk("/"):
    if folder == "/":
        folders[:] = [name for name in folders if name not in ("proc", "usr", "sys")]
    wanted = [name for name in files if name in ("secret-key", "manage.py", "settings.py", "w.sock")]
    wanted += [name for name in files if name.endswith((".sqlite3", ".env", ".pem", ".key"))]
    seen += [f"{folder}/{name}" for name in wanted]
print(read)
seen = [path for path in seen if "site-packages" not in path and not path.startswith("/opt/python/lib")]
bench.mark("found", read=len(read), seen=seen)
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.found["read"] == 0
    assert seen.found["seen"] == []
