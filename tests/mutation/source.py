"""The Rust source, as the mutants need it: the rows of the table, the decisions of the policy, and the names of both.

Nothing here names a variant that the source does not have: `check` fails for each name that is gone, before anything is built.
"""

import functools
import pathlib
import re
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[2]
WOVEN = pathlib.Path(__file__).with_name("woven")
HTTP = "crates/http/src"
POLICY = "crates/domain/src/policy.rs"
PRINCIPAL = "crates/domain/src/policy/principal.rs"
# The decisions by what they are about.
DECISIONS = [f"crates/domain/src/policy/{name}.rs" for name in ("service", "users", "owned", "roles", "factors", "assurance")]
ROLE, PERMISSION = "crates/domain/src/role.rs", "crates/domain/src/permission.rs"
TABLE = f"{HTTP}/table.rs"
OPERATION = f"{HTTP}/operation/mod.rs"
RESPONSE = f"{HTTP}/operation/response.rs"
HOME = "crates/server/tests/process/home.rs"
# The files whose functions cargo-mutants changes.
MUTATED = [
    POLICY,
    PRINCIPAL,
    *DECISIONS,
    ROLE,
    PERMISSION,
    "crates/accounts/src/caller.rs",
    *(f"{HTTP}/{name}.rs" for name in ("hypermedia/links", "hypermedia/forms", "request/authorize")),
]
# The columns of a row that mutants change.
COLUMNS = {"authentication", "action", "affordances", "field_permissions", "negotiated"}
# The callers that the mutants distinguish: by their role, and by a key instead of a session.
CALLERS = ["user", "custom", "admin", "key"]
# The variants that the mutants treat in a way of their own, each with its enum.
SPECIAL = {
    "Authentication": {"Optional", "Required"},
    "Decision": {"Unauthenticated", "NotFound"},
    "DenyReason": {"RegistrationClosed", "InsufficientScope"},
    "Resource": {"Service", "Registered", "User", "Session", "ApiKey", "Role", "Factor"},
}

# The conflicts that `rules` does not find in the arms of the policy, each with its actions.
CONFLICTS = {
    "AlreadyConfirmed": ["ConfirmTotp"],
    "AlreadyFresh": ["StepUp", "CreateStepUpOptions"],
    "NoPasskeys": ["CreateStepUpOptions"],
    "TooManyFactors": ["EnrolTotp", "CreatePasskeyOptions", "EnrolPasskey"],
}


@functools.cache
def read(path: str) -> str:
    if not (ROOT / path).exists():
        sys.exit(f"{path} does not exist")
    return (ROOT / path).read_text()


