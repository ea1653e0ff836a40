from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.core.model import AlertKind, AlertRule, Backoff, Output, Pipeline, Retry, When
from orchestrator.core.spec import SpecError, decode, resolve

HEAD = "name: demo\nschedule: {cron: '1 0 * * *', time_zone: UTC}\n"
KINDS = "failed or retried or late or recovered or summary"
DIGEST = f"sha256:{'0123456789abcdef' * 4}"


def problems(text: str) -> list[tuple[int | None, str, str]]:
    """Line, path and words of each problem of a text."""
    with pytest.raises(SpecError) as caught:
        resolve(text)
    return [(each.line, each.path, f"{each.message} {each.remedy}".strip()) for each in caught.value.problems]


def check(text: str, line: int | None, path: str, says: str) -> None:
    """The text has exactly this problem."""
    assert problems(text) == [(line, path, says)]


def check_step(keys: str, path: str, says: str) -> None:
    """A step with these keys, the only one beside `other`, has exactly this problem."""
    text = f"{HEAD}steps:\n  other: {{}}\n  it: {{{keys}}}\n"
    assert [(path_of, words) for _, path_of, words in problems(text)] == [(path, says)]


def step(keys: str, *, defaults: str = "") -> Pipeline:
    """A pipeline with one step `it`."""
    return resolve(f"{HEAD}{f'defaults: {{{defaults}}}' if defaults else ''}\nsteps:\n  it: {{{keys}}}\n")


def test_the_least_file_resolves_every_default() -> None:
    """A name, a schedule and a step are enough; the rest is as the reference manual says."""
    pipeline = resolve(f"{HEAD}steps: {{it: {{}}}}\n")
    it = pipeline.steps["it"]
    retry = Retry(
        attempts=3,
        backoff=Backoff(initial=timedelta(seconds=10), factor=2, maximum=timedelta(minutes=10)),
        exit_codes=None,
    )
    assert (pipeline.description, pipeline.deadline, pipeline.parallelism) == ("", timedelta(hours=24), 4)
    assert (pipeline.schedule.offset_days, pipeline.schedule.catch_up, pipeline.alerts) == (1, 3, ())
    assert (it.tasks, it.parallelism, it.cpu, it.memory_mib, it.timeout) == (1, 1, 1, 512, timedelta(minutes=10))
    assert (it.needs, it.when, it.env, it.secrets, it.outputs, it.image) == ((), When.ALL_SUCCESS, {}, {}, (), None)
    assert it.retry == retry


def test_what_is_written_is_resolved() -> None:
    """Every key of a step reaches its value."""
    it = step(
        "description: Does it., when: all_done, tasks: 8, parallelism: 2, cpu: 2, memory: 3Gi, timeout: 1h30m, "
        "retry: {attempts: 1, backoff: {initial: 1s, factor: 1.5, maximum: 1m}, exit_codes: [3, 1]}, "
        "env: {B: two, A: ''}, secrets: {S: a-secret}, outputs: [{name: page.html, freshness: 36h}, {name: x}], "
        f"image: registry.example:5000/a/b:1@{DIGEST}"
    ).steps["it"]
    backoff = Backoff(initial=timedelta(seconds=1), factor=1.5, maximum=timedelta(minutes=1))
    assert (it.description, it.when, it.tasks, it.parallelism) == ("Does it.", When.ALL_DONE, 8, 2)
    assert (it.cpu, it.memory_mib, it.timeout) == (2, 3072, timedelta(minutes=90))
    assert it.retry == Retry(attempts=1, backoff=backoff, exit_codes=frozenset({1, 3}))
    assert (list(it.env.items()), it.secrets) == ([("A", ""), ("B", "two")], {"S": "a-secret"})
    assert it.outputs == (Output(name="page.html", freshness=timedelta(hours=36)), Output(name="x", freshness=None))
    assert it.image == f"registry.example:5000/a/b:1@{DIGEST}"


def test_alerts_are_resolved() -> None:
    """Each entry is a webhook and what it is told, in the order of the file."""
    text = f"{HEAD}alerts:\n  - {{tell: [late, failed], webhook: on-call}}\n  - {{tell: [summary], webhook: team}}\n"
    assert resolve(f"{text}steps: {{it: {{}}}}\n").alerts == (
        AlertRule(tell=(AlertKind.LATE, AlertKind.FAILED), webhook="on-call"),
        AlertRule(tell=(AlertKind.SUMMARY,), webhook="team"),
    )


