// npm run golden: the committed templates anew, after a change that is meant. Their diff is what will change in AWS.
import { stages } from '../lib/stages.ts';
import { writeGoldenTemplates } from './golden-templates.ts';
import { synthesize } from './synthesized.ts';

const { production } = stages;
if (!production) throw new Error('expected a stage production');
writeGoldenTemplates(synthesize(production));
