import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { EnvironmentError, UsageError } from '../environment.ts';
import { readTyped } from '../tool.ts';
import type { Position, Source } from './source.ts';
import { timestampText } from './values.ts';

const ROWS_PER_PAGE = 2_000;
/** Their texts cannot be compared with the column again. */
const INEXACT = /binary|blob|float|double|bit|timestamp/;
/** A grant that allows nothing but reading. A role could allow anything. */
const READING = /^GRANT (?:(?:USAGE|SELECT|SHOW VIEW|PROCESS)(?:, )?)+ ON (?!.*WITH GRANT OPTION)/;
/** TIMESTAMP columns arrive in UTC; the session cannot write. */
const SESSION = ["SET SESSION time_zone = '+00:00'", 'SET SESSION TRANSACTION READ ONLY'];

/** The columns: whether an index starts with them, and their place in the primary key. */
const COLUMNS_SQL = `SELECT c.column_name AS name, c.data_type AS type, c.is_nullable AS nullable,
    MIN(i.seq_in_index) AS firstIndexPart, MAX(IF(i.index_name = 'PRIMARY', i.seq_in_index, NULL)) AS keyPart
  FROM information_schema.columns c LEFT JOIN information_schema.statistics i USING (table_schema, table_name, column_name)
  WHERE c.table_schema = DATABASE() AND c.table_name = ?
  GROUP BY c.column_name, c.data_type, c.is_nullable, c.ordinal_position ORDER BY c.ordinal_position`;

type Column = Awaited<ReturnType<typeof columnsOf>>[number];

/**
 * Connects to a server and reads what the table looks like.
 * @param url mysql://USER@HOST/DATABASE; the password can be in MYSQL_PWD
 * @param order the column that all rows of an order have in common
 * @throws UsageError, or EnvironmentError for a user who may write and a table that cannot be read in pages
 */
export async function openMysql(
  url: string,
  table: string,
  order: string | undefined,
  ca: string | undefined,
): Promise<Source> {
  const { hostname, port, user = '', secret, database } = addressOf(url);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  const connection = await createConnection({
    host: hostname.replaceAll(/[[\]]/g, ''),
    port: Number(port || 3306),
    database,
    user,
    password: secret || (process.env['MYSQL_PWD'] ?? ''),
    // All values are the texts that the server sends: no date loses its zone, no decimal a digit.
    charset: 'utf8mb4',
    typeCast: (field) => {
      const text = field.string();
      return text !== null && field.type === 'TIMESTAMP' ? timestampText(text) : text;
    },
    ...((!isLocal || ca !== undefined) && { ssl: { verifyIdentity: true, ...(ca && { ca: readTyped(ca) }) } }),
  }).catch((cause: Error) => {
    throw new EnvironmentError(`cannot connect to ${hostname}: ${cause.message}`, { cause });
  });
  try {
    for (const statement of SESSION) await rowsOf(connection, statement);
    await refuseWriters(connection);
    const columns = await columnsOf(connection, table);
    const keys = keyOf(columns, table, order);
    return sourceOf(connection, `mysql://${hostname}/${database}.${table}`, table, keys, columns);
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

function addressOf(text: string) {
  try {
    const { hostname, port, pathname, username, password } = new URL(text);
    const [user, secret, database] = [username, password, pathname.slice(1)].map((part) => decodeURIComponent(part));
    if (database) return { hostname, port, user, secret, database };
  } catch {}
  throw new UsageError('the source must be mysql://USER@HOST:PORT/DATABASE, with %40 for an @ in a name');
}

async function refuseWriters(connection: Connection): Promise<void> {
  const grants = (await rowsOf(connection, 'SHOW GRANTS')).map((row) => String(Object.values(row)[0]));
  const writing = grants.find((grant) => !READING.test(grant.replaceAll(/ \([^)]*\)/g, '')));
  if (writing === undefined) return;
  const shown = writing.replace(/ IDENTIFIED .*/, '');
  throw new EnvironmentError(
    `the user may do more than read (${shown}): docs/moving-from-mysql.md creates one who may not`,
  );
}

async function columnsOf(connection: Connection, table: string) {
  const rows = await rowsOf(connection, COLUMNS_SQL, [table]);
  if (rows.length === 0) throw new EnvironmentError(`there is no table ${table} that this user may read`);
  return rows.map(({ name, type, nullable, firstIndexPart, keyPart }) => ({
    name: String(name),
    type: String(type),
    isNullable: nullable === 'YES',
    isIndexed: Number(firstIndexPart) === 1,
    /** From 1; 0 is not in the primary key. */
    keyPart: Number(keyPart),
  }));
}

/** The columns by which the table is paged: its primary key, after the order's column if an order has several rows. */
function keyOf(columns: readonly Column[], table: string, order: string | undefined): Column[] {
  const refuse = (why: string) => new EnvironmentError(`the table ${table} ${why}: export it as CSV, sorted by order`);
  const primary = columns.filter(({ keyPart }) => keyPart > 0).toSorted((one, other) => one.keyPart - other.keyPart);
  const keys = [...columns.filter(({ name }) => name === order), ...primary.filter(({ name }) => name !== order)];
  if (primary.length === 0) throw refuse('has no primary key');
  if (!keys[0]?.isIndexed) throw refuse(`has no index that starts with ${keys[0]?.name}`);
  const wrong = keys.find(({ type, isNullable }) => isNullable || INEXACT.test(type));
  if (!wrong) return keys;
  throw refuse(
    `cannot be read in pages by ${wrong.name} (${wrong.type}${wrong.isNullable ? ', which can be NULL' : ''})`,
  );
}

async function rowsOf(connection: Connection, sql: string, values: unknown[] = []): Promise<RowDataPacket[]> {
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql, values);
    return rows;
  } catch (cause) {
    throw new EnvironmentError(`MySQL: ${(cause as Error).message}. The same command continues`, { cause });
  }
}

function sourceOf(
  connection: Connection,
  name: string,
  table: string,
  keys: readonly Column[],
  columns: readonly Column[],
): Source {
  const countSql = `SELECT COUNT(*) AS number FROM ${quoted(table)}`;
  const names = keys.map((key) => quoted(key.name));
  const key = names.join(', ');
  const page = (where: string) => `SELECT * FROM ${quoted(table)}${where} ORDER BY ${key} LIMIT ${ROWS_PER_PAGE}`;
  // The server uses its index only for the first condition.
  const next = ` WHERE ${names[0]} >= ? AND (${key}) > (${names.map(() => '?').join(', ')})`;
  const [firstSql, nextSql] = [page(''), page(next)];
  const valuesAfter = (position: Position) => {
    // A server compares an integer and a text as floating-point numbers.
    const values = position.map((text, index) => (keys[index]?.type.endsWith('int') ? BigInt(text) : text));
    return [values[0], ...values];
  };
  return {
    name,
    columns: columns.map((column) => column.name),
    sql: [...SESSION, 'SHOW GRANTS', COLUMNS_SQL, countSql, firstSql, nextSql].join(';\n'),
    count: async () => Number((await rowsOf(connection, countSql))[0]?.['number']),
    async *rows(after) {
      for (let position = after; ;) {
        const page = await rowsOf(connection, position ? nextSql : firstSql, position && valuesAfter(position));
        for (const row of page) yield { row, position: (position = keys.map((one) => String(row[one.name]))) };
        if (page.length < ROWS_PER_PAGE) return;
      }
    },
    close: () => connection.end(),
  };
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
