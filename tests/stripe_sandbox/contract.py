"""What the pinned `stripe` SDK declares, read from its source, and held against what is sent and answered.

The SDK is generated from Stripe's own specification: its `params/` carry every parameter, its resource classes every
field. Annotations name classes that exist only for type checkers, so they are read as syntax, not evaluated.
"""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import stripe
from stripe._object_classes import OBJECT_CLASSES

SDK = Path(stripe.__file__).parent
PLAIN = {"str": str, "int": int, "bool": bool, "float": (float, int), "Decimal": str}
OPEN_MAPS = {"UntypedStripeObject", "Dict"}


@dataclass(frozen=True)
class Scope:
    """Where names in an annotation are looked up: the classes around it, then the top of its file."""

    file: Path
    outer: tuple[str, ...] = ()

    def find(self, name: str) -> tuple[ast.ClassDef, "Scope"] | None:
        for depth in range(len(self.outer), -1, -1):
            path = (*self.outer[:depth], name)
            if path in classes_in(self.file):
                return classes_in(self.file)[path], Scope(self.file, path)
        return None


@cache
def classes_in(file: Path) -> dict[tuple[str, ...], ast.ClassDef]:
    found: dict[tuple[str, ...], ast.ClassDef] = {}

    def walk(body: list[ast.stmt], outer: tuple[str, ...]) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                found[(*outer, node.name)] = node
                walk(node.body, (*outer, node.name))

    walk(ast.parse(file.read_text()).body, ())
    return found


def fields_of(node: ast.ClassDef) -> dict[str, ast.expr]:
    return {
        one.target.id: opened(one.annotation)
        for one in node.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and one.target.id != "OBJECT_NAME"
    }


