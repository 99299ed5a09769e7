import os
import threading
from urllib.request import urlopen

import bench

for number in (1, 2):
    bench.wait_for("lane-up", lane=f"web/{number}", deadline=20)
url = os.environ["WEB_URL"]
slow = threading.Thread(target=lambda: urlopen(url + "/slow", timeout=30).read())
slow.start()
bench.wait_for("request-started", path="/slow", deadline=15)
for _ in range(3):
    urlopen(url + "/quick", timeout=30).read()
slow.join()
bench.wait_for("response-sent", path="/slow", deadline=15)
