"""An open-loop client: requests come when their time has come, whatever became of those before.

The time of a request is counted from the moment at which it was to be sent. A server that stalls is therefore seen
by all requests of the stall, and not only by those that were under way.
"""

import asyncio
import collections
import json
import random
import time


class Gone(Exception):
    """The connection has ended within an answer."""


class Connection:
    """A connection that stays open between requests."""

    def __init__(self, address):
        self.host, self.port = address
        self.reader = self.writer = None

    async def request(self, method, path, body=b"", headers=()):
        """Sends a request; returns its status and the whole body."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        try:
            self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)
            await self.writer.drain()
            return await self._answer()
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            self.close()
            raise Gone(f"{type(error).__name__}: {error}") from error
        except BaseException:
            self.close()
            raise

    async def _answer(self):
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ")[1])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        if "content-length" in headers:
            body = await self.reader.readexactly(int(headers["content-length"]))
        elif headers.get("transfer-encoding") == "chunked":
            body = b"".join([chunk async for chunk in self._chunks()])
        else:
            body = b""
        if headers.get("connection") == "close":
            self.close()
        return status, body

    async def _chunks(self):
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            yield await self.reader.readexactly(size)
            await self.reader.readexactly(2)
        await self.reader.readuntil(b"\r\n")

    def close(self):
        """Ends the connection."""
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


class Class:
    """A class of requests, and what became of them."""

    def __init__(self, name, rate, body, check=None):
        self.name = name
        self.rate = rate
        self.body = body
        self.check = check
        self.times = []
        self.statuses = collections.Counter()
        self.wrong = []

    def percentile(self, share):
        """Milliseconds within which a share of the answered requests has its answer."""
        times = sorted(self.times)
        return times[min(len(times) - 1, int(share * len(times)))] * 1e3 if times else float("nan")


HEADERS = (("Content-Type", "application/json"),)


async def open_loop(address, classes, clients, seconds, seed):
    """Sends requests of all classes at random moments from so many connections."""
    chance = random.Random(seed)
    queues = [asyncio.Queue() for _ in range(clients)]
    tasks = [asyncio.create_task(serve(address, queue)) for queue in queues]
    plan = []
    for one in classes:
        moment = chance.expovariate(one.rate)
        while moment < seconds:
            plan.append((moment, len(plan), one))
            moment += chance.expovariate(one.rate)
    start = time.perf_counter()
    for number, (moment, _, one) in enumerate(sorted(plan)):
        await asyncio.sleep(max(0, start + moment - time.perf_counter()))
        queues[number % clients].put_nowait((start + moment, one, one.body(chance)))
    for queue in queues:
        queue.put_nowait(None)
    await asyncio.gather(*tasks)
    return time.perf_counter() - start


async def serve(address, queue):
    """Sends what comes by one connection."""
    connection = Connection(address)
    while (item := await queue.get()) is not None:
        due, one, body = item
        try:
            status, answer = await connection.request("POST", "/execute", json.dumps(body).encode(), HEADERS)
        except Gone as error:
            one.statuses["broken"] += 1
            one.wrong.append(str(error))
            continue
        one.statuses[status] += 1
        if status == 200:
            one.times.append(time.perf_counter() - due)
        complaint = one.check(body, status, json.loads(answer)) if one.check else None
        if complaint or status not in (200, 429, 503):
            one.wrong.append(complaint or f"{status}: {answer[:300]!r}")
    connection.close()


def table(classes):
    """What became of each class, as lines."""
    lines = [f"{'class':<10}{'sent':>8}{'200':>8}{'429':>7}{'503':>6}{'other':>7}{'p50 ms':>10}{'p99 ms':>10}{'most':>10}"]
    for one in classes:
        sent = sum(one.statuses.values())
        known = [one.statuses[status] for status in (200, 429, 503)]
        numbers = [sent, *known, sent - sum(known)]
        times = [one.percentile(0.5), one.percentile(0.99), one.percentile(1)]
        widths = zip(numbers, (8, 8, 7, 6, 7))
        lines.append(f"{one.name:<10}" + "".join(f"{number:>{width}}" for number, width in widths) + "".join(f"{time:>10.1f}" for time in times))
    return "\n".join(lines)
