"""Files on disk: what the system has of them in memory, and how large they are."""

import os
import pathlib


def files(path):
    """The files of a folder, or the file."""
    path = pathlib.Path(path)
    return [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]


def evict(path):
    """Takes the pages of all files out of the system's memory, as far as it lets itself be asked."""
    for file in files(path):
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def size(path):
    return sum(file.stat().st_size for file in files(path))
