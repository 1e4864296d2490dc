import { checkedApp } from '../lib/checked-app.ts';
import { StageConfigError } from '../lib/config-check.ts';
import { createPlatform } from '../lib/platform.ts';
import { stages } from '../lib/stages.ts';

const app = checkedApp();
const stage = String(app.node.tryGetContext('stage') ?? 'dev');
const config = stages[stage];
if (!config) throw new Error(`expected a stage of ${Object.keys(stages).join(', ')}, got ${stage}`);
try {
  createPlatform(app, config);
} catch (error) {
  if (!(error instanceof StageConfigError)) throw error;
  console.error(error.message);
  process.exit(1);
}
app.synth();
