// What the files of a project folder do to the gate: switch hooks off, bring hooks or approvals of their own, start programs.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** One way in which a folder's own files loosen the agent's guard: a stable code and a sentence that names the file. */
export type FolderHole = { readonly code: string; readonly text: string };

/** How far the agent is protected; at managed level a project's hook settings have no effect. */
export type Protection = 'managed' | 'user' | 'none';

/** Claude Code reads these from the folder it is started in, and from no folder above (tried on 2.1.330). */
const FILES = ['.claude/settings.json', '.claude/settings.local.json'];
const BYTES = 1024 * 1024;

/** Members of the settings that name a program which the agent then runs on its own. */
const PROGRAMS = [
  'apiKeyHelper',
  'awsAuthRefresh',
  'awsCredentialExport',
  'gcpAuthRefresh',
  'otelHeadersHelper',
  'statusLine',
  'fileSuggestion',
];

/** Reads both settings files of `folder`; never throws: what cannot be read is itself told. */
export async function folderHoles(folder: string, protection: Protection): Promise<readonly FolderHole[]> {
  const found: FolderHole[] = [];
  for (const name of FILES) {
    const file = join(folder, name);
    const text = await readText(file);
    if (text === undefined) continue;
    if (typeof text !== 'string') {
      found.push({
        code: 'settings-unread',
        text: `${file} cannot be read (${text.why}), so it is not known whether it loosens anything`,
      });
      continue;
    }
    found.push(...holesIn(file, text, protection));
  }
  return found;
}

function holesIn(file: string, text: string, protection: Protection): readonly FolderHole[] {
  let settings: { readonly [key: string]: unknown };
  try {
    // The agent reads past a byte order mark; so must we.
    const value = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) as unknown;
    settings = object(value) ?? {};
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [{ code: 'settings-invalid', text: `${file} is no JSON; the agent ignores it until it is put right` }];
  }
  const found: FolderHole[] = [];
  const say = (code: string, what: string): void => void found.push({ code, text: `${file} ${what}` });
  if (protection !== 'managed') {
    if (settings['disableAllHooks'] === true)
      say('disables-hooks', 'switches all hooks off (disableAllHooks): the gate does not run in this folder');
    const events = Object.keys(object(settings['hooks']) ?? {});
    if (events.length > 0) say('brings-hooks', `brings hooks of its own that run programs (${listed(events)})`);
  }
  const permissions = object(settings['permissions']) ?? {};
  const mode = permissions['defaultMode'];
  if (mode === 'bypassPermissions' || mode === 'acceptEdits' || mode === 'auto' || mode === 'dontAsk')
    say('loosens-permissions', `sets the permission mode ${mode}`);
  const allowed = strings(permissions['allow']);
  if (allowed.length > 0) say('approves-tools', `approves tools beforehand (${listed(allowed)})`);
  if (strings(permissions['additionalDirectories']).length > 0)
    say('opens-folders', 'opens further folders to the agent');
  if (settings['enableAllProjectMcpServers'] === true || strings(settings['enabledMcpjsonServers']).length > 0)
    say('enables-servers', 'enables MCP servers without asking');
  const programs = PROGRAMS.filter((key) => settings[key] !== undefined);
  if (programs.length > 0) say('runs-programs', `names programs that the agent runs on its own (${listed(programs)})`);
  const names = Object.keys(object(settings['env']) ?? {});
  if (names.length > 0) say('sets-environment', `sets environment variables of the agent (${listed(names)})`);
  return found;
}

/** Undefined: no such file. */
async function readText(file: string): Promise<string | { readonly why: string } | undefined> {
  try {
    // Non-blocking: a FIFO in its place must not hold the watcher.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const info = await handle.stat();
      if (!info.isFile()) return { why: 'no regular file' };
      if (info.size > BYTES) return { why: `larger than ${BYTES} bytes` };
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : { why: code };
  }
}

function object(value: unknown): { readonly [key: string]: unknown } | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: unknown })
    : undefined;
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

/** At most five names of at most forty characters: the folder's author chose them. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 40)));
  return `${shown.join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
}
