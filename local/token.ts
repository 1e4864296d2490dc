// npm run token -- --sub cust-1 --role retail [--role wholesale]: prints a JWT of the local issuer, nothing else.
import { ROLES } from '#libs/orders';
import { failUsage, readArguments } from './arguments.ts';
import { requestToken, tokenRequestError } from './auth/local-issuer.ts';
import { readPorts } from './ports.ts';

const USAGE = `usage: npm run token -- --sub <customer> --role <role> [--role <role>]   roles: ${ROLES.join(', ')}`;

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

const options = { sub: { type: 'string' }, role: { type: 'string', multiple: true } } as const;
const { sub = '', role = [] } = readArguments(USAGE, { options }).values;
const { ports, errors } = readPorts(process.env);
if (errors.length > 0) fail(errors.join('\n'));
const error = tokenRequestError({ sub, roles: role });
if (error !== undefined) failUsage(error, USAGE);

try {
  console.log(await requestToken(ports.AUTH_PORT, { sub, roles: role }));
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  fail(`no token issuer answers on 127.0.0.1:${ports.AUTH_PORT} (AUTH_PORT): is npm start running?`);
}
