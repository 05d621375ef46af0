#!/usr/bin/env bash
# msgraph-core 1.5.2 (PyPI, Python 3.11): PageIterator stops at a page without rows, though the page has a next link. Rows
# behind it are lost without a word. Microsoft's page on paging says that a page may be empty and have a next link.
#
# Seen:
#   rows on the server: 3, rows given: 1, pages asked for: 1 of 2
#
# Exits 0 if it is so, 1 if that changed. Needs python3 with pip; everything else is made in a temporary folder.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet msgraph-core==1.5.2 microsoft-kiota-serialization-json==1.16.0
"$folder/python/bin/python" - <<'PYTHON'
import asyncio
import http.server
import json
import sys
import threading

from kiota_abstractions.api_client_builder import register_default_deserializer
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from msgraph_core import BaseGraphRequestAdapter
from msgraph_core.models import PageResult
from msgraph_core.tasks import PageIterator

seen = []


class Server(http.server.BaseHTTPRequestHandler):
    """Page 2 is empty and leads to page 3."""

    def do_GET(self):
        seen.append(self.path)
        page = {"value": []}
        if self.path == "/v1.0/users?page=2":
            page["@odata.nextLink"] = f"{origin}/v1.0/users?page=3"
        else:
            page["value"] = [{"id": "2"}, {"id": "3"}]
        data = json.dumps(page).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
origin = f"http://127.0.0.1:{server.server_port}"


register_default_deserializer(JsonParseNodeFactory)


async def main():
    rows = []
    first = PageResult(odata_next_link=f"{origin}/v1.0/users?page=2", value=[{"id": "1"}])
    iterator = PageIterator(first, BaseGraphRequestAdapter(AnonymousAuthenticationProvider()))
    await iterator.iterate(lambda row: rows.append(row) or True)
    return len(rows)


given = asyncio.run(main())
print(f"rows on the server: 3, rows given: {given}, pages asked for: {len(seen)} of 2")
sys.exit((given, len(seen)) != (1, 1))
PYTHON
