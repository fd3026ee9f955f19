"""Memory is asked for and given back as the program wants it, where the C library is glibc."""

import subprocess
import sys

import pytest

HEAPS = """
import sys, threading
from polytop.model.memory import share_heap

if sys.argv[1] == "shared":
    share_heap()
kept, ready = [], threading.Barrier(4)

def work():
    ready.wait()
    kept.append([bytes(600 + at) for at in range(1_000)])
    ready.wait()

threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sizes = []
for line in open("/proc/self/maps"):
    first, last = (int(edge, 16) for edge in line.split()[0].split("-"))
    if line.split()[1] == "---p" and last - first > 2**25:
        sizes.append(last - first)
print(len(sizes))
"""
"""Prints how many heaps there are beside the first: each reserves 64 MB of addresses."""


def heaps(how: str) -> int:
    command = [sys.executable, "-c", HEAPS, how]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="the C library is glibc's on Linux alone")
def test_threads_share_one_heap() -> None:
    if heaps("apart") == 0:
        pytest.skip("this C library has one heap anyway")
    assert heaps("shared") == 0
