// The container sqs-sns: the same emulator as in npm start, but on all addresses and with its state in a folder.
import { subscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';
import { startFauxqs } from 'fauxqs';
import { returnUnreceivedMessages } from '../aws/unreceived-messages.ts';
import { endWhenTold } from '../processes/launched.ts';

/** At once, fauxqs with a folder fails: it misses the count of receives of a message. */
const RETURN_AFTER_SECONDS = 1;

const { AWS_PORT = '4566', AWS_DATA_FOLDER: dataDir } = process.env;
if (!dataDir) throw new Error('AWS_DATA_FOLDER must name the folder in which queues, topics and messages are kept');
// Only startFauxqs() keeps its state, and it does not give its server away; Fastify tells of each that is made.
subscribe('fastify.initialization', (made) => {
  returnUnreceivedMessages((made as { fastify: FastifyInstance }).fastify, RETURN_AFTER_SECONDS);
});
const server = await startFauxqs({ port: Number(AWS_PORT), dataDir, logger: false });
endWhenTold(() => server.stop());
