import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Connection, createConnection } from 'mysql2/promise';
import { freePorts } from '../../local/taken-ports.ts';

const SERVER = '/usr/sbin/mariadbd';

/** Why there is no server for a test; undefined where there is one. */
export const noMariaDb = existsSync(SERVER) ? undefined : `${SERVER} is missing: apt-get install mariadb-server`;

/** A MariaDB server with a database `shop`, on a port and in a folder of its own. */
export class MariaDb {
  readonly folder: string;
  readonly port: number;
  /** May do everything. */
  readonly admin: Connection;
  private readonly server: ChildProcess;

  private constructor(folder: string, port: number, server: ChildProcess, admin: Connection) {
    this.folder = folder;
    this.port = port;
    this.server = server;
    this.admin = admin;
  }

  /** The certificate of an authority that has signed the server's, which names `localhost`. */
  get ca(): string {
    return join(this.folder, 'ca.pem');
  }

  static async start(): Promise<MariaDb> {
    const folder = mkdtempSync(join(tmpdir(), 'mariadb-'));
    certify(folder);
    const [port = 0] = await freePorts(1);
    const user = process.getuid?.() === 0 ? ['--user=root'] : [];
    const data = ['--no-defaults', `--datadir=${folder}/data`, ...user];
    const normal = '--auth-root-authentication-method=normal';
    execFileSync('mariadb-install-db', [...data, normal, '--skip-test-db'], { stdio: 'ignore' });
    const place = [
      `--socket=${folder}/socket`,
      `--pid-file=${folder}/pid`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--ssl-cert=${folder}/server.pem`,
      `--ssl-key=${folder}/server.key`,
    ];
    const server = spawn(SERVER, [...data, ...place], { stdio: ['ignore', 'ignore', 'pipe'] });
    for await (const line of createInterface(server.stderr)) if (line.includes('ready for connections')) break;
    server.stderr.resume();
    const admin = await createConnection({ socketPath: `${folder}/socket`, user: 'root', multipleStatements: true });
    await admin.query('CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop');
    await admin.query(
      "CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT SELECT ON shop.* TO reader@'127.0.0.1'",
    );
    return new MariaDb(folder, port, server, admin);
  }

  async stop(): Promise<void> {
    this.admin.destroy();
    const ended = once(this.server, 'exit');
    this.server.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Creates an authority of its own, and a certificate of it for the server. */
function certify(folder: string): void {
  const key = ['req', '-x509', '-days', '2', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', [...key, ...args], { cwd: folder, stdio: 'ignore' });
  openssl('-subj', '/CN=test authority', '-keyout', 'ca.key', '-out', 'ca.pem');
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', 'subjectAltName=DNS:localhost'];
  openssl('-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.pem', ...signed);
}
