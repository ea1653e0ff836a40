import datetime as dt
import json
import pathlib
import stat

import pytest

from deploy.place import Needs, Place, PlaceError, read_environment
from orchestrator.core import spec

PIPELINE = """\
name: mine
schedule: {cron: "1 0 * * *", time_zone: UTC}
steps:
  ask:
    env: {NIGHTJAR_SERVICE: https://example.org/}
  keep:
    needs: [ask]
    secrets: {NIGHTJAR_DATABASE: warehouse}
  tell:
    needs: [keep]
    secrets: {TOKEN: chat}
"""


def test_needs_follow_from_the_names_that_steps_use() -> None:
    """A database and a service are provided to the steps that name them, under the pipeline's own secret names."""
    assert Needs.of(spec.resolve(PIPELINE)) == Needs(frozenset({"warehouse"}), service=True)


def test_a_pipeline_that_names_neither_needs_nothing() -> None:
    """No server is started for a pipeline that asks for none."""
    text = PIPELINE.replace("NIGHTJAR_SERVICE", "ADDRESS").replace("NIGHTJAR_DATABASE", "WAREHOUSE")
    assert Needs.of(spec.resolve(text)) == Needs(frozenset(), service=False)


def test_the_environment_file_is_for_its_owner_alone(tmp_path: pathlib.Path) -> None:
    """It holds secrets: mode 0600, and what the place provides wins over what the user gave."""
    place = Place(tmp_path)
    place.write_environment({"env": {"A": "1", "B": "2"}}, {"env": {"B": "3"}, "secrets": {"database": "x"}})
    assert stat.S_IMODE(place.environment.stat().st_mode) == 0o600
    assert json.loads(place.environment.read_text()) == {"env": {"A": "1", "B": "3"}, "secrets": {"database": "x"}}


def test_a_folder_is_for_one_run_at_a_time(tmp_path: pathlib.Path) -> None:
    """The second is told to wait or to take another folder."""
    with Place(tmp_path).held(), pytest.raises(PlaceError, match="--out DIR"), Place(tmp_path).held():
        pass


def test_clear_forgets_everything_but_the_lock(tmp_path: pathlib.Path) -> None:
    """--fresh begins anew, under the same lock."""
    place = Place(tmp_path)
    with place.held():
        (place.output(dt.date(2018, 2, 1).isoformat())).mkdir(parents=True)
        place.release.touch()
        place.clear()
        assert [path.name for path in tmp_path.iterdir()] == ["lock"]


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        ("nonsense", ["is no JSON"]),
        ("[]", ['write {"env"']),
        ('{"envs": {}, "secrets": {"a": 1, "b": 2}}', ["'envs' is unknown", "secrets.a", "secrets.b"]),
        ('{"env": []}', ["'env' is no object"]),
    ],
)
def test_every_problem_of_a_users_environment_file_is_told(
    tmp_path: pathlib.Path, content: str, problems: list[str]
) -> None:
    """All at once, each with its place."""
    path = tmp_path / "environment.json"
    path.write_text(content)
    with pytest.raises(PlaceError) as raised:
        read_environment(path)
    assert [problem for problem in problems if problem not in str(raised.value)] == []


def test_a_missing_environment_file_is_told(tmp_path: pathlib.Path) -> None:
    """With its name."""
    with pytest.raises(PlaceError, match="nowhere"):
        read_environment(tmp_path / "nowhere")
