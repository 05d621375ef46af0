#!/usr/bin/env bash
# @azure/core-rest-pipeline 1.24.0 (npm, Node 20): it asks for "gzip,deflate" in every request and decodes "deflate" in the
# zlib form alone. An answer in raw DEFLATE, which many servers send under that name and every common client takes (requests,
# axios, Node's own fetch, curl), fails as a parse error. Seen at an API of Microsoft's own.
#
# Seen:
#   accept-encoding of the request: gzip,deflate
#   zlib form: {"is":"read"}
#   raw form, core-rest-pipeline: PARSE_ERROR
#   raw form, fetch of Node: {"is":"read"}
#
# Exits 0 if it is so, 1 if that changed. Needs node with npm; everything else is made in a temporary folder.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" @azure/core-rest-pipeline@1.24.0
cat > show.mjs <<'NODE'
import { createServer } from "node:http";
import { deflateRawSync, deflateSync } from "node:zlib";
import { createDefaultHttpClient, createPipelineFromOptions, createPipelineRequest } from "@azure/core-rest-pipeline";

const body = JSON.stringify({ is: "read" });
let asked = "";
const server = createServer((request, answer) => {
  if (request.url === "/zlib") {
    asked = request.headers["accept-encoding"] ?? "";
  }
  answer.writeHead(200, { "content-type": "application/json", "content-encoding": "deflate" });
  answer.end(request.url === "/zlib" ? deflateSync(body) : deflateRawSync(body));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

async function read(path) {
  const pipeline = createPipelineFromOptions({ retryOptions: { maxRetries: 0 } });
  const request = createPipelineRequest({ url: `${origin}${path}`, allowInsecureConnection: true });
  try {
    return (await pipeline.sendRequest(createDefaultHttpClient(), request)).bodyAsText;
  } catch (error) {
    return error.code;
  }
}

const [zlib, raw] = [await read("/zlib"), await read("/raw")];
const plain = await (await fetch(`${origin}/raw`)).text();
console.log(`accept-encoding of the request: ${asked}`);
console.log(`zlib form: ${zlib}`);
console.log(`raw form, core-rest-pipeline: ${raw}`);
console.log(`raw form, fetch of Node: ${plain}`);
server.close();
server.closeAllConnections();
process.exit(asked === "gzip,deflate" && zlib === body && raw === "PARSE_ERROR" && plain === body ? 0 : 1);
NODE
node show.mjs
