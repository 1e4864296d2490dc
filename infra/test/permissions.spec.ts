import { runSimulation } from '@cloud-copilot/iam-simulate';
import { appNames, type AppName } from '../../local/apps.ts';
import { knownCalls } from '../../test/harness/aws-calls/recorded-call.ts';
import { goldenTemplates } from './golden-templates.ts';
import type { Templates } from './synthesized.ts';
import { taskRoleStatements, type RoleStatement } from './task-role.ts';
import { ACCOUNT, arnOf } from './template-arns.ts';

const PREFIX = 'fargate-orders-production-';

/** What a role allows and its app does not call itself, with who does. */
const calledByOthers = new Map([
  ['xray:PutTraceSegments *', 'the trace collector beside the app'],
  ['xray:PutTelemetryRecords *', 'the trace collector beside the app'],
]);

interface Request {
  readonly action: string;
  readonly resource: string;
}

/** What an app asked of IAM in the end-to-end tests, as it would in production. */
function requestsOf(app: AppName): Request[] {
  return knownCalls()[app].map((call) => {
    const [action = '', resource = ''] = call.split(' ');
    return { action, resource: arnOf(resource, PREFIX) };
  });
}

async function allows(Statement: readonly RoleStatement[], { action, resource }: Request): Promise<boolean> {
  const answer = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/task`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: {},
      },
      identityPolicies: [{ name: 'calls', policy: { Version: '2012-10-17', Statement } }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (answer.resultType === 'error') throw new Error(`${action} ${resource}: ${JSON.stringify(answer.errors)}`);
  return answer.overallResult === 'Allowed';
}

/** Calls that the role refuses, and pairs of action and resource that it allows and nobody calls. */
async function permissionFaults(templates: Templates, app: AppName): Promise<string[]> {
  const statements = taskRoleStatements(templates, app);
  const requests = requestsOf(app);
  const called = new Set(requests.map(({ action, resource }) => `${action} ${resource}`));
  const refused: string[] = [];
  for (const request of requests) {
    if (await allows(statements, request)) continue;
    refused.push(`${app} calls ${request.action} on ${request.resource}, which its role refuses`);
  }
  // Word for word: a pattern, which allows more than what is called, is called by nobody.
  const idle = statements
    .flatMap(({ Action, Resource }) => Action.flatMap((action) => Resource.map((resource) => `${action} ${resource}`)))
    .filter((pair) => !called.has(pair) && !calledByOthers.has(pair))
    .map((pair) => `the role of ${app} allows ${pair.replace(' ', ' on ')}, which it never calls`);
  return [...refused, ...idle];
}

/** The golden templates with one text of them replaced by another. */
function changed(from: string, to: string): Templates {
  const text = JSON.stringify(goldenTemplates());
  expect(text).toContain(from);
  return JSON.parse(text.replace(from, to)) as Templates;
}

const DEAD_LETTERS = `arn:aws:sqs:eu-west-1:${ACCOUNT}:${PREFIX}orders-dlq`;

describe('the role of', () => {
  it.each(appNames)('%s allows what the app calls, no more and no less', async (app) => {
    expect(requestsOf(app)).not.toEqual([]);
    expect(await permissionFaults(goldenTemplates(), app)).toEqual([]);
  });

  it('worker is seen to lack a call', async () => {
    const templates = changed('"sqs:ChangeMessageVisibility",', '');
    expect(await permissionFaults(templates, 'worker')).toEqual([
      `worker calls sqs:ChangeMessageVisibility on arn:aws:sqs:eu-west-1:${ACCOUNT}:${PREFIX}orders, which its role refuses`,
    ]);
  });

  it('worker is seen to allow a call that it does not make', async () => {
    const templates = changed('"sqs:ReceiveMessage"]', '"sqs:ReceiveMessage","sqs:PurgeQueue"]');
    expect(await permissionFaults(templates, 'worker')).toEqual([
      `the role of worker allows sqs:PurgeQueue on arn:aws:sqs:eu-west-1:${ACCOUNT}:${PREFIX}orders, which it never calls`,
    ]);
  });

  it.each<[string, string]>([
    ['every resource', '*'],
    ['more queues', `${DEAD_LETTERS}*`],
  ])('worker is seen to allow a call on %s', async (_, wider) => {
    const sending = '"Action":"sqs:SendMessage","Effect":"Allow","Resource":';
    const text = JSON.stringify(goldenTemplates());
    const [, narrow = ''] = new RegExp(`${sending}(\\{"Fn::ImportValue":"[^"]*DeadLetters[^"]*"\\})`).exec(text) ?? [];
    const templates = changed(sending + narrow, `${sending}"${wider}"`);
    expect(await permissionFaults(templates, 'worker')).toEqual([
      `the role of worker allows sqs:SendMessage on ${wider}, which it never calls`,
    ]);
  });
});
