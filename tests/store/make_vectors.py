"""Makes `fixtures/store-vectors` anew: `python -m tests.store.make_vectors`.

Only for a new format: the files of a released format are never made again, they are what later versions must
read. Salts and keys are random, so each run gives other bytes.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sshim.control import ControlPlane
from sshim.model import Actor, SecretValue, Usage, new_secret
from sshim.store import crypto, format
from sshim.store.care import StoreCare
from sshim.store.crypto import Identity
from sshim.store.format import Head
from sshim.store.open import StoreOptions, open_store
from sshim.store.schema import STORES

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "store-vectors"
PASSPHRASE = "a frozen passphrase, not a secret"
VALUES = {
    "ASCII": "a plain value",
    "UNICODE": "naïve – 鍵 – 🔑",
    "ONE_BYTE": "x",
    "LINES": "-----BEGIN-----\nline\r\n\ttab\n-----END-----\n",
    "EXACT_STEP": "s" * 60,
    "PAST_STEP": "s" * 61,
    "KIBIBYTE": "k" * 1020,
    "LONGEST": "L" * 65_536,
}


class _Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def make_store() -> None:
    """A store with every kind of row, three key slots, a past term and a long value."""
    root = Path(tempfile.mkdtemp())
    clock = _Clock()
    options = StoreOptions(
        root / "home",
        key_file=root / "format-1.key",
        key_folder=root / "keys",
        anchor_folder=root / "anchors",
        create=True,
        clock=clock,
    )
    actor = Actor("super-administrator", interface="test", email="vectors@example.com")
    plane = ControlPlane(open_store(options), actor=actor, clock=clock)
    plane.create_store("frozen", store_id="f" * 32)
    plane.create_secrets(
        "f" * 32, [new_secret(n, v, ["workers", "dex"], f"about {n}") for n, v in VALUES.items()]
    )
    gone = plane.create_secrets("f" * 32, [new_secret("GONE", "deleted value", ["workers"])])[0]
    plane.delete_secret("f" * 32, gone.id)
    again = plane.find_secret("f" * 32, "ASCII")
    plane.update_secret("f" * 32, again.id, value=SecretValue("another value"))
    plane.update_secret("f" * 32, again.id, value=SecretValue(VALUES["ASCII"]))
    _, old = plane.create_token(role="reporter", name="before the rotation")
    care = StoreCare(options, actor=actor, clock=clock)
    care.keys.add_passphrase(PASSPHRASE, label="recovery")
    care.keys.add_key(bytes(range(32)), label="ci")
    care.rotate_key(passphrases=[PASSPHRASE], drop_unproven=True)
    care.keys.add_key(bytes(range(32)), label="ci")
    care.close()
    _, new = plane.create_token(role="admin", expires=clock() + timedelta(days=36_500))
    plane.create_gateway("edge", store_id="f" * 32, settings={"cache_ttl": 60})
    plane.create_provider_key("edge", "openai", value=SecretValue("sk-frozen"), settings={"rate_limit": 3})
    plane.record_usages([Usage("w", None, "B", "f" * 32, "ASCII", "/srv/wrangler.toml", clock())])
    expected = {
        "passphrase": PASSPHRASE,
        "values": VALUES | {"edge_openai_default": "sk-frozen"},
        "tokens": [old.reveal(), new.reveal()],
        "secrets": {s.name: [s.version, list(s.scopes), s.comment] for s in plane.list_secrets("f" * 32)},
        "audit": len(plane.audit()),
        "term": 2,
    }
    plane.close()
    shutil.copy(root / "home" / "store.db", FOLDER / "format-1.db")
    shutil.copy(root / "format-1.key", FOLDER / "format-1.key")
    _write("format-1.json", expected)
    shutil.rmtree(root)


def make_primitives() -> None:
    """Each function of the format with fixed inputs."""
    master, vault, salt = bytes(range(32)), "0123456789abcdef" * 2, bytes(range(100, 132))
    identity = Identity(vault, 3, "ab" * 16, 7)
    sealed = crypto.seal(master, identity, format.pad("a value"), salt=salt)
    keys = format.seals("vectors", vault, 3, master)
    row = ("f" * 32, "name", 1, 2, "{}")
    fields = ("", 0, -5, None, "é", b"\x00\xff")
    head = Head(5, 6, bytes(32), format.set_digest({table.name: {} for table in format.TABLES}))
    _write(
        "primitives.json",
        {
            "lp": crypto.lp(*fields).hex(),
            "pad": {text: format.pad(text).hex() for text in ("a", "s" * 60, "s" * 61)},
            "seal": [sealed.commitment.hex(), sealed.ciphertext.hex()],
            "row_mac": keys.row_mac(STORES, row).hex(),
            "head_mac": keys.head_mac(head, bytes(32)).hex(),
            "audit_mac": keys.audit_mac(keys.audit, bytes(32), 1, 3, "{}").hex(),
            "token_digest": keys.token_digest(keys.token, "sshim_x").hex(),
            "key_check": format.key_check(master, vault, 3).hex(),
        },
    )


def _write(name: str, content: object) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")


DAMAGED = {
    "a byte of a ciphertext": "UPDATE secrets SET ciphertext = CAST(X'00' || substr(ciphertext, 2) AS BLOB)",
    "a name": "UPDATE secrets SET name = 'OTHER' WHERE name = 'ASCII'",
    "a scope": "UPDATE secrets SET scopes = 'ai_gateway,dex,workers' WHERE name = 'ASCII'",
    "a version": "UPDATE secrets SET version = version - 1 WHERE name = 'ASCII'",
    "a term": "UPDATE secrets SET term = 1 WHERE name = 'ASCII'",
    "a row gone": "DELETE FROM secrets WHERE name = 'ASCII'",
    "a role": "UPDATE tokens SET role = 'super-administrator'",
    "a generation": "UPDATE head SET generation = generation - 1",
    "an audit record": "UPDATE audit SET record = replace(record, 'create', 'update') WHERE seq = 3",
    "an audit record gone": "DELETE FROM audit WHERE seq = 3",
    "the last audit record gone": "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)",
    "the term of the header": "UPDATE header SET body = replace(body, '\"term\":2', '\"term\":1')",
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON audit BEGIN DELETE FROM audit; END",
    "another application": "PRAGMA application_id = 7",
}
"""Each a change of the frozen store by SQL, after which no reader may read it."""


if __name__ == "__main__":
    if (FOLDER / "format-1.db").exists() and "--anew" not in sys.argv:
        sys.exit("the vectors exist; --anew replaces them, which only a new format may do")
    FOLDER.mkdir(parents=True, exist_ok=True)
    make_store()
    make_primitives()
    _write("damaged.json", DAMAGED)
