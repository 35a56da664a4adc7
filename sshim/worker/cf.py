"""`request.cf`: the placeholder that local development shows, since no edge location is involved.

Values are those of wrangler's offline placeholder; nothing is fetched.
"""

from __future__ import annotations

from typing import Any

PLACEHOLDER: dict[str, Any] = {
    "asOrganization": "",
    "asn": 395747,
    "colo": "DFW",
    "city": "Austin",
    "region": "Texas",
    "regionCode": "TX",
    "metroCode": "635",
    "postalCode": "78701",
    "country": "US",
    "continent": "NA",
    "timezone": "America/Chicago",
    "latitude": "30.27130",
    "longitude": "-97.74260",
    "clientTcpRtt": 0,
    "httpProtocol": "HTTP/1.1",
    "requestPriority": "weight=192;exclusive=0",
    "tlsCipher": "AEAD-AES128-GCM-SHA256",
    "tlsVersion": "TLSv1.3",
    "tlsClientAuth": {
        "certIssuerDNLegacy": "",
        "certPresented": "0",
        "certSubjectDNLegacy": "",
        "certVerified": "NONE",
    },
    "edgeRequestKeepAliveStatus": 0,
    "hostMetadata": None,
    "botManagement": {"corporateProxy": False, "score": 99, "staticResource": False, "verifiedBot": False},
}


def for_request(accept_encoding: str) -> dict[str, Any]:
    """The placeholder with the client's own Accept-Encoding, which the Worker sees only here."""
    return {**PLACEHOLDER, "clientAcceptEncoding": accept_encoding}
