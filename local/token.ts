// npm run token -- --sub cust-1 --role retail [--role wholesale]: prints a JWT of the local issuer, nothing else.
import { ROLES } from '#libs/orders';
import { failUsage, readArguments } from './arguments.ts';
import { requestToken, tokenRequestError } from './auth/local-issuer.ts';
import { printSigned } from './auth/print-signed.ts';

const USAGE = `usage: npm run token -- --sub <customer> --role <role> [--role <role>]   roles: ${ROLES.join(', ')}`;

const options = { sub: { type: 'string' }, role: { type: 'string', multiple: true } } as const;
const { sub = '', role = [] } = readArguments(USAGE, { options }).values;
const request = { sub, roles: role };
const error = tokenRequestError(request);
if (error !== undefined) failUsage(error, USAGE);

await printSigned((port) => requestToken(port, request));
