// The Cedar schema that every rule is written against: one published text, and its action hierarchy as a table.
import type { EffectKind } from '../model/index.ts';

/** Namespace of all types; requests carry type names without it. */
export const NAMESPACE = 'Holdfast';

/** What a request asks about: one effect kind, or `call`, the action as a whole (asked once). */
export type PolicyAction = EffectKind | 'call';

/** Groups of actions a rule may name instead of a kind: `action in Holdfast::Action::"mutates"`. */
export const ACTION_GROUPS = ['reads', 'mutates', 'leaves', 'executes', 'controls', 'any'] as const;
export type ActionGroup = (typeof ACTION_GROUPS)[number];

/** The group of each action. Every group is in `any`; `call` is in none, so that a rule over effects never meets it. */
export const ACTION_PARENT: { readonly [action in PolicyAction]: ActionGroup | undefined } = {
  'file.read': 'reads',
  'file.write': 'mutates',
  'file.delete': 'mutates',
  'file.permission': 'mutates',
  'remote.change': 'mutates',
  'remote.delete': 'mutates',
  'vcs.rewrite': 'mutates',
  persist: 'controls',
  'config.change': 'controls',
  'memory.write': 'controls',
  'extension.install': 'controls',
  'net.connect': 'leaves',
  'net.send': 'leaves',
  'net.listen': 'leaves',
  'message.send': 'leaves',
  'vcs.push': 'leaves',
  'process.exec': 'executes',
  'code.eval': 'executes',
  'package.install': 'executes',
  'process.privilege': 'executes',
  'process.signal': 'executes',
  'agent.spawn': 'executes',
  'secret.use': 'any',
  opaque: 'any',
  call: undefined,
};

export const POLICY_ACTIONS = Object.keys(ACTION_PARENT) as readonly PolicyAction[];

/** Resource types of each action group's members; the text below says the same and a test compares the two. */
const FILE = ['Path', 'Unknown'] as const;
const CONTROL = ['Path', 'Party', 'Program', 'Host', 'Remote', 'Tool', 'Unknown'] as const;
const NET = ['Host', 'Path', 'Unknown'] as const;
const SINK = ['Party', 'Remote', 'Host', 'Path', 'Unknown'] as const;
const EXECUTE = ['Program', 'Path', 'Host', 'Party', 'Remote', 'Tool', 'Unknown'] as const;
const REMOTE = ['Remote', 'Party', 'Host', 'Path', 'Unknown'] as const;

/** Which entity types a request of this action may name. A target of another type is asked about as `Unknown`. */
export const RESOURCES: { readonly [action in PolicyAction]: readonly string[] } = {
  'file.read': FILE,
  'file.write': FILE,
  'file.delete': FILE,
  'file.permission': FILE,
  persist: CONTROL,
  'config.change': CONTROL,
  'memory.write': CONTROL,
  'extension.install': CONTROL,
  'net.connect': NET,
  'net.send': NET,
  'net.listen': NET,
  'message.send': SINK,
  'vcs.push': SINK,
  'process.exec': EXECUTE,
  'code.eval': EXECUTE,
  'package.install': EXECUTE,
  'process.privilege': EXECUTE,
  'process.signal': EXECUTE,
  'agent.spawn': EXECUTE,
  'secret.use': ['Secret', 'Path', 'Unknown'],
  'remote.change': REMOTE,
  'remote.delete': REMOTE,
  'vcs.rewrite': REMOTE,
  opaque: ['Unknown', 'Program', 'Tool', 'Path', 'Host'],
  call: ['Tool'],
};

/** True when `action` is `group` or stands below it. */
export function actionIn(action: string, group: string): boolean {
  if (action === group) return true;
  const parent = (ACTION_GROUPS as readonly string[]).includes(action)
    ? action === 'any'
      ? undefined
      : 'any'
    : ACTION_PARENT[action as PolicyAction];
  return parent !== undefined && (parent === group || group === 'any');
}

/**
 * The schema as published. Every String and Set<String> holds words of a closed vocabulary unless its comment says otherwise:
 * attributes, scopes and kinds are those of core/model/effect.ts.
 */
