// npm run schemas: writes the JSON Schemas of the events into libs/orders/schemas, for those who read them there.
// Runs on what `npm run build` has compiled, for Node does not load decorators as they are.
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventSchemas } from '#libs/order-requests';

const FOLDER = join(import.meta.dirname, '../orders/schemas');

for (const [file, schema] of Object.entries(eventSchemas())) {
  writeFileSync(join(FOLDER, file), `${JSON.stringify(schema, null, 2)}\n`);
}
