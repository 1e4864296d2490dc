import { cdkCommand } from './cdk-command.ts';

const stages = ['dev', 'production'];

describe('cdkCommand', () => {
  it('synthesizes dev by default, and looks nothing up', () => {
    expect(cdkCommand(['synth'], stages)).toEqual({
      action: 'synth',
      stage: 'dev',
      args: ['synth', '--context', 'stage=dev', '--no-notices', '--no-lookups', '--quiet'],
    });
  });

  it.each([[['--stage', 'production']], [['--stage=production']]])('reads the stage from %j', (given) => {
    expect(cdkCommand(['synth', ...given], stages)).toMatchObject({
      args: expect.arrayContaining(['stage=production']),
    });
  });

  it('passes other options on to CDK', () => {
    expect(cdkCommand(['deploy', '--require-approval', 'never', '--stage', 'dev'], stages)).toMatchObject({
      args: expect.arrayContaining(['deploy', '--all', '--require-approval', 'never']),
    });
  });

  it('does not deploy without a stage', () => {
    expect(cdkCommand(['deploy'], stages)).toEqual({
      error: 'which stage? Type one of\n  npm run deploy -- --stage dev\n  npm run deploy -- --stage production',
    });
  });

  it.each([[['--stage', 'prod']], [['--stage']]])('answers %j with what to type instead', (given) => {
    expect(cdkCommand(['diff', ...given], stages)).toEqual({
      error: expect.stringMatching(/^there is no stage ".*"\. Type one of\n {2}npm run diff -- --stage dev/),
    });
  });

  it('rejects an unknown action', () => {
    expect(cdkCommand(['explode'], stages)).toEqual({ error: expect.stringContaining('got explode') });
  });
});
