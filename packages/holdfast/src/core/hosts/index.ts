// The agents that Holdfast knows. Adding one is adding its file and a line here.
import type { Host } from '../model/index.ts';
import { claudeCode } from './claude-code.ts';

export const HOSTS: ReadonlyMap<string, Host> = new Map([claudeCode].map((host) => [host.name, host]));

/** The host of that name (`claude-code`), or undefined for one that no file here knows. */
export function hostNamed(name: string): Host | undefined {
  return HOSTS.get(name);
}

export { claudeCode };
