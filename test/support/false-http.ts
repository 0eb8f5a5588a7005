// Listens on loopback and answers every hook by http, also as a proxy, as nobody should: for tests that nothing runs on such an answer, or that
// nobody comes here. yes: an object that lets everything run · garbage: no JSON · broken: a failed status · closes: hangs up · elsewhere: a redirect.
// Prints its port, then one line for each request that reached it.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const [kind = 'yes', port = '0'] = process.argv.slice(2);

const ANSWERS: { readonly [kind: string]: (response: ServerResponse) => void } = {
  yes: (response) => response.end('{}'),
  garbage: (response) => response.end('yes '.repeat(50)),
  broken: (response) => response.writeHead(500).end('{}'),
  closes: (response) => response.destroy(),
  elsewhere: (response) => response.writeHead(302, { location: '/other' }).end(),
};

const server = createServer((request, response) => {
  request.resume().once('end', () => {
    process.stdout.write(`${request.method} ${request.url}\n`);
    ANSWERS[kind]?.(response.setHeader('content-type', 'application/json'));
  });
});
// A tunnel is answered as if the wanted place were behind it.
server.on('connect', (request, socket) => {
  process.stdout.write(`CONNECT ${request.url}\n`);
  socket.on('error', () => socket.destroy());
  socket.write('HTTP/1.1 200 OK\r\n\r\n');
  let got = '';
  socket.on('data', (part: Buffer) => {
    got += part.toString('latin1');
    const length = Number(/content-length: (\d+)/i.exec(got)?.[1] ?? 0);
    const head = got.indexOf('\r\n\r\n');
    if (head < 0 || got.length < head + 4 + length) return;
    process.stdout.write(`${got.slice(0, got.indexOf('\r\n'))}\n`);
    socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
  });
});
server.listen(Number(port), '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
