import { cdkCommand } from './cdk-command.ts';

const stages = ['dev', 'production'];

describe('cdkCommand', () => {
  it('synthesizes dev unless told otherwise, and looks nothing up', () => {
    expect(cdkCommand(['synth'], stages)).toEqual({
      action: 'synth',
      stage: 'dev',
      args: ['synth', '--context', 'stage=dev', '--no-notices', '--no-lookups', '--quiet'],
    });
  });

  it.each([[['--stage', 'production']], [['--stage=production']]])('takes the stage from %j', (given) => {
    expect(cdkCommand(['synth', ...given], stages)).toMatchObject({
      args: expect.arrayContaining(['stage=production']),
    });
  });

  it('hands on what CDK itself understands', () => {
    expect(cdkCommand(['deploy', '--require-approval', 'never', '--stage', 'dev'], stages)).toMatchObject({
      args: expect.arrayContaining(['deploy', '--all', '--require-approval', 'never']),
    });
  });

  it('deploys no stage that nobody named', () => {
    expect(cdkCommand(['deploy'], stages)).toEqual({
      fault: 'which stage? Type one of\n  npm run deploy -- --stage dev\n  npm run deploy -- --stage production',
    });
  });

  it.each([[['--stage', 'prod']], [['--stage']]])('says what to type instead of %j', (given) => {
    expect(cdkCommand(['diff', ...given], stages)).toEqual({
      fault: expect.stringMatching(/^there is no stage ".*"\. Type one of\n {2}npm run diff -- --stage dev/),
    });
  });

  it('knows what can be asked of a stage', () => {
    expect(cdkCommand(['explode'], stages)).toEqual({ fault: expect.stringContaining('got explode') });
  });
});