@pytest.mark.parametrize(
    ("alerts", "path", "says"),
    [
        ("[{tell: [faild], webhook: a}]", "[0].tell[0]", f"'faild' is not {KINDS}. Did you mean 'failed'?"),
        (
            "[{tell: failed, webhook: a}]",
            "[0].tell",
            "'failed' stands where a list of what to tell is expected. Put it in brackets: [failed].",
        ),
        ("[{tell: [], webhook: a}]", "[0].tell", "0 items stand where 1 to 5 are possible."),
        ("[{tell: [late, late], webhook: a}]", "[0].tell[1]", "'late' stands in the list twice. Keep one of them."),
        ("[{tell: [late]}]", "[0]", "'webhook' is missing. Add 'webhook:' to an alert."),
        ("[{tell: [late], url: a, webhook: b}]", "[0].url", "'url' is no key here. Did you mean 'webhook'?"),
        (
            "[{tell: [late], webhook: 'https://h.example/x'}]",
            "[0].webhook",
            (
                "'https://h.example/x' is not the name of the secret that holds a webhook's address. Name a secret "
                "with letters, digits, dashes and underscores; the address itself is its value, never here."
            ),
        ),
        (
            "[{tell: [late], webhook: a}, {tell: [failed], webhook: a}]",
            "[1].webhook",
            "'a' has an entry already. Put both into one 'tell'.",
        ),
        (
            "[{tell: [late], webhook: a-b}, {tell: [failed], webhook: A_b}]",
            "[1].webhook",
            "'A_b' and 'a-b' are read from the same variable, NIGHTJAR_SECRET_A_B. Rename one of the secrets.",
        ),
    ],
)
def test_a_problem_of_an_alert_names_value_and_remedy(alerts: str, path: str, says: str) -> None:
    """Each mistake has one problem, at its place, with words that help."""
    check(f"{HEAD}alerts: {alerts}\nsteps: {{it: {{}}}}\n", 3, f"alerts{path}", says)


def test_a_key_that_yaml_takes_for_a_truth_value_is_refused_with_the_right_one() -> None:
    """`on`, as others call it, is told twice: what YAML makes of it, and which key is meant."""
    assert [
        words for _, _, words in problems(f"{HEAD}alerts: [{{on: [late], webhook: a}}]\nsteps: {{it: {{}}}}\n")
    ] == [
        "'tell' is missing. Add 'tell:' to an alert.",
        "YAML reads the key 'on' as a truth value. Quote it: \"on\".",
        "'on' is no key here. Did you mean 'tell'?",
    ]


@pytest.mark.parametrize(("written", "days"), [("0", 0), ("31", 31)])
def test_catching_up_has_its_limits(written: str, days: int) -> None:
    """From none to a month of missed days."""
    text = HEAD.replace("UTC", f"UTC, catch_up: {written}")
    assert resolve(f"{text}steps: {{it: {{}}}}\n").schedule.catch_up == days


def test_catching_up_on_more_is_refused() -> None:
    """A longer gap is for a person to fill."""
    text = HEAD.replace("UTC", "UTC, catch_up: 32")
    says = "32 cannot be a number of missed days. Write a number from 0 to 31."
    check(f"{text}steps: {{it: {{}}}}\n", 2, "schedule.catch_up", says)


def test_a_step_wins_over_the_defaults_key_by_key() -> None:
    """`retry` and `backoff` are merged by key and `env` by name; what neither says is built in."""
    it = step(
        "retry: {backoff: {initial: 2s}}, env: {A: mine}",
        defaults="timeout: 2m, retry: {attempts: 5, backoff: {factor: 3}}, env: {A: theirs, B: theirs}",
    ).steps["it"]
    assert (it.timeout, it.retry.attempts, it.retry.exit_codes) == (timedelta(minutes=2), 5, None)
    assert it.retry.backoff == Backoff(initial=timedelta(seconds=2), factor=3, maximum=timedelta(minutes=10))
    assert it.env == {"A": "mine", "B": "theirs"}


