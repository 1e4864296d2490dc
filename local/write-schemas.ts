// npm run schemas: writes the JSON Schemas of the events into libs/orders/schemas, for those who read them there.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventSchemas } from '../libs/orders/src/event-schemas.ts';

const FOLDER = join(import.meta.dirname, '../libs/orders/schemas');

for (const [file, schema] of Object.entries(eventSchemas())) {
  writeFileSync(join(FOLDER, file), `${JSON.stringify(schema, null, 2)}\n`);
}
