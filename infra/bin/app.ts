import { checkedApp } from '../lib/nag.ts';
import { StageConfigError } from '../lib/config-check.ts';
import { withoutPastCampaigns } from '../lib/campaigns.ts';
import { createPlatform } from '../lib/platform.ts';
import { stages } from '../lib/stages.ts';

const app = checkedApp();
const stage = String(app.node.tryGetContext('stage') ?? 'dev');
const configured = stages[stage];
if (!configured) throw new Error(`expected a stage of ${Object.keys(stages).join(', ')}, got ${stage}`);
const { config, past } = withoutPastCampaigns(configured, new Date());
for (const name of past) console.error(`campaign ${name} is over and left out: remove it from infra/lib/stages.ts`);
try {
  createPlatform(app, config);
} catch (error) {
  if (!(error instanceof StageConfigError)) throw error;
  console.error(error.message);
  process.exit(1);
}
app.synth();
