"""From the rules of the pipeline file and the secrets of this place to somebody who tells: the package's entrance.

A secret that is not set or holds no address keeps nobody from running a day: it is told once, at the beginning, and
that webhook is left out. The value of a secret is in no message.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from orchestrator.alerts.dispatcher import Alerts
from orchestrator.alerts.webhook import Webhook, problem
from orchestrator.core.model import AlertRule, secret_variable
from orchestrator.ports import Store

_LOG = logging.getLogger(__name__)


def open_alerts(
    rules: Sequence[AlertRule], *, secrets: Mapping[str, str], environ: Mapping[str, str], store: Store
) -> Alerts:
    """Start what the rules ask for. `secrets` are the environment file's, `environ` is this process's environment."""
    sinks = {}
    for rule in rules:
        address = lookup(rule.webhook, secrets=secrets, environ=environ)
        if not address:
            _LOG.warning("alerts go nowhere: %s", unset(rule))
        elif what := problem(address):
            _LOG.error("alerts go nowhere: the secret %s %s: store the webhook's address", rule.webhook, what)
        else:
            sinks[rule.webhook] = (rule.tell, Webhook(address))
    return Alerts(sinks, store)


def lookup(secret: str, *, secrets: Mapping[str, str], environ: Mapping[str, str]) -> str:
    """The value of a secret of the orchestrator's own, without blanks around it; empty if there is none.

    The environment file wins; in the cloud Secret Manager sets the variable.
    """
    return (secrets.get(secret) or environ.get(secret_variable(secret)) or "").strip()


def unset(rule: AlertRule) -> str:
    """What is missing, and what to do."""
    kinds = ", ".join(rule.tell)
    return (
        f"the secret {rule.webhook} is not set, nobody is told of {kinds}; "
        f'add it under "secrets" of the environment file, or set {secret_variable(rule.webhook)}'
    )
