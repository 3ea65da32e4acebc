"""What a field may be, in words, from the bounds that its own type gives."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

_KINDS = {"integer": "a whole number", "number": "a number"}


def allowed(model: type[BaseModel], name: str, otherwise: str) -> str:
    """What the model's field of that name may be: "a whole number from 1 to 1000"; `otherwise`
    where its type says no more than its own message does.
    """
    whole = model.model_json_schema()
    field = whole["properties"].get(name, {})
    choice: dict[str, Any] = field.get("anyOf", [field])[0]
    names = whole.get("$defs", {}).get(choice.get("$ref", "").rpartition("/")[2], {}).get("enum")
    if names:
        return "one of " + ", ".join(map(str, names))
    if choice.get("format") == "uuid":
        return "an id such as 6f1c2a52-6a0e-4d0b-9d3e-0b6b1f2f7a11"
    kind = _KINDS.get(choice.get("type", ""))
    above, least, most = (choice.get(bound) for bound in ("exclusiveMinimum", "minimum", "maximum"))
    if kind is None or most is None:
        return otherwise
    if above is not None:
        return f"{kind} above {above} and at most {most}"
    return f"{kind} from {least} to {most}"
