import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';

/** The environment lacks a variable or has an invalid one; the message lists every error. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
  readonly errors: readonly string[];

  constructor(errors: readonly string[]) {
    super(`invalid configuration:\n${errors.map((error) => `  - ${error}`).join('\n')}`);
    this.errors = errors;
  }
}

/**
 * Fills a configuration class from the environment variables that its properties are named after, and checks it by its
 * class-validator decorators. An empty variable counts as missing.
 * @throws ConfigurationError with every error, each naming the variable and the rule, never a value.
 */
export function loadConfiguration<Configuration extends object>(
  type: new () => Configuration,
  environment: NodeJS.ProcessEnv,
): Configuration {
  const variables = configurationVariables(type);
  const given = variables.filter((name) => environment[name] !== undefined && environment[name] !== '');
  const configuration = plainToInstance(type, Object.fromEntries(given.map((name) => [name, environment[name]])), {
    exposeDefaultValues: true,
  });
  const errors = validateSync(configuration, {
    stopAtFirstError: true,
    validationError: { target: false, value: false },
  });
  if (errors.length === 0) return configuration;
  throw new ConfigurationError(
    errors.map(({ property, constraints = {} }) => {
      const rules = Object.values(constraints).join(', ');
      return given.includes(property) ? `${property}: ${rules}` : `${property} is missing: ${rules}`;
    }),
  );
}

/** The environment variables that a configuration class reads. */
export function configurationVariables(type: new () => object): string[] {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
  return [...new Set(metadata.map(({ propertyName }) => propertyName))];
}
