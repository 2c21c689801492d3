"""Fetching pinned public files: into the cache, resumed where broken off, verified before they get their names."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

from statusmodels.errors import InputError, Problem
from statusmodels.sources import registry
from statusmodels.sources.registry import File

if TYPE_CHECKING:
    from requests import Response, Session

ADDRESS = "https://raw.githubusercontent.com"
ATTEMPTS = 4
PAUSE = 1.0  # seconds before the second attempt; doubled before each further one
TIMEOUT = (15, 60)  # seconds to connect, and to wait for the next bytes
CHUNK = 1 << 16
PARTIAL, MISSING, UNSATISFIABLE = 206, 404, 416
Tell = Callable[[File, int], None]


def fetch(source: str, tell: Tell | None = None) -> list[Path]:
    """Bring the files of a data set into the cache.

    A file that is here and verified, in the folder ``STATUSMODELS_DATA`` or in the cache, is kept. A download that breaks off goes on
    from there, also when the command is run again. No file gets its name before its hash is verified.

    Parameters
    ----------
    source
        Key of the data set.
    tell
        Called with a file and how many of its bytes are here, as it comes in.

    Returns
    -------
    list of Path
        The verified files.

    Raises
    ------
    InputError
        If the registry has no such data set, there is no connection, a file is not at its address any more, its content is not
        the pinned one, or the disk is full. Files that were finished before are kept.
    """
    return [_here(wanted, tell or _silent) for wanted in registry.source(source).files]


def address(wanted: File) -> str:
    """Where a file is fetched from."""
    return f"{ADDRESS}/{wanted.repository}/{wanted.commit}/{quote(wanted.path)}"


def _silent(_: File, __: int) -> None:
    pass


def _here(wanted: File, tell: Tell) -> Path:
    place, _ = next(registry.copies(wanted), (registry.NO, None))
    # a wrong copy in the cache is fetched anew; one in the user's folder is the user's to delete
    if place == registry.FOLDER or registry.place(wanted) == registry.CACHE:
        found = registry.path(wanted.file)
        tell(wanted, wanted.bytes)
        return found
    target = registry.cache_folder() / wanted.file
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return _download(wanted, target, tell)
    except OSError as error:
        raise InputError([_cannot_write(wanted, target, error)]) from error


def _download(wanted: File, target: Path, tell: Tell) -> Path:
    import pooch

    pooch.get_logger().setLevel(logging.WARNING)
    part = target.with_name(f"{target.name}.part")
    for resumed in (part.exists(), False):
        download = _Download(wanted, part, tell)
        try:
            pooch.retrieve(address(wanted), f"sha256:{wanted.sha256}", target.name, target.parent, downloader=download)
            return target
        except InputError:
            raise
        except ValueError as error:  # pooch's, of a wrong hash
            if not resumed:  # else what was here before may have been the wrong part
                mend = (
                    f"is not the pinned file at {address(wanted)}: expected {wanted.bytes:,} bytes with sha256"
                    f" {wanted.sha256}; the {download.size:,} bytes that came have another hash and were thrown away."
                    f" If a second try gives the same, a proxy may be changing it; else {_by_hand(wanted)}"
                )
                raise InputError([Problem(wanted.file, mend)]) from error
    raise AssertionError("unreachable")


@dataclass
class _Download:
    """A downloader for pooch that keeps what came in ``part`` and goes on from there."""

    wanted: File
    part: Path
    tell: Tell
    size: int = 0

    def __call__(self, url: str, output_file: str, _: object) -> None:
        from requests import Session

        with Session() as session:
            session.headers["Accept-Encoding"] = "identity"  # a range of compressed bytes would be of no use
            self._all(session, url)
        self.size = self.part.stat().st_size
        self.part.replace(output_file)

    def _all(self, session: Session, url: str) -> None:
        from requests import RequestException

        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(PAUSE * 2 ** (attempt - 1))
            try:
                self._rest(session, url)
            except RequestException as error:
                last = error
            else:
                return
        what = f"could not be fetched from {url} ({_plain(last)})"
        mend = f"{what}; check the connection and run again: statusmodels data fetch {self.wanted.source}"
        if self._had():
            mend += f" ({self._had():,} of {self.wanted.bytes:,} bytes are here and will not be fetched again)"
        raise InputError([Problem(self.wanted.file, mend)]) from last

    def _rest(self, session: Session, url: str) -> None:
        """One request for the bytes that are not here yet."""
        from requests import ConnectionError as Broken

        had = self._had()
        if had == self.wanted.bytes:
            return
        if had > self.wanted.bytes:
            self.part.unlink()
            had = 0
        headers = {"Range": f"bytes={had}-"} if had else {}
        with session.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            if answer.status_code == MISSING:
                mend = f"is not at {url} any more (404); {_by_hand(self.wanted)}"
                raise InputError([Problem(self.wanted.file, mend)])
            if answer.status_code == UNSATISFIABLE:
                self.part.unlink(missing_ok=True)
            answer.raise_for_status()
            goes_on = answer.status_code == PARTIAL
            if goes_on and not answer.headers.get("Content-Range", "").startswith(f"bytes {had}-"):
                self.part.unlink(missing_ok=True)
                raise Broken("the server answered with another range")
            with self.part.open("ab" if goes_on else "wb") as stream:
                self._copy(answer, stream, had if goes_on else 0)
        if self._had() < self.wanted.bytes:  # a server that does not say how much it sends
            raise Broken("the connection was closed early")

    def _copy(self, answer: Response, stream: IO[bytes], done: int) -> None:
        for chunk in answer.iter_content(CHUNK):
            stream.write(chunk)
            done += len(chunk)
            self.tell(self.wanted, done)

    def _had(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0


def _plain(error: Exception) -> str:
    """The innermost cause of an error of requests, which wraps those of urllib3."""
    while error.args and isinstance(error.args[0], Exception):
        error = error.args[0]
    reason = getattr(error, "reason", None)
    return _plain(reason) if isinstance(reason, Exception) else str(error) or type(error).__name__


def _by_hand(wanted: File) -> str:
    official = registry.source(wanted.source).official
    origin = f" from {official}" if official else ""
    return f"get this version{origin}, and put it as {wanted.file} into a folder that {registry.ENVIRONMENT} names"


def _cannot_write(wanted: File, target: Path, error: OSError) -> Problem:
    again = f"run again: statusmodels data fetch {wanted.source}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Problem(str(target), f"the disk is full; make room for {wanted.bytes:,} bytes and {again}")
    return Problem(
        str(target), f"cannot be written ({error.strerror}); check the permissions of its folder and {again}"
    )
