// The hook client for machines without the native one: same arguments, same protocol, same strictness, one file, Node ≥ 18.
// Start it as `env -i node hook.mjs HOST [EVENT] --socket PATH --key FINGERPRINT …`: what is in the environment
// (NODE_OPTIONS) acts before the first line here does. Protocol: docs/adr/0005-hook-protocol.md.
import { Buffer } from 'node:buffer';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import process from 'node:process';

const PAYLOAD_MAX = 16 * 1024 * 1024;
const REPLY_MAX = 1024 * 1024;
const MAGIC = 'holdfast-reply 1\n';
const FIXED = MAGIC.length + 33 + 65;
const START = 'start it with `holdfast start`';
const DOCTOR = 'find out with `holdfast doctor`';
const NAME = /^[A-Za-z0-9._-]{1,64}$/;
// As long as the kernel takes in a socket address, its terminating zero included.
const SOCKET_PATH = process.platform === 'linux' ? 108 : 104;

let failExit = 2;
let failing = false;
// Whatever ends this process without a word from below ends it as a denial.
process.exitCode = 2;
process.on('uncaughtException', (error) => fail('the hook client failed', undefined, error?.message, DOCTOR));

/** One line on standard error, then the only exit that stops every command-hook host. */
function fail(what, about, detail, repair) {
  if (failing) return;
  failing = true;
  const end = failExit === 0 ? 'goes on unwatched (profile observe)' : 'was stopped';
  const line = `holdfast: ${what}${about === undefined ? '' : ` ${about.slice(0, 400)}`}${detail === undefined ? '' : `: ${detail.slice(0, 100)}`}; the action ${end}; ${repair}`;
  try {
    // eslint-disable-next-line no-control-regex
    fs.writeSync(2, `${line.replace(/[\x00-\x1f\x7f]/g, '?')}\n`);
  } catch {
    // Nobody listens; the exit code still speaks.
  }
  process.exit(failExit);
}

function usage(what, about) {
  failExit = 2; // an installed command that is wrong is never taken for profile observe
  fail(what, about, undefined, 'put the hook right with `holdfast init`');
}

function number(text, max, name) {
  if (!/^(?:0|[1-9]\d{0,9})$/.test(text)) usage('not a number for', name);
  if (Number(text) > max) usage('too large a number for', name);
  return Number(text);
}

function readOptions(argv) {
  const words = [];
  const given = new Map();
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i];
    if (!word.startsWith('-')) {
      if (!NAME.test(word)) usage('not a name:', word);
      words.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    if (!['--socket', '--key', '--deadline', '--uid', '--on-failure'].includes(name)) usage('there is no flag', name);
    if (given.has(name)) usage('given twice:', name);
    const value = equals < 0 ? argv[++i] : word.slice(equals + 1);
    if (value === undefined) usage('no value for', name);
    given.set(name, value);
  }
  const [host, event] = words;
  const socket = given.get('--socket') ?? '';
  const onFailure = given.get('--on-failure') ?? 'deny';
  if (words.length > 2) usage('one argument too many:', words[2]);
  if (host === undefined) usage('no host is named');
  if (!path.posix.isAbsolute(socket)) usage('no absolute path in', '--socket');
  if (Buffer.byteLength(socket) >= SOCKET_PATH) usage('the socket path is too long:', socket);
  if (!/^[0-9a-f]{32}$/.test(given.get('--key') ?? '')) usage('no fingerprint in', '--key');
  const deadline = number(given.get('--deadline') ?? '10000', 600_000, '--deadline');
  if (deadline < 1) usage('no time at all in', '--deadline');
  const uid = given.has('--uid') ? number(given.get('--uid'), 0x7fffffff, '--uid') : undefined;
  if (onFailure !== 'deny' && onFailure !== 'pass') usage('neither deny nor pass:', onFailure);
  if (onFailure === 'pass') failExit = 0;
  return { host, event, socket, key: given.get('--key'), deadline, uid };
}

