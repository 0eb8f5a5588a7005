// The smallest MCP server over standard input: one tool, `echo`, that answers what it is given. For recording and driving real agents.
import { createInterface } from 'node:readline';

type Request = {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: { readonly protocolVersion?: string; readonly arguments?: { readonly text?: string } };
};

const schema = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] };

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  // Notifications carry no id and get no answer.
  if (request.id === undefined) continue;
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: request.id, result: result(request) })}\n`);
}

function result(request: Request): unknown {
  switch (request.method) {
    case 'initialize':
      return {
        protocolVersion: request.params?.protocolVersion ?? '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 'echo', version: '1.0.0' },
      };
    case 'tools/list':
      return { tools: [{ name: 'echo', description: 'answers the text it is given', inputSchema: schema }] };
    case 'tools/call':
      return { content: [{ type: 'text', text: request.params?.arguments?.text ?? '' }] };
    default:
      return {};
  }
}
