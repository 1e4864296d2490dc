// npm run golden: rewrites the committed templates after an intended change. Their diff is what changes in AWS.
import { writeGoldenTemplates } from './golden-templates.ts';
import { addNames, namesOf } from './stored-names.ts';
import { synthesize } from './synthesized.ts';
import { complete } from './variants.ts';

const templates = synthesize(complete);
writeGoldenTemplates(templates);
addNames(namesOf(templates));
