// Observation: facts about the real file system and about processes, bounded and read-only.
export { observeFacts, type Observer, type ObserveOptions } from './facts.ts';
export { processLineage } from './lineage.ts';
