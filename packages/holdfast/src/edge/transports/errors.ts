// What can go wrong with the socket: one class, closed codes, what happened and what to do.
import { CodedError } from '../../core/model/index.ts';

export type TransportCode =
  | 'socket-path-long'
  | 'socket-dir-open'
  | 'socket-io'
  | 'socket-inherited'
  | 'watcher-running'
  | 'watcher-absent'
  | 'watcher-silent'
  | 'watcher-refused'
  | 'watcher-untrusted'
  | 'hook-key'
  | 'frame-too-large'
  | 'frame-bad';

export class TransportError extends CodedError<TransportCode> {
  override readonly name = 'TransportError';
}
