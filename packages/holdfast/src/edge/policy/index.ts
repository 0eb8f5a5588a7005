// Policy on disk: load, validate, cache, format, and Cedar's own evaluator as the reference.
export { fileCache, type PolicyCache } from './cache.ts';
export { CEDAR_VERSION, formatPolicy, loadCedar, type Cedar } from './cedar.ts';
export { readExamples, type Example, type ExampleFile } from './examples.ts';
export { extendPolicy, loadPolicy, SHIPPED, type LoadedPolicy, type LoadOptions } from './load.ts';
export { parseApart } from './parse-apart.ts';
export { parseHere, type ParseSet, type PolicyText } from './parse-set.ts';
export { readPolicyFiles, type PolicyDir, type PolicyFile } from './read-files.ts';
export { askSet, BASELINE, BASELINE_ID, makeReference, prepareSet, type ReferenceAnswer } from './reference.ts';
