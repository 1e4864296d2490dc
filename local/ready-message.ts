import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { aFreshOrder } from '#libs/orders';
import { LOCAL_PRICING, mainFile } from './apps.ts';
import type { LocalPipeline } from './local-pipeline.ts';
import { portPrefix, type Ports } from './ports.ts';

/** The variables with which a command in another shell finds the same AWS. */
const CARRIED_VARIABLES = ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_SQS', 'AWS_ENDPOINT_URL_SNS', 'AWS_REGION'];

function eventsCommand(ports: Ports): string {
  const given = CARRIED_VARIABLES.filter((name) => process.env[name]).map((name) => `${name}='${process.env[name]}' `);
  const sqsGiven = process.env['AWS_ENDPOINT_URL_SQS'] || process.env['AWS_ENDPOINT_URL'];
  return `${given.join('')}${sqsGiven ? '' : portPrefix(ports, ['AWS_PORT'])}npm run events -- inventory`;
}

const CUSTOMER = 'cust-1';
const PRICES: Readonly<Record<string, string>> = {
  open: 'any caller may send any price; PRICING=quote npm start or PRICING=trusted npm start checks them',
  quote: 'customers send prices that the shop has signed: npm run quote',
  trusted: 'only a checkout places orders, and names the customer',
};

/** The example as this pricing accepts it, and the command for the token of the caller who may place it. */
async function exampleFor(
  pricing: string,
  { quote }: LocalPipeline['issuer'],
): Promise<{ order: object; caller: string }> {
  const order = aFreshOrder();
  if (pricing === 'trusted') return { order: { ...order, customerId: CUSTOMER }, caller: '--sub shop --role checkout' };
  const quoted = pricing === 'quote' ? { ...order, quote: await quote(CUSTOMER, order) } : order;
  return { order: quoted, caller: `--sub ${CUSTOMER} --role retail` };
}

/** The URLs of a run, and three commands to paste into another shell. */
export async function readyMessage(
  { ports, aws: { env: aws }, issuer }: LocalPipeline,
  seconds: number,
): Promise<string> {
  const api = `http://127.0.0.1:${ports.API_PORT}`;
  const pricing = process.env['PRICING'] || LOCAL_PRICING;
  const { order, caller } = await exampleFor(pricing, issuer);
  const authorizationOf = (whose: string) =>
    `-H "Authorization: Bearer $(${portPrefix(ports, ['AUTH_PORT'])}npm run --silent token -- ${whose})"`;
  return `
ready in ${seconds.toFixed(1)} s. Ctrl-C stops everything.

  Console    ${existsSync(mainFile('console')) ? `http://127.0.0.1:${ports.CONSOLE_PORT}` : 'none: apps/console is not built'}
  API        ${api}
  API docs   ${api}/docs
  SQS, SNS   ${aws['AWS_ENDPOINT_URL_SQS']}
  DynamoDB   ${aws['AWS_ENDPOINT_URL_DYNAMODB']}
  Prices     ${pricing}: ${PRICES[pricing] ?? ''}

Place an order (in another terminal, in this folder; the same Idempotency-Key again makes no second order, and
another order needs another payment reference):

curl -i ${api}/v1/orders \\
  ${authorizationOf(caller)} \\
  -H 'Idempotency-Key: ${randomUUID()}' \\
  -H 'Content-Type: application/json' \\
  -d '${JSON.stringify(order)}'

Read it back:

curl -s '${api}/v1/orders?limit=1' ${authorizationOf(`--sub ${CUSTOMER} --role retail`)}

See the events that inventory received:

${eventsCommand(ports)}
`;
}
