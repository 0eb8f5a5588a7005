// The list of functions beside the tables, for what data cannot say. A table names one by its key here.
import { known, NO_STREAM, type Stream } from '../../shell/value.ts';
import { agent, fdFind, foreign, mail, multiplexer } from './agents.ts';
import { compress, sevenZip, tar, unzip, zip } from './archive.ts';
import { awk } from './awk.ts';
import { build, goRun, tasks } from './builds.ts';
import { cloud, cloudCopy } from './clouds.ts';
import { container } from './containers.ts';
import { copy } from './copy.ts';
import { database } from './database.ts';
import { debug, editor, pager } from './editors.ts';
import { find } from './find.ts';
import { git, gitAlias } from './git.ts';
import { http } from './http.ts';
import { calculator, chattr, chmod, completion, dropdb, makeNode, scheduled, secrets, signal } from './misc.ts';
import { standardOutputOf } from './output.ts';
import { npm, npx, pip, systemPackages } from './packages.ts';
import type { ProgramRun } from './program-run.ts';
import { sed } from './sed.ts';
import { interpreter, shell } from './shells.ts';
import { netcat, opensslClient, opensslServer, socat, telnet } from './sockets.ts';
import { copyRemote, ssh, sshKeys } from './ssh.ts';
import { decode, echo, listing, mktemp, nameText, printf, tr } from './text.ts';
import { flock, joinsWords, recorder, su, tracer, withEnvironment, xargs } from './wrappers.ts';

/** Lowers one run and answers its standard output. */
export type Special = (run: ProgramRun) => Stream;

/** A verb that does what its rows say, below a program that has a function of its own. */
function rowsOnly(run: ProgramRun): Stream {
  run.rows();
  return standardOutputOf(run);
}

/** A server on every address of this machine; its port is its own matter. */
function listens(run: ProgramRun): Stream {
  run.rows();
  run.net('listen', known('0.0.0.0', run.place.span), []);
  return standardOutputOf(run);
}

function nothing(): Stream {
  return NO_STREAM;
}

export const SPECIALS: { readonly [name: string]: Special } = {
  agent,
  awk,
  build,
  calculator,
  chattr,
  chmod,
  cloud,
  cloudCopy,
  completion,
  compress,
  container,
  copy,
  copyRemote,
  database,
  debug,
  decode,
  dropdb,
  echo,
  editor,
  fdFind,
  find,
  flock,
  foreign,
  git,
  gitAlias,
  goRun,
  http,
  interpreter,
  joinsWords,
  listens,
  listing,
  mail,
  makeNode,
  mktemp,
  multiplexer,
  nameText,
  netcat,
  nothing,
  npm,
  npx,
  opensslClient,
  opensslServer,
  pager,
  pip,
  printf,
  recorder,
  rowsOnly,
  scheduled,
  secrets,
  sed,
  sevenZip,
  shell,
  signal,
  socat,
  ssh,
  sshKeys,
  su,
  systemPackages,
  tar,
  tasks,
  telnet,
  tr,
  tracer,
  unzip,
  withEnvironment,
  xargs,
  zip,
};
