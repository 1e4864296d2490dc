export * from './aws-client-options.ts';
export * from './configuration-fields.ts';
export * from './configuration.ts';
export * from './health-server.ts';
export * from './health.ts';
export * from './logger.ts';
export * from './run-service.ts';
export * from './trace-context.ts';
