"""From a place to a client: the import, credentials, project and region, endpoint and transport.

All of it takes most of a second and some of it the network, so it is done once, on a thread, while the store opens.
`connect` may block and must not be called by the engine's thread.
"""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from orchestrator.core.errors import ConfigurationError
from orchestrator.runners.cloud_run.settings import Place

if TYPE_CHECKING:
    import requests

    from orchestrator.runners.cloud_run.client import Client

_SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)
_OPTIONS: Final = (
    # Without a limit of its own a listing of a thousand executions would be refused by this side.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # A connection that died without a word is noticed in seconds and not in the quarter of an hour of TCP.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # Otherwise all runners of a process would be on one connection, and fail together.
    ("grpc.use_local_subchannel_pool", 1),
)
_METADATA_SECONDS = 5.0


def connect(place: Place) -> Client:
    """A client of this place. Raises ConfigurationError when something is missing that a person has to give."""
    from google.cloud import run_v2  # noqa: PLC0415  (half a second, on this thread)

    from orchestrator.runners.cloud_run.client import Client  # noqa: PLC0415

    if place.endpoint is not None:
        project, region = _named(place.project, place.region)
        make, shut = _emulated(place.endpoint, rest=place.rest)
    else:
        credentials, default = _credentials()
        project, region = _named(place.project or default, place.region or _region())
        make, shut = _real(f"{region}-run.googleapis.com", credentials, rest=place.rest)
    return Client(
        parent=f"projects/{project}/locations/{region}",
        jobs=make(run_v2.JobsClient),
        executions=make(run_v2.ExecutionsClient),
        tasks_of=make(run_v2.TasksClient),
        shut=shut,
    )


def logging_session() -> requests.Session:
    """A session that Cloud Logging takes. Raises ConfigurationError where nobody is logged in."""
    from google.auth.transport.requests import AuthorizedSession  # noqa: PLC0415

    credentials, _ = _credentials()
    session: requests.Session = AuthorizedSession(credentials)
    return session


type _Make = Callable[[Any], Any]
type _Shut = Callable[[], None]


def _emulated(endpoint: str, *, rest: bool) -> tuple[_Make, _Shut]:
    import grpc  # noqa: PLC0415
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415

    if rest:
        credentials = AnonymousCredentials()
        return _over_rest(f"http://{endpoint}", credentials)
    return _over_grpc(grpc.insecure_channel(endpoint, options=_OPTIONS))


def _real(host: str, credentials: Any, *, rest: bool) -> tuple[_Make, _Shut]:
    if rest:
        return _over_rest(host, credentials)
    from google.api_core import grpc_helpers  # noqa: PLC0415

    return _over_grpc(
        grpc_helpers.create_channel(f"{host}:443", credentials=credentials, default_host=host, options=_OPTIONS)
    )


def _over_grpc(channel: Any) -> tuple[_Make, _Shut]:
    """One channel for all clients."""

    def make(kind: Any) -> Any:
        return kind(transport=kind.get_transport_class("grpc")(channel=channel))

    return make, channel.close


def _over_rest(endpoint: str, credentials: Any) -> tuple[_Make, _Shut]:
    clients: list[Any] = []

    def make(kind: Any) -> Any:
        clients.append(kind(transport="rest", credentials=credentials, client_options={"api_endpoint": endpoint}))
        return clients[-1]

    def shut() -> None:
        for client in clients:
            client.transport.close()

    return make, shut


def _credentials() -> tuple[Any, str | None]:
    """The application default credentials and the project that they belong to."""
    import google.auth  # noqa: PLC0415
    from google.auth.exceptions import DefaultCredentialsError  # noqa: PLC0415

    try:
        return google.auth.default(scopes=_SCOPES)
    except DefaultCredentialsError as err:
        problem = f"there are no credentials for Google Cloud: run `gcloud auth application-default login` ({err})"
        raise ConfigurationError([problem]) from err


def _named(project: str | None, region: str | None) -> tuple[str, str]:
    problems = []
    if not project:
        problems.append("which project? Name it: --project ID, or NIGHTJAR_PROJECT")
    if not region:
        problems.append("which region? Name it: --region REGION, or NIGHTJAR_REGION")
    if problems or not project or not region:
        raise ConfigurationError(problems)
    return project, region


def _region() -> str | None:
    """The region of the container that this runs in; None anywhere but on Cloud Run."""
    if "CLOUD_RUN_JOB" not in os.environ:
        return None
    host = os.environ.get("GCE_METADATA_HOST", "metadata.google.internal")
    url = f"http://{host}/computeMetadata/v1/instance/region"
    request = urllib.request.Request(url, headers={"Metadata-Flavor": "Google"})
    try:
        with urllib.request.urlopen(request, timeout=_METADATA_SECONDS) as answer:  # noqa: S310  (http, no file)
            return str(answer.read().decode()).strip().rpartition("/")[2] or None
    except (urllib.error.URLError, TimeoutError) as err:
        problem = f"the metadata server does not tell the region ({err}): name it by --region, or NIGHTJAR_REGION"
        raise ConfigurationError([problem]) from err
