// A scripted model: the Anthropic Messages API (streamed) on loopback, so that a real agent runs without a model or a network.
// Which script answers is told by the first words a conversation carries; which step, by the tool calls already in it. Nothing is kept
// between requests, so a retry gets the same answer and several agents may talk to one server at once.
import { createServer, type ServerResponse } from 'node:http';
import { appendFileSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export type Call = { readonly tool: string; readonly input: { readonly [key: string]: unknown } };
/** One turn of the model: some tool calls at once, or words that end the conversation. */
export type Step = { readonly calls: readonly Call[] } | { readonly say: string };
/** `match`: a text that occurs in the conversation's first user message. */
export type Script = { readonly match: string; readonly steps: readonly Step[] };

/** One request as the agent sent it, reduced to what tests look at. */
export type Seen = {
  readonly script: string | undefined;
  readonly step: number;
  readonly tools: readonly string[];
  /** Results of tool calls in the conversation so far, in order. */
  readonly results: readonly { readonly id: string; readonly error: boolean; readonly text: string }[];
  readonly reply: Step;
};

type Block = { type: string; text?: string; id?: string; tool_use_id?: string; is_error?: boolean; content?: unknown };
type Message = { role: string; content: string | Block[] };
type Body = { stream?: boolean; model?: string; messages?: Message[]; tools?: { name: string }[] };

export type ModelServer = { readonly port: number; readonly close: () => Promise<void> };

/** Starts the server on 127.0.0.1 and a free port. `scripts` is asked at every request; `seen` is told of every one. */
export function startModelServer(
  scripts: () => readonly Script[],
  seen: (request: Seen) => void,
): Promise<ModelServer> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const path = (request.url ?? '').split('?')[0] ?? '';
      if (request.method !== 'POST' || !path.endsWith('/messages')) {
        if (path.endsWith('/count_tokens')) return json(response, 200, { input_tokens: 10 });
        return json(response, request.method === 'POST' ? 404 : 200, {});
      }
      const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as Body;
      const found = next(body, scripts());
      seen(found);
      answer(response, body, found.reply);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      const close = (): Promise<void> =>
        new Promise((done) => {
          server.closeAllConnections();
          server.close(() => done());
        });
      resolve({ port, close });
    });
  });
}

/** The step that answers this conversation; a conversation no script knows, or without tools (titles, checks), gets `ok`. */
export function next(body: Body, scripts: readonly Script[]): Seen {
  const messages = body.messages ?? [];
  const blocks = messages.flatMap((message) => blocksOf(message));
  const opening = messages
    .filter((message) => message.role === 'user')
    .slice(0, 1)
    .flatMap((message) => blocksOf(message));
  const words = opening.map((block) => block.text ?? '').join('\n');
  const results = blocks
    .filter((block) => block.type === 'tool_result')
    .map((block) => ({ id: block.tool_use_id ?? '', error: block.is_error === true, text: textOf(block.content) }));
  const tools = (body.tools ?? []).map((tool) => tool.name);
  const script = tools.length === 0 ? undefined : scripts.find((one) => words.includes(one.match));
  let left = blocks.filter((block) => block.type === 'tool_use').length;
  let step = 0;
  for (const one of script?.steps ?? []) {
    if (left <= 0 || !('calls' in one)) break;
    left -= one.calls.length;
    step++;
  }
  const reply = script === undefined ? { say: 'ok' } : (script.steps[step] ?? { say: 'done' });
  return { script: script?.match, step, tools, results, reply };
}

function blocksOf(message: Message): readonly Block[] {
  return typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return JSON.stringify(content ?? '');
  return content.map((part: Block) => part.text ?? '').join('\n');
}

let serial = 0;
/** Ids in the shape of the API; unlike any other run's, because agents key their transcripts by them. */
function id(prefix: string): string {
  serial++;
  return `${prefix}_${process.pid.toString(36)}${Date.now().toString(36)}${serial.toString(36)}`;
}

const USAGE = { input_tokens: 10, output_tokens: 5, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };

function answer(response: ServerResponse, body: Body, reply: Step): void {
  const content =
    'say' in reply
      ? [{ type: 'text', text: reply.say }]
      : reply.calls.map((call) => ({ type: 'tool_use', id: id('toolu'), name: call.tool, input: call.input }));
  const stop = 'say' in reply ? 'end_turn' : 'tool_use';
  const message = {
    id: id('msg'),
    type: 'message',
    role: 'assistant',
    model: body.model,
    stop_sequence: null,
    usage: USAGE,
  };
  if (body.stream !== true) return json(response, 200, { ...message, content, stop_reason: stop });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const event = (data: { type: string; [key: string]: unknown }): void => {
    response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  event({ type: 'message_start', message: { ...message, content: [], stop_reason: null } });
  content.forEach((block, index) => {
    const empty = 'text' in block ? { type: 'text', text: '' } : { ...block, input: {} };
    const delta =
      'text' in block
        ? { type: 'text_delta', text: block.text }
        : { type: 'input_json_delta', partial_json: JSON.stringify((block as { input: unknown }).input) };
    event({ type: 'content_block_start', index, content_block: empty });
    event({ type: 'content_block_delta', index, delta });
    event({ type: 'content_block_stop', index });
  });
  event({ type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null }, usage: { output_tokens: 5 } });
  event({ type: 'message_stop' });
  response.end();
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

// As a program (inside a network namespace): scripts are read from a file at every request, requests are appended to another.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { scripts: { type: 'string' }, log: { type: 'string' } } });
  const { scripts, log } = values;
  if (scripts === undefined || log === undefined) throw new Error('usage: model-server.ts --scripts FILE --log FILE');
  const server = await startModelServer(
    () => JSON.parse(readFileSync(scripts, 'utf8')) as Script[],
    (seen) => appendFileSync(log, `${JSON.stringify(seen)}\n`),
  );
  process.stdout.write(`${JSON.stringify({ port: server.port })}\n`);
}
