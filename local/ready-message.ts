import { randomUUID } from 'node:crypto';
import { EXAMPLE_ORDER } from '#libs/orders';
import { portPrefix, type Ports } from './ports.ts';

/** The variables with which a command in another shell finds the same AWS. */
const CARRIED_VARIABLES = ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_SQS', 'AWS_ENDPOINT_URL_SNS', 'AWS_REGION'];

function eventsCommand(ports: Ports): string {
  const given = CARRIED_VARIABLES.filter((name) => process.env[name]).map((name) => `${name}='${process.env[name]}' `);
  const sqsGiven = process.env['AWS_ENDPOINT_URL_SQS'] || process.env['AWS_ENDPOINT_URL'];
  return `${given.join('')}${sqsGiven ? '' : portPrefix(ports, ['AWS_PORT'])}npm run events -- inventory`;
}

/** The URLs of a run, and three commands to paste into another shell. */
export function readyMessage(ports: Ports, aws: Readonly<Record<string, string>>, seconds: number): string {
  const api = `http://127.0.0.1:${ports.API_PORT}`;
  const tokenCommand = `${portPrefix(ports, ['AUTH_PORT'])}npm run --silent token -- --sub cust-1 --role retail`;
  const authorization = `-H "Authorization: Bearer $(${tokenCommand})"`;
  return `
ready in ${seconds.toFixed(1)} s. Ctrl-C stops everything.

  Console    http://127.0.0.1:${ports.CONSOLE_PORT}
  API        ${api}
  API docs   ${api}/docs
  SQS, SNS   ${aws['AWS_ENDPOINT_URL_SQS']}
  DynamoDB   ${aws['AWS_ENDPOINT_URL_DYNAMODB']}

Place an order (in another terminal, in this folder; the same Idempotency-Key again makes no second order):

curl -i ${api}/v1/orders \\
  ${authorization} \\
  -H 'Idempotency-Key: ${randomUUID()}' \\
  -H 'Content-Type: application/json' \\
  -d '${JSON.stringify(EXAMPLE_ORDER)}'

Read it back:

curl -s '${api}/v1/orders?limit=1' ${authorization}

See the events that inventory received:

${eventsCommand(ports)}
`;
}
