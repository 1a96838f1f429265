import locked from '../../lib/deploy/stateful-resources.json' with { type: 'json' };
import { replacementProblems, statefulIn } from '../../lib/deploy/stateful-resources.ts';
import { readTemplate } from '../../lib/deploy/template.ts';
import { configOf, synthesize } from '../stacks/synthesize.ts';

const LIST = 'the-list.json';

const production = Object.entries(synthesize(configOf('production'))).map(([name, template]) => ({
  name: `relay-production-${name}`,
  template: readTemplate(template.toJSON()),
}));

const queue = (properties: object) => ({ Type: 'AWS::SQS::Queue', Properties: properties });
const stackOf = (resources: object) => [{ name: 'data', template: readTemplate({ Resources: resources }) }];
const lock = statefulIn(stackOf({ Lane: queue({ QueueName: 'a' }) }));

describe('what production keeps between two deploys', () => {
  it('is what is locked: tables, queues, topics, keys, secrets, the user pool', () => {
    expect(replacementProblems(production, locked, LIST)).toEqual([]);
    const types = new Set(Object.values(locked).map(({ Type }) => Type));
    for (const type of [
      'AWS::Cognito::UserPool',
      'AWS::DynamoDB::GlobalTable',
      'AWS::KMS::Key',
      'AWS::SNS::Topic',
      'AWS::SQS::Queue',
      'AWS::SecretsManager::Secret',
    ])
      expect(types).toContain(type);
  });

  it('may change in what CloudFormation changes in place', () => {
    const changed = stackOf({ Lane: queue({ QueueName: 'a', VisibilityTimeout: 30 }) });
    expect(replacementProblems(changed, lock, LIST)).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    [
      'logical id',
      { Other: queue({ QueueName: 'a' }) },
      /^data Lane no longer has this logical id: the next/,
    ],
    [
      'name',
      { Lane: queue({ QueueName: 'b' }) },
      /was .+"a"\} and is .+"b"\}: the next deploy begins with an/,
    ],
    ['kind', { Lane: queue({ QueueName: 'a', FifoQueue: true }) }, /"FifoQueue":true/],
  ])('may not change its %s', (_, resources, problem) => {
    expect(replacementProblems(stackOf(resources), lock, LIST)[0]).toMatch(problem);
  });

  it('is added to the list when it is new, as the problem shows it', () => {
    const grown = stackOf({ Lane: queue({ QueueName: 'a' }), New: queue({ QueueName: 'n' }) });
    expect(replacementProblems(grown, lock, LIST)).toEqual([
      'data New is new: add it to the-list.json: {"data New":{"Type":"AWS::SQS::Queue","QueueName":"n"}}',
    ]);
  });

  it('is told from what nobody misses: a new type of resource must be one or the other', () => {
    const strange = stackOf({ Lane: queue({ QueueName: 'a' }), B: { Type: 'AWS::EFS::FileSystem' } });
    expect(replacementProblems(strange, lock, LIST)).toEqual([
      expect.stringMatching(/^AWS::EFS::FileSystem: say in/),
    ]);
  });
});
