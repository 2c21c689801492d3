import errno
import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest
from typer.testing import CliRunner

from statusmodels import cli
from statusmodels.errors import InputError
from statusmodels.sources import download, registry

# bytes that do not compress to nothing and of which no two parts are alike
PLAIN = b"".join(hashlib.sha256(str(i).encode()).digest() for i in range(9000))
ODD = b"Entity,Year\nRussia,1949\n"
NAMES = {"mie/mie-1.0.csv": PLAIN, "mie/warheads – of, all.csv": ODD}


class Server(ThreadingHTTPServer):
    """What it holds, how it behaves, and what it was asked for."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.held = {}
        self.break_after = []  # of the next requests: how many bytes are sent before the connection is closed
        self.ranges = True
        self.other_range = False
        self.says_length = True
        self.asked = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        wanted = self.headers.get("Range")
        self.server.asked.append((self.path, wanted))
        if not self.path.isascii() or " " in self.path or unquote(self.path) not in self.server.held:
            self.send_error(404)
            return
        data = self.server.held[unquote(self.path)]
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted and self.server.ranges else 0
        if start >= len(data):
            self.send_error(416)
            return
        self.send_response(206 if wanted and self.server.ranges else 200)
        if wanted and self.server.ranges:
            first = 0 if self.server.other_range else start
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        if self.server.says_length:
            self.send_header("Content-Length", str(len(data) - start))
        self.send_header("Connection", "close")
        self.end_headers()
        stop = self.server.break_after.pop(0) if self.server.break_after else len(data)
        self.wfile.write(data[start : start + stop])
        self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def cache(server, tmp_path, monkeypatch):
    """An empty cache, and a registry of two files that the server holds."""
    entries = {
        name: registry.File("mie", name, "owner/repo", "c" * 40, f"_data/{name}", hashlib.sha256(d).hexdigest(), len(d))
        for name, d in NAMES.items()
    }
    server.held = {f"/owner/repo/{'c' * 40}/_data/{name}": data for name, data in NAMES.items()}
    monkeypatch.setattr(registry, "files", lambda: entries)
    monkeypatch.setattr(registry, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(download, "ADDRESS", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(download, "PAUSE", 0.0)
    monkeypatch.delenv(registry.ENVIRONMENT, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "cache"


def held(cache):
    return {str(p.relative_to(cache)): p.read_bytes() for p in cache.rglob("*") if p.is_file()}


def refused():
    with pytest.raises(InputError) as caught:
        download.fetch("mie")
    (problem,) = caught.value.problems
    return str(problem)


def break_off(server, *after):
    server.break_after = list(after)


def test_address_is_pinned_and_quoted():
    file = registry.files()["nuclear/Nuclear warhead stockpiles – Bulletin of the Atomic Scientists.csv"]
    assert download.address(file) == (
        "https://raw.githubusercontent.com/owid/notebooks/10907ed6e367ee8402fb3fffd96865a9d1715f1f/EdouardMathieu/"
        "2021_10_nuclear_weapons_inventory/Nuclear%20warhead%20stockpiles%20%E2%80%93%20Bulletin%20of%20the%20Atomic"
        "%20Scientists.csv"
    )


def test_good_download(server, cache):
    told = []
    found = download.fetch("mie", lambda file, done: told.append((file.file, done)))
    assert found == [cache / name for name in NAMES]
    assert held(cache) == NAMES
    assert [registry.path(name) for name in NAMES] == found
    progress = [done for name, done in told if name == "mie/mie-1.0.csv"]
    assert progress == sorted(progress)
    assert progress[-1] == len(PLAIN)
    assert len(progress) > 2


def test_finished_files_are_not_fetched_again(server, cache):
    download.fetch("mie")
    server.asked.clear()
    assert download.fetch("mie") == [cache / name for name in NAMES]
    assert server.asked == []


def test_verified_file_in_the_folder_is_not_fetched(server, cache, tmp_path, monkeypatch):
    own = tmp_path / "own" / "mie" / "mie-1.0.csv"
    own.parent.mkdir(parents=True)
    own.write_bytes(PLAIN)
    monkeypatch.setenv(registry.ENVIRONMENT, str(tmp_path / "own"))
    assert download.fetch("mie")[0] == own
    assert list(held(cache)) == ["mie/warheads – of, all.csv"]
    own.write_bytes(PLAIN[:-1])
    assert "truncated" in refused()


def test_wrong_copy_in_the_cache_is_fetched_anew(server, cache):
    download.fetch("mie")
    (cache / "mie/mie-1.0.csv").write_bytes(PLAIN[:100])
    download.fetch("mie")
    assert held(cache) == NAMES


@pytest.mark.parametrize("says_length", [True, False])
def test_broken_connection_is_resumed_by_range(server, cache, says_length):
    server.says_length = says_length
    break_off(server, 100_000)
    download.fetch("mie")
    assert held(cache) == NAMES
    first, second, _ = server.asked
    assert first[1] is None
    start = int(re.fullmatch(r"bytes=(\d+)-", second[1])[1])
    assert 0 < start <= 100_000


def test_broken_off_download_is_resumed_by_the_next_command(server, cache, monkeypatch):
    monkeypatch.setattr(download, "ATTEMPTS", 1)
    break_off(server, 100_000)
    told = refused()
    assert "mie/mie-1.0.csv: could not be fetched" in told
    assert "run again: statusmodels data fetch mie" in told
    (part,) = held(cache)
    assert part == "mie/mie-1.0.csv.part"
    here = len(held(cache)[part])
    assert f"{here:,} of 288,000 bytes are here" in told
    server.asked.clear()
    download.fetch("mie")
    assert held(cache) == NAMES
    assert server.asked[0][1] == f"bytes={here}-"


def test_server_that_ignores_range_is_read_from_the_start(server, cache):
    server.ranges = False
    break_off(server, 100_000)
    download.fetch("mie")
    assert held(cache) == NAMES
    assert server.asked[1][1] is not None


def test_server_that_answers_with_another_range_is_read_from_the_start(server, cache):
    server.other_range = True
    break_off(server, 100_000)
    download.fetch("mie")
    assert held(cache) == NAMES
    assert [wanted is None for _, wanted in server.asked] == [True, False, True, True]


@pytest.mark.parametrize(
    "part", [b"not the beginning", PLAIN + b"more", PLAIN[:-1] + b"?"], ids=["other", "longer", "complete but wrong"]
)
def test_wrong_beginning_is_thrown_away(server, cache, part):
    (cache / "mie").mkdir(parents=True)
    (cache / "mie/mie-1.0.csv.part").write_bytes(part)
    download.fetch("mie")
    assert held(cache) == NAMES


def test_complete_part_is_not_fetched_again(server, cache):
    (cache / "mie").mkdir(parents=True)
    (cache / "mie/mie-1.0.csv.part").write_bytes(PLAIN)
    download.fetch("mie")
    assert held(cache) == NAMES
    assert len(server.asked) == 1


def test_wrong_hash_is_refused_and_nothing_is_left(server, cache):
    (at,) = (a for a in server.held if a.endswith("mie-1.0.csv"))
    server.held[at] = PLAIN[:-1] + b"?"
    told = refused()
    assert told.startswith("mie/mie-1.0.csv: is not the pinned file at http")
    assert hashlib.sha256(PLAIN).hexdigest() in told
    assert held(cache) == {}


def test_file_of_another_length_is_refused(server, cache):
    (at,) = (a for a in server.held if a.endswith("mie-1.0.csv"))
    server.held[at] = PLAIN + b"more"
    assert "the 288,004 bytes that came" in refused()
    assert held(cache) == {}


def test_missing_file_says_where_else_to_get_it(server, cache):
    server.held = {at: data for at, data in server.held.items() if "warheads" not in at}
    told = refused()
    assert told.startswith("mie/warheads – of, all.csv: is not at http")
    assert "(404)" in told
    assert "internationalconflict.ua.edu" in told
    assert registry.ENVIRONMENT in told
    assert held(cache) == {"mie/mie-1.0.csv": PLAIN}  # what was finished is kept
    assert sum("warheads" in asked for asked, _ in server.asked) == 1  # a lasting failure is not tried again


def test_no_connection(cache, monkeypatch):
    monkeypatch.setattr(download, "ADDRESS", "http://127.0.0.1:9")  # the port of discard, where nothing listens
    told = refused()
    assert told.startswith("mie/mie-1.0.csv: could not be fetched from http://127.0.0.1:9/")
    assert "refused" in told
    assert "check the connection" in told
    assert held(cache) == {}


@pytest.mark.parametrize(("code", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "cannot be written")])
def test_disk_that_takes_no_more(server, cache, monkeypatch, code, words):
    opened = Path.open

    class Full:
        def __init__(self, stream):
            self.stream = stream

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.stream.close()

        def write(self, data):
            self.stream.write(data[:10])
            raise OSError(code, "as the system says")

    def open_(self, mode="r", *args, **kwargs):
        stream = opened(self, mode, *args, **kwargs)
        return Full(stream) if self.name.endswith(".part") and mode[0] in "wa" else stream

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", open_)
        told = refused()
    assert f"mie-1.0.csv: {words}" in told
    assert "run again: statusmodels data fetch mie" in told
    assert list(held(cache)) == ["mie/mie-1.0.csv.part"]
    download.fetch("mie")
    assert held(cache) == NAMES


def test_folder_that_cannot_be_made(server, cache):
    cache.write_text("a file where the cache should be")
    assert "cannot be written" in refused()


def test_fetch_command(server, cache):
    done = CliRunner().invoke(cli.app, ["data", "fetch", "mie"])
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [str(cache / name) for name in NAMES]
    everything = CliRunner().invoke(cli.app, ["data", "fetch", "--all"])
    assert everything.stdout == done.stdout
