import { readFileSync } from 'node:fs';
import { COMMAND_NAMES, type CommandName, may, type Permission, ROLES, TRANSITIONS } from '#libs/orders';
import { COMMAND_ROUTES } from './command-routes.ts';

const README = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');

/** The cells of the rows that begin so, in the order of the document. */
function rowsOf(begin: string): string[][] {
  const rows = README.split('\n').filter((line) => line.startsWith(begin));
  return rows.map((row) => row.split('|').map((cell) => cell.trim()));
}

/** Who may do this: customers with their own orders, and roles with those of anybody. */
function whoMay(permission: Permission): string {
  const rolesWith = (isOwn: boolean) => ROLES.filter((role) => may({ subject: 'x', roles: [role] }, permission, isOwn));
  const [any, own] = [rolesWith(false), rolesWith(true)];
  const customers = own.some((role) => !any.includes(role)) ? ['its customer'] : [];
  const notOwn = any.some((role) => !own.includes(role)) ? ', not of an order of their own' : '';
  return [...customers, ...any].join('; ') + notOwn;
}

function rowOf(name: CommandName): string[] {
  const { path, target } = COMMAND_ROUTES[name];
  const from = TRANSITIONS.filter(({ command }) => command === name).map((transition) => String(transition.from));
  const route = `\`…/{orderId}/${path.replace(':target', `{${target}}`)}\``;
  return ['', route, whoMay(name), [...new Set(from)].join(', '), ''];
}

describe('COMMAND_ROUTES', () => {
  it('is the table in README.md, with who may do this and from which status', () => {
    expect(rowsOf('| `…/{orderId}/')).toEqual(COMMAND_NAMES.map(rowOf));
  });

  it('says what the target of a path is', () => {
    const routes = Object.values(COMMAND_ROUTES);
    expect(routes.filter(({ path, target }) => path.includes(':target') !== (target !== undefined))).toEqual([]);
  });
});
