// Reads the double with one client and prints how many things it found: `node read.mjs CLIENT`.
//
// Every client is as it comes from npm and talks to the real host names. It is led to the double by HTTPS_PROXY, and trusts
// its authority by NODE_EXTRA_CA_CERTS.

import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";

// The packages lie elsewhere than this file.
const load = createRequire(`${process.env.DOUBLE_PACKAGES}/`);
const { ClientCertificateCredential, ClientSecretCredential } = load("@azure/identity");
const { createDefaultHttpClient, createEmptyPipeline, createPipelineRequest, proxyPolicy } = load("@azure/core-rest-pipeline");
const { BlobClient } = load("@azure/storage-blob");

const { DOUBLE_TENANT: tenant, DOUBLE_CLIENT: client, DOUBLE_SECRET: secret, DOUBLE_CERTIFICATE: certificate } = process.env;
const API = "https://api.security.microsoft.com/api";
const DEFENDER = "https://api.securitycenter.microsoft.com/.default";

async function get(url, credential) {
  const { token } = await credential.getToken(DEFENDER);
  const request = createPipelineRequest({ url });
  request.headers.set("authorization", `Bearer ${token}`);
  // The usual pipeline asks for `deflate` and cannot read the raw form of it that the Defender API sends.
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(proxyPolicy());
  const answer = await pipeline.sendRequest(createDefaultHttpClient(), request);
  if (answer.status !== 200) {
    throw new Error(`${url}: ${answer.status} ${answer.bodyAsText}`);
  }
  return JSON.parse(answer.bodyAsText);
}

const bySecret = () => new ClientSecretCredential(tenant, client, secret);
const machines = async (credential) => (await get(`${API}/machines`, credential)).value.length;

const CLIENTS = {
  identity_secret: () => machines(bySecret()),
  identity_certificate: () => machines(new ClientCertificateCredential(tenant, client, { certificatePath: certificate })),
  // In two parts, the second under the condition that the file is still the same.
  storage_blob: async () => {
    let rows = 0;
    const { exportFiles } = await get(`${API}/machines/SoftwareInventoryExport`, bySecret());
    for (const link of exportFiles) {
      const blob = new BlobClient(link);
      const { contentLength, etag } = await blob.getProperties();
      const half = Math.floor(contentLength / 2);
      const first = await blob.downloadToBuffer(0, half);
      const second = await blob.downloadToBuffer(half, contentLength - half, { conditions: { ifMatch: etag } });
      const text = gunzipSync(Buffer.concat([first, second])).toString();
      rows += text.split("\n").filter((line) => line !== "").length;
    }
    return rows;
  },
};

console.log(await CLIENTS[process.argv[2]]());
