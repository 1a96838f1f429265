import { awsAccount } from '../../lib/deploy/aws-account.ts';
import { clientsOf } from '../../lib/deploy/stage-clients.ts';
import { type Answers, type AwsAnswer, json, jsonError, queryError, startAws, xml } from './answering-aws.ts';

const stack = (name: string, outputs: Record<string, string>) =>
  xml(
    'DescribeStacks',
    `<Stacks><member><StackName>${name}</StackName><Outputs>${Object.entries(outputs)
      .map(
        ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
      )
      .join('')}</Outputs></member></Stacks>`,
  );

const ofTests = { AWS_ACCESS_KEY_ID: 'k', AWS_SECRET_ACCESS_KEY: 's', AWS_REGION: 'eu-west-1' };

let aws: Awaited<ReturnType<typeof startAws>>;
const before = { ...process.env };
const answering = async (answers: Answers) => {
  aws = await startAws(answers);
  Object.assign(process.env, ofTests, { AWS_ENDPOINT_URL: aws.endpoint });
};
afterEach(() => {
  aws.stop();
  process.env = { ...before };
});

describe('the account, by the SDK clients', () => {
  it('is whose the credentials are', async () => {
    await answering({ GetCallerIdentity: xml('GetCallerIdentity', '<Account>123456789012</Account>') });
    expect(await awsAccount().identity()).toEqual({ accountId: '123456789012', region: 'eu-west-1' });
    expect(await awsAccount().region()).toBe('eu-west-1');
  });

  it('is bootstrapped, or is not', async () => {
    await answering({ 'DescribeStacks CDKToolkit': stack('CDKToolkit', { BootstrapVersion: '21' }) });
    expect(await awsAccount().bootstrapVersion()).toBe(21);
    aws.stop();
    await answering({
      'DescribeStacks CDKToolkit': queryError('ValidationError', 'Stack with id CDKToolkit does not exist'),
    });
    expect(await awsAccount().bootstrapVersion()).toBeUndefined();
  });

  it('has executions, some of which the stage has set aside already', async () => {
    await answering({
      '/2016-08-19/account-settings': json({
        AccountLimit: { ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: 990 },
      }),
      '/2019-09-30/functions/one/concurrency': json({ ReservedConcurrentExecutions: 10 }),
      '/2019-09-30/functions/two/concurrency': json({}),
      '/2019-09-30/functions/new/concurrency': jsonError('ResourceNotFoundException', 404),
    });
    expect(await awsAccount().concurrency(['one', 'two', 'new'])).toEqual({
      limit: 1_000,
      unreserved: 990,
      ours: 10,
    });
  });

  it('has a secret, or has not; and one that may not be read is neither', async () => {
    await answering({ GetSecretValue: json({ SecretString: '{"openai": "x"}' }) });
    expect(await awsAccount().secretText('relay/dev/provider-keys')).toBe('{"openai": "x"}');
    aws.stop();
    await answering({ GetSecretValue: jsonError('ResourceNotFoundException') });
    expect(await awsAccount().secretText('relay/dev/provider-keys')).toBeUndefined();
    aws.stop();
    await answering({});
    await expect(awsAccount().secretText('relay/dev/provider-keys')).rejects.toThrow('AccessDenied');
  });
});

describe('clients of a deployed stage', () => {
  const resource = (logicalId: string, type: string, physicalId: string) =>
    `<member><LogicalResourceId>${logicalId}</LogicalResourceId><ResourceType>AWS::Cognito::${type}</ResourceType><PhysicalResourceId>${physicalId}</PhysicalResourceId></member>`;

  it('get tokens as the machine clients of its user pool', async () => {
    const answers: Record<string, AwsAnswer> = {
      'DescribeStackResources relay-dev-api': xml(
        'DescribeStackResources',
        `<StackResources>${[
          resource('identitiesPoolADC45254', 'UserPool', 'pool-1'),
          resource('identitiesPoolproductEA4EECA9', 'UserPoolClient', 'client-p'),
          resource('identitiesPooloperationsBA0F59C6', 'UserPoolClient', 'client-o'),
        ].join('')}</StackResources>`,
      ),
      DescribeUserPoolClient: json({ UserPoolClient: { ClientSecret: 'secret' } }),
      '/oauth2/token': json({ access_token: 'a-token' }),
      '/v1/lanes': json({ lanes: [] }),
      '/v1/health': json({ status: 'ok', stage: 'dev' }),
    };
    await answering(answers);
    answers['DescribeStacks relay-dev-api'] = stack('relay-dev-api', {
      Url: aws.endpoint,
      TokenUrl: `${aws.endpoint}/oauth2/token`,
    });
    const { product, operations } = await clientsOf('dev', {});
    expect(await operations.listLanes()).toMatchObject({ kind: 'answer' });
    expect(await product.getHealth()).toMatchObject({ kind: 'answer', body: { stage: 'dev' } });
    expect(aws.tokens()).toEqual(['client-o:secret', 'client-p:secret']);
  });

  it('say what to do when the stage is not deployed, or its issuer is not ours', async () => {
    await answering({
      'DescribeStacks relay-dev-api': queryError('ValidationError', 'does not exist'),
      'DescribeStacks relay-staging-api': stack('relay-staging-api', { Url: 'http://127.0.0.1:1' }),
    });
    await expect(clientsOf('dev', {})).rejects.toThrow('npm run deploy -- --stage dev');
    await expect(clientsOf('staging', {})).rejects.toThrow('RELAY_PRODUCT_TOKEN');
    const given = { RELAY_PRODUCT_TOKEN: 'p', RELAY_OPERATIONS_TOKEN: 'o' };
    expect(await clientsOf('staging', given)).toHaveProperty('product.submitJob');
  });
});
