#!/usr/bin/env node
// The command `holdfast`, in a clone and installed: finds a Node that can run it before anything modern is loaded.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { EXIT, FLOOR, again, fit, pinned } = require('./node.cjs');

const source = path.join(__dirname, '../src/app/cli/main.ts');
const root = path.join(__dirname, '../../..');
const inClone = fs.existsSync(source);

/**
 * Ends with one sentence. As an agent's hook, whatever goes wrong must stop the agent: exit 2 with text on standard
 * error is the one denial that every agent with command hooks honours, any other code lets the action through.
 */
function refuse(code, text) {
  process.stderr.write(`holdfast: ${text}\n`);
  process.exit(process.argv[2] === 'hook' ? 2 : code);
}

/** Two notices of Node 22 about features that the floor was chosen for; who runs a command needs neither. */
function quiet() {
  const emit = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const expected = rest[0] === 'ExperimentalWarning' && /SQLite|Type Stripping/.test(String(warning));
    if (!expected) emit.call(process, warning, ...rest);
  };
}

/** A reader that went away (`holdfast log | head`) ends the command as SIGPIPE would, not with a stack. */
function endWithReader() {
  process.stdout.on('error', (error) => {
    if (error.code !== 'EPIPE')
      process.stderr.write(`holdfast: could not write the answer: ${error.message} [write-failed]\n`);
    process.exit(process.argv[2] === 'hook' ? 2 : 141);
  });
}

async function run() {
  const entry = inClone ? source : path.join(__dirname, '../dist/app/cli/main.js');
  const { main } = await import(pathToFileURL(entry).href);
  process.exitCode = await main(process.argv.slice(2));
}

const other = inClone ? pinned(root) : undefined;
if (!fit(process.versions.node) && other !== undefined) {
  again(other, [__filename, ...process.argv.slice(2)], process.env, (text, signal) => {
    if (signal !== undefined && process.argv[2] !== 'hook') {
      // End of the same signal, so that a shell or a service manager sees what happened.
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
      return;
    }
    refuse(EXIT.NODE, `${text} [node-unusable]`);
  });
} else if (!fit(process.versions.node)) {
  const bring = inClone ? `run "npm ci" in ${root} (it brings one that fits) or ` : '';
  refuse(
    EXIT.NODE,
    `Node ${process.versions.node} is too old, ${FLOOR} is the oldest that works; ${bring}install a newer one [node-too-old]`,
  );
} else if (inClone && !fs.existsSync(path.join(root, 'node_modules', '.package-lock.json'))) {
  refuse(EXIT.NODE, `the packages it stands on are not installed; run "npm ci" in ${root} [not-installed]`);
} else {
  quiet();
  endWithReader();
  run().catch((error) => {
    // main answers for its own errors. What arrives here is a broken installation: say so without a stack.
    const said = error instanceof Error ? error.message : String(error);
    if (process.env.HOLDFAST_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    refuse(
      EXIT.BROKEN,
      `could not start: ${said}; install it again, or set HOLDFAST_DEBUG=1 to see where [start-failed]`,
    );
  });
}
