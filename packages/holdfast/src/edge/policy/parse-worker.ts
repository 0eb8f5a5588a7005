// The worker in which policy text is parsed: whatever a text does to the engine, it does to this one, which ends after its answer.
import { parentPort, workerData } from 'node:worker_threads';
import { parseHere, type PolicyText } from './parse-set.ts';

const port = parentPort;
// Outside a worker, as in a test that loads the module, there is nothing to do.
if (port !== null) {
  const { files } = workerData as { readonly files: readonly PolicyText[] };
  // As text: what is nested deeply must not be met again by the copying between threads.
  port.postMessage(JSON.stringify(await parseHere(files)));
}
