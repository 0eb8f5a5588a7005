// Policy: Cedar layers, compiled. The engine uses match and combine; edge/policy loads, validates and formats.
export * from './combine.ts';
export * from './compile.ts';
export * from './json-form.ts';
export { lintRules } from './lint.ts';
export * from './problem.ts';
export * from './request.ts';
export { ANNOTATIONS, actionsOf, compileTest, describe } from './rule.ts';
export {
  ACTION_GROUPS,
  ACTION_PARENT,
  NAMESPACE,
  POLICY_ACTIONS,
  RESOURCES,
  SCHEMA,
  type PolicyAction,
} from './schema.ts';
export { ERR } from './value.ts';
