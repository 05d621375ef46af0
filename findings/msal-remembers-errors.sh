#!/usr/bin/env bash
# msal 1.39.0 (PyPI, Python 3.11): an answer of 400 to a request for a token is remembered for 60 seconds. Whoever mends the
# mistake at the server and asks again gets the old error without any request being sent; a new application object asks anew.
#
# Seen:
#   first answer: invalid_client, requests at the server: 1
#   mended at the server, second answer: invalid_client, requests at the server: 1
#   a new application object: a token, requests at the server: 2
#
# Exits 0 if it is so, 1 if that changed. Needs python3 with pip; everything else is made in a temporary folder.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet msal==1.39.0
"$folder/python/bin/python" - <<'PYTHON'
import http.server
import json
import sys
import threading

import msal
import requests

seen = []
is_mended = False


class Server(http.server.BaseHTTPRequestHandler):
    """A token endpoint that refuses a client until it is mended."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        seen.append(self.path)
        if is_mended:
            self.answer(200, {"token_type": "Bearer", "expires_in": 3599, "access_token": "token"})
        else:
            self.answer(400, {"error": "invalid_client", "error_description": "AADSTS7000215: wrong secret"})

    def do_GET(self):
        base = "https://login.microsoftonline.com/tenant"
        document = {"token_endpoint": f"{base}/token", "authorization_endpoint": f"{base}/authorize", "issuer": base}
        self.answer(200, document)

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class Loopback(requests.Session):
    """Sends what is meant for Microsoft to the server above."""

    def request(self, method, url, *args, **more):
        return super().request(method, url.replace("https://login.microsoftonline.com", origin), *args, **more)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
origin = f"http://127.0.0.1:{server.server_port}"


def application():
    return msal.ConfidentialClientApplication(
        "client",
        authority="https://login.microsoftonline.com/tenant",
        client_credential="secret",
        http_client=Loopback(),
        instance_discovery=False,
    )


def ask(one):
    answer = one.acquire_token_for_client(scopes=["https://graph.microsoft.com/.default"])
    return answer.get("error", "a token")


one = application()
told = [(ask(one), len(seen))]
is_mended = True
told.append((ask(one), len(seen)))
told.append((ask(application()), len(seen)))
print(f"first answer: {told[0][0]}, requests at the server: {told[0][1]}")
print(f"mended at the server, second answer: {told[1][0]}, requests at the server: {told[1][1]}")
print(f"a new application object: {told[2][0]}, requests at the server: {told[2][1]}")
sys.exit(told != [("invalid_client", 1), ("invalid_client", 1), ("a token", 2)])
PYTHON
