// Names: what a path, host, program or party is called in normal form, where it lies, and which groups it is in.
export * from './chars.ts';
export * from './fold.ts';
export * from './groups.ts';
export * from './hosts.ts';
export * from './parties.ts';
export * from './path-target.ts';
export * from './paths.ts';
export * from './unicode.ts';
