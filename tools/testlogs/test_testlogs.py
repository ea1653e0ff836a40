import json
import pathlib

import pytest

from tools.testlogs import testlogs

XML = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"><failure/></testcase><testcase name="c"><skipped/></testcase><testcase name="d"/>
</testsuite></testsuites>"""


def result(folder: pathlib.Path, label: str, status: str, xml: str | None) -> dict[str, object]:
    """The build event of a test's end."""
    outputs = []
    if xml is not None:
        path = folder / f"{label.strip('/:')}.xml"
        path.write_text(xml)
        outputs = [{"name": "test.log", "uri": "file:///nowhere"}, {"name": "test.xml", "uri": path.as_uri()}]
    return {"id": {"testResult": {"label": label}}, "testResult": {"status": status, "testActionOutput": outputs}}


@pytest.mark.parametrize(
    ("results", "code", "last_line"),
    [
        ([("//a", "PASSED", XML.replace("<failure/>", ""))], 0, "3 passed, 0 failed"),
        ([("//a", "FAILED", XML)], 1, "2 passed, 1 failed"),
        ([("//a", "TIMEOUT", None)], 1, "0 passed, 1 failed"),
        ([("//a", "FAILED", XML), ("//a", "PASSED", XML.replace("<failure/>", ""))], 0, "3 passed, 0 failed"),
        ([], 1, "0 passed, 0 failed"),
    ],
)
def test_counts(
    tmp_path: pathlib.Path,
    capsys: pytest.CaptureFixture[str],
    results: list[tuple[str, str, str | None]],
    code: int,
    last_line: str,
) -> None:
    """Test cases are counted, skipped ones are not, a silent failure is one, and the last run of a target counts."""
    path = tmp_path / "events.json"
    path.write_text("".join(json.dumps(result(tmp_path, *each)) + "\n" for each in results))
    assert code == testlogs.main([str(path)])
    assert last_line == capsys.readouterr().out.splitlines()[-1]


def test_a_target_that_was_not_built_is_a_failure(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A test that never ran is not passed over."""
    path = tmp_path / "events.json"
    path.write_text(json.dumps({"id": {"targetCompleted": {"label": "//a:b"}}, "aborted": {}}) + "\n")
    assert testlogs.main([str(path)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed"


def test_a_missing_file_is_told(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without events there is a count too, and it is no success."""
    assert testlogs.main([str(tmp_path / "nothing")]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed"


def test_reports_of_others_are_counted(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What ran outside Bazel counts with the rest, and a report that nobody wrote is a failure."""
    events, report = tmp_path / "events.json", tmp_path / "report.xml"
    events.write_text(json.dumps(result(tmp_path, "//a", "PASSED", XML.replace("<failure/>", ""))) + "\n")
    report.write_text(XML)
    assert testlogs.main([str(events), "--junit", str(report)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "5 passed, 1 failed"
    assert testlogs.main([str(events), "--junit", str(tmp_path / "nothing")]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "3 passed, 1 failed"
