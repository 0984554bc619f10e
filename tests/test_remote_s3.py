"""A batch from S3 to S3, with a real server on this machine."""

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from batches import contents, write_disc_clip, write_still

from pamcli.batch_state import NAME
from pamcli.kept_files import VARIABLE

PROGRAM = "from pamcli.cli.main import main; main()"
SECRETS = "id-of-a-key", "secret-of-a-key"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def environment() -> Iterator[Mapping[str, str]]:
    """Of processes that reach moto's server."""
    for needed in ("moto", "s3fs"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"needs {needed}: pip install 'pamcli[cluster-tests]'")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield {
        **os.environ,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": SECRETS[0],
        "AWS_SECRET_ACCESS_KEY": SECRETS[1],
        "AWS_DEFAULT_REGION": "us-east-1",
        "NO_PROXY": "127.0.0.1",
    }
    server.terminate()
    server.wait()


@pytest.fixture(scope="module")
def bucket(environment: Mapping[str, str]) -> Any:
    """The client of a server that holds an empty bucket named "bucket"."""
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=SECRETS[0],
        aws_secret_access_key=SECRETS[1],
        region_name="us-east-1",
    )
    for _ in range(60):
        with suppress(Exception):
            client.create_bucket(Bucket="bucket")
            return client
        time.sleep(0.5)
    raise AssertionError("no server after half a minute")


def keys(bucket: Any, below: str) -> list[str]:
    found = bucket.list_objects_v2(Bucket="bucket", Prefix=f"{below}/").get("Contents", [])
    names = [entry["Key"].removeprefix(f"{below}/") for entry in found]
    return sorted(name for name in names if name != NAME)


def batch(
    environment: Mapping[str, str], *arguments: str | Path
) -> "subprocess.CompletedProcess[str]":
    words = ["batch", *arguments, "--precision", "f32", "--threads", "1"]
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, words)],
        env=environment,
        capture_output=True,
        text=True,
    )


def test_a_batch_goes_from_s3_to_s3(
    environment: Mapping[str, str], bucket: Any, tmp_path: Path
) -> None:
    write_still(tmp_path / "in" / "a.png")
    write_disc_clip(tmp_path / "in" / "a day" / "c.mp4")
    (tmp_path / "in" / "bad.jpg").write_bytes(b"no picture")
    for file in (tmp_path / "in").rglob("*.*"):
        bucket.upload_file(str(file), "bucket", f"shots/{file.relative_to(tmp_path / 'in')}")
    report = tmp_path / "report.json"
    ran = batch(environment, "s3://bucket/shots", "s3://bucket/matted", "--report", report)
    assert ran.returncode == 3
    assert "pamcli: warning: failed: s3://bucket/shots/bad.jpg: " in ran.stderr
    assert "s3://bucket/matted: 2 files done, 1 failed, 0 left" in ran.stderr
    assert keys(bucket, "matted") == ["a day/c.mp4", "a.png"]
    batch(environment, tmp_path / "in", tmp_path / "out")
    for name in contents(tmp_path / "out"):
        stored = bucket.get_object(Bucket="bucket", Key=f"matted/{name}")["Body"].read()
        assert stored == (tmp_path / "out" / name).read_bytes()
    assert '"target": "s3://bucket/matted/a.png"' in report.read_text()
    for secret in SECRETS:
        assert secret not in report.read_text() + ran.stderr + ran.stdout
    again = batch(environment, "s3://bucket/shots", "s3://bucket/matted")
    assert again.returncode == 3 and again.stderr.count("\n") == 1
    elsewhere = {**environment, VARIABLE: str(tmp_path / "another machine")}
    assert batch(elsewhere, "s3://bucket/shots", "s3://bucket/matted").stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("source", "target"),
    [("s3://nobody/a", "s3://bucket/x"), ("s3://bucket/shots", "s3://nobody/x")],
)
@pytest.mark.usefixtures("bucket")
def test_a_bucket_that_is_missing_is_one_line(
    environment: Mapping[str, str], bucket: Any, source: str, target: str
) -> None:
    bucket.put_object(Bucket="bucket", Key="shots/a.png", Body=b"no picture")
    ran = batch(environment, source, target)
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert line.startswith("pamcli: error: s3://nobody/")