def test_tasks_run_all_at_once_unless_said() -> None:
    """`parallelism` left out is the number of tasks."""
    assert step("tasks: 7").steps["it"].parallelism == 7


@pytest.mark.parametrize(("cpu", "least"), [(1, 512), (2, 512), (4, 2048), (6, 4096), (8, 4096)])
def test_memory_left_out_is_the_least_that_the_cpus_allow(cpu: int, least: int) -> None:
    """Asking for CPUs alone gives a step that Cloud Run takes."""
    assert step(f"cpu: {cpu}").steps["it"].memory_mib == least


def test_steps_keep_the_order_of_the_file() -> None:
    """The order that people wrote is the order of the pipeline."""
    assert list(resolve(f"{HEAD}steps: {{c: {{}}, a: {{needs: [b]}}, b: {{}}}}").steps) == ["c", "a", "b"]


def test_all_problems_are_found_in_one_reading() -> None:
    """Problems of every kind in one file come together, from the top down."""
    text = (
        "name: Demo\nparalelism: 2\nschedule: {cron: '61 0 * * *', time_zone: America/New_Yrok}\n"
        "defaults: {cpu: 3}\nsteps:\n  a:\n    needs: [b, c]\n    memory: 512\n  b:\n    needs: [a]\n    timeout: 10\n"
    )
    expected = [
        (1, "name"),
        (2, "paralelism"),
        (3, "schedule.cron"),
        (3, "schedule.time_zone"),
        (4, "defaults.cpu"),
        (7, "steps.a.needs"),
        (7, "steps.a.needs[1]"),
        (8, "steps.a.memory"),
        (11, "steps.b.timeout"),
    ]
    assert [(line, path) for line, path, _ in problems(text)] == expected


def test_an_error_is_ready_to_print() -> None:
    """Place, path, value, remedy, the line with a mark under the value, and the number of problems."""
    with pytest.raises(SpecError) as caught:
        resolve(f"{HEAD}steps:\n  validate: {{}}\n  load:\n    needs: [valdate]\n    timeout: 600\n", source="p.yaml")
    assert str(caught.value) == (
        "p.yaml:6: steps.load.needs[0]: 'valdate' is no step. Did you mean 'validate'?\n"
        "    6 |     needs: [valdate]\n"
        "      |             ^^^^^^^\n"
        "p.yaml:7: steps.load.timeout: '600' is no duration. Write 600s or 600m.\n"
        "    7 |     timeout: 600\n"
        "      |              ^^^\n"
        "2 problems in p.yaml."
    )


def test_a_circle_is_told_with_its_members() -> None:
    """Each step of the circle is named, and what only leads into it is not."""
    steps = "a: {needs: [c]}\n  b: {needs: [a]}\n  c: {needs: [b]}\n  d: {needs: [a]}\n"
    says = "These steps need each other in a circle: a -> c -> b -> a. Remove one of these needs."
    check(f"{HEAD}steps:\n  {steps}", 4, "steps.a.needs", says)


def test_two_circles_are_both_told() -> None:
    """One circle does not hide another."""
    steps = "a: {needs: [b]}\n  b: {needs: [a]}\n  c: {needs: [d]}\n  d: {needs: [c]}\n"
    assert [path for _, path, _ in problems(f"{HEAD}steps:\n  {steps}")] == ["steps.a.needs", "steps.c.needs"]


