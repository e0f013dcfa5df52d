"""Writers that are killed: the base stays whole, and nothing that a writing verb returned from is lost."""

import json
import subprocess
import sys

ROUNDS = 20
# a process that has everything loaded forks three writers a round, kills them at any moment and looks at what they left
NURSERY = """
import json, os, random, signal, sys, time
from pathlib import Path
from types import SimpleNamespace
import pandas as pd
from audit.knowledge.base import Base

folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
path, chance = folder / "knowledge.sqlite", random.Random(7)


def case(name, revision):
    texts = [f"Про скидки {name.replace('-', '')}", f"discounts {revision}", "созвонимся во вторник"]
    rows = [{"text_id": f"{name}#{turn}", "case_id": name, "turn": turn, "speaker": "client", "text": text} for turn, text in enumerate(texts, 1)]
    return SimpleNamespace(cases=pd.DataFrame([{"case_id": name, "owner": str(revision)}]), texts=pd.DataFrame(rows))


def write(writer, told):
    base, number = Base.open(path, by=writer), 0
    while True:
        name = f"{writer}-{number}"
        os.write(told, f"{writer} began {number}\\n".encode())
        base.add(case(name, 1))
        os.write(told, f"case {name} 1\\n".encode())
        tag = {"text_id": f"{name}#3", "technique": "next_step", "start": 0, "end": 10, "quote": "созвонимся", "speaker": "seller", "confidence": 1.0}
        base.put_tags(pd.DataFrame([tag]), by="rule", version="1")
        os.write(told, f"tag {name}#3 next_step\\n".encode())
        base.put_labels(pd.DataFrame([{"text_id": f"{name}#1", "technique": "x", "present": True, "by": writer, "at": pd.NaT}]))
        os.write(told, f"label {name}#1 x\\n".encode())
        base.add(case(name, 2))
        os.write(told, f"case {name} 2\\n".encode())
        file = folder / f"{name}.txt"
        file.write_text(name)
        os.write(told, f"file {base.attach(file, name)} {name}\\n".encode())
        number += 1


def lost(base, told):
    cases, texts, tags, labels, files = base.cases(), base.texts(), base.tags(), base.labels(), base.attachments()
    revisions = {(row.case_id, row.revision) for row in base.case_history().itertuples()}
    there = {("case", name, str(revision)) for name, revision in revisions} | {("tag", *one) for one in zip(tags["text_id"], tags["technique"])}
    there |= {("label", *one) for one in zip(labels["text_id"], labels["technique"])} | {("file", *one) for one in zip(files["sha256"], files["case_id"])}
    said = texts["case_id"].value_counts()
    halves = [f"half a case: {name}" for name in cases["case_id"] if said.get(name) != 3]
    # 'tag' of an utterance that did not change must have outlived the second revision
    return [" ".join(one) for one in told if one not in there] + halves


with Base.open(folder / "warm.sqlite") as warm:  # whatever is loaded late is loaded before the first fork
    warm.add(case("warm", 1))
    lost(warm, [])
every, results = [], []
for number in range(rounds):
    log = os.open(folder / f"{number}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    writers = []
    for writer in range(3):
        child = os.fork()
        if child == 0:
            try:
                write(f"w{number}x{writer}", log)
            finally:
                os._exit(1)
        writers.append(child)
    time.sleep(chance.uniform(0.02, 0.12) if number % 4 == 0 else chance.uniform(0.1, 0.35))
    for child in writers:
        os.kill(child, signal.SIGKILL)
    ended = [os.waitpid(child, 0)[1] for child in writers]
    lines = [tuple(line.split()) for line in (folder / f"{number}.log").read_text().splitlines()]
    fresh = [line for line in lines if line[1] != "began"]
    every += fresh
    with Base.open(path) as base:
        results.append({"ended": ended, "acknowledged": len(fresh), "problems": base.check(), "lost": lost(base, every)})
        if names := [name for kind, name, _ in fresh if kind == "case"]:
            results[-1]["found"] = base.search(names[-1].replace("-", "")[:12])["case_id"].tolist()[:1] == [names[-1]]
print(json.dumps(results))
"""


def test_writers_that_are_killed_leave_a_whole_base_and_lose_nothing(tmp_path):
    done = subprocess.run([sys.executable, "-c", NURSERY, str(tmp_path), str(ROUNDS)], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    rounds = json.loads(done.stdout.splitlines()[-1])
    assert len(rounds) == ROUNDS
    assert {status for one in rounds for status in one["ended"]} == {9}  # each was killed at work, none had stopped by itself
    assert [one["problems"] for one in rounds] == [[]] * ROUNDS
    assert [one["lost"] for one in rounds] == [[]] * ROUNDS
    assert all(one.get("found", True) for one in rounds)
    assert sum(one["acknowledged"] for one in rounds) > 5 * ROUNDS
