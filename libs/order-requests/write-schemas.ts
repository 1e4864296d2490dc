// npm run schemas: writes the JSON Schemas of the events into libs/orders/schemas.
// Runs on the output of `npm run build`, because Node does not load decorators.
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventSchemas } from '#libs/order-requests';

const FOLDER = join(import.meta.dirname, '../orders/schemas');

for (const [file, schema] of Object.entries(eventSchemas())) {
  writeFileSync(join(FOLDER, file), `${JSON.stringify(schema, null, 2)}\n`);
}