@pytest.mark.parametrize(
    ("keys", "path", "says"),
    [
        ("needs: [othr]", "needs[0]", "'othr' is no step. Did you mean 'other'?"),
        ("needs: [it]", "needs[0]", "'it' needs itself. Remove it."),
        ("needs: [other, other]", "needs[1]", "'other' stands in the list twice. Keep one of them."),
        ("needs: other", "needs", "'other' stands where a list of steps is expected. Put it in brackets: [other]."),
        ("depends_on: [other]", "depends_on", "'depends_on' is no key here. Did you mean 'needs'?"),
        ("need: [other]", "need", "'need' is no key here. Did you mean 'needs'?"),
        ("cron: x", "cron", "'cron' is no key here. 'cron' belongs to 'schedule'."),
        ("attempts: 3", "attempts", "'attempts' is no key here. 'attempts' belongs to 'retry'."),
        ("cpu: 3", "cpu", "3 cannot be a number of CPUs. Write one of 1, 2, 4, 6, 8."),
        ('cpu: "2"', "cpu", "'2' in quotes is text, no number. Remove the quotes."),
        ("tasks: 0", "tasks", "0 cannot be a number of tasks. Write a number from 1 to 10,000."),
        ("tasks: 10001", "tasks", "10001 cannot be a number of tasks. Write a number from 1 to 10,000."),
        ("tasks: 0o17", "tasks", "'0o17' stands where a number of tasks is expected. Write a number from 1 to 10,000."),
        ("tasks: 017", "tasks", "'017' is no whole number in plain digits. Write a number from 1 to 10,000."),
        ("tasks: 1:30", "tasks", "'1:30' is no whole number in plain digits. Write a number from 1 to 10,000."),
        ("tasks: 1.5", "tasks", "'1.5' is no whole number in plain digits. Write a number from 1 to 10,000."),
        ("cpu: ", "cpu", "An empty value stands where a number of CPUs is expected. Write one of 1, 2, 4, 6, 8."),
        (
            "tasks: 2, parallelism: 4",
            "parallelism",
            "4 tasks cannot run at once where there are 2. Raise 'tasks', or leave 'parallelism' out.",
        ),
        ("timeout: 600", "timeout", "'600' is no duration. Write 600s or 600m."),
        ("timeout: 1:30", "timeout", "'1:30' is no duration. Write 1h30m or 1m30s."),
        ("timeout: 10 min", "timeout", "'10 min' is no duration. Write 10m."),
        (
            "timeout: [1h]",
            "timeout",
            ("A list stands where a duration from 1s to 7d is expected. Write for example 90s, 10m, 36h or 1h30m."),
        ),
        (
            "when: [all_done]",
            "when",
            "A list stands where all_success or all_done is expected. Write all_success or all_done.",
        ),
        (
            "secrets: x",
            "secrets",
            (
                "'x' stands where a mapping from environment variables to secrets is expected. "
                "Write 'NAME: name-of-the-secret', one a line."
            ),
        ),
        ("timeout: *later", "timeout", "An alias is not read. Write the value out, or use 'defaults'."),
        ("timeout: soon", "timeout", "'soon' is no duration. Write for example 90s, 10m, 36h or 1h30m."),
        (
            "timeout: 0s",
            "timeout",
            "'0s' is not a duration from 1s to 7d. Write for example 90s, 10m, 36h or 1h30m.",
        ),
        (
            "timeout: 25h",
            "timeout",
            "One attempt may take 1d1h, but the whole run only 1d. Lower 'timeout' or raise the pipeline's 'deadline'.",
        ),
        ("memory: 512", "memory", "'512' is no amount of memory. Write 512Mi."),
        ("memory: 2GB", "memory", "'2GB' is no amount of memory. Write 2Gi."),
        (
            "memory: 256Mi",
            "memory",
            "256Mi of memory does not fit 1 CPU, which takes 512Mi to 4Gi. Write a memory in this range.",
        ),
        (
            "cpu: 4, memory: 1Gi",
            "memory",
            "1Gi of memory does not fit 4 CPUs, which take 2Gi to 16Gi. Write a memory in this range, or cpu: 1 or 2.",
        ),
        ("when: always", "when", "'always' is not all_success or all_done. Known are: all_done, all_success."),
        ("when: all_succes", "when", "'all_succes' is not all_success or all_done. Did you mean 'all_success'?"),
        (
            "retry: {attempts: 0}",
            "retry.attempts",
            "0 cannot be a number of attempts. Write a number from 1 to 200.",
        ),
        (
            "retry: {exit_codes: [1, 65]}",
            "retry.exit_codes[1]",
            (
                "65 cannot be an exit code worth another attempt: "
                "64, 65 and 78 mean that another attempt ends the same. Leave it out."
            ),
        ),
        (
            "retry: {exit_codes: [256]}",
            "retry.exit_codes[0]",
            "256 cannot be an exit code worth another attempt. Write a number from 1 to 255.",
        ),
        (
            "retry: {backoff: {initial: 1h}}",
            "retry.backoff.initial",
            "The first wait, 1h, is longer than the longest, 10m. Raise 'maximum' or lower 'initial'.",
        ),
        (
            "retry: {backoff: {factor: much}}",
            "retry.backoff.factor",
            "'much' stands where a factor is expected. Write a number from 1 to 100.",
        ),
        (
            "retry: {backoff: {factor: 0.5}}",
            "retry.backoff.factor",
            "0.5 cannot be a factor. Write a number from 1 to 100.",
        ),
        ("env: {A: no}", "env.A", "YAML reads 'no' as a truth value, where text is expected. Quote it: \"no\"."),
        ("env: {A: 1}", "env.A", "YAML reads '1' as a number, where text is expected. Quote it: \"1\"."),
        (
            "env: {A: 2026-11-01}",
            "env.A",
            "YAML reads '2026-11-01' as a date, where text is expected. Quote it: \"2026-11-01\".",
        ),
        ("env: {A: }", "env.A", 'An empty value stands where text is expected. Write a text; "" is the empty one.'),
        ("env: {A: [b]}", "env.A", 'A list stands where text is expected. Write a text; "" is the empty one.'),
        ('env: {A: "\\0"}', "env.A", "'\\x00' holds the control character '\\x00'. Remove it."),
        ("env: {on: x}", "env.on", "YAML reads the key 'on' as a truth value. Quote it: \"on\"."),
        (
            "env: {a-b: x}",
            "env.a-b",
            (
                "'a-b' is not the name of an environment variable. "
                "Use letters, digits and underscores; do not start with a digit. 'a_b' would do."
            ),
        ),
        (
            "env: {NIGHTJAR_RUN: x}",
            "env.NIGHTJAR_RUN",
            "'NIGHTJAR_RUN' is set by nightjar or by Cloud Run. Choose another name.",
        ),
        (
            "secrets: {CLOUD_RUN_JOB: x}",
            "secrets.CLOUD_RUN_JOB",
            "'CLOUD_RUN_JOB' is set by nightjar or by Cloud Run. Choose another name.",
        ),
        (
            "env: {A: x}, secrets: {A: x}",
            "secrets.A",
            "'A' is both a secret and a variable of steps.it.env. Keep one of them.",
        ),
        (
            "secrets: {A: a/b}",
            "secrets.A",
            (
                "'a/b' is not the name of a secret in Secret Manager. "
                "Use letters, digits, dashes and underscores; the project and the version are not part of it."
            ),
        ),
        (
            "outputs: [{name: a}, {name: a}]",
            "outputs[1].name",
            "'a' is listed twice. Keep one of them.",
        ),
        ("outputs: [{freshness: 1h}]", "outputs[0]", "'name' is missing. Add 'name:' to an output."),
        (
            "image: registry.example/a:latest",
            "image",
            (
                "'registry.example/a:latest' is not an image by digest. Write REGISTRY/PATH@sha256:DIGEST with the 64 "
                "hexadecimal digits; a tag alone can change under a release."
            ),
        ),
        ("? [a] : b", "", "A list or a mapping stands as a key. Write a word."),
    ],
)
def test_a_problem_of_a_step_names_value_and_remedy(keys: str, path: str, says: str) -> None:
    """Each mistake has one problem, at its place, with words that help."""
    check_step(keys, f"steps.it.{path}" if path else "steps.it", says)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Load", "'load' would do."),
        ("load-data", "'load_data' would do."),
        ("1st", "start with a letter."),
        ("a" * 41, "start with a letter."),
        ("load_", "start with a letter."),
    ],
)
def test_a_bad_name_of_a_step_is_told(name: str, says: str) -> None:
    """The name has to be a folder, a Bazel package and a Python module."""
    found = problems(f"{HEAD}steps:\n  {name}: {{}}\n")
    assert [(line, words.endswith(says)) for line, _, words in found] == [(4, True)]


