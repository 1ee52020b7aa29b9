"""A check for schemathesis: nobody is let in whom the document does not let in, and nobody is kept out whom it does.

An operation of the document names what it needs (`x-permission`, any of them), and `x-roles` what each role may do.
`PAYFLOW_USER` says whose token is sent, as scripts/schemathesis.sh names them.
"""

import os

import schemathesis

USER = os.environ["PAYFLOW_USER"]
# The roles of the demo's users; the others are named after theirs.
ROLES = {"alice": "user", "bob": "user", "shop": "merchant"}
# What the script gives its API key.
SCOPES = {"wallets:own"}
# Who may not is refused before anything else is looked at; 404 and 405 are those of paths that are no route.
KEPT_OUT = (401, 403, 404, 405)


def held_by_user(roles):
    return SCOPES if USER == "key" else set(roles[ROLES.get(USER, USER)])


@schemathesis.check
def no_privilege_gap(ctx, response, case):
    definition = case.operation.definition.raw
    if not definition.get("security") or not case.operation.path.startswith("/api/"):
        return
    status = response.status_code
    if USER == "nobody":
        assert status in (401, 404, 405), f"{status} without a token"
        return
    needed = set(definition.get("x-permission", []))
    if not needed:
        return
    held = held_by_user(case.operation.schema.raw_schema["x-roles"])
    if not needed & held:
        assert status in KEPT_OUT, f"{status} for {USER}, who has none of {sorted(needed)}"
    elif status == 403:
        # What only the maker or the other side of a transaction may do is refused without naming a permission.
        lacks = [error["param"] for error in response.json().get("errors", [])]
        assert "permission" not in lacks, f"{USER} is kept out, and has one of {sorted(needed & held)}"
