// Parties: recipients, channels and repositories in one normal form, so that lists can name them.
import type { Target } from '../model/index.ts';
import { groupsOfParty, type GroupIndex } from './groups.ts';
import { readHost } from './hosts.ts';

// Forges that compare owner and repository names without case.
const CASELESS = new Set(['github.com', 'gitlab.com', 'bitbucket.org', 'codeberg.org']);
const LONGEST = 4_096;
const MAIL = /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]+$/;

/**
 * Party target of a mail address (`Ann <ann@x.org>`, `mailto:`), a repository (URL, `git@host:a/b.git`, local path),
 * a channel (`#ops`, `slack:#ops`) or any other name as given. Mail ▶ `local@domain` with the domain in lower case;
 * repository ▶ `host/owner/name` and the scope of its host; empty text, NUL or two addresses in one ▶ unknown.
 */
export function partyTarget(index: GroupIndex, text: string): Target {
  const trimmed = text.trim();
  if (trimmed === '') return unknown('an empty recipient');
  if (trimmed.length > LONGEST) return unknown('a recipient longer than any address');
  // eslint-disable-next-line no-control-regex -- header injection and look-alike recipients live on these
  if (/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069\u200b]/.test(trimmed))
    return unknown('a recipient with control characters');
  const mail = mailAddress(trimmed);
  if (mail !== undefined) return party(index, mail);
  if (/^[^@\s]*@[^@\s]*@/.test(trimmed) || /,.*@/.test(trimmed)) return unknown('several recipients in one');
  return repository(index, trimmed) ?? party(index, trimmed);
}

/** The bare address of `text` when that is a mail address, with or without display name, else undefined. */
export function mailAddress(text: string): string | undefined {
  const inner = /^[^<>]*<([^<>]+)>$/.exec(text)?.[1] ?? text.replace(/^mailto:/i, '').replace(/\?.*$/, '');
  if (!MAIL.test(inner) || inner.includes('/') || inner.includes(':')) return undefined;
  const at = inner.lastIndexOf('@');
  return `${inner.slice(0, at)}@${inner.slice(at + 1).toLowerCase()}`;
}

function repository(index: GroupIndex, text: string): Target | undefined {
  const scp = /^(?:[\w.-]+@)?([\w.-]+|\[[0-9a-fA-F:]+\]):(?!\/\/|[0-9]+\/)(.+)$/.exec(text);
  const url = /^(?:git\+)?[a-z][a-z0-9+.-]*:\/\//i.exec(text);
  const isScp = url === null && scp !== null && (text.includes('@') || (scp[2] ?? '').includes('/'));
  if (/^(?:file:\/\/\/|\/|\.\.?\/|~\/)/i.test(text)) return party(index, text.replace(/^file:\/\//i, ''));
  let authority: string;
  let path: string;
  if (isScp && scp !== null) {
    authority = scp[1] ?? '';
    path = scp[2] ?? '';
  } else if (url !== null) {
    authority = text.replace(/^git\+/i, '');
    path = text.slice(url[0].length).replace(/^[^/]*/, '');
  } else {
    const bare = /^([\w-]+(?:\.[\w-]+)+)(\/.+)$/.exec(text);
    if (bare === null) return undefined;
    authority = bare[1] ?? '';
    path = bare[2] ?? '';
  }
  const read = readHost(authority);
  if ('unknown' in read) return unknown(read.unknown);
  const clean = path
    .replace(/[?#].*$/, '')
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/i, '');
  const name = `${read.host}${read.port === undefined ? '' : `:${read.port}`}/${CASELESS.has(read.host) ? clean.toLowerCase() : clean}`;
  return { type: 'party', name, scope: read.scope, groups: groupsOfParty(index, name) };
}

function party(index: GroupIndex, name: string): Target {
  return { type: 'party', name, groups: groupsOfParty(index, name) };
}

function unknown(why: string): Target {
  return { type: 'unknown', name: why, groups: [] };
}
