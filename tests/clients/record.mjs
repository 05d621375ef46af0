// Reads the double with one client and has one recorder write it down: `node record.mjs RECORDER FILE`.
//
// Each recorder is as it comes from npm, with the settings that its own pages show. The requests are those of a reader of
// devices and of the files of the software export, under the real host names; they are led to the double by HTTPS_PROXY,
// and its authority is trusted by NODE_EXTRA_CA_CERTS or not looked at.

import { createRequire } from "node:module";
import { existsSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import https from "node:https";
import net from "node:net";
import { dirname, join } from "node:path";
import tls from "node:tls";
import { gunzipSync } from "node:zlib";

// The packages lie elsewhere than this file.
const load = createRequire(`${process.env.DOUBLE_PACKAGES}/`);
const { DOUBLE_TENANT: tenant, DOUBLE_CLIENT: client, DOUBLE_SECRET: secret, HTTPS_PROXY: proxy } = process.env;
const API = "https://api.security.microsoft.com/api";
const LOGIN = `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`;
const FORM = new URLSearchParams({
  grant_type: "client_credentials",
  client_id: client,
  client_secret: secret,
  scope: "https://api.securitycenter.microsoft.com/.default",
}).toString();

// Asks for everything that a recording has to hold. `ask` takes a method, an address, headers and a body, and whether the
// answer is a file; it gives the answer's text.
async function readAll(ask) {
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  const { access_token: token } = JSON.parse(await ask("POST", LOGIN, form, FORM, false));
  const headers = { Authorization: `Bearer ${token}` };
  const { value } = JSON.parse(await ask("GET", `${API}/machines`, headers, undefined, false));
  const { exportFiles } = JSON.parse(await ask("GET", `${API}/machines/SoftwareInventoryExport`, headers, undefined, false));
  for (const link of exportFiles) {
    await ask("GET", link, {}, undefined, true);
  }
  return value.length;
}

// Goes through the proxy below the requests, so that a recorder sees them and not the tunnel.
class Tunnels extends https.Agent {
  createConnection(options, done) {
    const { hostname, port } = new URL(proxy);
    const plain = net.connect(Number(port), hostname, () => {
      plain.write(`CONNECT ${options.host}:${options.port} HTTP/1.1\r\nHost: ${options.host}:${options.port}\r\n\r\n`);
    });
    plain.once("error", done);
    plain.once("data", (head) => {
      if (!head.toString().startsWith("HTTP/1.1 200")) {
        done(new Error(`the proxy says ${head}`));
        return;
      }
      const secure = tls.connect({ socket: plain, servername: options.host }, () => done(null, secure));
      secure.once("error", done);
    });
  }
}

async function withAxios(file) {
  const axios = load("axios").create({ httpsAgent: new Tunnels(), proxy: false });
  const tracker = new (load("axios-har-tracker").AxiosHarTracker)(axios);
  const count = await readAll(async (method, url, headers, data, isFile) => {
    // The answer as text, which the tracker then has too; files as bytes.
    const options = isFile ? { responseType: "arraybuffer" } : { responseType: "text", transformResponse: (text) => text };
    return (await axios.request({ method: method.toLowerCase(), url, headers, data, ...options })).data;
  });
  writeFileSync(file, JSON.stringify(tracker.getGeneratedHar()));
  return count;
}

async function withPolly(file) {
  const { Polly } = load("@pollyjs/core");
  Polly.register(load("@pollyjs/adapter-node-http"));
  Polly.register(load("@pollyjs/persister-fs"));
  const folder = `${file}.polly`;
  const polly = new Polly("read", {
    adapters: ["node-http"],
    persister: "fs",
    persisterOptions: { fs: { recordingsDir: folder } },
    mode: "record",
    logLevel: "silent",
  });
  const agent = new Tunnels();
  const count = await readAll((method, url, headers, body) => askOverHttps(agent, method, url, headers, body));
  await polly.stop();
  const [recording] = readdirSync(folder);
  renameSync(join(folder, recording, "recording.har"), file);
  return count;
}

function askOverHttps(agent, method, url, headers, body) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
    const all = { "Accept-Encoding": "gzip", ...headers, ...length };
    const request = https.request(url, { method, agent, headers: all }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => {
        const bytes = Buffer.concat(chunks);
        resolve((answer.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString());
      });
      answer.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

// A browser that trusts the double and lets one page read every host.
async function inBrowser(options, use) {
  const browser = await load("playwright-core").chromium.launch({
    executablePath: process.env.DOUBLE_BROWSER,
    args: ["--no-sandbox", "--disable-web-security"],
    proxy: { server: proxy },
  });
  try {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
    const page = await context.newPage();
    const count = await use(context, page);
    // Recordings are written when it is closed.
    await context.close();
    return count;
  } finally {
    await browser.close();
  }
}

const askInPage = (page) => (method, url, headers, body) =>
  page.evaluate(
    async ([url, options]) => (await fetch(url, options)).text(),
    [url, { method, headers, body, cache: "no-store" }],
  );

async function openPage(page) {
  // It says 401 without a token, and that is a page to read the others from.
  await page.goto(`${API}/machines/SoftwareVulnerabilitiesExport`);
}

const withPlaywright = (content) => (file) =>
  inBrowser({ recordHar: { path: file, content } }, async (_context, page) => {
    await openPage(page);
    return readAll(askInPage(page));
  });

async function withChromeHar(file) {
  const messages = [];
  const count = await inBrowser({}, async (context, page) => {
    const session = await context.newCDPSession(page);
    const bodies = [];
    const answers = new Map();
    for (const method of [
      "Page.loadEventFired",
      "Page.domContentEventFired",
      "Page.frameStartedLoading",
      "Page.frameAttached",
      "Page.frameScheduledNavigation",
      "Network.requestWillBeSent",
      "Network.requestServedFromCache",
      "Network.dataReceived",
      "Network.responseReceived",
      "Network.resourceChangedPriority",
      "Network.loadingFinished",
      "Network.loadingFailed",
      "Network.requestWillBeSentExtraInfo",
      "Network.responseReceivedExtraInfo",
    ]) {
      session.on(method, (params) => {
        messages.push({ method, params });
        if (method === "Network.responseReceived") {
          answers.set(params.requestId, params.response);
        }
        if (method === "Network.loadingFinished" && answers.has(params.requestId)) {
          const answer = answers.get(params.requestId);
          bodies.push(
            session.send("Network.getResponseBody", { requestId: params.requestId }).then(({ body, base64Encoded }) => {
              answer.body = body;
              answer.encoding = base64Encoded ? "base64" : undefined;
            }),
          );
        }
      });
    }
    await session.send("Page.enable");
    await session.send("Network.enable", { maxTotalBufferSize: 1 << 28, maxResourceBufferSize: 1 << 28 });
    await openPage(page);
    const count = await readAll(askInPage(page));
    await Promise.all(bodies);
    return count;
  });
  const har = load("chrome-har").harFromMessages(messages, { includeTextFromResponseBody: true });
  writeFileSync(file, JSON.stringify(har));
  return count;
}

const RECORDERS = {
  axios: withAxios,
  polly: withPolly,
  chrome_har: withChromeHar,
  playwright_attach: withPlaywright("attach"),
  playwright_embed: withPlaywright("embed"),
  playwright_omit: withPlaywright("omit"),
  // The ending of the file is what makes it an archive.
  playwright_zip: withPlaywright("attach"),
};

const [recorder, file] = process.argv.slice(2);
const count = await RECORDERS[recorder](file);
if (!existsSync(file)) {
  throw new Error(`${recorder} wrote nothing into ${dirname(file)}`);
}
console.log(count);
