import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import cdkJson from '../../cdk.json' with { type: 'json' };

/** The CDK's validator, with the settings of cdk.json: it is off in all other tests, and on in `npm run check`. */

let outdir: string;
const setting = process.env.CDK_VALIDATION;
beforeAll(() => {
  outdir = mkdtempSync(join(tmpdir(), 'relay-validator-'));
  delete process.env.CDK_VALIDATION;
});
afterAll(() => {
  process.env.CDK_VALIDATION = setting;
  rmSync(outdir, { recursive: true, force: true });
});

it('refuses what CloudFormation would, and by its strict rules what Lambda would', () => {
  const app = new App({ context: cdkJson.context, outdir });
  const stack = new Stack(app, 'Wrong');
  const queue = new CfnResource(stack, 'Queue', {
    type: 'AWS::SQS::Queue',
    properties: { VisibilityTimeout: 30, QueueNam: 'misspelt' },
  });
  const worker = new CfnResource(stack, 'Worker', {
    type: 'AWS::Lambda::Function',
    properties: {
      Code: { ZipFile: 'exports.handler = () => {}' },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Role: 'arn:aws:iam::123456789012:role/worker',
      Timeout: 150,
    },
  });
  new CfnResource(stack, 'Mapping', {
    type: 'AWS::Lambda::EventSourceMapping',
    properties: { EventSourceArn: queue.getAtt('Arn'), FunctionName: worker.ref },
  });
  const hiddenTooShort = /QueueNam:.+E3505/s;
  expect(() => app.synth()).toThrow(hiddenTooShort);
});
