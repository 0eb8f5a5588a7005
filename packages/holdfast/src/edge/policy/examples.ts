// Examples beside the rules: `<rule>.examples.json` with real actions under `fires`, `quiet` and `misses`.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { MARKS, PROFILES, TOOLS, type Json } from '../../core/model/index.ts';
import type { CompiledRule } from '../../core/policy/index.ts';

/** What was said or done earlier in the example's session: a step and its result. */
const json = z.json() as z.ZodType<Json>;
const step = z.strictObject({
  tool: z.enum(TOOLS),
  input: json,
  cwd: z.string().optional(),
  result: z.string().optional(),
});

const example = z.strictObject({
  tool: z.enum(TOOLS),
  input: json,
  /** Absolute; absent: the workspace `/home/dev/project`. */
  cwd: z.string().optional(),
  /** Absent: balanced. */
  profile: z.enum(PROFILES).optional(),
  /** Labels that the session has already seen. */
  marks: z.array(z.enum(MARKS)).optional(),
  before: z.array(step).optional(),
  /** Why it stands here; required for a miss in spirit, shown when it fails. */
  note: z.string().optional(),
});

const file = z.strictObject({
  fires: z.array(example).min(1),
  quiet: z.array(example).min(1),
  misses: z.array(example.required({ note: true })),
});

export type Example = z.infer<typeof example>;
export type ExampleFile = { readonly rule: string; readonly file: string } & z.infer<typeof file>;

/** Examples of the rules given, each from beside its own file. A rule without readable examples is an error of its own. */
export async function readExamples(rules: readonly CompiledRule[]): Promise<{
  readonly files: readonly ExampleFile[];
  readonly errors: readonly { readonly rule: string; readonly error: string }[];
}> {
  const files: ExampleFile[] = [];
  const errors: { rule: string; error: string }[] = [];
  for (const { info, at } of rules) {
    const path = at?.file.replace(/\.cedar$/, '.examples.json');
    if (path === undefined) continue;
    try {
      files.push({ rule: info.id, file: path, ...file.parse(JSON.parse(await readFile(path, 'utf8'))) });
    } catch (error) {
      if (error instanceof z.ZodError)
        errors.push({ rule: info.id, error: `${path}: ${z.prettifyError(error).split('\n').join(' ')}` });
      else if (error instanceof SyntaxError)
        errors.push({ rule: info.id, error: `${path}: not JSON: ${error.message}` });
      else if (error instanceof Error && 'code' in error)
        errors.push({ rule: info.id, error: `${path}: ${String(error.code)}` });
      else throw error;
    }
  }
  return { files, errors };
}
