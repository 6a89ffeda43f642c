"""The process is killed in the middle of jobs: every job ends, none that was acknowledged is lost, and none that has ended runs again.

Jobs insert their number into a table. Those of one transaction leave it there once if they have succeeded, and not at
all otherwise, whatever was killed when. Schedules fire each moment once meanwhile.
"""

import argparse
import collections
import datetime
import random
import threading
import time

from .server import Checks, Server, directory, wait_for

ENDED = ("succeeded", "failed", "cancelled")

# Takes a while, so that a kill finds some that run.
SLOW = "SELECT COUNT(*) FROM ticks a CROSS JOIN ticks b WHERE a.n + b.n > {number}"

SETUP = """
CREATE TABLE done (number Int NOT NULL)
CREATE TABLE steps (number Int NOT NULL, step Int)
CREATE TABLE fired (schedule String NOT NULL, at Timestamp)
CREATE TABLE ticks (n Int NOT NULL)
INSERT INTO ticks SELECT UNNEST(RANGE(0, 1000))
"""

# What a job is: whether its changes are one transaction, and how often it is tried again.
KINDS = {
    "single": ("INSERT INTO done VALUES ({number})", True, 2),
    "transaction": ("BEGIN; INSERT INTO done VALUES ({number}); INSERT INTO steps VALUES ({number}, 1); COMMIT", True, 2),
    "slow": ("BEGIN; " + SLOW + "; INSERT INTO done VALUES ({number}); COMMIT", True, 9),
    "once": ("BEGIN; INSERT INTO done VALUES ({number}); " + SLOW + "; COMMIT", True, 0),
    "steps": ("INSERT INTO steps VALUES ({number}, 2); " + SLOW + "; INSERT INTO steps VALUES ({number}, 3)", False, 9),
    "wrong": ("INSERT INTO done VALUES ({number}); SELECT nothing FROM nowhere", False, 9),
}

SCHEDULES = {"every_moment": "all", "those_on_time": "skip", "one_for_many": "once"}


