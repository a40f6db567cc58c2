#!/usr/bin/env python3
"""Runs the soak job and judges it: memory of the workers, accounting, and who was held back."""
import json
import pathlib
import subprocess
import sys
import threading
import time

GROWTH_MB = 16  # beyond what the workers had after the first fifth of the time
LONGEST_PAUSE_MS = 1000


def workers(pids):
    """Processes mort-worker below any of the processes `pids`."""
    children = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        name = text[text.index("(") + 1:text.rindex(")")]
        parent = int(text[text.rindex(")") + 2:].split()[1])
        children.setdefault(parent, []).append((int(stat.parent.name), name))
    found, todo = [], list(pids)
    while todo:
        for pid, name in children.get(todo.pop(), []):
            todo.append(pid)
            if name.startswith("mort-worker"):
                found.append(pid)
    return found


def resident_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1000
    return 0


def main():
    mort, job, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    run = subprocess.Popen([mort, "run", job, "--nodes", "2", "--duration", f"{seconds}s", "--json"],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    printed, said = [], []
    readers = [threading.Thread(target=lambda pipe=pipe, kept=kept: kept.append(pipe.read()))
               for pipe, kept in ((run.stdout, printed), (run.stderr, said))]
    for reader in readers:
        reader.start()
    memory, begin = {}, None
    while run.poll() is None:
        pids = workers([run.pid])
        if pids and begin is None:
            begin = time.time()
        for pid in pids:
            try:
                memory.setdefault(pid, []).append((time.time() - begin, resident_mb(pid)))
            except OSError:
                pass
        time.sleep(1)
    for reader in readers:
        reader.join()
    problems = []
    if run.returncode != 0:
        problems.append(f"mort run ended with {run.returncode}:\n{said[0]}")
    for pid, samples in sorted(memory.items()):
        early = [mb for at, mb in samples if seconds / 10 <= at <= seconds / 5]
        late = [mb for at, mb in samples if at >= seconds * 4 / 5]
        if not early or not late:
            problems.append(f"worker {pid} was not there all the time")
            continue
        print(f"worker {pid}: {max(early):.1f} MB early, {max(late):.1f} MB late")
        if max(late) > max(early) + GROWTH_MB:
            problems.append(f"worker {pid} grew from {max(early):.1f} to {max(late):.1f} MB")
    report = json.loads(printed[0]) if run.returncode == 0 else {"topics": [], "tasks": [], "results": {}}
    for topic in report["topics"]:
        print(f"topic {topic['topic']}: {topic['sent']} sent, {topic['rate_hz']:.0f} a second")
        for one in topic["subscribers"]:
            print(f"  {one['task']}: {one['delivered']} delivered, {one['lost']} lost")
            if one["delivered"] + one["lost"] != topic["sent"]:
                problems.append(f"{one['task']}: delivered + lost is not what was sent")
            if topic["topic"] == "all" and one["lost"] != 0:
                problems.append(f"{one['task']} lost {one['lost']} of a topic that blocks")
    for task in report["tasks"]:
        if task["state"] != "finished":
            problems.append(f"{task['task']} is {task['state']}: {task['message']}")
    for topic, seen in report["results"].items():
        print(f"{topic}: {seen['longest_ms']} ms at most between two of {seen['messages']} messages")
        if topic != "all_pause" and seen["longest_ms"] > LONGEST_PAUSE_MS:
            problems.append(f"{topic}: held back by readers that the publisher does not wait for")
    if run.returncode == 0 and len(report["results"]) != 3:
        problems.append("not every publisher has told of its pauses")
    for problem in problems:
        print(f"FAILED: {problem}", file=sys.stderr)
    return 1 if problems else 0


sys.exit(main())