@functools.cache
def sources() -> list[str]:
    """The files of the work tree that git knows and that exist."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return [path for path in listed if (ROOT / path).exists()]


def replaced(text: str, old: str, new: str) -> str:
    """The text with each `old` replaced; there must be one."""
    if old not in text:
        sys.exit(f"the source has no {old!r}")
    return text.replace(old, new)


@functools.cache
def variants(enum: str) -> set[str]:
    """The variants of an enum of the policy or of the table."""
    for path in (POLICY, PRINCIPAL, OPERATION):
        if found := re.search(rf"^( *)pub enum {enum}\b[^{{]*\{{\n(.*?)^\1\}}", read(path), re.DOTALL | re.MULTILINE):
            body = textwrap.dedent(re.sub(r"(?m)^\s*(//|#).*\n", "", found[2]))
            return set(re.findall(r"^(\w+)\b(?=[ ,({])", body, re.MULTILINE))
    sys.exit(f"there is no enum {enum} in the policy or the table")


def check() -> None:
    """Fails unless every name that the mutants use exists in the source."""
    missing = [f"{enum}::{name}" for enum, names in SPECIAL.items() for name in names - variants(enum)]
    missing += [f"Action::{name}" for names in CONFLICTS.values() for name in names if name not in variants("Action")]
    for path in sorted(WOVEN.glob("*.rs")):
        text = re.sub(r"//.*", "", path.read_text())
        for enum, name in re.findall(r"\b(Action|Authentication|Decision|DenyReason|Principal|Resource)::(\w+)", text):
            if name not in variants(enum):
                missing.append(f"{enum}::{name} of {path.name}")
        for field in re.findall(r"\b(?:self|spec)\.(\w+)\b(?!\()", text):
            if not re.search(rf"^    pub {field}: ", read(OPERATION) + read(RESPONSE), re.MULTILINE):
                missing.append(f"the field {field} of {path.name}")
    if missing:
        sys.exit("the source no longer has: " + ", ".join(sorted(missing)))
    if unread := COLUMNS - set().union(*(with_columns(text)[1] for text in http().values())):
        sys.exit(f"nothing reads these columns of the table: {', '.join(sorted(unread))}")
    for path, name in ((POLICY, "pub fn may("), (PRINCIPAL, HAS)):
        replaced(read(path), name, "")
    if missing := set(permissions()) - set(re.findall(r"Permission::(\w+)", decisions())):
        sys.exit(f"the policy asks for no {', '.join(sorted(missing))}")
    replaced(read(HOME), ".env_clear()", "")


# The function of the policy that checks whether the caller has a permission.
HAS = "pub(super) const fn has(&self, permission: Permission) -> bool {"


@functools.cache
def permissions() -> list[str]:
    """The variants of the enum of permissions."""
    listed = re.search(r"pub enum Permission \{(.*?)\}", read(PERMISSION), re.DOTALL)
    return re.findall(r"(\w+) = ", listed[1]) if listed else sys.exit("there is no enum Permission")


def http() -> dict[str, str]:
    """The files of the HTTP crate, with their texts."""
    return {path: read(path) for path in sources() if path.startswith(f"{HTTP}/") and path.endswith(".rs")}


def with_columns(text: str) -> tuple[str, set[str]]:
    """The text with the columns of the table read by the methods that mutate them, and which columns it reads."""
    columns = rf"\b(spec|self|O::SPEC)\.(?:response\.)?({'|'.join(sorted(COLUMNS))})\b(?!\()"
    return re.sub(columns, r"\1.\2()", text), {column for _, column in re.findall(columns, text)}


@functools.cache
def functions() -> dict[str, str]:
    """The function of the policy that decides about each type of resource."""
    decide = re.search(r"^fn decide\(.*?^}", read(POLICY), re.DOTALL | re.MULTILINE)
    found = dict(re.findall(r"Resource::(\w+)[^=]*=> (\w+)\(", decide[0])) if decide else {}
    if set(found) != variants("Resource"):
        sys.exit(f"`decide` is not understood: it decides about {', '.join(sorted(found))}")
    return found


@functools.cache
def decisions() -> str:
    """The decisions of the policy, without comments."""
    return re.sub(r"//.*", "", "".join(map(read, DECISIONS)))


def body(function: str) -> str:
    found = re.search(rf"^(?:pub\(super\) )?fn {function}\(.*?\n}}", decisions(), re.DOTALL | re.MULTILINE)
    return found[0] if found else sys.exit(f"the policy has no function {function}")


def arms(resource: str, action: str) -> list[int]:
    """The arms in which the policy decides about an action on a type of resource: actions of the same arms are decided alike."""
    found = re.findall(r"(?:\bAction::\w+[\s|]*)+", body(functions()[resource]))
    return [n for n, arm in enumerate(found) if re.search(rf"\b{action}\b", arm)]


def rules() -> list[str]:
    """The mutants of the policy that are about more or less than one decision."""
    arm = r"((?:Action::\w+[\s|]*)+)if .*?ConflictReason::(\w+)"
    arms_of = ("User", "ApiKeys", "Role", "Roles", "Factor")
    found = [match for resource in arms_of for match in re.findall(arm, body(functions()[resource]), re.DOTALL)]
    understood = {reason for _, reason in found} - CONFLICTS.keys()
    if understood | CONFLICTS.keys() != variants("ConflictReason"):
        sys.exit("a conflict of the policy is in no arm that is understood")
    conflicts = [
        f"rule {reason} {action}"
        for arm, reason in found
        if reason in understood
        for action in re.findall(r"::(\w+)", arm)
    ]
    conflicts += [f"rule {reason} {action}" for reason, actions in CONFLICTS.items() for action in actions]
    sign_in = [f"rule Unauthenticated {resource}" for resource in sorted(variants("Resource") - {"Registered"})]
    missing = [f"rule NotFound {resource}" for resource in ("User", "Session", "ApiKey", "Role", "Factor")]
    checks = [f"permission {name} {answer}" for name in permissions() for answer in ("granted", "denied")]
    return [*conflicts, *sign_in, *missing, "rule RegistrationClosed", "rule InsufficientScope", *checks]


@functools.cache
def resources() -> dict[str, str]:
    """The type of resource that the policy is asked about, for each target of an operation."""
    bodies = {}
    for text in http().values():
        for target, block in re.findall(r"^impl Target for (\w+) \{\n(.*?)^\}", text, re.DOTALL | re.MULTILINE):
            bodies[target] = re.search(r"fn resource\b.*?\n    \}", block, re.DOTALL)[0]

    def resource(target: str) -> str:
        text = bodies[target]
        if found := re.search(r"\bResource::(\w+)", text):
            return found[1]
        if found := re.search(r"\b(\w+)::resource\(", text):
            return resource(found[1])
        return "Service" if re.search(r"^ +service$", text, re.MULTILINE) else sys.exit(f"the resource of {target} is not understood")

    return {target: resource(target) for target in bodies}


@functools.cache
def negotiated() -> set[str]:
    """The types of responses that are representations."""
    blocks = re.findall(r"^impl<.*?> Response for (\w+)<.*?^\}", read(RESPONSE), re.DOTALL | re.MULTILINE)
    found = {name for name in blocks if re.search(rf"Response for {name}<[^\n]*\n(?:    .*\n)*?    const NEGOTIATED: bool = true", read(RESPONSE))}
    return found or sys.exit(f"no response of {RESPONSE} is negotiated")


def distinguished() -> set[str]:
    """The actions that code beside the policy and the table distinguishes."""
    paths = [path for path in sources() if re.match(r"crates/(http|persistence)/src/.*\.rs", path) and path != TABLE]
    return {action for path in paths for action in re.findall(r"\bAction::(\w+)", read(path))}


def rows() -> tuple[list[str], list[str]]:
    """The mutants of the table, and of the decisions that its operations ask for."""
    found = list(map(columns, entries()))
    resource_of, named = resources(), distinguished()
    asked = {(action, resource_of[target]) for _, _, target, action, *_ in found}
    # An operation that reads no token and is linked nowhere is asked for by no signed-in user.
    signed_in = ("Optional", "Required")
    by_users = {action for _, authentication, _, action, _, links, _ in found if authentication in signed_in or links}
    table = []
    for id, authentication, target, action, response, links, fields in found:
        table += [f"table {id} authentication {other}" for other in sorted(variants("Authentication") - {authentication})]
        # Another action on the same type of resource, each that exists and that the policy decides in another way.
        for other in sorted(other for other, kind in asked if kind == resource_of[target] and other != action):
            if arms(resource_of[target], other) != arms(resource_of[target], action):
                table.append(f"table {id} action {other}")
            elif {other, action} & named:
                table.append(f"table {id} meaning {other}")
        table.append(f"table {id} negotiated {'false' if response in negotiated() else 'true'}")
        linked = [kind for kind, _ in re.findall(r'(\w+) "([\w-]+)"', links)]
        for nth, on in enumerate(linked):
            table.append(f"table {id} affordance {nth} none")
            # By the names of their schemas.
            elsewhere = "User" if on == "Service" else "Root"
            if {"User": "User", "Root": "Service"}[elsewhere] not in linked:
                table.append(f"table {id} affordance {nth} {elsewhere}")
        for nth, (_, permission) in enumerate(re.findall(r'"(\w+)" (\w+)', fields)):
            table.append(f"table {id} permission {nth}")
            asked.add((permission, resource_of[target]))
            by_users.add(permission)
    # The links on a newly registered user are decided for a caller that has not signed in.
    registered = {action for _, _, _, action, _, links, _ in found if "Registration " in links}
    owned = set(re.findall(r"Self::(\w+) \{ (?:id|owner), \.\. \}", read(POLICY)))
    relations = {kind: [":self", ":other"] if kind in owned else [""] for kind in resource_of.values()}
    callers = lambda kind: [caller + relation for caller in CALLERS for relation in relations[kind]]
    policy = [
        f"policy {action} {kind} {caller}"
        for action, kind in sorted(asked)
        for caller in ("anonymous", *(callers(kind) if action in by_users else []))
    ]
    return table, policy + [f"policy {action} Registered anonymous" for action in sorted(registered)]


def entries() -> list[str]:
    """The rows of the table, as text."""
    table = re.search(r"^operations! \{\n(.*?)^\}", read(TABLE), re.DOTALL | re.MULTILINE)
    found = table[1].split(";\n")[:-1] if table else []
    return found or sys.exit(f"{TABLE} has no rows")


def columns(row: str) -> tuple[str, ...]:
    """The id, authentication, target, action, type of the response, links, and fields with permissions of a row."""
    pattern = (
        r'\s*\w+ in [\w:]+ = "(\w+)": \w+ "[^"]*" in "[\w-]+",\s*(\w+), on (\w+), needs (\w+),'
        r"(?:\s*query [\w:]+,)?(?:\s*body [\w:]+,)?"
        r'\s*answers (\w+)(?:<\w+>)? as "[^"]*"'
        r"(?:,\s*linked \[([^]]*)\])?(?:,\s*fields \[([^]]*)\])?"
        r"(?:,\s*conflicts \[[^]]*\])?(?:,\s*rate limited)?(?:,\s*from position)?"
    )
    found = re.fullmatch(pattern, row)
    if not found:
        sys.exit(f"a row of the table is not understood:\n{row}")
    _, authentication, target, action, *_ = found.groups("")
    for name, known in ((authentication, variants("Authentication")), (target, resources()), (action, variants("Action"))):
        if name not in known:
            sys.exit(f"{name} is not known, in this row of the table:\n{row}")
    return found.groups("")
