import { readFileSync } from 'node:fs';
import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { type EventConsumerName, eventConsumerNames } from '#libs/resources';
import type { Properties, Template } from '../../infra/test/template.ts';
import { resourcesOf } from '../../infra/test/template.ts';
import { type AppName, appNames, type Variables } from '../../local/apps.ts';
import type { AwsClients } from '../../local/aws/aws-clients.ts';
import type { CreatedResources } from '../../local/aws/create-resources.ts';
import { LocalPipeline } from '../../local/local-pipeline.ts';
import type { WriteLine } from '../../local/processes/supervised-process.ts';
import { DeployedStack } from './deployed-stack.ts';
import { localRun, type PipelineRun } from './pipeline-run.ts';

export const REGION = 'eu-west-1';
/** Of the stage whose templates are committed. */
export const PREFIX = 'fargate-orders-production';

/** Variables of a stage that name what is elsewhere, or what differs for every run: user pools, the shop's keys, the collector, ports. */
const OF_THE_RUN = /^AUTH_|^PRICING|^OTEL_|_PORT$/;

/** The committed template of a stack of production, which is what the code synthesizes (`infra/test/golden.spec.ts`). */
export function productionTemplate(stack: string): Template {
  const file = new URL(`../../infra/test/golden/${stack}.template.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Template;
}

/** Runs the apps with the environments of production's task definitions, on what the template of its data stack creates. */
export async function startDeployedRun(write: WriteLine): Promise<PipelineRun> {
  let environments: Readonly<Record<AppName, Variables>>;
  const pipeline = await LocalPipeline.start({
    write,
    given: { AWS_REGION: REGION },
    createResources: async (clients) => {
      const stack = await DeployedStack.deploy(clients, productionTemplate('data'), REGION);
      environments = await taskEnvironments(stack);
      return resourcesIn(environments, clients);
    },
    env: (app) => environments[app],
  });
  return localRun(pipeline);
}

/** The environment of each app in its task definition, without the variables of the run. */
async function taskEnvironments(stack: DeployedStack): Promise<Record<AppName, Variables>> {
  const tasks = resourcesOf(productionTemplate('services'), 'AWS::ECS::TaskDefinition');
  const containers = tasks.flatMap(({ properties }) => properties['ContainerDefinitions'] as Properties[]);
  const environments = appNames.map(async (app) => {
    const all = containers.find(({ Name }) => Name === app)?.['Environment'] as { Name: string; Value: string }[];
    const variables = await stack.resolve(all.filter(({ Name }) => !OF_THE_RUN.test(Name)));
    const entries = (variables as typeof all).map(({ Name, Value }) => [Name, Value]);
    return [app, Object.fromEntries(entries)] as const;
  });
  return Object.fromEntries(await Promise.all(environments)) as Record<AppName, Variables>;
}

/** The resources as the apps and the subscribers find them: by their variables, and by the documented names of the queues. */
async function resourcesIn(apps: Record<AppName, Variables>, { sqs }: AwsClients): Promise<CreatedResources> {
  const { api, worker, 'stream-relay': relay } = apps;
  const urlsOf = async (ending: string) => {
    const urls = eventConsumerNames.map(async (name) => {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `${PREFIX}-${name}${ending}` }));
      return [name, QueueUrl] as const;
    });
    return Object.fromEntries(await Promise.all(urls)) as Record<EventConsumerName, string>;
  };
  return {
    ordersQueueUrl: api['ORDERS_QUEUE_URL']!,
    ordersDeadLetterQueueUrl: worker['ORDERS_DLQ_URL']!,
    relayDeadLetterQueueUrl: relay['RELAY_DLQ_URL']!,
    consumerQueueUrls: await urlsOf('.fifo'),
    consumerDeadLetterQueueUrls: await urlsOf('-dlq.fifo'),
    orderEventsTopicArn: relay['ORDER_EVENTS_TOPIC_ARN']!,
    ordersTableName: api['ORDERS_TABLE']!,
    paymentClaimsTableName: worker['PAYMENT_CLAIMS_TABLE']!,
    ordersStreamArn: relay['ORDERS_STREAM_ARN']!,
    commandOutcomesTableName: api['COMMAND_OUTCOMES_TABLE']!,
    orderBatchesTableName: api['ORDER_BATCHES_TABLE']!,
    leasesTableName: relay['LEASES_TABLE']!,
  };
}
