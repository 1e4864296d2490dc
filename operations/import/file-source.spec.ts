import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Row } from './expressions.ts';
import { openFile } from './file-source.ts';

describe('a file of rows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rows-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  async function rowsIn(name: string, content: string | Buffer, encoding = 'utf-8', delimiter = ','): Promise<Row[]> {
    const file = join(folder, name);
    writeFileSync(file, content);
    const rows: Row[] = [];
    const source = await openFile(file, { encoding, delimiter, table: 'orders' });
    for await (const { row } of source.rows(undefined)) rows.push(row);
    return rows;
  }

  it('reads quoted values, line ends in them, NULL and other delimiters from CSV', async () => {
    const text = '\ufeffid,note\r\n1,"a ""b"", c\nd"\r\n2,\\N\n3,\n4,Zoë';
    const rows = [
      { id: '1', note: 'a "b", c\nd' },
      { id: '2', note: null },
      { id: '3', note: '' },
      { id: '4', note: 'Zoë' },
    ];
    expect(await rowsIn('a.csv', text)).toEqual(rows);
    expect(await rowsIn('b.csv', Buffer.from('id;note\n1;Zoë\n', 'latin1'), 'windows-1252', ';')).toEqual([
      { id: '1', note: 'Zoë' },
    ]);
  });

  it.each([
    ['id,note\n1,"open\n', 'cannot read'],
    ['id,note\n1,"a \\" b"\n', 'the quotes of a quoted value doubled'],
    ['id,note\n1\n', 'row 1 has 1 values'],
    ['', 'must start with the names of its columns'],
    ['id,id\n1,2\n', 'must start with the names of its columns, each once'],
  ])('refuses %j', async (text, message) => {
    await expect(rowsIn('bad.csv', text)).rejects.toThrow(message);
  });

  it('has another name after it was written again, so that no pass continues in it', async () => {
    const file = join(folder, 'again.csv');
    const options = { encoding: 'utf-8', delimiter: ',', table: undefined };
    writeFileSync(file, 'id\n1\n');
    const { name } = await openFile(file, options);
    expect((await openFile(file, options)).name).toBe(name);
    utimesSync(file, 1, 1);
    expect((await openFile(file, options)).name).not.toBe(name);
  });

  it('refuses a folder, and a delimiter of several characters', async () => {
    const options = { encoding: 'utf-8', delimiter: ',', table: undefined };
    await expect(openFile(folder, options)).rejects.toThrow('there is no file');
    await expect(openFile(join(folder, 'a.csv'), { ...options, delimiter: '||' })).rejects.toThrow('one character');
  });

  it('reads a row of a dump wherever a chunk of the file ends', async () => {
    const [start, row] = ['INSERT INTO orders (id, note, total, none) VALUES ', "(10,'it''s \\\\',12.50,NULL)"];
    for (let before = 0; before <= row.length; before += 1) {
      const comment = `--${'x'.repeat(262_144 - before - start.length - 3)}\n`;
      expect(await rowsIn('a.sql', `${comment}${start}${row};`)).toEqual([
        { id: '10', note: "it's \\", total: '12.50', none: null },
      ]);
    }
  });

  it.each([1, 7_000])('reads the INSERTs of a table from a dump of %d times its rows', async (times) => {
    const values = "(1,'it\\'s; a \\n''b''',12.50,NULL,NULL),\n(2,_binary 'Zoë (x), y',-0.5,'','2020-01-01 08:00:00')";
    const dump = `-- MariaDB dump; INSERT INTO \`orders\` VALUES (9)
/*!40101 SET NAMES utf8mb4 */;
CREATE TABLE \`orders\` (
  \`id\` int(11) NOT NULL COMMENT 'a, \`b\`',
  \`note\` varchar(9) DEFAULT NULL,
  \`total\` decimal(12,2) NOT NULL,
  \`when\` datetime,
  \`changed\` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (\`id\`,\`note\`)
) ENGINE=InnoDB;
INSERT INTO \`others\` VALUES (5,'x','y','z');
INSERT INTO \`orders\` VALUES ${Array(times).fill(values).join(',')};
INSERT INTO orders (\`id\`, note, total, \`when\`, changed) VALUES (3,'c',1,'2020-01-01',NULL);
`;
    const rows = await rowsIn('a.sql', dump);
    expect(rows).toHaveLength(2 * times + 1);
    expect([rows[0], rows[1], rows.at(-1)]).toEqual([
      { id: '1', note: "it's; a \n'b'", total: '12.50', when: null, changed: null },
      { id: '2', note: 'Zoë (x), y', total: '-0.5', when: '', changed: '2020-01-01T08:00:00Z' },
      { id: '3', note: 'c', total: '1', when: '2020-01-01', changed: null },
    ]);
  });
});
