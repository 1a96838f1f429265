import { readAssembly } from '../../../../lib/local/cloud/assembly/assembly.ts';
import { planDeployment } from '../../../../lib/local/cloud/assembly/deployment.ts';
import { createAccessControl } from '../../../../lib/local/cloud/iam/access-control.ts';
import { withoutStatement } from '../../../../lib/local/cloud/iam/grants.ts';
import { withDirectory } from '../cloud-driver.ts';
import { REGION, synthesizeFixture } from '../fixture-app.ts';

// What the stage `local` needs of services is taken from it in test/drill/access/every-statement.test.ts.

process.env.CDK_VALIDATION = 'false';

it('a topic may not invoke the function that is subscribed to it unless the function’s own policy says so', async () => {
  await withDirectory(async (dir) => {
    const site = { region: REGION, awsEndpoint: 'http://127.0.0.1:4566' };
    const deployment = planDeployment(await readAssembly(synthesizeFixture(dir)), site);
    const { functionArn: of = '' } = deployment.functionSubscriptions[0] ?? {};
    const policies = withoutStatement(deployment.policies, { kind: 'ofResources', of, index: 0 });
    await expect(createAccessControl().govern(deployment, REGION)).resolves.toBeUndefined();
    await expect(createAccessControl().govern({ ...deployment, policies }, REGION)).rejects.toThrow(
      `AWS would not run this.\nUser: sns.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: ${of} because no resource-based policy allows the lambda:InvokeFunction action`,
    );
  });
});
