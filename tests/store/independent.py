"""A second reader of format 1, written from its description and sharing no code with sshim.

    python -m tests.store.independent STORE.db KEYFILE       prints everything the store holds, as JSON

It holds the format in place: what this reads in a frozen file, every later version must read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sqlite3
import sys
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

Sealed = {
    "stores": "id name created modified extra",
    "secrets": "id store_id name comment scopes status created modified version term suite salt commitment"
    " digest extra",
    "tokens": "id kind name role email term digest created expires last_used extra",
    "gateways": "id store_id created modified extra",
    "provider_keys": "id gateway_id provider alias secret_id created modified extra",
    "usages": "id worker environment binding store_id secret_name config_path last_seen extra",
}


class Broken(Exception):
    """Something is not as it was written."""


def need(holds: bool, what: str) -> None:
    if not holds:
        raise Broken(what)


def parts(*fields: Any) -> bytes:
    """One tag byte, a big-endian length of four bytes, the bytes; numbers in decimal."""
    out = b""
    for field in fields:
        if field is None:
            tag, data = b"n", b""
        elif isinstance(field, bytes):
            tag, data = b"b", field
        elif isinstance(field, str):
            tag, data = b"t", field.encode()
        else:
            tag, data = b"i", str(field).encode()
        out += tag + len(data).to_bytes(4, "big") + data
    return out


def hkdf(key: bytes, salt: bytes, info: bytes, length: int = 32) -> bytes:
    prk = hmac.new(salt, key, hashlib.sha256).digest()
    out = block = b""
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([len(out) // 32 + 1]), hashlib.sha256).digest()
        out += block
    return out[:length]


def mac(key: bytes, *fields: Any) -> bytes:
    return hmac.new(key, parts(*fields), hashlib.sha256).digest()


def key_in(text: str) -> bytes:
    """`sshim-key-1:<base64>:<first 8 bytes of SHA-256 of b"sshim/key-file" + key, hex>`"""
    head, body, check = text.strip().split(":")
    key = base64.b64decode(body)
    need(head == "sshim-key-1" and len(key) == 32, "key file")
    need(hashlib.sha256(b"sshim/key-file" + key).digest()[:8].hex() == check, "key file check")
    return key


def master_key(header: dict[str, Any], root: bytes, passphrase: bool) -> bytes:
    vault, term = header["vault_id"], header["term"]
    for slot in header["slots"]:
        how = slot["parameters"]
        salt = bytes.fromhex(how["salt"])
        if (slot["kind"] == "passphrase") != passphrase:
            continue
        if passphrase:
            memory, passes, lanes = how["memory_kib"], how["passes"], how["lanes"]
            kdf = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory)
            wrapping = kdf.derive(root)
        else:
            wrapping = hkdf(root, salt, parts("sshim/v1/slot-key", vault))
        told = json.dumps(how, sort_keys=True, separators=(",", ":"))
        bound = parts("sshim/v1/slot", 1, vault, term, slot["id"], slot["kind"], slot["created"], told)
        try:
            master = AESGCM(wrapping).decrypt(
                bytes.fromhex(slot["nonce"]), bytes.fromhex(slot["wrapped"]), bound
            )
        except Exception:
            continue
        check = hkdf(master, vault.encode(), parts("sshim/v1/kcv", term))
        need(check.hex() == header["check"], "key check value")
        return master
    raise Broken("no key slot opens")


def read(path: str, root: bytes, *, passphrase: bool = False) -> dict[str, Any]:
    """All that the store holds, each piece proven."""
    db = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    need(db.execute("PRAGMA application_id").fetchone()[0] == 0x5353484D, "application id")
    [(_, number, body, checksum)] = db.execute("SELECT id, format, body, checksum FROM header")
    need(number == 1, "format")
    need(hashlib.sha256(parts("sshim/header", 1, body)).digest() == checksum, "header checksum")
    header = json.loads(body)
    vault, term = header["vault_id"], header["term"]
    master = master_key(header, root, passphrase)

    def draw(use: str) -> bytes:
        return hkdf(master, vault.encode(), parts(f"sshim/v1/{use}", term))

    row_key, head_key, audit_key, token_key = (draw(use) for use in ("row-mac", "head", "audit", "token"))
    held: dict[str, Any] = {}
    digests = b""
    for table, columns in Sealed.items():
        names = ", ".join([*columns.split(), "mac"])
        rows = sorted(db.execute(f"SELECT {names} FROM {table}"))
        for row in rows:
            expected = mac(row_key, "sshim/v1/row-mac", vault, table, *row[:-1])
            need(hmac.compare_digest(expected, row[-1]), f"{table} row {row[0]}")
        digests += hashlib.sha256(parts(table, len(rows)) + b"".join(row[-1] for row in rows)).digest()
        held[table] = [dict(zip(columns.split(), row, strict=False)) for row in rows]
    [(_, generation, audit_seq, audit_mac, digest, head_mac)] = db.execute("SELECT * FROM head")
    need(digest == digests, "digest")
    schema = "\n".join(
        " ".join(row)
        for row in db.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name")
    )
    about = (generation, audit_seq, audit_mac, digest, checksum, hashlib.sha256(schema.encode()).digest())
    need(mac(head_key, "sshim/v1/head", vault, term, *about) == head_mac, "head")
    audit_keys = {term: audit_key}
    for old, nonce, wrapped in header["past"]:
        wrapping = hkdf(master, vault.encode(), parts("sshim/v1/past", term))
        bound = parts("sshim/v1/past-keys", vault, term, old)
        audit_keys[old] = AESGCM(wrapping).decrypt(bytes.fromhex(nonce), bytes.fromhex(wrapped), bound)[:32]
    before, held["audit"] = bytes(32), []
    for seq, its_term, record, found in db.execute("SELECT * FROM audit ORDER BY seq"):
        need(
            mac(audit_keys[its_term], "sshim/v1/audit", vault, before, seq, its_term, record) == found,
            "audit",
        )
        before = found
        held["audit"].append(json.loads(record))
    need((len(held["audit"]), before) == (audit_seq, audit_mac), "audit tail")
    held["values"] = {}
    for secret in held["secrets"]:
        [(ciphertext,)] = db.execute("SELECT ciphertext FROM secrets WHERE id = ?", (secret["id"],))
        need(hashlib.sha256(ciphertext).digest() == secret["digest"], "ciphertext")
        place = (1, vault, secret["term"], secret["id"], secret["version"])
        material = hkdf(master, secret["salt"], parts("sshim/v1/row", *place), 76)
        need(material[32:64] == secret["commitment"], "commitment")
        padded = AESGCM(material[:32]).decrypt(material[64:], ciphertext, parts("sshim/v1/val", *place))
        length = int.from_bytes(padded[:4], "big")
        held["values"][f"{secret['store_id']}/{secret['name']}"] = padded[4 : 4 + length].decode()
    held["token_digest_of"] = lambda token: mac(token_key, "sshim/v1/token", vault, token)
    held["header"], held["generation"] = header, generation
    db.close()
    return held


if __name__ == "__main__":
    with open(sys.argv[2], encoding="ascii") as file:
        found = read(sys.argv[1], key_in(file.read()))
    print(json.dumps(found, indent=1, default=repr))
