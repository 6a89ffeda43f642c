"""A server for the time of a check."""

import contextlib
import re
import subprocess
import sys


class Server:
    """A running `linal serve` with the addresses that it has printed."""

    def __init__(self, process, urls):
        self.process = process
        self.urls = urls

    def address(self, scheme):
        """Host and port of a protocol."""
        for url in self.urls:
            if url.startswith(scheme + "://"):
                return url.split("://", 1)[1]
        raise LookupError(f"the server does not serve {scheme}: {self.urls}")


@contextlib.contextmanager
def running(linal, *options, protocols):
    """Starts a server and stops it."""
    command = [linal, "serve", "--bind", "127.0.0.1:0", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    urls = []
    try:
        for line in process.stderr:
            found = re.search(r"listening on (\S+)", line)
            if found:
                urls.append(found.group(1))
            if len(urls) == protocols:
                break
        if len(urls) < protocols:
            raise RuntimeError(f"the server has not started: {' '.join(command)}")
        yield Server(process, urls)
        if process.poll() is not None:
            raise RuntimeError("the server has ended")
    finally:
        process.terminate()
        process.wait(timeout=60)


class Checks:
    """Counts checks and reports those that fail."""

    def __init__(self):
        self.passed = 0
        self.failures = []

    def equal(self, what, found, expected):
        """Compares two values."""
        if found == expected:
            self.passed += 1
        else:
            self.failures.append(f"{what}: {found!r} is not {expected!r}")

    def true(self, what, condition):
        """Takes a condition."""
        self.equal(what, bool(condition), True)

    def raises(self, what, act):
        """Runs something that must fail; returns the text of its error."""
        try:
            act()
        except Exception as error:  # Drivers have classes of their own.
            self.passed += 1
            return str(error)
        self.failures.append(f"{what}: it did not fail")
        return ""

    def end(self, name):
        """Prints the result; ends the process when something has failed."""
        for failure in self.failures:
            print(failure)
        print(f"{name}: {self.passed} checks passed, {len(self.failures)} failed")
        if self.failures:
            sys.exit(1)
