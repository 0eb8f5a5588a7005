// The pure part as one entry (`holdfast/core`): the shared words, and the functions that decide.
export * from './engine/index.ts';
export * from './model/index.ts';
