// The container sqs-sns: the same emulator as in npm start, but on all addresses and with its state in a folder.
import { startFauxqs } from 'fauxqs';
import { endWhenTold } from '../processes/launched.ts';

const { AWS_PORT = '4566', AWS_DATA_FOLDER: dataDir } = process.env;
if (!dataDir) throw new Error('AWS_DATA_FOLDER must name the folder in which queues, topics and messages are kept');
const server = await startFauxqs({ port: Number(AWS_PORT), dataDir, logger: false });
endWhenTold(() => server.stop());
