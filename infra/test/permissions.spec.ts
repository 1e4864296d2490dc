import { runSimulation } from '@cloud-copilot/iam-simulate';
import { appNames, type AppName } from '../../local/apps.ts';
import { knownCalls } from '../../test/harness/aws-calls/recorded-call.ts';
import { goldenTemplates } from './golden-templates.ts';
import type { Templates } from './synthesized.ts';
import { taskRoleStatements, type RoleStatement } from './task-role.ts';
import { ACCOUNT, arnOf } from './template-arns.ts';

const PREFIX = 'fargate-orders-production-';

/** Calls that a role allows and its app does not make, with the callers that make them. */
const calledByOthers = new Map([
  ['xray:PutTraceSegments *', 'the trace collector beside the app'],
  ['xray:PutTelemetryRecords *', 'the trace collector beside the app'],
]);

interface Request {
  readonly action: string;
  readonly resource: string;
}

/** The calls that an app made in the end-to-end tests, with the resources of production. */
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

/** Calls that the role refuses, and pairs of action and resource that it allows and no app calls. */
async function permissionErrors(templates: Templates, app: AppName): Promise<string[]> {
  const statements = taskRoleStatements(templates, app);
  const requests = requestsOf(app);
  const called = new Set(requests.map(({ action, resource }) => `${action} ${resource}`));
  const refused: string[] = [];
  for (const request of requests) {
    if (await allows(statements, request)) continue;
    refused.push(`${app} calls ${request.action} on ${request.resource}, which its role refuses`);
  }
  // Compared literally: a pattern allows more than the recorded calls, so it counts as unused.
  const unused = statements
    .flatMap(({ Action, Resource }) => Action.flatMap((action) => Resource.map((resource) => `${action} ${resource}`)))
    .filter((pair) => !called.has(pair) && !calledByOthers.has(pair))
    .map((pair) => `the role of ${app} allows ${pair.replace(' ', ' on ')}, which it never calls`);
  return [...refused, ...unused];
}

/** The golden templates with a part of their text replaced. */
function changed(from: string, to: string): Templates {
  const text = JSON.stringify(goldenTemplates());
  expect(text).toContain(from);
  return JSON.parse(text.replace(from, to)) as Templates;
}

const DEAD_LETTERS = `arn:aws:sqs:eu-west-1:${ACCOUNT}:${PREFIX}orders-dlq`;

describe('the role of', () => {
  it.each(appNames)('%s allows what the app calls, no more and no less', async (app) => {
    expect(requestsOf(app)).not.toEqual([]);
    expect(await permissionErrors(goldenTemplates(), app)).toEqual([]);
  });

  it('worker is reported if it refuses a call', async () => {
    const templates = changed('"sqs:ChangeMessageVisibility",', '');
    expect(await permissionErrors(templates, 'worker')).toEqual([
      `worker calls sqs:ChangeMessageVisibility on arn:aws:sqs:eu-west-1:${ACCOUNT}:${PREFIX}orders, which its role refuses`,
    ]);
  });

  it('worker is reported if it allows a call that the app does not make', async () => {
    const templates = changed('"sqs:ReceiveMessage"]', '"sqs:ReceiveMessage","sqs:PurgeQueue"]');
    expect(await permissionErrors(templates, 'worker')).toEqual([
      `the role of worker allows sqs:PurgeQueue on arn:aws:sqs:eu-west-1:${ACCOUNT}:${PREFIX}orders, which it never calls`,
    ]);
  });

  it.each<[string, string]>([
    ['every resource', '*'],
    ['more queues', `${DEAD_LETTERS}*`],
  ])('worker is reported if it allows a call on %s', async (_, wider) => {
    const sending = '"Action":"sqs:SendMessage","Effect":"Allow","Resource":';
    const text = JSON.stringify(goldenTemplates());
    const [, narrow = ''] = new RegExp(`${sending}(\\{"Fn::ImportValue":"[^"]*DeadLetters[^"]*"\\})`).exec(text) ?? [];
    const templates = changed(sending + narrow, `${sending}"${wider}"`);
    expect(await permissionErrors(templates, 'worker')).toEqual([
      `the role of worker allows sqs:SendMessage on ${wider}, which it never calls`,
    ]);
  });
});
