// Settings: what is shipped, the form of a settings file, and how the scopes become one.
export * from './defaults.ts';
export * from './merge.ts';
export * from './schema.ts';
