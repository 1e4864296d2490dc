export * from './metric-definitions.ts';
