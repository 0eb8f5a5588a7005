// Checking from outside what agents' files say and what agents really did.
export { folderHoles, type FolderHole, type Protection } from './folder-holes.ts';
export { TranscriptWatch, type TranscriptOptions, type TranscriptSink } from './transcript.ts';