class Jobs:
    """The jobs that were acknowledged, and what was seen of them."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged = {}
        self.unknown = {}
        self.ended = {}
        self.killed_running = 0

    def submit(self, server, number, kind):
        """Submits one, and notes whether it was acknowledged."""
        statements, _, retries = KINDS[kind]
        body = {"statements": statements.format(number=number), "retries": retries, "key": f"job {number}", "priority": number % 10}
        try:
            answer = server.request("POST", "/jobs", body)
        except OSError:  # Killed before the answer: it may be there or not.
            answer = None
        except Exception:  # A part of an answer.
            answer = None
        with self.lock:
            if answer is not None and answer.status == 202:
                self.acknowledged[number] = (answer.json()["id"], kind)
            elif answer is None:
                self.unknown[number] = kind
            else:
                raise RuntimeError(f"{answer.status}: {answer.body[:300]!r}")


def listed(server):
    """All jobs of the server, by their ids."""
    return {job["id"]: job for job in server.get("/jobs?limit=100000").json()}


def numbered(jobs):
    """Those that this check has submitted, by their numbers."""
    return {int(job["key"].split()[1]): job for job in jobs.values() if (job["key"] or "").startswith("job ")}


def frozen(job):
    """What may not change any more once a job has ended."""
    return {name: job[name] for name in ("state", "attempt", "started_at", "ended_at", "error", "rows")}


def one_round(server, jobs, first, count, chance, checks):
    """Submits jobs from several threads, kills the process meanwhile, and starts it again."""
    kinds = [chance.choices(list(KINDS), (4, 3, 4, 2, 3, 1))[0] for _ in range(count)]
    numbers = iter(range(first, first + count))
    take = threading.Lock()
    stop = threading.Event()

    def client():
        while not stop.is_set():
            with take:
                number = next(numbers, None)
            if number is None:
                return
            jobs.submit(server, number, kinds[number - first])

    threads = [threading.Thread(target=client) for _ in range(4)]
    for thread in threads:
        thread.start()
    # In every second round all are submitted before; in the others the kill comes while some are.
    if first // count % 2:
        for thread in threads:
            thread.join()
    before_kill = len(jobs.acknowledged)
    wait_for(lambda: len(jobs.acknowledged) > first + chance.randrange(count // 2) or not any(t.is_alive() for t in threads))
    time.sleep(chance.random() * 1.5)
    seen = listed(server)
    for id_, job in seen.items():
        if job["state"] in ENDED:
            jobs.ended.setdefault(id_, frozen(job))
    states = collections.Counter(job["state"] for job in seen.values())
    server.kill()
    stop.set()
    for thread in threads:
        thread.join()
    jobs.killed_running += states["running"]
    start = time.monotonic()
    server.start()
    took = time.monotonic() - start
    again = listed(server)
    lost = [number for number, (id_, _) in jobs.acknowledged.items() if id_ not in again]
    checks.equal("acknowledged jobs that are lost", lost, [])
    changed = [(frozen(again[id_]), was) for id_, was in jobs.ended.items() if id_ in again and frozen(again[id_]) != was]
    checks.equal("jobs that had ended and have changed", changed[:3], [])
    return states, len(jobs.acknowledged) - before_kill, took


def effects(server, jobs, checks):
    """What the jobs have done, compared with how they have ended."""
    all_jobs = numbered(listed(server))
    done = collections.Counter(number for (number,) in server.execute("SELECT number FROM done").rows())
    steps = collections.Counter(map(tuple, server.execute("SELECT number, step FROM steps").rows()))
    ends = collections.Counter()
    for number, job in sorted(all_jobs.items()):
        kind = jobs.acknowledged.get(number, (None, jobs.unknown.get(number)))[1]
        ends[kind, job["state"], (job["error"] or {}).get("name")] += 1
        name = f"{kind} job {number}, {job['state']}, attempt {job['attempt']}"
        succeeded = job["state"] == "succeeded"
        _, is_one, retries = KINDS[kind]
        checks.true(f"{name}: attempts", 1 <= job["attempt"] <= retries + 1)
        if kind == "wrong":
            interrupted = (job["error"] or {}).get("name") == "interrupted"
            checks.true(f"{name}: it fails for good", job["state"] == "failed" and not interrupted)
            checks.true(f"{name}: {done[number]} times", 1 <= done[number] <= job["attempt"])
        elif is_one:
            checks.equal(f"{name}: how often it was done", done[number], int(succeeded))
            checks.true(f"{name}: an end", succeeded or (kind, job["error"]["name"]) == ("once", "interrupted"))
        else:
            checks.true(f"{name}: first step", 1 <= steps[number, 2] <= job["attempt"])
            checks.true(f"{name}: last step", int(succeeded) <= steps[number, 3] <= job["attempt"])
        if kind == "transaction":
            checks.equal(f"{name}: both or none", steps[number, 1], done[number])
    checks.equal("numbers that nobody has submitted", sorted(done.keys() - all_jobs.keys()), [])
    for (kind, state, error), count in sorted(ends.items(), key=str):
        print(f"  {kind}: {count} {state}{f' ({error})' if error else ''}")


def moments(server, checks, down):
    """Each moment of a schedule has fired once at most, and as its policy says."""
    fired = collections.Counter(name for (name,) in server.execute("SELECT schedule FROM fired").rows())
    all_jobs = listed(server)
    for name, policy in SCHEDULES.items():
        runs = server.get(f"/schedules/{name}/runs").json()
        times = [run["scheduled_at"] for run in runs]
        checks.equal(f"{name}: moments that have fired twice", len(times) - len(set(times)), 0)
        of = [all_jobs[run["job"]] for run in runs if run["job"]]
        keys = [job["key"] for job in all_jobs.values() if (job["key"] or "").startswith(f"schedule/{name}/")]
        checks.equal(f"{name}: a job for a moment", (len(keys), len(set(keys))), (len(of), len(of)))
        good = sum(job["state"] == "succeeded" for job in of)
        checks.equal(f"{name}: how often it was done", fired[name], good)
        checks.equal(f"{name}: ends", {job["state"] for job in of} - {"succeeded"}, set())
        seconds = sorted(int(datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()) for time in times)
        gaps = [second for first, next_ in zip(seconds, seconds[1:]) for second in range(first + 1, next_)]
        print(f"  {name}: {len(runs)} moments, {good} jobs done, {len(gaps)} moments without one ({policy}; {down:.1f} s down)")
        if policy == "all":
            checks.equal(f"{name}: moments that were left out", gaps, [])


def run(arguments):
    """All rounds, and what is left at the end."""
    checks = Checks("kill")
    chance = random.Random(arguments.seed)
    jobs = Jobs()
    with directory() as data, Server(arguments.linal, "--concurrency", "2", data=data) as server:
        made = server.execute(SETUP)
        if made.status != 200:
            raise RuntimeError(made.body)
        for name, policy in SCHEDULES.items():
            statements = f"INSERT INTO fired VALUES ('{name}', NOW())"
            body = {"name": name, "statements": statements, "every": "1s", "missed": policy, "retries": 9}
            checks.equal(f"schedule {name}", server.request("POST", "/schedules", body).status, 201)
        down = 0
        for number in range(arguments.kills):
            states, added, took = one_round(server, jobs, number * arguments.jobs, arguments.jobs, chance, checks)
            down += took
            print(f"kill {number + 1}: {dict(states)}; started again in {took:.2f} s", flush=True)
        for name in SCHEDULES:
            checks.equal(f"pause {name}", server.request("POST", f"/schedules/{name}/pause").status, 200)
        is_over = wait_for(lambda: all(job["state"] in ENDED for job in listed(server).values()), seconds=arguments.patience, pause=0.3)
        open_ = [job for job in listed(server).values() if job["state"] not in ENDED]
        checks.equal("jobs that have not ended", open_[:3], [])
        print(f"{len(jobs.acknowledged)} jobs acknowledged, {len(jobs.unknown)} without an answer, {jobs.killed_running} running at the kills, {down:.1f} s for {arguments.kills} starts")
        if is_over:
            effects(server, jobs, checks)
            moments(server, checks, down)
        checks.equal("what is left over", server.settle(data=data), {})
        checks.equal("the exit code", server.stop(), 0)
    checks.end()


def main():
    parser = argparse.ArgumentParser(prog="python -m service.kill", description=__doc__.splitlines()[0])
    parser.add_argument("linal", help="the binary")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=200, help="submitted before each kill")
    parser.add_argument("--patience", type=float, default=600, help="seconds for the rest of the jobs")
    parser.add_argument("--seed", type=int, default=1)
    run(parser.parse_args())


if __name__ == "__main__":
    main()
