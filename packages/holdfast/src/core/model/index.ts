// The model: all words of architecture §1 as readonly plain data. Everything else imports from here.
export * from './action.ts';
export * from './coded-error.ts';
export * from './digest.ts';
export * from './effect.ts';
export * from './event.ts';
export * from './fact.ts';
export * from './finding.ts';
export * from './host.ts';
export * from './json.ts';
export * from './lowered.ts';
export * from './record.ts';
export * from './rules.ts';
export * from './state.ts';
export * from './verdict.ts';
export * as limits from './limits.ts';
