import { stages } from '../lib/stages.ts';
import { goldenTemplate, goldenTemplates } from './golden-templates.ts';
import { specificationErrors } from './specification.ts';
import { committedNames, namesOf } from './stored-names.ts';
import { synthesizeUnchecked } from './synthesized.ts';
import type { Template } from './template.ts';
import { variants } from './variants.ts';

function changed(stack: string, part: string | RegExp, replacement: string): Template {
  const text = JSON.stringify(goldenTemplate(stack));
  expect(text.replace(part, replacement)).not.toBe(text);
  return JSON.parse(text.replace(part, replacement)) as Template;
}

describe("AWS's specification of resource types", () => {
  it.each(Object.entries({ ...stages, ...variants }))('allows every property of the stage %s', (_, config) => {
    for (const template of Object.values(synthesizeUnchecked(config))) {
      expect(specificationErrors(template)).toEqual([]);
    }
  });

  it.each<[string, string, string | RegExp, string, RegExp]>([
    ['a type', 'data', '"AWS::SQS::QueuePolicy"', '"AWS::SQS::Policy"', /: AWS::SQS::Policy is not a resource type$/],
    ['a property', 'data', '"QueueName"', '"Name"', /^OrdersDeadLetters\w+\.Name is not a property$/],
    ['a nested property', 'data', '"IndexName"', '"Name"', /Indexes\.0\.Name is not a property$/],
    ['a property that AWS sets', 'data', '"VisibilityTimeout":30', '"Arn":"a"', /\.Arn is read-only$/],
    ['a missing property', 'data', /"Protocol":"sqs",/, '', /Subscription\w+\.Protocol is missing$/],
    ['a missing nested property', 'data', '"IndexName":"work",', '', /Indexes\.1\.IndexName is missing$/],
    [
      'a text for a number',
      'data',
      '"VisibilityTimeout":30',
      '"VisibilityTimeout":"30"',
      /of the type integer, got "30"$/,
    ],
    ['a number for a text', 'data', '"BillingMode":"PAY_PER_REQUEST"', '"BillingMode":1', /of the type string, got 1$/],
    ['a text for a truth value', 'data', '"FifoQueue":true', '"FifoQueue":"true"', /of the type boolean, got "true"$/],
    ['a value for a list', 'data', /"Tags":\[[^\]]*\]/, '"Tags":"none"', /of the type array, got "none"$/],
    ['a tag without a value', 'data', /"Value":"fargate-orders"/, '"V":"x"', /Tags\.0 must be of the type tag/],
    [
      'a value that a list excludes',
      'network',
      '"RetentionInDays":90',
      '"RetentionInDays":91',
      /must be one of 1, 3, 5/,
    ],
    ['an attribute of a resource', 'data', '"StreamArn"', '"StreamName"', /OrdersTable\w+ has no attribute StreamName/],
  ])('finds a mistake: %s', (_, stack, part, replacement, error) => {
    expect(specificationErrors(changed(stack, part, replacement))).toContainEqual(expect.stringMatching(error));
  });
});

describe('the names under which data is stored', () => {
  it('are those of infra/test/stored-names.json (docs/releasing.md; npm run golden adds new ones)', () => {
    expect(namesOf(goldenTemplates())).toEqual(committedNames().resources);
  });

  it.each([
    ['a table', '"fargate-orders-production-orders"', '"fargate-orders-production-order"'],
    ['a key', '"orderKey","KeyType"', '"key","KeyType"'],
    ['an index', '"IndexName":"work"', '"IndexName":"tasks"'],
    ['a logical id', '"OrdersQueueC538DD4C":{', '"OrdersQueue":{'],
  ])('are compared: %s', (_, part, replacement) => {
    const data = changed('data', part, replacement);
    expect(namesOf({ ...goldenTemplates(), data })).not.toEqual(committedNames().resources);
  });
});