def test_the_job_name_has_to_fit_cloud_run() -> None:
    """Pipeline and step share 49 characters with a dash between them."""
    name, fits = "p" * 28, "s" * 20
    text = f"name: {name}\nschedule: {{cron: '1 0 * * *', time_zone: UTC}}\nsteps: {{{fits}: {{}}, {fits}s: {{}}}}\n"
    (problem,) = problems(text)
    assert (problem[0], problem[1]) == (3, f"steps.{fits}s")
    assert problem[2].endswith("has 50 characters. Shorten the step's or the pipeline's name to 49 in all.")


def test_no_step_has_the_name_of_the_orchestrator() -> None:
    """Its job and its image would be those of nightjar's own."""
    check(
        f"{HEAD}steps: {{orchestrator: {{}}}}\n",
        3,
        "steps.orchestrator",
        "'orchestrator' is what nightjar's own job is called. Name the step otherwise.",
    )


def test_a_default_that_fits_no_step_is_told_once() -> None:
    """Many steps with one wrong default are one problem, where the default stands."""
    check(
        f"{HEAD}defaults: {{memory: 512Mi, cpu: 8}}\nsteps: {{a: {{}}, b: {{}}}}\n",
        3,
        "defaults.memory",
        "512Mi of memory does not fit 8 CPUs, which take 4Gi to 32Gi. Write a memory in this range, or cpu: 1 or 2.",
    )


