import { configurationVariables } from '#libs/configuration';
import { ApiConfig } from '../../apps/api/src/api.config.ts';
import { StreamRelayConfig } from '../../apps/stream-relay/src/stream-relay.config.ts';
import { WorkerConfig } from '../../apps/worker/src/worker.config.ts';
import { synthesizeUnchecked } from './synthesized.ts';
import { resourcesOf, type Template } from './template.ts';
import { variants } from './variants.ts';

const configs = { api: ApiConfig, worker: WorkerConfig, 'stream-relay': StreamRelayConfig } as const;
type Service = keyof typeof configs;

/** Set by the image. */
const OF_IMAGE = ['LISTEN_ADDRESS'];
/** Set by local runs. A stage with a collector sends it traces. */
const OF_LOCAL_RUNS = ['OTEL_TRACES_EXPORTER'];
const NOT_OF_STAGES = [...OF_IMAGE, ...OF_LOCAL_RUNS];

interface Container {
  readonly Name: string;
  readonly Environment?: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly Secrets?: readonly { readonly Name: string }[];
}

function containerOf(template: Template, service: Service): Container {
  const tasks = resourcesOf(template, 'AWS::ECS::TaskDefinition');
  const containers = tasks.flatMap(({ properties }) => properties['ContainerDefinitions'] as unknown as Container[]);
  const container = containers.find(({ Name }) => Name === service);
  if (!container) throw new Error(`expected a container ${service}`);
  return container;
}

/** Variables that only the container sets or only the app reads. */
function environmentErrors(template: Template, service: Service): string[] {
  const { Environment = [], Secrets = [] } = containerOf(template, service);
  const set = [...Environment, ...Secrets].map(({ Name }) => Name);
  const read = new Set(configurationVariables(configs[service]).filter((name) => !NOT_OF_STAGES.includes(name)));
  return [
    ...set.filter((name) => !read.has(name)).map((name) => `${service} gets ${name}, which it does not read`),
    ...[...read]
      .filter((name) => !set.includes(name))
      .map((name) => `${service} reads ${name}, which the container does not set`),
  ];
}

describe('the environment of a container', () => {
  // A stage with traces, whose address is a variable.
  const template = synthesizeUnchecked(variants.american)['services'] as Template;
  const services = Object.keys(configs) as Service[];

  it.each(services)('of %s is what the app reads, no more and no less', (service) => {
    expect(environmentErrors(template, service)).toEqual([]);
  });

  it.each(services)('of %s has no empty values and no secrets in plain text', (service) => {
    const { Environment = [], Secrets = [] } = containerOf(template, service);
    expect(Environment.filter(({ Value }) => Value === '')).toEqual([]);
    expect(Secrets.map(({ Name }) => Name)).toEqual(service === 'api' ? ['ORDER_ID_KEYS'] : []);
  });

  it('is reported if it lacks a variable or has one too many', () => {
    const text = JSON.stringify(template).replaceAll('"WORKER_POLLERS"', '"WORKER_POLERS"');
    expect(environmentErrors(JSON.parse(text) as Template, 'worker')).toEqual([
      'worker gets WORKER_POLERS, which it does not read',
      'worker reads WORKER_POLLERS, which the container does not set',
    ]);
  });
});