/** Node cannot ask who answers; a directory and a socket that only trusted users can have made say the same. */
function checkOwners({ socket, uid }) {
  const trusted = (owner) => (uid === undefined ? owner === 0 || owner === process.getuid?.() : owner === uid);
  const absent = (error) => error?.code === 'ENOENT' || error?.code === 'ENOTDIR';
  let directory;
  let file;
  try {
    directory = fs.statSync(path.dirname(socket));
    file = fs.lstatSync(socket);
  } catch (error) {
    if (absent(error)) fail('the watcher is not running, there is no', socket, undefined, START);
    fail('cannot look at the directory of', socket, error?.code, DOCTOR);
  }
  if (!directory.isDirectory() || !trusted(directory.uid) || (directory.mode & 0o022) !== 0)
    fail('the directory belongs to, or is open to, another user: that of', socket, undefined, DOCTOR);
  if (!file.isSocket() || !trusted(file.uid)) fail('another user answers on', socket, undefined, DOCTOR);
}

function readKey(socket, print) {
  const file = path.join(path.dirname(socket), 'hook.key');
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
  const bytes = Buffer.alloc(33);
  let read = -1;
  try {
    const fd = fs.openSync(file, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    if (fs.fstatSync(fd).isFile()) read = fs.readSync(fd, bytes, 0, 33, null);
    fs.closeSync(fd);
  } catch (error) {
    fail('cannot read the key', file, error?.code, DOCTOR);
  }
  if (read !== 32) fail('this is no key:', file, undefined, DOCTOR);
  const key = bytes.subarray(0, 32);
  if (crypto.createHash('sha256').update(key).digest('hex').slice(0, 32) !== print)
    fail('the key is not the one that this hook was installed with:', file, undefined, DOCTOR);
  return key;
}

function request(options, nonce, payload) {
  const { host, event } = options;
  const head = { v: 1, nonce, host, ...(event === undefined ? {} : { event }), pid: process.pid, ppid: process.ppid };
  const coded = () => Buffer.from(JSON.stringify({ ...head, payload64: payload.toString('base64') }));
  const text = payload.toString('utf8');
  if (!Buffer.from(text).equals(payload)) return coded();
  const plain = Buffer.from(JSON.stringify({ ...head, payload: text }));
  // Text where it is text; base64 where escapes would make it longer than that (this bounds the frame).
  return plain.length <= Math.ceil(payload.length / 3) * 4 + 1024 ? plain : coded();
}

/** The answer in a complete reply frame, or a reason why it is none of this watcher to this request. */
function readReply(body, nonce, sent, key) {
  if (body.toString('latin1', 0, MAGIC.length) !== MAGIC || body[MAGIC.length + 32] !== 10 || body[FIXED - 1] !== 10)
    return 'unknown form';
  if (body.toString('latin1', MAGIC.length, MAGIC.length + 32) !== nonce) return 'wrong nonce';
  const end = body.indexOf(10, FIXED);
  const found = /^(0|[1-9]\d{0,2}) (0|[1-9]\d{0,6}) (0|[1-9]\d{0,6})$/.exec(
    body.toString('latin1', FIXED, Math.min(end, FIXED + 24)),
  );
  if (end < 0 || found === null) return 'bad numbers';
  const [exit, out, err] = found.slice(1).map(Number);
  const rest = body.subarray(end + 1);
  if (exit > 255 || out + err !== rest.length) return 'bad length';
  const bound = crypto.createHash('sha256').update(sent).digest('hex');
  const mac = crypto
    .createHmac('sha256', key)
    .update(`${MAGIC}${nonce}\n${bound}\n`)
    .update(body.subarray(FIXED))
    .digest();
  const given = body.toString('latin1', MAGIC.length + 33, FIXED - 1);
  if (!/^[0-9a-f]{64}$/.test(given) || !crypto.timingSafeEqual(Buffer.from(given, 'hex'), mac)) return 'wrong mac';
  return { exit, stdout: rest.subarray(0, out), stderr: rest.subarray(out) };
}

/** Writes all of `bytes`, then calls `next`. Pipes are written without blocking, so that the deadline ends also that. */
function hand(fd, bytes, next) {
  const failed = (error) => fail('the answer could not be handed on', undefined, error?.code, DOCTOR);
  if (bytes.length === 0) return next();
  try {
    const kind = fs.fstatSync(fd);
    if (kind.isFIFO() || kind.isSocket()) {
      const pipe = new net.Socket({ fd, readable: false, writable: true });
      pipe.on('error', failed);
      pipe.write(bytes, (error) => (error ? failed(error) : next()));
      return undefined;
    }
    // Node puts the null device where a descriptor was closed: an answer written there is one that nobody gets.
    if (kind.isCharacterDevice() && kind.rdev === fs.statSync('/dev/null').rdev)
      return failed({ code: 'the null device' });
    for (let at = 0; at < bytes.length;) at += fs.writeSync(fd, bytes, at);
  } catch (error) {
    return failed(error);
  }
  return next();
}

function ask(options, payload) {
  checkOwners(options);
  const key = readKey(options.socket, options.key);
  const nonce = crypto.randomBytes(16).toString('hex');
  const body = request(options, nonce, payload);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length);
  const bad = (why) => fail('the answer is not one of this watcher on', options.socket, why, DOCTOR);
  let got = Buffer.alloc(0);
  let chunks = [];
  let held = 0;
  let need = 4;
  let done = false;
  const socket = net.connect(options.socket);
  socket.on('connect', () => {
    socket.write(size);
    socket.write(body);
  });
  socket.on('error', (error) => {
    if (done) return;
    if (error.code === 'ENOENT') fail('the watcher is not running, there is no', options.socket, undefined, START);
    if (error.code === 'ECONNREFUSED')
      fail('the watcher is not running, nobody listens on', options.socket, undefined, START);
    if (error.code === 'EPIPE' || error.code === 'ECONNRESET')
      fail('the watcher closed the connection on', options.socket, undefined, DOCTOR);
    fail('cannot reach the watcher on', options.socket, error.code, DOCTOR);
  });
  socket.on('close', () => {
    if (!done) fail('the watcher closed the connection without an answer on', options.socket, undefined, DOCTOR);
  });
  socket.on('data', (chunk) => {
    if (done) return undefined;
    chunks.push(chunk);
    held += chunk.length;
    while (held >= need) {
      got = Buffer.concat([got, ...chunks]);
      chunks = [];
      if (need > 4) break;
      const length = got.readUInt32BE(0);
      if (length > REPLY_MAX || length < FIXED + 6) return bad('bad length');
      need = 4 + length;
    }
    if (held < need) return undefined;
    const answer = readReply(got.subarray(4, need), nonce, body, key);
    if (typeof answer === 'string') return bad(answer);
    done = true;
    hand(1, answer.stdout, () =>
      hand(2, answer.stderr, () => {
        failing = true;
        process.exit(answer.exit);
      }),
    );
    return undefined;
  });
}

function main(argv) {
  const options = readOptions(argv);
  setTimeout(() => fail('the watcher did not answer in time on', options.socket, undefined, DOCTOR), options.deadline);
  const parts = [];
  let bytes = 0;
  process.stdin.on('data', (chunk) => {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes > PAYLOAD_MAX)
      fail('the payload is larger than 16 MB', undefined, undefined, 'split the call into smaller ones');
  });
  process.stdin.on('error', (error) => fail('cannot read the payload', undefined, error.code, DOCTOR));
  process.stdin.on('end', () => {
    if (bytes === 0) fail('there is no payload on standard input', undefined, undefined, DOCTOR);
    ask(options, Buffer.concat(parts));
  });
}

if (Number(process.versions.node.split('.')[0]) < 18) {
  fail(
    `the hook client needs Node 18 or newer, this is ${process.versions.node}`,
    undefined,
    undefined,
    'install a newer Node or the native hook client',
  );
}
// As a verb of the command line it stands behind the word `hook`.
main(process.argv.slice(process.argv[2] === 'hook' ? 3 : 2));
