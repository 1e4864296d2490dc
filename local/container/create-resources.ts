// The container resources: creates the resources, and writes a file with the variables of each app, the same as with npm start.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { appEnvironments, appNames } from '../apps.ts';
import { issuerEnvironment, pricingJwksUrl } from '../auth/local-issuer.ts';
import { awsClients, type AwsClients } from '../aws/aws-clients.ts';
import { readAwsEnvironment } from '../aws/aws-environment.ts';
import { createResources, type CreatedResources } from '../aws/create-resources.ts';
import { defaultPorts } from '../ports.ts';

const PATIENCE_MS = 60_000;
const RETRY_MS = 500;

const {
  ENVIRONMENT_FOLDER: folder,
  AUTH_JWKS_URL,
  AWS_ACCESS_KEY_ID = 'local',
  AWS_SECRET_ACCESS_KEY = 'local',
} = process.env;
if (!folder || !AUTH_JWKS_URL) throw new Error('ENVIRONMENT_FOLDER and AUTH_JWKS_URL must be set');

/** A starting emulator may take a moment to answer, and DynamoDB Local does not report when it is ready. */
async function created(clients: AwsClients): Promise<CreatedResources> {
  for (const end = performance.now() + PATIENCE_MS; ; await sleep(RETRY_MS)) {
    try {
      return await createResources(clients);
    } catch (error) {
      if (performance.now() > end) throw error;
      console.log(`not yet: ${(error as Error).message || (error as Error).name}`);
    }
  }
}

const { env, errors } = readAwsEnvironment(process.env, defaultPorts);
if (errors.length > 0) throw new Error(errors.join('\n'));
const clients = awsClients(env);
const resources = await created(clients);
clients.destroy();
// Containers reach the issuer under another name than the rest of this machine, which its tokens name.
const pricingKeysPath = new URL(pricingJwksUrl(defaultPorts.AUTH_PORT)).pathname;
const issuer = {
  ...issuerEnvironment(defaultPorts.AUTH_PORT),
  AUTH_JWKS_URL,
  PRICING_JWKS_URL: new URL(pricingKeysPath, AUTH_JWKS_URL).href,
};
const environments = appEnvironments(defaultPorts, resources, issuer);
for (const name of appNames) {
  const variables = { ...env, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...environments[name] };
  const lines = Object.entries(variables).map(([variable, value]) => `${variable}="${value}"\n`);
  writeFileSync(join(folder, `${name}.env`), lines.join(''));
}
console.log('resources are there');