export const SCHEMA = `namespace Holdfast {
  // Asked once per effect.
  type Effect = {
    certain: Bool,                // false: it may happen
    attributes: Set<String>,
    tool: String,                 // normal tool name: "shell" "write" "mcp" …
    seam: String,                 // where the action was seen
    profile: String,              // "observe" "balanced" "strict" "locked"
    prompts: String,              // does the host still ask its user: "on" or "off" (unknown is "off")
    inside: Bool,                 // the working directory lies in the workspace, and the workspace is a project (no root, no home)
    via: Set<String>,             // wrappers and interpreters passed through, program names
    integrity: String,            // of the data that goes in or out: "user" "workspace" "external"
    confidentiality: String,      // "public" "private" "secret"
    origins: Set<String>,         // "task" "config" "result:external" "delegated" "model"
    findings: Set<String>,        // codes of findings about this effect or the whole action
    limits: Set<String>,          // limits of the user that this effect would break
    "with": Set<String>,          // kinds of the other effects of the same action
    withReads: Set<String>,       // scopes that the other effects read from; "none" not classified, "unknown" not resolved
    withChanges: Set<String>,     // scopes of the targets of all other effects that neither only read nor execute; likewise
    withGroups: Set<String>,      // groups that the targets of the other effects are in
    risk: Long,                   // of this effect, 0-100
    askAt: Long,
    denyAt: Long,
  };
  // Asked once per action.
  type Call = {
    effects: Set<String>,         // kinds of all effects
    attributes: Set<String>,      // of all effects
    scopes: Set<String>,          // of all targets; "none" not classified, "unknown" not resolved
    groups: Set<String>,          // of all targets
    findings: Set<String>,
    limits: Set<String>,
    tool: String,
    profile: String,
    prompts: String,
    inside: Bool,
    integrity: String,            // the lowest of all effects
    confidentiality: String,      // the highest of all effects
    seams: Set<String>,           // where this action was seen
    risk: Long,                   // of the action, 0-100
    askAt: Long,
    denyAt: Long,
  };
  entity Group;                   // named lists of settings; membership is computed before policy
  entity Agent in [Group] = { host: String };
  entity Session in [Agent, Group] = {
    depth: Long,                  // 0: started by a human; sub-agents count up
    task: Bool,                   // a prompt proven to come from a human set the task
    level: String,                // "cooperative" "contained" "separate-user"
    marks: Set<String>,           // labels of data seen so far: "external" "private" "secret"
  };
  // scope: "workspace" "temp" "home" "system" "device", or "none" when it could not be classified. exists: only when observed.
  entity Path in [Group] = { path: String, scope: String, exists?: Bool };
  // scope: "loopback" "local-net" "metadata" "internet", or "none".
  entity Host in [Group] = { name: String, scope: String, port?: Long };
  entity Program in [Group] = { name: String };
  entity Party in [Group] = { address: String };   // recipient, repository, channel
  entity Remote in [Group] = { uri: String };      // cloud, cluster, database object
  entity Secret in [Group] = { class: String };
  entity Tool in [Group] = { name: String, server?: String, pinned: Bool };
  entity Unknown = { why: String };                // an unresolved target is a type of its own, so that no rule can forget it
  action any;
  action reads, mutates, leaves, executes, controls in [any];
  action "file.read" in [reads] appliesTo { principal: Session, resource: [Path, Unknown], context: Effect };
  action "file.write", "file.delete", "file.permission" in [mutates]
    appliesTo { principal: Session, resource: [Path, Unknown], context: Effect };
  action persist, "config.change", "memory.write", "extension.install" in [controls]
    appliesTo { principal: Session, resource: [Path, Party, Program, Host, Remote, Tool, Unknown], context: Effect };
  action "net.connect", "net.send", "net.listen" in [leaves]
    appliesTo { principal: Session, resource: [Host, Path, Unknown], context: Effect };
  action "message.send", "vcs.push" in [leaves]
    appliesTo { principal: Session, resource: [Party, Remote, Host, Path, Unknown], context: Effect };
  action "process.exec", "code.eval", "package.install", "process.privilege", "process.signal", "agent.spawn" in [executes]
    appliesTo { principal: Session, resource: [Program, Path, Host, Party, Remote, Tool, Unknown], context: Effect };
  action "secret.use" in [any] appliesTo { principal: Session, resource: [Secret, Path, Unknown], context: Effect };
  action "remote.change", "remote.delete", "vcs.rewrite" in [mutates]
    appliesTo { principal: Session, resource: [Remote, Party, Host, Path, Unknown], context: Effect };
  action opaque in [any] appliesTo { principal: Session, resource: [Unknown, Program, Tool, Path, Host], context: Effect };
  action call appliesTo { principal: Session, resource: Tool, context: Call };
}
`;
