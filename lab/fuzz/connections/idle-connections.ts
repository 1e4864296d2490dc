import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Opened so many at a time: the queue of a listening socket is 511 long. */
const AT_ONCE = 200;

export interface IdleFigures {
  readonly opened: number;
  /** Of those that never sent a byte: how many the api has closed. */
  readonly silentClosed: number;
  readonly silent: number;
  /** Of those that were answered once: how many are open still. */
  readonly answeredOpen: number;
  readonly answered: number;
}

/** Connections on which nothing happens: half of them silent from the beginning, half of them after one answer. */
export class IdleConnections {
  private readonly silent: Socket[] = [];
  private readonly answered: Socket[] = [];

  async open(port: number, count: number): Promise<void> {
    for (let opened = 0; opened < count; opened += AT_ONCE) {
      const some = Math.min(AT_ONCE, count - opened);
      await Promise.all(Array.from({ length: some }, (_, n) => this.openOne(port, n % 2 === 0)));
    }
  }

  get figures(): IdleFigures {
    const open = (sockets: readonly Socket[]): number =>
      sockets.filter(({ closed, readableEnded }) => !closed && !readableEnded).length;
    const [silent, answered] = [this.silent.length, this.answered.length];
    return {
      opened: silent + answered,
      silent,
      silentClosed: silent - open(this.silent),
      answered,
      answeredOpen: open(this.answered),
    };
  }

  close(): void {
    for (const socket of [...this.silent, ...this.answered]) socket.destroy();
  }

  private async openOne(port: number, asks: boolean): Promise<void> {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    (asks ? this.answered : this.silent).push(socket);
    if (asks) {
      socket.write('GET /health/live HTTP/1.1\r\nhost: api\r\n\r\n');
      await once(socket, 'data');
    }
    socket.resume();
  }
}
