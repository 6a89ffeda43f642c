"""The loop of the workers of SQL engines; the script of an engine gives it a class.

The first line that it writes is the version. Then it answers each line of JSON by one: `{"open": {name: path, ...}, "file":
folder or null, "memory_limit": bytes or null}` loads tables; `{"query": text, "repeat": n, "cold": bool}` gives the rows of
a first run and the nanoseconds of each further one, or, cold, of one alone with the opening of the database in it.
"""

import json
import sys
import time


def serve(engine):
    print(json.dumps(engine.version), flush=True)
    for line in sys.stdin:
        try:
            answer = handle(engine, json.loads(line))
        except Exception as error:  # noqa: BLE001 - the other side tells it
            answer = {"error": str(error).strip() or repr(error)}
        print(json.dumps(answer, default=str), flush=True)
    engine.close()


def handle(engine, message):
    if "open" in message:
        engine.open(message["open"], message["folder"], message["memory_limit"])
        return True
    text, times = message["query"], []
    if message["cold"]:
        engine.close()
        engine.evict()
        start = time.perf_counter_ns()
        engine.connect()
        rows = engine.rows(text)
        return {"rows": rows, "times": [time.perf_counter_ns() - start]}
    rows = engine.rows(text)
    for _ in range(message["repeat"]):
        start = time.perf_counter_ns()
        engine.rows(text)
        times.append(time.perf_counter_ns() - start)
    return {"rows": rows, "times": times}
