// Runs the source in Node: events to standard output, everything for people to standard error.
//
//     npm install && npm run transpile
//     DEFENDER_CLIENT_SECRET=… node main.js config.json checkpoint.txt
//
// `npm run transpile` makes the folder `component` from the component, once for each version of it.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { source } from './component/defender_source.js';

// How the read of a dataset can fail; all else is as it should be.
const FAILED = ['partial', 'forbidden', 'skipped'];
const [configFile, checkpointFile] = process.argv.slice(2);

function load() {
  return existsSync(checkpointFile) ? readFileSync(checkpointFile, 'utf8') : undefined;
}

function store(position) {
  writeFileSync(`${checkpointFile}.new`, position);
  renameSync(`${checkpointFile}.new`, checkpointFile);
}

function deliver(text) {
  return new Promise((done, failed) => {
    process.stdout.write(text, (error) => (error ? failed(error) : done()));
  });
}

async function run() {
  const secrets = [{ name: 'client_secret', value: process.env.DEFENDER_CLIENT_SECRET ?? '' }];
  const session = source.Session.open(readFileSync(configFile, 'utf8'), secrets, load());
  for (;;) {
    const step = session.next({ maxEvents: 1000, maxBytes: 1 << 20 });
    switch (step.tag) {
      case 'batch':
        await deliver(step.val.events.map((event) => `${event.document}\n`).join(''));
        store(step.val.checkpoint); // only now: the events are out
        break;
      case 'wait':
        console.error(`waits ${step.val.millis} ms: ${step.val.message}`);
        await sleep(Number(step.val.millis)); // a u64 is a BigInt
        break;
      case 'finished':
        store(step.val.checkpoint);
        for (const { dataset, completeness, emitted } of step.val.datasets) {
          console.error(`${dataset}: ${completeness}, ${emitted} records`);
        }
        return !step.val.datasets.some(({ completeness }) => FAILED.includes(completeness));
    }
  }
}

try {
  process.exitCode = (await run()) ? 0 : 1;
} catch (error) {
  const failure = error.payload?.val; // what the contract calls `error`
  console.error(failure ? `${error.payload.tag}: ${failure.message} ${failure.remedy}` : error);
  process.exitCode = 1;
}
