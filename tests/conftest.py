"""No test reaches the network, sees the user's settings, or leaves anything behind."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile(
    # A busy machine fails nothing, and no database of examples is left behind.
    "footnote",
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("footnote")

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ROOT / "documents"
_LOOPBACK = ("127.", "::1", "localhost")


class NetworkBlocked(RuntimeError):
    """A test tried to leave the machine."""


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> Iterator[None]:
    """Blocks every socket but those to this machine, and every look-up of another name."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def allowed(address: object) -> bool:
        host = address[0] if isinstance(address, tuple) else address
        return not isinstance(address, tuple) or str(host).startswith(_LOOPBACK)

    def guarded(self: socket.socket, address: object) -> None:
        if not allowed(address):
            raise NetworkBlocked(f"a test tried to connect to {address}")
        return connect(self, address)  # type: ignore[arg-type]

    def guarded_ex(self: socket.socket, address: object) -> int:
        if not allowed(address):
            raise NetworkBlocked(f"a test tried to connect to {address}")
        return connect_ex(self, address)  # type: ignore[arg-type]

    def lookup(host: object, *rest: object, **more: object) -> object:
        if host not in (None, "", "0.0.0.0") and not str(host).startswith(_LOOPBACK):
            raise NetworkBlocked(f"a test tried to look up {host}")
        return getaddrinfo(host, *rest, **more)  # type: ignore[arg-type]

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    patch.setattr(socket.socket, "connect_ex", guarded_ex)
    patch.setattr(socket, "getaddrinfo", lookup)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settings of the machine that the tests run on do not count, and the working folder is an empty one."""
    for name in list(os.environ):
        if name.startswith(("QA_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished index of the project's own documents, for tests that only read."""
    from index.build import update
    from index.embed import LocalEmbedder

    folder = tmp_path_factory.mktemp("shared") / "store"
    update(DOCUMENTS, folder, LocalEmbedder())
    return folder
