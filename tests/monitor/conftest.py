"""A fake job with its monitor, and requests to it written as a program would."""

from collections.abc import Iterator

import pytest
from monitor_job import FakeJob, monitored
from monitor_requests import Client


@pytest.fixture
def job() -> FakeJob:
    return FakeJob()


@pytest.fixture
def client(job: FakeJob) -> Iterator[Client]:
    """Asks the job's monitor, which is bound to loopback and needs no token."""
    with monitored(job) as monitor:
        yield Client(monitor.url)
