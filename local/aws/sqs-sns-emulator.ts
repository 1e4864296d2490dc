// Run as a process of its own by local-aws.ts: SQS and SNS in memory.
import { buildApp } from 'fauxqs';
import { endWhenTold, tellReady } from '../processes/launched.ts';
import { returnUnreceivedMessages } from './unreceived-messages.ts';

// Not fauxqs's own startFauxqs(): that listens on all of the machine's addresses, and it checks no credentials.
const app = buildApp({ logger: false });
returnUnreceivedMessages(app);
await app.listen({ host: '127.0.0.1', port: Number(process.env['AWS_PORT']) });
endWhenTold(() => app.close());
tellReady();
