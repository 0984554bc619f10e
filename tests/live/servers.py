"""Real servers for the tests, on loopback, each in a process of its own that can be frozen."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

HERE = Path(__file__).parent
NGINX = Path("/usr/sbin/nginx")
RTMP_MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
SYSTEM_PYTHON = Path("/usr/bin/python3")

STREAM_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")

CONFIG = """
load_module {module};
{encrypted}
daemon off;
master_process off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log warn;
events {{ worker_connections 64; }}
rtmp {{
    access_log off;
    server {{
        listen 127.0.0.1:{port};
        application live {{ live on; wait_key on; drop_idle_publisher 30s; }}
    }}
}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{web};
        location /stat {{ rtmp_stat all; }}
    }}
}}
"""


ENCRYPTED = """
load_module {module};
stream {{
    server {{
        listen 127.0.0.1:{secure} ssl;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem;
        proxy_pass 127.0.0.1:{port};
    }}
}}
"""


def has_tls() -> bool:
    """Whether nginx can also take encrypted connections, with a certificate made for it."""
    return STREAM_MODULE.exists() and shutil.which("openssl") is not None


def has_nginx() -> bool:
    return NGINX.exists() and RTMP_MODULE.exists()


def has_rtsp() -> bool:
    """Whether the system's Python has GStreamer's RTSP server and what it streams with."""
    if not SYSTEM_PYTHON.exists():
        return False
    asked = [str(SYSTEM_PYTHON), str(HERE / "rtsp_server.py"), "--check"]
    return subprocess.run(asked, capture_output=True, timeout=30).returncode == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def free_datagram_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """A program that is ended with the `with` block, however it is by then."""

    def __init__(self, *command: str | Path, log: Path) -> None:
        self._command, self._log = [str(word) for word in command], log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def freeze(self) -> None:
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        self.send(signal.SIGCONT)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
        self._process = None


class RtmpServer(Process):
    """nginx with its RTMP module; `url(NAME)` can be published to and played."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.port, self.web, self.secure = free_port(), free_port(), free_port()
        config = folder / "nginx.conf"
        ports = {"folder": folder, "port": self.port, "web": self.web, "secure": self.secure}
        encrypted = ""
        if has_tls():
            make_certificate(folder)
            encrypted = ENCRYPTED.format(module=STREAM_MODULE, **ports)
        config.write_text(CONFIG.format(module=RTMP_MODULE, encrypted=encrypted, **ports))
        super().__init__(
            NGINX, "-p", folder, "-c", config, "-e", folder / "error.log", log=folder / "log"
        )

    def start(self) -> None:
        super().start()
        wait_for_port(self.port)

    def url(self, name: str) -> str:
        return f"rtmp://127.0.0.1:{self.port}/live/{name}"

    def secure_url(self, name: str) -> str:
        """The same through TLS, where `has_tls`."""
        return f"rtmps://127.0.0.1:{self.secure}/live/{name}"

    def is_published(self, name: str) -> bool:
        """Whether someone publishes a stream of that name at present."""
        try:
            address = f"http://127.0.0.1:{self.web}/stat"
            with urllib.request.urlopen(address, timeout=2) as answer:
                page = answer.read().decode()
        except OSError:
            return False
        streams = page.split("<stream>")[1:]
        return any(f"<name>{name}</name>" in one and "<publishing/>" in one for one in streams)


class RtspServer(Process):
    """GStreamer's RTSP server: /play gives a clip, what is recorded to /record goes to UDP."""

    def __init__(self, folder: Path, clip: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.port, self.datagrams = free_port(), free_datagram_port()
        super().__init__(
            SYSTEM_PYTHON,
            HERE / "rtsp_server.py",
            str(self.port),
            str(self.datagrams),
            clip,
            log=folder / "log",
        )

    def start(self) -> None:
        super().start()
        wait_for_port(self.port)

    @property
    def play(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/play"

    @property
    def record(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/record"

    @property
    def passed_on(self) -> str:
        """Where what is recorded can be read."""
        return f"udp://127.0.0.1:{self.datagrams}"


class Publisher(Process):
    """Sends a clip's packets at their pace. options: "name=value" for FFmpeg's container."""

    def __init__(self, clip: Path, url: str, folder: Path, *options: str) -> None:
        command: list[str | Path] = [sys.executable, HERE / "publish.py", clip, url, *options]
        super().__init__(*command, log=folder / "publish.log")


def make_certificate(folder: Path) -> None:
    """One that nobody has signed."""
    made = "-out", folder / "certificate.pem", "-keyout", folder / "key.pem"
    asked = "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"
    subprocess.run(["openssl", "req", *asked, *made], check=True, capture_output=True, timeout=30)


def wait_for_port(port: int, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens at {port}")


ENVIRONMENT = {**os.environ, "CI": "true"}
