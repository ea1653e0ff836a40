"""The one reader of pipeline.yaml, and the codec of its resolved form. Pure: text in, values or every problem out.

text -> yaml_tree -> tree -> grammar (kinds, shapes) -> checks -> resolver -> Pipeline -> resolved -> JSON

Everything else reads the resolved form. Start with `grammar`: it is the table of all keys.
"""

from orchestrator.core.problems import Problem
from orchestrator.core.spec.resolved import from_json, to_json
from orchestrator.core.spec.resolver import SpecError, decode, resolve

__all__ = ["Problem", "SpecError", "decode", "from_json", "resolve", "to_json"]
