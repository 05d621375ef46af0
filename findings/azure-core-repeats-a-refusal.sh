#!/usr/bin/env bash
# azure-core 1.41.0 (PyPI, Python 3.11): its retry policy repeats whatever has a Retry-After header, also a 400, which says
# that the same request will never do.
#
# Seen:
#   400 without Retry-After: 1 request
#   400 with Retry-After: 0: 4 requests
#
# Exits 0 if it is so, 1 if that changed. Needs python3 with pip; everything else is made in a temporary folder.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet azure-core==1.41.0 requests==2.34.2
"$folder/python/bin/python" - <<'PYTHON'
import http.server
import sys
import threading

from azure.core import PipelineClient
from azure.core.pipeline.policies import RetryPolicy
from azure.core.rest import HttpRequest

seen = []


class Server(http.server.BaseHTTPRequestHandler):
    """Refuses everything."""

    def do_GET(self):
        seen.append(self.path)
        self.send_response(400)
        if self.path == "/with":
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = PipelineClient(f"http://127.0.0.1:{server.server_port}", policies=[RetryPolicy(retry_total=3)])
for path in ["/without", "/with"]:
    client.send_request(HttpRequest("GET", f"http://127.0.0.1:{server.server_port}{path}"))
numbers = (seen.count("/without"), seen.count("/with"))
print(f"400 without Retry-After: {numbers[0]} request")
print(f"400 with Retry-After: 0: {numbers[1]} requests")
sys.exit(numbers != (1, 4))
PYTHON
