// npm run golden: rewrites the committed templates after an intended change. Their diff is what changes in AWS.
import { stages } from '../lib/stages.ts';
import { writeGoldenTemplates } from './golden-templates.ts';
import { addNames, namesOf } from './stored-names.ts';
import { synthesize } from './synthesized.ts';

const { production } = stages;
if (!production) throw new Error('expected a stage production');
const templates = synthesize(production);
writeGoldenTemplates(templates);
addNames(namesOf(templates));
