import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { EnvironmentError, UsageError } from '../environment.ts';
import { readTyped } from '../tool.ts';
import type { Position, Source } from './source.ts';

const ROWS_PER_PAGE = 2_000;
const INTEGERS = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint']);
const BINARIES = /binary|blob|float|double|bit/;
/** A grant that allows nothing but reading. A role could allow anything. */
const READING = /^GRANT (?:(?:USAGE|SELECT|SHOW VIEW|PROCESS)(?:, )?)+ ON (?!.*WITH GRANT OPTION)/;
/** Without a time zone, TIMESTAMP columns are in UTC; the session cannot write. */
const SESSION = ["SET SESSION time_zone = '+00:00'", 'SET SESSION TRANSACTION READ ONLY'];

const COLUMNS_SQL = `SELECT column_name AS name, data_type AS type, is_nullable AS nullable FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position`;
const INDEXES_SQL = `SELECT index_name AS name, column_name AS col FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = ? ORDER BY index_name, seq_in_index`;

interface Column {
  name: string;
  type: string;
  isNullable: boolean;
}

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
  const { hostname, port, username, password, pathname } = new URL(url);
  const database = decodeURIComponent(pathname.slice(1));
  if (!database) throw new UsageError('the address needs a database: mysql://USER@HOST/DATABASE');
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  const connection = await createConnection({
    host: hostname.replaceAll(/[[\]]/g, ''),
    port: Number(port || 3306),
    database,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password) || (process.env['MYSQL_PWD'] ?? ''),
    // All values are the texts that the server sends: no date loses its zone, no decimal a digit.
    charset: 'utf8mb4',
    typeCast: (field) => field.string(),
    ...((!isLocal || ca !== undefined) && { ssl: { verifyIdentity: true, ...(ca && { ca: readTyped(ca) }) } }),
  }).catch((cause: Error) => {
    throw new EnvironmentError(`cannot connect to ${hostname}: ${cause.message}`, { cause });
  });
  try {
    for (const statement of SESSION) await connection.query(statement);
    await refuseWriters(connection);
    const { keys, columns } = await keyOf(connection, table, order);
    return sourceOf(connection, `mysql://${hostname}/${database}.${table}`, table, keys, columns);
  } catch (error) {
    connection.destroy();
    throw error;
  }
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

/** The columns by which the table is paged: its primary key, after the order's column if an order has several rows. */
async function keyOf(
  connection: Connection,
  table: string,
  order: string | undefined,
): Promise<{ keys: Column[]; columns: string[] }> {
  const columns = (await rowsOf(connection, COLUMNS_SQL, [table])).map(({ name, type, nullable }) => ({
    name: String(name),
    type: String(type),
    isNullable: nullable === 'YES',
  }));
  if (columns.length === 0) throw new EnvironmentError(`there is no table ${table} that this user may read`);
  const indexed = await rowsOf(connection, INDEXES_SQL, [table]);
  const primary = indexed.filter(({ name }) => name === 'PRIMARY').map(({ col }) => String(col));
  if (primary.length === 0)
    throw new EnvironmentError(`the table ${table} has no primary key: export it as CSV, sorted by order`);
  const names =
    order === undefined || primary[0] === order ? primary : [order, ...primary.filter((name) => name !== order)];
  const isIndexed = [...Map.groupBy(indexed, ({ name }) => name).values()].some(
    ([first]) => first?.['col'] === names[0],
  );
  if (!isIndexed)
    throw new EnvironmentError(
      `the table ${table} has no index that starts with ${names[0]}: export it as CSV, sorted by ${names[0]}`,
    );
  const keys = names.map((name) => columns.find((column) => column.name === name)!);
  const wrong = keys.find(({ type, isNullable }) => isNullable || BINARIES.test(type));
  if (wrong)
    throw new EnvironmentError(
      `${wrong.name} (${wrong.type}${wrong.isNullable ? ', which can be NULL' : ''}) cannot page the table: export it as CSV`,
    );
  return { keys, columns: columns.map(({ name }) => name) };
}

async function rowsOf(connection: Connection, sql: string, values: unknown[] = []): Promise<RowDataPacket[]> {
  const [rows] = await connection.query<RowDataPacket[]>(sql, values);
  return rows;
}

function sourceOf(
  connection: Connection,
  name: string,
  table: string,
  keys: readonly Column[],
  columns: string[],
): Source {
  const countSql = `SELECT COUNT(*) AS number FROM ${quoted(table)}`;
  const names = keys.map((key) => quoted(key.name));
  const page = (where: string) =>
    `SELECT * FROM ${quoted(table)}${where} ORDER BY ${names.join(', ')} LIMIT ${ROWS_PER_PAGE}`;
  // For the key (a, b): a >= ? AND (a > ? OR (a = ? AND (b > ?))). The server uses the index for the first part.
  const later = names.reduceRight((rest, one) => `${one} > ?${rest && ` OR (${one} = ? AND (${rest}))`}`, '');
  const [firstSql, nextSql] = [page(''), page(` WHERE ${names[0]} >= ? AND (${later})`)];
  const valuesAfter = (position: Position) => {
    // A server compares an integer and a text as floating-point numbers.
    const values = position.map((text, index) => (INTEGERS.has(keys[index]?.type ?? '') ? BigInt(text) : text));
    return [values[0], ...values.flatMap((value, index) => (index < values.length - 1 ? [value, value] : [value]))];
  };
  return {
    name,
    columns: () => Promise.resolve(columns),
    count: async () => Number((await rowsOf(connection, countSql))[0]?.['number']),
    async *pages(after) {
      for (let position = after; ;) {
        const rows = await rowsOf(connection, position ? nextSql : firstSql, position && valuesAfter(position));
        const page = rows.map((row) => ({ row, position: keys.map((key) => String(row[key.name])) }));
        yield page;
        if (page.length < ROWS_PER_PAGE) return;
        position = page.at(-1)?.position;
      }
    },
    explain: () => [...SESSION, 'SHOW GRANTS', COLUMNS_SQL, INDEXES_SQL, countSql, firstSql, nextSql].join(';\n'),
    close: () => connection.end(),
  };
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
