/** One transform for every project: swc, as ES modules, with Nest's decorators. */
const source = {
  rootDir: import.meta.dirname,
  // Copies of the sources, for the images.
  modulePathIgnorePatterns: ['<rootDir>/infra/cdk.out'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        module: { type: 'es6' },
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          experimental: { keepImportAttributes: true },
        },
      },
    ],
  },
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  setupFiles: ['reflect-metadata'],
};

export default {
  // One more than the usual two cores: some suites mostly wait, for leases and for messages that come back.
  maxWorkers: 3,
  reporters: ['default', '<rootDir>/test/harness/aws-calls/aws-calls-reporter.ts'],
  // For each test and hook. The pipeline starts in about 3 s, five times as long on a busy machine.
  testTimeout: 120_000,
  projects: [
    {
      ...source,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,examples,infra,lab,libs,local,operations,test}/**/*.spec.ts'],
    },
    // The console in a browser: npm run console:check.
    { ...source, displayName: 'browser', testMatch: ['<rootDir>/apps/**/*.browser-spec.ts'] },
    { ...source, displayName: 'e2e', testMatch: ['<rootDir>/test/**/*.e2e-spec.ts'] },
    // Without the suites that concern processes of this machine, not containers.
    {
      ...source,
      displayName: 'compose',
      testMatch: ['<rootDir>/test/**/*.e2e-spec.ts', '<rootDir>/test/**/*.compose-spec.ts'],
      testPathIgnorePatterns: [
        '/test/examples\\.',
        '/test/launcher\\.',
        '/test/relay-instances\\.',
        '/test/shared-relay\\.',
        '/test/metrics\\.',
        '/test/shared-processes\\.',
        '/test/template\\.',
      ],
    },
  ],
};
