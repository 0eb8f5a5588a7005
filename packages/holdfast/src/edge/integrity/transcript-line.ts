// One line of a Claude Code transcript ▶ the tool calls and results in it. Shapes seen in 2.1.330 (test/payloads/claude-code/2.1.330).

export type LineCall = { readonly callId: string; readonly tool: string };
export type LineResult = {
  readonly callId: string;
  readonly isError: boolean;
  /** Whether the tool did anything: `no` when the host refused the call before any tool began. */
  readonly ran: 'yes' | 'no' | 'unknown';
  readonly text: string | undefined;
};
export type Line = {
  /** The gate's session: a sub-agent's has its parent's before it. */
  readonly session: string;
  readonly cwd: string | undefined;
  /** Milliseconds since the epoch, as the agent wrote it. */
  readonly time: number | undefined;
  readonly calls: readonly LineCall[];
  readonly results: readonly LineResult[];
};

/** Longest piece of a result that is kept, UTF-16 units. */
const RESULT = 64 * 1024;

/** The host opens the results of calls that it refused itself (unknown tool, input that does not fit) with this tag. */
const REFUSED = '<tool_use_error>';

/** Undefined for a line that says nothing of tool calls; `malformed` for one that is no JSON object. */
export function readLine(text: string): Line | 'malformed' | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return 'malformed';
    throw error;
  }
  const line = object(entry);
  if (line === undefined) return 'malformed';
  if (line['type'] !== 'assistant' && line['type'] !== 'user') return undefined;
  const run = line['sessionId'];
  if (typeof run !== 'string') return undefined;
  const child = line['agentId'];
  const content = object(line['message'])?.['content'];
  const blocks = Array.isArray(content) ? content.map(object).filter((block) => block !== undefined) : [];
  const time = typeof line['timestamp'] === 'string' ? Date.parse(line['timestamp']) : Number.NaN;
  return {
    session: typeof child === 'string' ? `${run}/${child}` : run,
    cwd: typeof line['cwd'] === 'string' ? line['cwd'] : undefined,
    time: Number.isNaN(time) ? undefined : time,
    calls: blocks.flatMap((block) => {
      const { type, id, name } = block;
      return type === 'tool_use' && typeof id === 'string'
        ? [{ callId: id, tool: typeof name === 'string' ? name : '' }]
        : [];
    }),
    results: blocks.flatMap((block) => {
      const callId = block['tool_use_id'];
      if (block['type'] !== 'tool_result' || typeof callId !== 'string') return [];
      const isError = block['is_error'] === true;
      const result = textOf(block['content']);
      return [{ callId, isError, ran: ranOf(line, isError, result), text: result?.slice(0, RESULT) }];
    }),
  };
}

/**
 * The entry says how the call was let through or refused. A tool cannot write that: only its result's text is its own. Where it says
 * nothing, a refusal by the host itself is told by its tag, and everything else may have run.
 */
function ranOf(
  line: { readonly [key: string]: unknown },
  isError: boolean,
  text: string | undefined,
): LineResult['ran'] {
  const decision = object(line['permissionDecision'])?.['decision'];
  if (decision === 'accept') return 'yes';
  if (decision === 'reject') return 'no';
  if (decision === undefined && isError && text?.startsWith(REFUSED) === true) return 'no';
  return isError ? 'unknown' : 'yes';
}

function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  return content
    .map((part) => object(part)?.['text'])
    .filter((part) => typeof part === 'string')
    .join('\n');
}

function object(value: unknown): { readonly [key: string]: unknown } | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: unknown })
    : undefined;
}
