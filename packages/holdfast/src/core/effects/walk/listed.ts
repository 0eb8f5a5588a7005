// A pattern in command position (`/???/r?`): which files it stands for, from an observed listing.
import { limits } from '../../model/index.ts';
import { hasGlob, matches, unescapePattern } from '../../shell/pattern.ts';
import { unknown, type Value } from '../../shell/value.ts';
import type { Walker } from './walker.ts';

/** Every directory of the path may be a pattern. Not observed (yet), or too many: one unknown word. */
export function listed(walker: Walker, pattern: Value): readonly Value[] {
  const why = unknown('a command named by a pattern', pattern.span, '', '', pattern.from);
  const { cwd } = walker.scope.state;
  const absolute = pattern.text.startsWith('/');
  if (!absolute && cwd.kind !== 'known') return [why];
  let paths: readonly string[] = [absolute ? '/' : ''];
  const pieces = pattern.text.split('/').filter((piece) => piece !== '');
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] as string;
    const next: string[] = [];
    for (const path of paths) {
      if (!hasGlob(piece)) {
        next.push(join(path, unescapePattern(piece)));
        continue;
      }
      if (!walker.spend(1)) return [why];
      const dir = path.startsWith('/') ? path : path === '' ? cwd.text : join(cwd.text, path);
      const fact = walker.ctx.fact({ ask: 'list', dir, max: limits.LIST_ENTRIES });
      if (fact === undefined) return [why];
      const names = 'got' in fact && Array.isArray(fact.got) ? fact.got : undefined;
      // Where a directory is missing nothing matches; where it could not be read nobody knows.
      if (names === undefined) {
        if ('none' in fact && fact.none === 'absent') continue;
        return [why];
      }
      for (const name of names) {
        if (typeof name !== 'string' || (name.startsWith('.') && !piece.startsWith('.'))) continue;
        const hit = matches(piece, name);
        if (hit === undefined) return [why];
        if (hit) next.push(join(path, name));
        if (next.length > limits.WORDS) return [why];
      }
    }
    paths = next;
  }
  const plain = unescapePattern(pattern.text);
  const found = paths.length === 0 ? [plain] : paths;
  return found.map((text) => ({ ...pattern, kind: 'known', text, before: text }));
}

function join(base: string, name: string): string {
  return base === '' || base.endsWith('/') ? `${base}${name}` : `${base}/${name}`;
}