def test_a_step_that_breaks_a_default_is_told_at_the_step() -> None:
    """Where a step's CPUs meet the memory of the defaults, the place to change is the step."""
    assert [
        path for _, path, _ in problems(f"{HEAD}defaults: {{memory: 1Gi}}\nsteps: {{a: {{cpu: 8}}, b: {{}}}}\n")
    ] == ["steps.a.cpu"]


def test_a_refused_value_has_no_second_problem() -> None:
    """A bad memory is not also one that does not fit; a bad list of needs is no circle."""
    assert len(problems(f"{HEAD}steps: {{a: {{memory: 9, cpu: 8}}, b: {{retry: {{backoff: 3}}}}}}\n")) == 2


@pytest.mark.parametrize("key", ["name", "schedule", "steps"])
def test_what_is_required_is_missed(key: str) -> None:
    """A file without a required key says which one."""
    lines = {
        "name": "name: demo\n",
        "schedule": "schedule: {cron: '1 0 * * *', time_zone: UTC}\n",
        "steps": "steps: {a: {}}\n",
    }
    text = "".join(line for name, line in lines.items() if name != key)
    check(text, 1, "", f"'{key}' is missing. Add '{key}:' to the pipeline.")


@pytest.mark.parametrize(
    ("zone", "says"),
    [
        ("america/newyork", "Did you mean 'America/New_York'?"),
        ("New York", "Did you mean 'America/New_York'?"),
        ("Amerika/New_York", "Did you mean 'America/New_York'?"),
        ("right/UTC", "is no time zone."),
        ("localtime", "is no time zone."),
        ("../UTC", "is no time zone."),
        ("/etc/passwd", "Write a name of the IANA time zone database, for example America/New_York."),
        ("xyzzy", "Write a name of the IANA time zone database, for example America/New_York."),
    ],
)
def test_a_time_zone_has_to_exist(zone: str, says: str) -> None:
    """The nearest name of the database is offered, also for a city alone."""
    ((line, path, words),) = problems(
        f"name: a\nschedule: {{cron: '1 0 * * *', time_zone: {zone}}}\nsteps: {{a: {{}}}}"
    )
    assert (line, path, says in words) == (2, "schedule.time_zone", True)


def test_a_machine_without_time_zones_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no name can be checked the remedy is the database, not the spelling."""
    monkeypatch.setattr("zoneinfo.available_timezones", set)
    ((_, _, words),) = problems("name: a\nschedule: {cron: '1 0 * * *', time_zone: Mars/Olympus}\nsteps: {a: {}}")
    assert words == "This machine has no time zone database. Install the package tzdata."


def test_bytes_that_are_no_utf8_are_told_with_their_line() -> None:
    """A file in Latin-1 says where."""
    with pytest.raises(SpecError, match=r"^pipeline.yaml:2: The byte 0xe9 is not UTF-8. Save the file in UTF-8.$"):
        decode("name: a\ndescription: café\n".encode("latin-1"))


def test_a_byte_order_mark_and_other_line_ends_are_read() -> None:
    """Files of editors on Windows mean the same."""
    text = f"{HEAD}steps:\n  it: {{}}\n"
    assert resolve(decode(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())) == resolve(text)
    assert resolve("\ufeff" + text) == resolve(text)
