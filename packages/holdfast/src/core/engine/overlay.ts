// Overlay: the world as one session's own steps made it. Answers observation in check and replay without touching a disk.
import { digest, isObject, text, type Action, type Fact, type Json, type Want } from '../model/index.ts';
import { resolvePath } from '../names/index.ts';

/** What one session wrote, edited, deleted or read; paths outside it are `unknown`. */
export class Overlay {
  readonly #files = new Map<string, string | 'deleted' | 'changed'>();

  /** What the overlay knows of it, or undefined. */
  answer(want: Want): Fact | undefined {
    const path = want.ask === 'path' || want.ask === 'text' ? want.path : undefined;
    const held = path === undefined ? undefined : this.#files.get(path);
    if (held === undefined || path === undefined) return undefined;
    if (want.ask === 'path')
      return { want, got: { real: path, exists: held !== DELETED, ...(held === DELETED ? {} : { kind: 'file' }) } };
    if (want.ask !== 'text' || held === CHANGED) return undefined;
    if (held === DELETED) return { want, none: 'absent' };
    const content = held.slice(1);
    return content.length > want.max ? { want, none: 'too-big' } : { want, got: content, digest: digest(content) };
  }

  /** Takes an action that ran into the overlay, with its result where there is one. */
  learn(action: Action, result: string | undefined): void {
    const path = text(action.input, 'path');
    if (path === undefined) return;
    const at = resolvePath(action.cwd, path, action.home);
    switch (action.tool) {
      case 'write': {
        const content = text(action.input, 'content');
        this.#files.set(at, content === undefined ? CHANGED : `=${content}`);
        return;
      }
      case 'edit':
        this.#files.set(at, edited(this.#files.get(at), action.input));
        return;
      case 'delete':
        this.#files.set(at, DELETED);
        return;
      case 'read':
        // Hosts number and cut what they show; a result is the text only when nothing else is known of the file.
        if (result !== undefined && !this.#files.has(at)) this.#files.set(at, CHANGED);
        return;
      default:
    }
  }
}

const DELETED = 'deleted';
const CHANGED = 'changed';

/** Text after the edits, when the text before is known and every `old` is found; otherwise only that it changed. */
function edited(held: string | undefined, input: Json): string {
  if (held === undefined || !held.startsWith('=') || !isObject(input)) return CHANGED;
  const edits = input['edits'];
  if (!Array.isArray(edits)) return CHANGED;
  let content = held.slice(1);
  for (const edit of edits as readonly Json[]) {
    const old = text(edit, 'old');
    const fresh = text(edit, 'new');
    if (old === undefined || fresh === undefined || !content.includes(old)) return CHANGED;
    content = content.replace(old, () => fresh);
  }
  return `=${content}`;
}
