from __future__ import annotations

import pytest

from deploy import jobs
from deploy.jobs import UNKNOWN, Difference

TERRAFORM = {
    "name": "quakes-load",
    "template": [
        {
            "task_count": 2,
            "parallelism": 1,
            "template": [
                {
                    "timeout": "600s",
                    "max_retries": 0,
                    "service_account": "load@p.iam.gserviceaccount.com",
                    "containers": [
                        {
                            "image": "r.example/load@sha256:0",
                            "command": [],
                            "args": None,
                            "resources": [{"limits": {"cpu": "1", "memory": "1024Mi"}}],
                            "env": [
                                {"name": "B", "value": "2", "value_source": []},
                                {
                                    "name": "DSN",
                                    "value": "",
                                    "value_source": [
                                        {"secret_key_ref": [{"secret": "projects/p/secrets/database", "version": "3"}]}
                                    ],
                                },
                                {"name": "A", "value": "1", "value_source": []},
                            ],
                        }
                    ],
                }
            ],
        }
    ],
}
API = {
    "name": "projects/p/locations/r/jobs/quakes-load",
    "template": {
        "taskCount": 2,
        "parallelism": 1,
        "template": {
            "timeout": "600s",
            "serviceAccount": "load@p.iam.gserviceaccount.com",
            "containers": [
                {
                    "image": "r.example/load@sha256:0",
                    "resources": {"limits": {"cpu": "1000m", "memory": "1Gi"}},
                    "env": [
                        {"name": "A", "value": "1"},
                        {"name": "B", "value": "2"},
                        {"name": "DSN", "valueSource": {"secretKeyRef": {"secret": "database", "version": "3"}}},
                    ],
                }
            ],
        },
    },
}


def test_terraform_and_the_api_say_the_same_of_a_job() -> None:
    """However each of them writes it."""
    assert jobs.of_terraform(TERRAFORM) == jobs.of_api(API)
    assert jobs.of_api(API) == {
        "image": "r.example/load@sha256:0",
        "command": "of the image",
        "arguments": "of the image",
        "cpu": "1",
        "memory": "1Gi",
        "timeout": "10m",
        "tasks": "2",
        "parallelism": "1",
        "retries": "0",
        "service account": "load@p.iam.gserviceaccount.com",
        "env A": "1",
        "env B": "2",
        "secret DSN": "database, version 3",
    }


def test_differences_are_told_by_field() -> None:
    """What changed, what is new, what is gone."""
    assert jobs.differences({"a": "1", "b": "1", "d": "1"}, {"a": "1", "b": "2", "c": "1"}) == [
        Difference(field="b", before="1", after="2"),
        Difference(field="c", before=None, after="1"),
        Difference(field="d", before="1", after=None),
    ]


@pytest.mark.parametrize(
    ("memory", "shown"),
    [("512Mi", "512Mi"), ("2048Mi", "2Gi"), ("1Gi", "1Gi"), ("536870912", "512Mi"), ("1G", "1G"), ("x", "x")],
)
def test_memory_has_one_form(memory: str, shown: str) -> None:
    """What is no whole number of MiB stays as it is written."""
    container = {"image": "i", "resources": {"limits": {"cpu": "2", "memory": memory}}}
    assert jobs.of_api({"template": {"template": {"containers": [container]}}})["memory"] == shown


def test_what_a_plan_does_not_know_yet_is_said() -> None:
    """A service account that the same plan makes has no address before."""
    task = {"containers": [{"image": "i", "resources": [{"limits": {}}], "env": []}], "service_account": None}
    fields = jobs.of_terraform({"template": [{"template": [task]}]})
    assert (fields["service account"], fields["memory"], fields["cpu"]) == (UNKNOWN, UNKNOWN, UNKNOWN)
