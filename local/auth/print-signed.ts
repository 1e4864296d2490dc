import { readPorts } from '../ports.ts';

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

/** Prints what the issuer of the running pipeline has signed, nothing else. Ends the process with code 1 when there is none. */
export async function printSigned(request: (port: number) => Promise<string>): Promise<void> {
  const { ports, errors } = readPorts(process.env);
  if (errors.length > 0) fail(errors.join('\n'));
  try {
    console.log(await request(ports.AUTH_PORT));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    fail(`no token issuer answers on 127.0.0.1:${ports.AUTH_PORT} (AUTH_PORT): is npm start running?`);
  }
}