def opened(node: ast.expr) -> ast.expr:
    """A quoted annotation, unquoted."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return ast.parse(node.value, mode="eval").body
    return node


def head(node: ast.expr) -> tuple[str, list[ast.expr]]:
    """`Optional[X]` to ("Optional", [X]); `A | B` to ("Union", [A, B]); `str` to ("str", [])."""
    node = opened(node)
    if isinstance(node, ast.BinOp):
        return "Union", [node.left, node.right]
    if isinstance(node, ast.Subscript):
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return ast.unparse(node.value), list(inner)
    return ast.unparse(node), []


def literals(parts: list[ast.expr]) -> list[Any]:
    return [ast.literal_eval(part) for part in parts]


def choices(node: ast.expr) -> list[ast.expr]:
    """The members of a union, flattened; `X|str` next to literals only means "more may come" and is left out."""
    name, parts = head(node)
    if name == "Union":
        flat = [one for part in parts for one in choices(part)]
        has_literals = any(head(one)[0] == "Literal" and literals(head(one)[1]) != [""] for one in flat)
        return [one for one in flat if not (has_literals and head(one)[0] == "str")]
    return choices(parts[0]) if name == "NotRequired" else [node]


# --- answers -------------------------------------------------------------------------------------------------------


def answer_problems(body: Any, at: str = "") -> list[str]:
    """What in a JSON answer the SDK does not declare: unknown, missing and mistyped fields, however deep."""
    kind = body.get("object") if isinstance(body, dict) else None
    if body.get("deleted"):
        return [] if set(body) == {"id", "object", "deleted"} else [f"{at}: more than id, object, deleted"]
    if kind == "list":
        return [p for n, one in enumerate(body["data"]) for p in answer_problems(one, f"{at}data[{n}].")]
    if kind not in OBJECT_CLASSES:
        return [f"{at}object: {kind!r} is no kind of object"]
    module, name = OBJECT_CLASSES[kind]
    file = SDK.parent / Path(*module.split(".")).with_suffix(".py")
    return hash_problems(body, classes_in(file)[(name,)], Scope(file, (name,)), at or f"{kind}.")


def error_problems(body: dict[str, Any]) -> list[str]:
    file = SDK / "_error_object.py"
    return hash_problems(body["error"], classes_in(file)[("ErrorObject",)], Scope(file, ("ErrorObject",)), "error.")


def hash_problems(body: dict[str, Any], node: ast.ClassDef, scope: Scope, at: str) -> list[str]:
    declared = fields_of(node)
    problems = [f"{at}{key}: not declared" for key in body if key not in declared]
    for key, annotation in declared.items():
        if key in body:
            problems += value_problems(body[key], annotation, scope, f"{at}{key}")
        elif head(annotation)[0] not in ("Optional", "NotRequired"):
            problems.append(f"{at}{key}: missing")
    return problems


def value_problems(value: Any, annotation: ast.expr, scope: Scope, at: str) -> list[str]:
    """None, when the value fits one member of the union; else what is wrong with it for the closest one."""
    tried = [member_problems(value, member, scope, at) for member in choices(annotation)]
    return min(tried, key=len)


def member_problems(value: Any, member: ast.expr, scope: Scope, at: str) -> list[str]:
    name, parts = head(member)
    if name == "Optional":
        return [] if value is None else value_problems(value, parts[0], scope, at)
    if name == "Literal":
        return [] if value in literals(parts) else [f"{at}: {value!r} is none of the declared words"]
    if name in PLAIN:
        fits = isinstance(value, PLAIN[name]) and (name == "bool" or not isinstance(value, bool))
        return [] if fits else [f"{at}: {value!r} is no {name}"]
    if name == "List":
        if not isinstance(value, list):
            return [f"{at}: no list"]
        return [p for n, one in enumerate(value) for p in value_problems(one, parts[0], scope, f"{at}[{n}]")]
    if name == "ExpandableField" and isinstance(value, str):
        return []
    return object_problems(value, name, scope, at)


def object_problems(value: Any, name: str, scope: Scope, at: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{at}: {value!r} is no {name}"]
    if name in OPEN_MAPS or name == "Any":
        return []
    nested = scope.find(name)
    if nested:
        return hash_problems(value, nested[0], nested[1], f"{at}.")
    return answer_problems(value, f"{at}.")


# --- requests ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    method: str
    path: re.Pattern[str]
    params: str
    file: Path


@cache
def calls() -> list[Call]:
    """Every operation of the SDK's v1 services: its method, its path, and the class that declares its parameters."""
    found = []
    for file in [*SDK.glob("_*_service.py"), *SDK.glob("checkout/_*_service.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and (call := call_of(node, file)):
                found.append(call)
    return found


def call_of(node: ast.FunctionDef, file: Path) -> Call | None:
    source = ast.unparse(node)
    asked = re.search(r"self\._request\('(\w+)', '(/v1/[^']*)'", source)
    params = re.search(r"params: .*?'(\w+Params)'", source)
    if not asked or not params:
        return None
    path = re.compile(re.sub(r"\{[^}]*\}", "[^/]+", asked[2]) + "$")
    return Call(asked[1].upper(), path, params[1], file)


def declared_params(method: str, path: str) -> tuple[ast.ClassDef, Scope] | None:
    """The TypedDict of an operation; None when the SDK knows no such operation."""
    matching = [call for call in calls() if call.method == method and call.path.match(path)]
    if not matching:
        return None
    # The most literal path wins: /v1/x/search before /v1/x/{id}.
    call = min(matching, key=lambda one: one.path.pattern.count("[^/]+"))
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", call.params).lower()
    file = SDK / "params" / call.file.parent.relative_to(SDK) / f"_{snake}.py"
    found = Scope(file).find(call.params)
    assert found, call
    return found


def request_problems(method: str, path: str, params: dict[str, Any]) -> list[str]:
    """`params` as `stripe_sandbox.forms.decode` gives them: nested dicts of strings."""
    declared = declared_params(method, path)
    if declared is None:
        return [f"{method} {path}: the SDK has no such operation"]
    return sent_hash_problems(params, *declared, "")


def sent_hash_problems(sent: dict[str, Any], node: ast.ClassDef, scope: Scope, at: str) -> list[str]:
    declared = fields_of(node)
    problems = [f"{at}{key}: not declared" for key in sent if key not in declared]
    for key, annotation in declared.items():
        if key in sent:
            problems += sent_problems(sent[key], annotation, scope, f"{at}{key}")
        elif head(annotation)[0] != "NotRequired":
            problems.append(f"{at}{key}: missing")
    return problems


def sent_problems(sent: Any, annotation: ast.expr, scope: Scope, at: str) -> list[str]:
    return min((sent_member_problems(sent, one, scope, at) for one in choices(annotation)), key=len)


def sent_member_problems(sent: Any, member: ast.expr, scope: Scope, at: str) -> list[str]:
    name, parts = head(member)
    if name == "Literal":
        return [] if sent in literals(parts) else [f"{at}: {sent!r} is none of the declared words"]
    if name in ("str", "int", "bool", "float", "Decimal"):
        wanted = {"int": r"-?\d+", "bool": "true|false"}.get(name, r"(?s).*")
        fits = isinstance(sent, str) and re.fullmatch(wanted, sent)
        return [] if fits else [f"{at}: {sent!r} is no {name}"]
    if not isinstance(sent, dict):
        return [f"{at}: {sent!r} is no {name}"]
    if name == "List":
        return [p for key, one in sent.items() for p in sent_problems(one, parts[0], scope, f"{at}[{key}]")]
    if name in OPEN_MAPS:
        return []
    nested = scope.find(name)
    assert nested, (name, at)
    return sent_hash_problems(sent, *nested, f"{at}.")
