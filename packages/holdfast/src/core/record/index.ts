// The form of records: line, chain, tree, proofs, notes and checkpoints. Pure; edge/ledger writes and reads it.
export * from './bytes.ts';
export * from './checkpoint.ts';
export * from './frame.ts';
export * from './merkle.ts';
export * from './note.ts';
export * from './proof.ts';
