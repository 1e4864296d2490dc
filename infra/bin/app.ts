import { App } from 'aws-cdk-lib/core';
import { createPlatform } from '../lib/platform.ts';
import { stages } from '../lib/stages.ts';

const app = new App();
const stage = String(app.node.tryGetContext('stage') ?? 'dev');
const config = stages[stage];
if (!config) throw new Error(`expected a stage of ${Object.keys(stages).join(', ')}, got ${stage}`);
createPlatform(app, config);
app.synth();
