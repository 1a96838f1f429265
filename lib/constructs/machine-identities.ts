import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  OAuthScope,
  ResourceServerScope,
  UserPool,
  type UserPoolClient,
  UserPoolResourceServer,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';

export type MachineIdentitiesProps = {
  name: string;
  /** Of the resource server: what stands before every scope in a token, with a slash between. */
  identifier: string;
  scopes: readonly string[];
  /** Machine clients by name, each with what it may be good for. */
  clients: Readonly<Record<string, readonly string[]>>;
  /** Makes the pool's address for tokens; unique in a region. */
  domainPrefix: string;
  removalPolicy: RemovalPolicy;
};

/** A user pool without users: machines get access tokens by the client-credentials grant. */
export class MachineIdentities extends Construct {
  readonly issuerUrl: string;
  readonly tokenUrl: string;
  readonly clients: readonly UserPoolClient[];

  constructor(scope: Construct, id: string, props: MachineIdentitiesProps) {
    super(scope, id);
    const pool = new UserPool(this, 'Pool', {
      userPoolName: props.name,
      selfSignUpEnabled: false,
      deletionProtection: props.removalPolicy !== 'destroy',
      removalPolicy: props.removalPolicy,
    });
    for (const rule of ['AwsSolutions-COG1', 'AwsSolutions-COG2', 'AwsSolutions-COG3', 'AwsSolutions-COG8'])
      Validations.of(pool).acknowledge({
        id: rule,
        reason: 'The pool has machine clients and no users, so no passwords.',
      });
    const scopes = props.scopes.map(
      (scopeName) => new ResourceServerScope({ scopeName, scopeDescription: scopeName }),
    );
    const server = new UserPoolResourceServer(this, 'Server', {
      userPool: pool,
      identifier: props.identifier,
      scopes,
    });
    const scopeOf = (name: string) =>
      OAuthScope.resourceServer(server, new ResourceServerScope({ scopeName: name, scopeDescription: name }));
    this.clients = Object.entries(props.clients).map(([name, held]) =>
      pool.addClient(name, {
        userPoolClientName: name,
        generateSecret: true,
        oAuth: { flows: { clientCredentials: true }, scopes: held.map(scopeOf) },
        accessTokenValidity: Duration.hours(1),
      }),
    );
    const domain = pool.addDomain('Domain', { cognitoDomain: { domainPrefix: props.domainPrefix } });
    this.issuerUrl = pool.userPoolProviderUrl;
    this.tokenUrl = `${domain.baseUrl()}/oauth2/token`;
  }
}
