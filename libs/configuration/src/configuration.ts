import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';
import { ConfigurationError } from '#libs/service';

/**
 * Reads a configuration class, whose properties are named as the environment variables they hold, and checks it by
 * its class-validator decorators. An empty variable counts as missing. A fault names variable and rule, never a value.
 * @throws ConfigurationError with every fault.
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
    errors.map(({ property, constraints }) =>
      given.includes(property)
        ? `${property}: ${Object.values(constraints ?? {}).join(', ')}`
        : `${property} is missing: ${Object.values(constraints ?? {}).join(', ')}`,
    ),
  );
}

/** The environment variables that a configuration class reads. */
export function configurationVariables(type: new () => object): string[] {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
  return [...new Set(metadata.map(({ propertyName }) => propertyName))];
}
