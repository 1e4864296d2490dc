import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import { bytesOf, curlLine, type FuzzRequest, resolved } from './fuzz-request.ts';

/** The bytes that the command of the report sends. */
async function sentByCurl(request: FuzzRequest): Promise<string> {
  const received: Buffer[] = [];
  const server = createServer((socket) =>
    socket.on('data', (chunk) => {
      received.push(chunk);
      socket.end('HTTP/1.1 204 No Content\r\n\r\n');
    }),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await promisify(execFile)('bash', ['-c', curlLine(request, url)], { env: { ...process.env, ALL: 'tok-1' } });
  server.close();
  return Buffer.concat(received).toString('latin1');
}

describe('a request of the fuzzer', () => {
  it('has a length or is chunked', () => {
    const request = { method: 'POST', target: '/x', headers: [['host', 'api']] as const, body: Buffer.from('abc') };
    expect(bytesOf(request).toString()).toBe('POST /x HTTP/1.1\r\nhost: api\r\ncontent-length: 3\r\n\r\nabc');
    const inChunks = bytesOf({ ...request, chunked: true }).toString();
    expect(inChunks).toBe('POST /x HTTP/1.1\r\nhost: api\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n');
  });

  it('replaces names when it is sent', () => {
    const request = { method: 'GET', target: '/v1/orders/{{order:3}}', headers: [['a', '{{token:all}}']] as const };
    const { target, headers } = resolved(request, (kind, which) => `${kind}-${which}`);
    expect({ target, headers }).toEqual({ target: '/v1/orders/order-3', headers: [['a', 'token-all']] });
  });

  it('is repeated by its printed command', async () => {
    const body = Buffer.from([0, 255, 39, 92, 10, 37, 36, 65, 48]);
    const headers = [
      ['Host', 'api'],
      ['authorization', 'Bearer {{token:all}}'],
      ['x-unexpected', "it's \u00e4 $HOME \\"],
      ['content-type', 'application/json'],
    ] as const;
    const request = { method: 'POST', target: "/v1/[x]?a='%&b=..//../", headers, body };
    const sent = await sentByCurl(request);
    const [head = '', came] = sent.split('\r\n\r\n');
    expect(Buffer.from(came ?? '', 'latin1')).toEqual(body);
    expect(head.split('\r\n')[0]).toBe("POST /v1/[x]?a='%&b=..//../ HTTP/1.1");
    for (const [name, value] of headers) expect(head).toContain(`${name}: ${value.replace('{{token:all}}', 'tok-1')}`);
  });
});
