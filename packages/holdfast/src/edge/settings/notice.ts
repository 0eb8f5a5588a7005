// What a settings file asked for and did not get, with the place where it asked.
import type { SettingsNotice } from '../../core/settings/index.ts';
import type { Position } from './json-positions.ts';
import type { Where } from './read-file.ts';

export type PlacedNotice = SettingsNotice & { readonly position?: Position };

/** The notice with its place; `where` belongs to the text of its file. */
export function placed(notice: SettingsNotice, where: Where | undefined): PlacedNotice {
  return where === undefined ? notice : { ...notice, position: where(notice.path) };
}

/** `file:line:column: \`key\`: why`. */
export function noticeLine(notice: PlacedNotice): string {
  const { file, position, key, why } = notice;
  const at = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  return `${at}: \`${key}\`: ${why}`;
}
