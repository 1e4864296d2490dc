/** The default ports of a local run, by the environment variable that overrides each. */
export const defaultPorts = {
  API_PORT: 3000,
  WORKER_PORT: 3001,
  RELAY_PORT: 3002,
  AUTH_PORT: 3003,
  CONSOLE_PORT: 3004,
  AWS_PORT: 4566,
  DYNAMODB_PORT: 8000,
} as const;

export type PortVariable = keyof typeof defaultPorts;
export type Ports = Readonly<Record<PortVariable, number>>;
type Environment = Readonly<Record<string, string | undefined>>;

export const portVariables = Object.keys(defaultPorts) as PortVariable[];

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
}

/** The ports to use, and every error in the variables. An invalid variable counts as its default. */
export function readPorts(env: Environment): { ports: Ports; errors: string[] } {
  const ports: Record<PortVariable, number> = { ...defaultPorts };
  const errors: string[] = [];
  for (const variable of portVariables) {
    const text = env[variable];
    if (text === undefined || text === '') continue;
    if (isPort(text)) ports[variable] = Number(text);
    else errors.push(`${variable} must be a port number from 1 to 65535`);
  }
  return { ports, errors: [...errors, ...sharedPorts(ports)] };
}

function sharedPorts(ports: Ports): string[] {
  return Object.entries(Object.groupBy(portVariables, (variable) => ports[variable]))
    .filter(([, variables]) => variables !== undefined && variables.length > 1)
    .map(([port, variables]) => `${variables?.join(' and ')} are the same port ${port}: each needs its own`);
}

/** The ports that are not the default, as `NAME=number ` in front of a command. */
export function portPrefix(ports: Ports, variables: readonly PortVariable[]): string {
  return variables
    .filter((variable) => ports[variable] !== defaultPorts[variable])
    .map((variable) => `${variable}=${ports[variable]} `)
    .join('');
}
